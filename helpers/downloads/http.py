"""Bring one web address to a file: checked, with a bar, taken up again after an interruption."""

import os
import shutil
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from helpers.files import SUMS, checksum, fault, locked
from helpers.progress import progress

TIMEOUT = (4, 20)  # seconds to connect, seconds without a byte
ATTEMPTS = 4  # so often a broken connection is taken up again
CERTIFICATE = (
    "the certificate of the server could not be checked. Run: python -m pip install --upgrade "
    "certifi; behind a company proxy set REQUESTS_CA_BUNDLE to the certificate file of the company"
)


class DownloadError(RuntimeError):
    """A file could not be had. The first line says why, the second what to do by hand."""


def download(address: str, target: Path, sha256: str | None, size: int | None) -> Path:
    """Bring one address to `target`, through a `.part` file that a later call continues."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with locked(target):
        if not fault(target, sha256, size):
            return target  # another notebook was faster
        # The checksum in the name ties a part to one content. Without it, start at the beginning.
        part = target.with_name(f"{target.name}.{(sha256 or 'unknown')[:12]}.part")
        if sha256 is None:
            part.unlink(missing_ok=True)
        resumed = part.exists()
        _receive_all(address, part, size)
        if resumed and fault(part, sha256, size):
            part.unlink()
            _receive_all(address, part, size)
        if wrong := fault(part, sha256, size):
            part.unlink(missing_ok=True)
            raise DownloadError(f"what came is {wrong}")
        with (target.parent / SUMS).open("a", encoding="utf-8") as file:
            file.write(f"{checksum(part)}  {target.name}\n")
        os.replace(part, target)
    return target


def session() -> requests.Session:
    """Return a session that asks again, with growing pauses, when a server has trouble (5xx)."""
    asked = requests.Session()
    asked.headers["Accept-Encoding"] = "identity"  # lengths and ranges are those of the file
    retry = Retry(
        total=3,
        connect=0,
        read=False,
        backoff_factor=0.5,
        status_forcelist=[500, 502, 503, 504],
        raise_on_status=False,
        respect_retry_after_header=False,
    )
    for scheme in ("http://", "https://"):
        asked.mount(scheme, HTTPAdapter(max_retries=retry))
    return asked


def reason(error: Exception) -> str:
    """Say in plain words why a server or a disk failed."""
    words = {
        requests.exceptions.SSLError: CERTIFICATE,
        requests.Timeout: "no answer in time",
        requests.exceptions.ChunkedEncodingError: "the connection broke off",
        requests.ConnectionError: "the connection failed",
    }
    if isinstance(error, requests.HTTPError):
        return f"the server answers {error.response.status_code} {error.response.reason}"
    found = [text for kind, text in words.items() if isinstance(error, kind)]
    return (found or [str(error) or type(error).__name__])[0]


def _receive_all(address: str, part: Path, size: int | None) -> None:
    with session() as asked:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return _receive(asked, address, part, size)
            except requests.exceptions.ChunkedEncodingError:  # broken off: go on where it stopped
                if attempt == ATTEMPTS:
                    raise


def _receive(asked: requests.Session, address: str, part: Path, size: int | None) -> None:
    have = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    with asked.get(address, headers=headers, stream=True, timeout=TIMEOUT) as answer:
        if answer.status_code == 416:  # the part is as long as the file, or longer
            part.unlink()
            return _receive(asked, address, part, size)
        answer.raise_for_status()
        if not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            have = 0  # the server sends the whole file
        rest = int(answer.headers.get("Content-Length", (size or have) - have))
        _check_space(part.parent, rest)
        _write(answer, part, have, rest)


def _write(answer: requests.Response, part: Path, have: int, rest: int) -> None:
    total = have + rest or None
    bar = progress(name=part.name, total=total, initial=have, unit="B", unit_scale=True)
    with bar, part.open("ab" if have else "wb") as file:
        for chunk in answer.iter_content(1 << 16):
            start = chunk[:200].lstrip().lower()
            if file.tell() == 0 and start.startswith((b"<!doctype html", b"<html")):
                raise DownloadError("the server sent a web page, not the file")
            file.write(chunk)
            bar.update(len(chunk))


def _check_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise DownloadError(
            f"{needed:,} bytes are needed and {free:,} are free in {folder}. "
            "Make room, or set COURSE_DATA to a folder on another disk"
        )
