"""Bring one web address to a file: checked, with a bar, taken up again after an interruption."""

import os
import re
import shutil
import tarfile
from pathlib import Path
from urllib.request import getproxies
from zipfile import BadZipFile

import requests
from remotezip import RemoteZipError
from requests.adapters import HTTPAdapter
from requests.exceptions import ChunkedEncodingError, ProxyError, SSLError
from requests.utils import get_environ_proxies
from urllib3.exceptions import HTTPError
from urllib3.util import Retry

from helpers.files import OfficialFile, add_sum, locked
from helpers.progress import progress

TIMEOUT = (4, 20)  # seconds to connect, seconds without a byte
PAUSE = 0.5  # seconds, twice as long each time, before a server with trouble is asked again
LONGEST = 30  # seconds that we wait at most when a server asks for patience
ATTEMPTS = 4  # so often a broken connection is taken up again
# This computer and private networks are asked directly, whatever proxy is set for the internet.
NEAR = "localhost,.local,127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,169.254.0.0/16"
REASONS = {
    SSLError: "the certificate of the server could not be checked. Run: python -m pip install "
    "--upgrade certifi; behind a company proxy set REQUESTS_CA_BUNDLE to the certificate file of "
    "the company",
    requests.Timeout: "no answer in time",
    ChunkedEncodingError: "the connection broke off",
    requests.ConnectionError: "the connection failed",
}


class DownloadError(RuntimeError):
    """A file could not be had. The first line says why, the second what to do by hand."""

    def __init__(self, text: str):
        super().__init__(re.sub(r"(?<=://)[^/@\s]+@", "", text))  # nobody's password is shown


# What can go wrong while a file is fetched or an archive is read. Requests' errors are OSErrors.
FAILURES = (
    OSError, DownloadError, RemoteZipError, HTTPError, BadZipFile, tarfile.TarError, EOFError,
)  # fmt: skip


def reason(error: Exception) -> str:
    """Say in plain words, in one line, why a server, a disk or an archive failed."""
    cause = error.__context__
    if isinstance(error, RemoteZipError | BadZipFile) and isinstance(cause, OSError | HTTPError):
        error = cause  # nothing is wrong with the zip: who was asked for it did not answer
    if isinstance(error, requests.HTTPError):
        busy = " (it is asked too often, perhaps by a whole class: try again in some minutes)"
        status = error.response.status_code
        return f"the server answers {status} {error.response.reason}{busy * (status == 429)}"
    if isinstance(error, ProxyError):
        refused = re.search(r"Tunnel connection failed: (\d+[\w ]*\w)", str(error))
        said = f"answers {refused[1]}" if refused else "does not answer"
        return f"the proxy {said}: correct or unset it"
    known = [text for kind, text in REASONS.items() if isinstance(error, kind)]
    if isinstance(error, SSLError) and "CERTIFICATE" not in str(error):
        known = known[-1:]  # the connection failed
    return known[0] if known else (str(error) or type(error).__name__).splitlines()[0]


def through(address: str) -> str:
    """Name the proxy that stands before an address, without its password, and where it is set."""
    kinds = get_environ_proxies(address, no_proxy=_direct())
    for kind in (address.partition(":")[0], "all"):
        if proxy := kinds.get(kind):
            name = f"{kind.upper()}_PROXY"
            name = name if name in map(str.upper, os.environ) else "the settings of this computer"
            return f" (through the proxy {proxy.rpartition('@')[2]}, from {name})"
    return ""


def _direct() -> str:
    return f"{NEAR},{getproxies().get('no', '')}"


class _Patience(Retry):
    """Waits as a server asks (Retry-After), up to `LONGEST`, and says so."""

    def get_retry_after(self, response):
        if seconds := min(super().get_retry_after(response) or 0, LONGEST):
            print(f"The server asks to wait: {seconds:.0f} s.")
        return seconds


class _Session(requests.Session):
    def request(self, method, url, **options):
        return super().request(method, url, proxies={"no_proxy": _direct()}, **options)


def session() -> requests.Session:
    """Return a session that asks again when a server has trouble (5xx) or is busy (429)."""
    asked = _Session()
    asked.headers["Accept-Encoding"] = "identity"  # lengths and ranges are those of the file
    retry = _Patience(
        3, connect=0, read=False, status_forcelist=[429, 500, 502, 503, 504], backoff_factor=PAUSE,
        raise_on_status=False,
    )  # fmt: skip
    for scheme in ("http://", "https://"):
        asked.mount(scheme, HTTPAdapter(max_retries=retry))
    return asked


def download(file: OfficialFile, target: Path) -> Path:
    """Bring `file.url` to `target`, through a `.part` file that a later call continues."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with locked(target), session() as asked:
        if not file.fault(target):
            return target  # another notebook was faster
        # The checksum in the name ties a part to one content. Without it, start at the beginning.
        part = target.with_name(f"{target.name}.{(file.digest or 'unknown')[:12]}.part")
        if file.digest is None:
            part.unlink(missing_ok=True)
        for left in reversed(range(ATTEMPTS)):
            have = part.stat().st_size if part.exists() else 0
            try:
                _receive(asked, file, part, have)
            except ChunkedEncodingError:  # broken off: go on where it stopped
                if not left:
                    raise
                continue
            if not (wrong := file.fault(part)):
                break
            part.unlink(missing_ok=True)
            if not have or not left:  # nothing was there before that could be to blame
                raise DownloadError(f"what came is {wrong}")
        add_sum(part, target.name)
        os.replace(part, target)
    return target


def _receive(asked: requests.Session, file: OfficialFile, part: Path, have: int) -> None:
    """Add to a part what it lacks after `have` bytes."""
    headers = {"Range": f"bytes={have}-"} if have else {}
    with asked.get(file.url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
        if answer.status_code == 416:
            return  # the part is as long as the file, or longer: the checksum tells
        answer.raise_for_status()
        if not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            have = 0  # the server sends the whole file
        rest = int(answer.headers.get("Content-Length", (file.size or have) - have))
        if rest > (free := shutil.disk_usage(part.parent).free):
            raise DownloadError(
                f"{rest:,} bytes are needed and {free:,} are free in {part.parent}. "
                "Make room, or set COURSE_DATA to a folder on another disk"
            )
        # A `.gz` with this header is the file itself: some servers think that they packed it.
        packed = file.name.endswith(".gz") and answer.headers.get("Content-Encoding") == "gzip"
        chunks = answer.raw.stream(1 << 16, False) if packed else answer.iter_content(1 << 16)
        total = have + rest or None
        bar = progress(None, file.name, total, initial=have, unit="B", unit_scale=True)
        with bar, part.open("ab" if have else "wb") as content:
            for chunk in chunks:
                start = chunk[:200].lstrip().lower()
                if content.tell() == 0 and start.startswith((b"<!doctype html", b"<html")):
                    raise DownloadError("the server sent a web page, not the file")
                content.write(chunk)
                bar.update(len(chunk))
