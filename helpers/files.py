"""Files on disk: what is right, what is wrong, and how two notebooks share a folder.

A folder of official files may hold a `SHA256SUMS`. Its copies may be reduced ones, and this list
says which content is right. That holds for a mirror and for the data folder alike.
"""

import contextlib
import hashlib
import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

SUMS = "SHA256SUMS"
LINE = re.compile(  # as sha256sum, BSD and macOS, or PowerShell write it
    r"(?i)(?:sha256\s+)?(?:\((.+)\)\s*=\s*)?\\?([0-9a-f]{64})(?:\s+\*?(.+))?"
)


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
        listed = parse_sums(sums.read_bytes() if sums.is_file() else b"").get(path.name)
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


def parse_sums(content: bytes) -> dict[str, str]:
    """Read a list of checksums as `{name: sha256}`; the last line about a name counts.

    It is UTF-8, or UTF-16 as PowerShell writes it. A folder before a name does not count. Raises
    OSError when no line is understood.
    """
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = content.decode("utf-16" if wide else "utf-8-sig", errors="replace")
    lines = [line.strip() for line in text.splitlines() if line.strip("# \t\0")]
    rows = [row.groups() for row in map(LINE.fullmatch, lines) if row and (row[1] or row[3])]
    if lines and not rows:
        raise OSError(f"{SUMS} is there but not understood. A line is: <sha256>  <name>")
    return {re.split(r"[/\\]", bsd or name)[-1]: digest.lower() for bsd, digest, name in rows}


def add_sum(path: Path, name: str) -> None:
    """Note in the list of its folder that the content of `path` is right for the file `name`."""
    with (path.parent / SUMS).open("a", encoding="utf-8") as sums:
        sums.write(f"{checksum(path)}  {name}\n")


def set_aside(path: Path) -> Path:
    """Rename a wrong file to `<name>.bad` (`.bad2`, …) and return the new path."""
    numbers = ("", *range(2, 1000))
    spares = (path.with_name(f"{path.name}.bad{number}") for number in numbers)
    return path.rename(next(spare for spare in spares if not spare.exists()))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees half of it; OSError says what to do when that fails."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        os.replace(part, path)
    except BaseException as error:  # also when the learner stops the cell
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        words = f"{error.strerror}. Make room, or set COURSE_DATA to a folder you may write to"
        raise OSError(error.errno, words, str(path)) from error


def write_arrays(path: Path, **arrays: np.ndarray) -> None:
    """Write arrays as one .npz file, whole."""
    content = io.BytesIO()
    np.savez(content, **arrays)
    write_whole(path, content.getvalue())


def read_arrays(path: Path) -> dict[str, np.ndarray] | None:
    """Return the arrays of an .npz file; None when there is none, or when it is damaged."""
    if not path.is_file():
        return None
    try:
        with np.load(io.BytesIO(path.read_bytes())) as kept:
            return dict(kept)  # reading them all checks them all
    except Exception as error:  # of many kinds: BadZipFile, zlib.error, KeyError, …
        print(f"{path.name} is damaged ({type(error).__name__}) and is not used.")
        return None


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
