"""What every set of photographs shares: its record, its folder, and drawn pets in its place.

Order: the data folder, a mirror, the official source, and drawn pets where none of them answers.
"""

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from helpers.datasets.store import Groups, PhotoFolder, number
from helpers.downloads.http import FAILURES, DownloadError, reason
from helpers.drawn_pets.sets import draw_set
from helpers.files import checksum, locked, set_aside
from helpers.settings import data_folder


@dataclass(frozen=True, eq=False)
class Photographs:
    """Pictures on disk with their classes and their split.

    `labels` is `int64 (n,)`, an index into `class_names`. `split` has "train", "validation" or
    "test" for each picture. `source` is "photos" or "drawn", `origin` says in words where the
    pictures are from. `skipped` lists (file name, reason) of files that are no good photographs.
    """

    paths: list[Path]
    labels: np.ndarray
    class_names: list[str]
    split: np.ndarray
    source: str
    origin: str
    skipped: list[tuple[str, str]]

    def __len__(self) -> int:
        return len(self.paths)

    def checksum(self) -> str:
        """Return a text that is the same only for the same files: their names and their bytes."""
        digest = hashlib.sha256()
        for path in self.paths:
            digest.update(f"{path.parent.name}/{path.name} {checksum(path)}\n".encode())
        return digest.hexdigest()


def check_count(per_class: int) -> None:
    whole = isinstance(per_class, int | np.integer) and not isinstance(per_class, bool)
    if not whole or per_class < 1:
        raise ValueError(f"per_class must be a whole number, 1 or more, not {per_class!r}")


def open_set(
    name: str, per_class: int | None, groups_in: Callable, sources: Callable
) -> tuple[PhotoFolder, str | None]:
    """Return a folder, filled as far as possible, and why it has fewer than `per_class`.

    `groups_in(store)` gives the `Groups` that the folder knows of. `sources(store)` yields (place
    in words, groups, read) for each place that has photographs, as `PhotoFolder.fill` takes them.
    """
    store = PhotoFolder(data_folder() / name, per_class)
    if store.has(groups_in(store)):
        return store, None
    with locked(store.folder):
        store = PhotoFolder(store.folder, per_class)  # another notebook may have filled it
        for path in store.damaged:  # right once, of another length now: room for a fresh one
            with contextlib.suppress(OSError):
                set_aside(path)
        try:
            for source in sources(store):
                store.fill(*source)
                if store.has(groups_in(store)):
                    return store, None
        except FAILURES as error:
            # Of a file that could not be had the second line counts too: what to do by hand.
            return store, str(error) if isinstance(error, DownloadError) else reason(error)
    return store, "there are no more."


def describe(
    store: PhotoFolder, groups: Groups, part_of: Callable, problem: str | None
) -> Photographs:
    """Describe the first good photographs of each group; `part_of` a name is its part."""
    good = [[name for name in names if name in store.files] for names in groups.values()]
    chosen = [sorted(names[: store.per_class], key=number) for names in good]
    names = [name for group in chosen for name in group]
    skipped = sorted(store.skipped.items())
    origin = f"{len(names)} photographs from {' and '.join(store.places)}"
    origin += f"; {len(skipped)} files were skipped." if skipped else "."
    return Photographs(
        paths=[store.folder / name for name in names],
        labels=np.repeat(np.arange(len(chosen), dtype=np.int64), [len(group) for group in chosen]),
        class_names=[name.replace("_", " ") for name in groups],
        split=np.array([part_of(name) for name in names]),
        source="photos",
        origin=origin + (f" You asked for more: {problem}" if problem else ""),
        skipped=skipped,
    )


def draw(kinds: list[tuple], count: int, part_of: Callable, problem: str) -> Photographs:
    """Draw `count` pets of each kind (class name, species, breed); `part_of` a name is its part."""
    paths = draw_set(kinds, count)
    return Photographs(
        paths=paths,
        labels=np.repeat(np.arange(len(kinds), dtype=np.int64), count),
        class_names=[kind[0] for kind in kinds],
        split=np.array([part_of(f"{path.parent.name}/{path.name}") for path in paths]),
        source="drawn",
        origin=f"These are {len(paths)} drawn pets, and numbers measured on them say nothing about "
        f"photographs. No photographs could be had: {problem}",
        skipped=[],
    )
