"""Files on disk: what is right, what is wrong, and how two notebooks share a folder.

A folder of official files may hold a `SHA256SUMS`. Its copies may be reduced ones, and this list
says which content is right. That holds for a mirror and for the data folder alike.
"""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

SUMS = "SHA256SUMS"


@dataclass(frozen=True)
class OfficialFile:
    """A file, where it is from and how to know it: what is None is not known. `size` in bytes.

    `digest` is the SHA-256, or what else the publisher gives: its beginning, or an MD5.
    """

    name: str
    url: str | None = None
    digest: str | None = None
    size: int | None = None

    def fault(self, path: Path) -> str | None:
        """Say what is wrong with a copy of this file, or return None."""
        if not path.is_file():
            return "missing"
        actual = path.stat().st_size
        if actual == 0:
            return "empty"
        sums = path.parent / SUMS
        listed = parse_sums(sums.read_text("utf-8") if sums.is_file() else "").get(path.name)
        if not listed and self.size and actual != self.size:
            return f"{actual:,} bytes long and should have {self.size:,}"
        kind = "md5" if len(self.digest or "") == 32 else "sha256"
        right = {self.digest: kind, listed: "sha256"}
        right.pop(None, None)
        if right and not any(checksum(path, right[digest]).startswith(digest) for digest in right):
            return f"not the expected file (checksum differs, {actual:,} bytes)"
        return None


def checksum(path: Path, kind: str = "sha256") -> str:
    """Return the checksum of a file as hexadecimal text. `kind` is "sha256" or "md5"."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, kind).hexdigest()


def parse_sums(text: str) -> dict[str, str]:
    """Read lines of "<sha256>  <name>" as `{name: sha256}`; the last line about a name counts."""
    rows = (line.split(maxsplit=1) for line in text.splitlines())
    return {row[1].lstrip("*").strip(): row[0].lower() for row in rows if len(row) == 2}


def set_aside(path: Path) -> Path:
    """Rename a wrong file to `<name>.bad` (`.bad2`, …) and return the new path."""
    spare, number = path.with_name(f"{path.name}.bad"), 1
    while spare.exists():
        number += 1
        spare = path.with_name(f"{path.name}.bad{number}")
    return path.rename(spare)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(content)
    os.replace(part, path)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one notebook at a time write `path`. In a read-only folder there is nothing to lock."""
    lock = FileLock(f"{path}.lock")
    with contextlib.suppress(OSError, NotImplementedError):
        try:
            lock.acquire(timeout=1)  # seconds
        except Timeout:
            print(f"Another notebook is getting {path.name}; waiting.")
            lock.acquire()
    try:
        yield
    finally:
        lock.release()
