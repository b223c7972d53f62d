"""Find an official file: in the data folder, in a mirror, at the official source."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from helpers.downloads import http
from helpers.downloads.http import FAILURES, DownloadError, download, reason, session
from helpers.files import SUMS, OfficialFile, locked, parse_sums, set_aside
from helpers.settings import data_folder, for_pages, is_address, mirror, offline


def fetch(file: OfficialFile, folder: str | Path | None = None) -> Path:
    """Return the path of a right copy from the first place that has one.

    What comes from a web address is kept in `folder` (default: the data folder). A file in a
    mirror folder is used where it lies. A wrong file is kept as `<name>.bad` and fetched again.
    Raises DownloadError when no place has the right file.
    """
    return next(copies(file, folder))[1]


def copies(
    file: OfficialFile, folder: str | Path | None = None, bring: Callable = download
) -> Iterator[tuple]:
    """Yield (place in words, copy) for each place that has the file.

    A copy is a path, or what `bring(file, target)` returns for a file at a web address.
    Raises DownloadError at the end when no place has the file, or when one of them failed.
    """
    target = Path(folder or data_folder()) / file.name
    places = {"the data folder": (target, partial(_own_copy, file, target))}
    if mirror():
        places["the mirror"] = mirror(), partial(_mirror_copy, file, target, bring)
    if file.url and not offline():
        places["the official source"] = file.url, partial(bring, file, target)
    problems, found = [], False
    for place, (where, look) in places.items():
        try:
            copy = look()
        except FAILURES as error:
            problems.append(f"{where}{http.through(str(where))}: {reason(error)}")
            continue
        if copy:
            found = True
            yield place, copy
    if offline():
        problems.append("COURSE_OFFLINE is set, so the official source was not asked")
    if problems or not found:
        where = "in the data folder" if for_pages() else f"as {target}"  # a page tells no path
        raise DownloadError(
            f"{file.name} could not be fetched. {'; '.join(problems) or 'No place has it'}.\n"
            f"By hand: get {file.url or 'it'} with a browser and save it {where}"
        )


def _own_copy(file: OfficialFile, target: Path) -> Path | None:
    if target.exists() and file.fault(target):
        with locked(target):
            if wrong := file.fault(target):  # no other notebook has mended it meanwhile
                raise DownloadError(f"it was {wrong}; it is now {set_aside(target).name}")
    if target.exists():
        return target
    # What a browser saved as "name (1).zip" will do. What it unpacked is named.
    stem, _, ending = file.name.partition(".")
    others = [*sorted(target.parent.glob(f"{stem}*")), *target.parent.glob("PetImages")]
    for other in [p for p in others if not re.search(r"\.(part|lock|bad\d*)$", p.name)]:
        if file.digest and other.name.endswith(ending) and not file.fault(other):
            return other
        raise DownloadError(
            f"{other.name} is there; needed is {file.name}, as it comes, not unpacked"
        )
    return None


def _mirror_copy(file: OfficialFile, target: Path, bring: Callable):
    place = mirror()
    if not is_address(place):
        copy = Path(place) / file.name
        if wrong := file.fault(copy):
            raise DownloadError(f"{file.name} is {wrong}")
        return copy
    with session() as asked:
        answer = asked.get(f"{place}/{SUMS}", timeout=http.TIMEOUT)
    file = replace(file, url=f"{place}/{file.name}")
    if listed := parse_sums(answer.content if answer.ok else b"").get(file.name):
        file = replace(file, digest=listed, size=None)
    return bring(file, target)
