"""Where the course keeps its files, and how much of the computer it may use."""

import contextlib
import math
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.request import url2pathname

REPOSITORY = Path(__file__).resolve().parents[1]
CGROUP = Path("/sys/fs/cgroup")  # where Linux keeps the limits of containers
OWN_CGROUPS = Path("/proc/self/cgroup")  # which of them hold this process


def read_place(text: str | Path) -> str:
    """Return a full path or an `http(s)://` address, from what somebody pasted.

    Blanks and quotes around it, `~`, `file://` and capital letters in `HTTP://` are understood.
    Raises ValueError for any other kind of address.
    """
    text = str(text).strip()
    if text[:1] in ("'", '"') and text[:1] == text[-1:]:
        text = text.strip(text[0]).strip()
    scheme, address, rest = text.partition("://")
    if address and scheme.lower() in ("http", "https"):
        return f"{scheme.lower()}://{rest.rstrip('/')}"
    if address and scheme.lower() != "file":
        raise ValueError(f"{text!r} is neither a folder nor an http:// address.")
    path = url2pathname(rest.removeprefix("localhost")) if address else text
    return str(Path(path).expanduser().resolve())


def is_address(place: str) -> bool:
    """Return True for `http://…` and `https://…`, False for a folder."""
    return place.startswith(("http://", "https://"))


def data_folder() -> Path:
    """Return the folder for photographs, weights and results; create it when it is missing.

    `COURSE_DATA` names it. The default is `data/` in the repository. Raises ValueError when that
    is an address, OSError when the folder cannot be made: the set-up cell says what to do then.
    """
    place = _read("COURSE_DATA") or str(REPOSITORY / "data")
    if is_address(place):
        raise ValueError(f"COURSE_DATA must be a folder, and it is {place}.")
    Path(place).mkdir(parents=True, exist_ok=True)
    return Path(place)


def mirror() -> str | None:
    """Return `COURSE_MIRROR`, a folder or an `http://` address with copies of the files."""
    return _read("COURSE_MIRROR")


def for_pages() -> bool:
    """Return True while notebooks run for the website. `make html` sets `COURSE_PAGES`."""
    return os.environ.get("COURSE_PAGES") == "1"


def _read(variable: str) -> str | None:
    text = os.environ.get(variable, "").strip()
    try:
        return read_place(text) if text else None
    except ValueError as error:
        raise ValueError(f"{variable}: {error}") from None


def offline() -> bool:
    """Return True when `COURSE_OFFLINE=1`: then nothing is fetched from an official source."""
    text = os.environ.get("COURSE_OFFLINE", "").strip().lower()
    return text not in ("", "0", "false", "no", "off")


def cgroup_values(name: str) -> Iterator[str]:
    """Yield what the container of this process, and those around it, say in their file `name`."""
    controller, _, name = name.rpartition("/")  # as in version 1: "cpu/cpu.cfs_quota_us"
    own = home = CGROUP / controller
    with contextlib.suppress(OSError):
        for line in OWN_CGROUPS.read_text(encoding="utf-8").splitlines():
            _, controllers, path = line.split(":", 2)  # of version 2: no controller
            own = home / path.lstrip("/") if controller in controllers.split(",") else own
    for folder in [own, *own.parents][: len(own.parts) - len(home.parts) + 1]:
        with contextlib.suppress(OSError):
            yield (folder / name).read_text(encoding="utf-8").strip()


def cores() -> int:
    """Return how many processor cores this process may use: all, or what a limit leaves."""
    allowed = getattr(os, "sched_getaffinity", None)
    count = len(allowed(0)) if allowed else os.cpu_count() or 1
    pairs = [text.split() for text in cgroup_values("cpu.max")]  # version 2; then version 1
    old = map(cgroup_values, ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"))
    for quota, period in [*pairs, *zip(*old, strict=False)]:  # microseconds
        if quota.isdigit():  # "max" and -1 mean no limit
            count = min(count, max(1, math.ceil(int(quota) / int(period))))
    return count
