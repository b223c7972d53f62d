"""A folder of photographs and its `index.json`: what is there, where from, what was skipped."""

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterable
from itertools import zip_longest
from pathlib import Path

from helpers.files import set_aside, write_whole
from helpers.photographs.photos import PhotoError, open_photo
from helpers.progress import progress

Groups = dict[str, list[str]]  # a class -> the names of its files, the first choice first


class PhotoFolder:
    """Photographs that were decoded once, completely, and are named in `index.json`.

    `files` gives the bytes and SHA-256 of each good photograph, `skipped` the reason for each bad
    one, `places` where they came from, `facts` what else the data set wants to remember.
    """

    def __init__(self, folder: Path):
        self.folder, self._index = folder, folder / "index.json"
        index = {}
        with contextlib.suppress(OSError, ValueError):  # no index, or a broken one: look again
            index = json.loads(self._index.read_text(encoding="utf-8"))
        listed = index.get("files", {})
        self.files = {name: listed[name] for name in listed if self._is_whole(name, *listed[name])}
        self.skipped: dict[str, str] = index.get("skipped", {})
        self.places: list[str] = index.get("places", [])
        self.facts: dict = index.get("facts", {})
        self._names = {digest: name for name, (_, digest) in self.files.items()}
        self._damaged = [folder / name for name in listed if name not in self.files]

    def fill(self, place: str, groups: Groups, goal: int | None, read: Callable) -> None:
        """Take photographs from a place until each group has `goal` (None: all of them).

        `read(names)` yields (name, content). A bad one is skipped, and the next name is taken.
        """
        self._clear_damaged()
        tried, before = set(), len(self.files)
        try:
            while names := self.wanted(groups, goal, tried):
                tried.update(names)
                bar = progress(read(names), f"photographs from {place}", len(names))
                for name, content in bar:
                    self._add(name, content)
        finally:
            if len(self.files) > before and place not in self.places:
                self.places.append(place)
            if self.files or self.skipped:
                self.save()

    def wanted(self, groups: Groups, goal: int | None, tried: Iterable[str] = ()) -> list[str]:
        """Return the names to try next, the groups in turn."""
        known = self.files.keys() | self.skipped.keys() | set(tried)
        rows = []
        for names in groups.values():
            fresh = [name for name in names if name not in known]
            have = sum(name in self.files for name in names)
            rows.append(fresh if goal is None else fresh[: max(0, goal - have)])
        return [name for row in zip_longest(*rows) for name in row if name]

    def save(self) -> None:
        """Write `index.json`; a read-only folder does without."""
        names = ("files", "skipped", "places", "facts")
        text = json.dumps({name: getattr(self, name) for name in names}, indent=0)
        with contextlib.suppress(OSError):
            write_whole(self._index, text.encode())

    def _add(self, name: str, content: bytes | None) -> None:
        if content is None:
            self.skipped[name] = "damaged in the archive"
            return
        digest = hashlib.sha256(content).hexdigest()
        try:
            open_photo(content)
            if (twin := self._names.setdefault(digest, name)) != name:
                raise PhotoError(f"the same picture as {twin}")
        except PhotoError as error:
            self.skipped[name] = str(error)
            return
        path = self.folder / name
        if not path.exists():  # it is there when it was put there by hand
            write_whole(path, content)
        self.files[name] = [len(content), digest]

    def _is_whole(self, name: str, size: int, _digest: str) -> bool:
        path = self.folder / name
        return path.is_file() and path.stat().st_size == size

    def _clear_damaged(self) -> None:
        """A file that was right once and has another length now makes room for a fresh one."""
        with contextlib.suppress(OSError):
            for path in filter(Path.exists, self._damaged):
                set_aside(path)
        self._damaged = []
