"""Read photographs out of an official zip, in parts where its server allows that.

Nothing is unpacked by the archive's own paths, so that no archive can write anywhere else.
"""

import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import requests
from remotezip import RangeNotSupported, RemoteFetcher, RemoteZip, RemoteZipError
from urllib3.exceptions import HTTPError

from helpers.downloads import http
from helpers.downloads.places import copies
from helpers.files import OfficialFile


def open_zips(file: OfficialFile) -> Iterator[tuple[str, ZipFile]]:
    """Yield (place in words, archive) for each place that has the zip; errors as in `copies`.

    From a server that answers to HTTP ranges only the parts that are read travel; from another
    one the whole file comes into the data folder.
    """
    with http.session() as asked:
        for place, copy in copies(file, bring=partial(_open_address, asked)):
            with copy if isinstance(copy, ZipFile) else ZipFile(copy) as archive:
                yield place, archive


def read_zip(archive: ZipFile, folder: str, names: list[str]) -> Iterator[tuple[str, bytes | None]]:
    """Yield (name, content) of the files `folder/name`; content is None where it is damaged."""
    for name in names:
        try:
            yield name, archive.read(f"{folder}/{name}")
        except (BadZipFile, zlib.error):
            yield name, None


class _WholeRanges(RemoteFetcher):
    """Reads each range at once, so that one connection serves all the photographs."""

    def fetch(self, data_range, stream=False):
        try:
            return super().fetch(data_range, stream=False)
        except HTTPError:  # the connection broke off in the middle: once more
            return super().fetch(data_range, stream=False)

    def _request(self, kwargs):
        answer = self._session.get(self._url, stream=True, **kwargs)
        if not answer.ok or "Content-Range" not in answer.headers:
            answer.close()  # it may be the whole file
            answer.raise_for_status()
            raise RangeNotSupported("it sends no ranges")
        return answer.raw, answer.headers["Content-Range"]

    def get_file_size(self):
        """Ask for the first byte: the answer says how long the file is, and that ranges work."""
        content, where = self._request(self.prepare_request((0, 0)))
        content.drain_conn()
        return int(where.rpartition("/")[2])


def _open_address(asked: requests.Session, file: OfficialFile, target: Path) -> ZipFile | Path:
    options = dict(session=asked, fetcher=_WholeRanges, timeout=http.TIMEOUT)
    try:  # ranges "from a to b": "the last bytes" are not known to every server
        return RemoteZip(file.url, support_suffix_range=False, **options)
    except (RemoteZipError, BadZipFile, ValueError) as error:
        cause, answer = error.__context__, getattr(error.__context__, "response", None)
        busy = answer is not None and answer.status_code in (429, 500, 502, 503, 504)
        if busy or isinstance(cause, requests.ConnectionError | requests.Timeout):
            raise  # no word about ranges
    return http.download(file, target)  # this server sends no ranges
