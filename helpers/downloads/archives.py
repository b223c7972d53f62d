"""Read photographs out of the official archives: a zip in parts, a tar.gz from end to end.

Every function yields (name, content). Content is None where the archive is damaged. Nothing is
unpacked by the archive's own paths, so that no archive can write outside the data folder.
"""

import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import requests
from remotezip import RemoteFetcher, RemoteZip, RemoteZipError
from urllib3.exceptions import HTTPError

from helpers.downloads import http
from helpers.downloads.http import DownloadError, download, reason, session
from helpers.downloads.places import addresses, at_hand, failure
from helpers.settings import data_folder

# What can go wrong while an archive is opened or read. Requests' errors are OSErrors.
FAILURES = (
    OSError,
    DownloadError,
    RemoteZipError,
    HTTPError,
    BadZipFile,
    tarfile.TarError,
    EOFError,
)


def open_zips(name: str, url: str, *, sha256: str, size: int) -> Iterator[tuple[str, ZipFile]]:
    """Yield (place, archive) for each place that has the zip: data folder, mirror, official source.

    From a server that answers to HTTP ranges only the parts that are read travel; from another
    one the whole file comes into the data folder. Raises DownloadError at the end when a place
    failed.
    """
    folder, problems = data_folder(), []
    for path in at_hand(name, sha256, size, folder, problems):
        with ZipFile(path) as archive:
            yield place_of(path), archive
    for address, right, length in addresses(name, url, sha256, size, problems):
        with session() as asked:
            try:
                archive = _open_address(asked, address, folder / name, right, length)
            except FAILURES as error:
                problems.append(f"{address}: {cause(error)}")
                continue
            with archive:
                yield "the official source" if address == url else "the mirror", archive
    if problems:
        raise failure(folder / name, url, problems)


def read_zip(archive: ZipFile, folder: str, names: list[str]) -> Iterator[tuple[str, bytes | None]]:
    """Yield the files `folder/name` of an open zip."""
    for name in names:
        try:
            yield name, archive.read(f"{folder}/{name}")
        except (BadZipFile, zlib.error):
            yield name, None


def read_tar(path: Path, folder: str, names: list[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the files `folder/name` of a tar.gz, in the order of the archive."""
    wanted = {f"{folder}/{name}": name for name in names}
    with tarfile.open(path, "r:gz") as archive:
        for member in archive:
            name = wanted.get(member.name.removeprefix("./"))
            if name and member.isfile():
                yield name, archive.extractfile(member).read()


def read_folder(folder: Path, names: list[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a folder."""
    for name in names:
        if (folder / name).is_file():
            yield name, (folder / name).read_bytes()


def cause(error: Exception) -> str:
    """Say in plain words, in one line, why an archive could not be opened or read."""
    inner = error.__context__ if isinstance(error, RemoteZipError) else None
    return reason(inner or error).splitlines()[0]


def place_of(path: Path) -> str:
    """Say in words where an archive on disk lies."""
    return "the data folder" if path.parent == data_folder() else "the mirror"


class _WholeRanges(RemoteFetcher):
    """Reads each range at once, so that one connection serves all the photographs."""

    def fetch(self, data_range, stream=False):
        try:
            return super().fetch(data_range, stream=False)
        except HTTPError:  # the connection broke off in the middle: once more
            return super().fetch(data_range, stream=False)


def _open_address(asked, address, target, sha256, size) -> ZipFile:
    try:
        return RemoteZip(address, session=asked, fetcher=_WholeRanges, timeout=http.TIMEOUT)
    except RemoteZipError as error:
        if isinstance(error.__context__, requests.ConnectionError | requests.Timeout):
            raise
    return ZipFile(download(address, target, sha256, size))  # this server sends no ranges
