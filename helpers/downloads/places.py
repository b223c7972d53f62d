"""Fetch one official file: from the data folder, a mirror or the official source."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from helpers.downloads import http
from helpers.downloads.http import DownloadError, download, reason, session
from helpers.files import SUMS, fault, locked, parse_sums, set_aside
from helpers.settings import data_folder, mirror, offline


def fetch(
    name: str,
    url: str | None = None,
    *,
    sha256: str | None = None,
    size: int | None = None,
    folder: str | Path | None = None,
) -> Path:
    """Return the path of the official file `name`; bring it into `folder` when it is not there.

    Order: `folder` (default: the data folder), the mirror, `url`. Without `url` the official
    source is not asked, because another library's own loader knows it. A file in a mirror folder
    is used where it lies. `size` in bytes. A wrong file is kept as `<name>.bad` and fetched again.
    Raises DownloadError when no place has the right file.
    """
    folder, problems = Path(folder or data_folder()), []
    for path in at_hand(name, sha256, size, folder, problems):
        return path
    for address, right, length in addresses(name, url, sha256, size, problems):
        try:
            return download(address, folder / name, right, length)
        except (OSError, DownloadError) as error:
            problems.append(f"{address}: {reason(error)}")
    raise failure(folder / name, url, problems)


def at_hand(name, sha256, size, folder: Path, problems: list[str]) -> Iterator[Path]:
    """Yield the right copies of a file in `folder` and in a mirror folder."""
    own = folder / name
    wrong = fault(own, sha256, size)
    if wrong and own.exists():
        with contextlib.suppress(OSError), locked(own):
            if wrong := fault(own, sha256, size):  # no other notebook has mended it meanwhile
                problems.append(f"{own} was {wrong}; it is now {set_aside(own).name}")
    if not wrong:
        yield own
    if (place := mirror()) and not is_address(place):
        copy = Path(place).expanduser() / name
        if wrong := fault(copy, sha256, size):
            problems.append(f"{copy} is {wrong}")
        else:
            yield copy


def addresses(name, url, sha256, size, problems: list[str]) -> Iterator[tuple]:
    """Yield (address, sha256, size) for an http mirror, then for the official source."""
    if (place := mirror()) and is_address(place):
        try:
            listed = _listed_at(place).get(name)
            yield f"{place.rstrip('/')}/{name}", listed or sha256, None if listed else size
        except OSError as error:
            problems.append(f"{place}: {reason(error)}")
    if offline():
        problems.append("COURSE_OFFLINE is set, so the official source was not asked")
    elif url:
        yield url, sha256, size


def failure(target: Path, url: str | None, problems: list[str]) -> DownloadError:
    """Build the one error that names every place, and what to do by hand."""
    return DownloadError(
        f"{target.name} could not be fetched. {'; '.join(problems) or 'No place has it'}.\n"
        f"By hand: get {url or 'it'} with a browser and save it as {target}"
    )


def is_address(place: str) -> bool:
    """Return True for `http://…` and `https://…`, False for a folder."""
    return place.startswith(("http://", "https://"))


def _listed_at(place: str) -> dict[str, str]:
    with session() as asked:
        answer = asked.get(f"{place.rstrip('/')}/{SUMS}", timeout=http.TIMEOUT)
        return parse_sums(answer.text) if answer.ok else {}
