"""A folder of photographs and its `index.json`: what is there, where from, what was skipped."""

import contextlib
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest
from pathlib import Path

from helpers.files import checksum, write_whole
from helpers.photographs.photos import PhotoError, open_photo
from helpers.progress import progress

PARTS = {"files": dict, "skipped": dict, "places": list, "facts": dict}  # of the index
ENDING = r"\.(?i:jpe?g)$"  # of a photograph's name
Groups = dict[str, list[str]]  # a class -> the names of its files, the first choice first


class PhotoFolder:
    """Photographs that were decoded once, completely, and are named in `index.json`.

    `files` gives the bytes and SHA-256 of each good photograph, `skipped` the reason for each bad
    one, `places` where they came from, `facts` what else the data set wants to remember.
    Of each group `per_class` photographs are wanted (None: all).
    """

    def __init__(self, folder: Path, per_class: int | None = None):
        self.folder, self.per_class, self.files = folder, per_class, {}
        listed, self.skipped, self.places, self.facts = _read_index(folder / "index.json")
        for name, (size, digest) in listed.items():
            path = folder / name
            if path.is_file() and path.stat().st_size == size and checksum(path) == digest:
                self.files[name] = size, digest
        self.damaged = [folder / name for name in listed if name not in self.files]
        self._names = {digest: name for name, (_, digest) in self.files.items()}

    def on_disk(self) -> list[str]:
        """Return the names of all photographs in the folder, also of those not looked at yet."""
        found = [path for path in self.folder.rglob("*") if re.search(ENDING, path.name)]
        return [path.relative_to(self.folder).as_posix() for path in found]

    def has(self, groups: Groups) -> bool:
        """Return True when each group has as many good photographs as are wanted."""
        return bool(groups) and not any(map(self._lacking, groups.values()))

    def wanted(self, groups: Groups, tried: Iterable = ()) -> list[str]:
        """Return the names to try next, the groups in turn."""
        known, rows = {*self.files, *self.skipped, *tried}, []
        for names in groups.values():
            rows.append([name for name in names if name not in known][: self._lacking(names)])
        return [name for row in zip_longest(*rows) for name in row if name]

    def _lacking(self, names: list[str]) -> int:
        if self.per_class is None:
            return sum(name not in self.files and name not in self.skipped for name in names)
        return max(0, self.per_class - sum(name in self.files for name in names))

    def fill(self, place: str, groups: Groups, read: Callable) -> None:
        """Take photographs from a place until each group has as many as are wanted.

        `read(names)` yields (name, content). A bad one is skipped, and the next name is taken.
        After an interruption the next call goes on.
        """
        tried, before = set(), len(self.files)
        try:
            while names := self.wanted(groups, tried):
                tried.update(names)
                for name, content in progress(read(names), f"photographs from {place}", len(names)):
                    self._add(name, content)
        finally:
            if len(self.files) > before and place not in self.places:
                self.places.append(place)
            if self.files or self.skipped:
                self._save()

    def read(self, names: list[str]) -> Iterator[tuple[str, bytes]]:
        """Yield (name, content) of files that somebody put into this folder."""
        for name in names:
            yield name, (self.folder / name).read_bytes()

    def _add(self, name: str, content: bytes | None) -> None:
        try:
            if content is None:
                raise PhotoError("damaged in the archive")
            open_photo(content)
            digest = hashlib.sha256(content).hexdigest()
            if (twin := self._names.setdefault(digest, name)) != name:
                raise PhotoError(f"the same picture as {twin}")
        except PhotoError as error:
            self.skipped[name] = str(error)
            return
        if not (self.folder / name).exists():  # it is there when it was put there by hand
            write_whole(self.folder / name, content)
        self.files[name] = len(content), digest

    def _save(self) -> None:
        text = json.dumps({name: getattr(self, name) for name in PARTS}, indent=0)
        with contextlib.suppress(OSError):  # a read-only folder does without
            write_whole(self.folder / "index.json", text.encode())


def _read_index(path: Path) -> list:
    """Return the parts of an index; empty ones when it is missing, broken or of another shape."""
    with contextlib.suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
        index = json.loads(path.read_text(encoding="utf-8"))
        pairs = all(len(fact) == 2 for fact in index["files"].values())
        if pairs and all(type(index[name]) is kind for name, kind in PARTS.items()):
            return [index[name] for name in PARTS]
    return [kind() for kind in PARTS.values()]


def number(name: str) -> int:
    """Return the number at the end of a file name."""
    return int(re.search(r"(\d+)\.\w+$", name)[1])
