"""What every set of photographs shares: its record, its folder, and drawn pets in its place.

Order: the data folder, a mirror, the official source, and drawn pets where none of them answers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from helpers.datasets.store import Groups, PhotoFolder, number
from helpers.downloads.http import FAILURES, reason
from helpers.drawn_pets.sets import draw_set
from helpers.files import locked
from helpers.settings import data_folder


@dataclass(frozen=True, eq=False)
class Photographs:
    """Pictures on disk with their classes and their split.

    `labels` is `int64 (n,)`, an index into `class_names`. `species` has "cat" or "dog" for each
    class. `split` has "train", "validation" or "test" for each picture. `source` is "photos" or
    "drawn". `origin` says in plain words where the pictures are from. `skipped` lists (file name,
    reason) of the files that are no good photographs.
    """

    paths: list[Path]
    labels: np.ndarray
    class_names: list[str]
    species: list[str]
    split: np.ndarray
    source: str
    origin: str
    skipped: list[tuple[str, str]]

    def __len__(self) -> int:
        return len(self.paths)


def check_count(per_class: int) -> None:
    whole = isinstance(per_class, int | np.integer) and not isinstance(per_class, bool)
    if not whole or per_class < 1:
        raise ValueError(f"per_class must be a whole number, 1 or more, not {per_class!r}")


def open_set(
    name: str, per_class: int | None, groups_in: Callable, fill: Callable
) -> tuple[PhotoFolder, str | None]:
    """Return a folder, filled as far as possible, and why it has fewer than `per_class`."""
    store = PhotoFolder(data_folder() / name)
    if store.has(groups_in(store), per_class):
        return store, None
    with locked(store.folder):
        store = PhotoFolder(store.folder)  # another notebook may have filled it meanwhile
        try:
            fill(store, per_class)
        except FAILURES as error:
            return store, reason(error)
    return store, None if store.has(groups_in(store), per_class) else "there are no more."


def describe(
    store: PhotoFolder, groups: Groups, per_class: int | None, facts: dict, problem: str | None
) -> Photographs:
    """Describe the first `per_class` good photographs; `facts` gives (species, part) of a name."""
    chosen = [[n for n in names if n in store.files][:per_class] for names in groups.values()]
    names = [name for group in chosen for name in sorted(group, key=number)]
    skipped = sorted(store.skipped.items())
    origin = f"{len(names)} photographs from {' and '.join(store.places)}"
    origin += f"; {len(skipped)} files were skipped." if skipped else "."
    return Photographs(
        paths=[store.folder / name for name in names],
        labels=np.repeat(np.arange(len(chosen), dtype=np.int64), [len(group) for group in chosen]),
        class_names=[name.replace("_", " ") for name in groups],
        species=[facts[names[0]][0] for names in groups.values()],
        split=np.array([facts[name][1] for name in names]),
        source="photos",
        origin=origin + (f" You asked for more: {problem}" if problem else ""),
        skipped=skipped,
    )


def draw(kinds: list[tuple], count: int, part_of: Callable, problem: str) -> Photographs:
    paths = draw_set(kinds, count)
    return Photographs(
        paths=paths,
        labels=np.repeat(np.arange(len(kinds), dtype=np.int64), count),
        class_names=[kind[0] for kind in kinds],
        species=[kind[1] for kind in kinds],
        split=np.array([part_of(f"{path.parent.name}/{path.name}") for path in paths]),
        source="drawn",
        origin=f"These are {len(paths)} drawn pets, and numbers measured on them say nothing about "
        f"photographs. No photographs could be had: {problem}",
        skipped=[],
    )
