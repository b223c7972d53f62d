"""Photographs of cats and dogs, and of 37 pet breeds, with labels and a split that never changes.

Order: the data folder, a mirror, the official source, and drawn pets where none of them answers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np

from helpers.datasets.official import (
    CATS_AND_DOGS,
    PET_IMAGES,
    PET_LISTS,
    by_breed,
    by_class,
    number,
    read_lists,
)
from helpers.datasets.store import Groups, PhotoFolder
from helpers.downloads.archives import open_zips, read_tar, read_zip
from helpers.downloads.http import FAILURES, reason
from helpers.downloads.places import copies, fetch
from helpers.drawn_pets import BREEDS
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


def cats_and_dogs(per_class: int = 600) -> Photographs:
    """Return `per_class` photographs of cats (class 0) and of dogs (class 1), or drawn pets.

    Source: the Microsoft Cats vs Dogs set, lowest numbers first. The split follows `split_of`.
    """
    _check_count(per_class)
    store, problem = _open_set("cats_and_dogs", per_class, _cats_and_dogs_in, _fill_cats_and_dogs)
    groups = _cats_and_dogs_in(store)
    if not all(groups.values()):
        return _drawn([("cat", "cat", None), ("dog", "dog", None)], per_class, split_of, problem)
    facts = {name: (kind, split_of(name)) for kind in groups for name in groups[kind]}
    return _photographs(store, groups, per_class, facts, problem)


def pet_breeds(per_class: int | None = None) -> Photographs:
    """Return photographs of 37 breeds, `per_class` of each (None: all of them), or drawn pets.

    Source: the Oxford-IIIT Pet set; labels and the split into "train" and "test" are its own.
    Of the drawn breeds there are 10 pictures each if `per_class` does not say otherwise.
    """
    if per_class is not None:
        _check_count(per_class)
    store, problem = _open_set("pet_breeds", per_class, _breeds_in, _fill_pet_breeds)
    if not store.files:
        kinds = [(f"drawn {s} breed {k + 1}", s, k) for s in BREEDS for k in range(BREEDS[s])]
        return _drawn(kinds, per_class or 10, _drawn_part, problem)
    facts = {name: (species, part) for name, (_, species, part) in store.facts.items()}
    return _photographs(store, _breeds_in(store), per_class, facts, problem)


def split_of(name: str) -> str:
    """Return the part of a file, from its name alone: 50 % train, 10 % validation, 40 % test."""
    percent = int(sha256(name.encode()).hexdigest()[:8], 16) % 100
    return "train" if percent < 50 else "validation" if percent < 60 else "test"


def copy_archives(folder: str | Path) -> list[Path]:
    """Bring the official archives, whole, into `folder`: it can then serve as a mirror."""
    return [fetch(file, folder) for file in (CATS_AND_DOGS, PET_LISTS, PET_IMAGES)]


def _check_count(per_class: int) -> None:
    whole = isinstance(per_class, int | np.integer) and not isinstance(per_class, bool)
    if not whole or per_class < 1:
        raise ValueError(f"per_class must be a whole number, 1 or more, not {per_class!r}")


def _open_set(
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


def _cats_and_dogs_in(store: PhotoFolder) -> Groups:
    return by_class(store.files)


def _fill_cats_and_dogs(store: PhotoFolder, per_class: int) -> None:
    on_disk = [path.relative_to(store.folder).as_posix() for path in store.folder.glob("*/*.jpg")]
    store.fill("the data folder", by_class(on_disk), per_class, store.read)
    if store.has(_cats_and_dogs_in(store), per_class):
        return
    for place, archive in open_zips(CATS_AND_DOGS):
        names = [name.removeprefix("PetImages/") for name in archive.namelist()]
        read = partial(read_zip, archive, "PetImages")
        store.fill(place, by_class({*names, *store.files}), per_class, read)
        if store.has(_cats_and_dogs_in(store), per_class):
            return


def _breeds_in(store: PhotoFolder) -> Groups:
    return by_breed(store.facts)


def _fill_pet_breeds(store: PhotoFolder, per_class: int | None) -> None:
    store.facts.update(read_lists(fetch(PET_LISTS)))
    groups = _breeds_in(store)
    on_disk = {name: fact for name, fact in store.facts.items() if (store.folder / name).is_file()}
    store.fill("the data folder", by_breed(on_disk), per_class, store.read)
    if store.wanted(groups, per_class):
        place, images = next(copies(PET_IMAGES))
        store.fill(place, groups, per_class, partial(read_tar, images, "images"))


def _photographs(
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


def _drawn(kinds: list[tuple], count: int, part_of: Callable, problem: str) -> Photographs:
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


def _drawn_part(name: str) -> str:
    return "test" if number(name) % 10 in (3, 6, 9) else "train"
