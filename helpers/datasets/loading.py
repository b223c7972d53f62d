"""Photographs of cats and dogs, and of 37 pet breeds, with labels and a split that never changes.

Order: the data folder, a mirror, the official source, and drawn pets where none of them answers.
"""

from collections.abc import Iterator
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
from helpers.downloads.archives import (
    FAILURES,
    cause,
    open_zips,
    place_of,
    read_folder,
    read_tar,
    read_zip,
)
from helpers.downloads.places import fetch
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
    _check_count("per_class", per_class)
    store, problem = PhotoFolder(data_folder() / "cats_and_dogs"), None
    if not _has(store, by_class(store.files), per_class):
        with locked(store.folder):
            store = PhotoFolder(store.folder)  # another notebook may have filled it meanwhile
            problem = _fill_cats_and_dogs(store, per_class)
    groups = {name: names[:per_class] for name, names in by_class(store.files).items()}
    if not all(groups.values()):
        kinds = [("cat", "cat", None), ("dog", "dog", None)]
        return _drawn(kinds, per_class, split_of, problem)
    return _photographs(store, groups, ["cat", "dog"], ["cat", "dog"], split_of, problem)


def pet_breeds(per_breed: int | None = None) -> Photographs:
    """Return photographs of 37 breeds, `per_breed` of each (None: all of them), or drawn pets.

    Source: the Oxford-IIIT Pet set; labels and the split into "train" and "test" are its own.
    Of the drawn breeds there are 10 pictures each if `per_breed` does not say otherwise.
    """
    if per_breed is not None:
        _check_count("per_breed", per_breed)
    store, problem = PhotoFolder(data_folder() / "pet_breeds"), None
    if not _has(store, by_breed(store.facts), per_breed):
        with locked(store.folder):
            store = PhotoFolder(store.folder)
            problem = _fill_pet_breeds(store, per_breed)
    if not store.files:
        kinds = [(f"drawn {s} breed {k + 1}", s, k) for s in BREEDS for k in range(BREEDS[s])]
        return _drawn(kinds, per_breed or 10, _drawn_part, problem)
    groups = {}
    for breed, names in by_breed(store.facts).items():
        groups[breed] = [name for name in names if name in store.files][:per_breed]
    species = [store.facts[names[0]][1] for names in by_breed(store.facts).values()]
    class_names = [breed.replace("_", " ") for breed in groups]
    return _photographs(store, groups, class_names, species, lambda n: store.facts[n][2], problem)


def split_of(name: str) -> str:
    """Return the part of a file, from its name alone: 50 % train, 10 % validation, 40 % test."""
    percent = int(sha256(name.encode()).hexdigest()[:8], 16) % 100
    return "train" if percent < 50 else "validation" if percent < 60 else "test"


def copy_archives(folder: str | Path) -> list[Path]:
    """Bring the official archives, whole, into `folder`: it can then serve as a mirror."""
    return [fetch(**file, folder=folder) for file in (CATS_AND_DOGS, PET_LISTS, PET_IMAGES)]


def _fill_cats_and_dogs(store: PhotoFolder, goal: int) -> str | None:
    """Take photographs place by place; return what went wrong, None when there are enough."""
    try:
        for place, names, read in _cat_and_dog_places(store.folder):
            store.fill(place, by_class({*names, *store.files}), goal, read)
            if _has(store, by_class(store.files), goal):
                return None
    except FAILURES as error:
        return cause(error)
    return "there are no more."


def _cat_and_dog_places(folder: Path) -> Iterator[tuple]:
    on_disk = [path.relative_to(folder).as_posix() for path in folder.glob("*/*.jpg")]
    yield "the data folder", on_disk, partial(read_folder, folder)
    for place, archive in open_zips(**CATS_AND_DOGS):
        names = [name.removeprefix("PetImages/") for name in archive.namelist()]
        yield place, names, partial(read_zip, archive, "PetImages")


def _fill_pet_breeds(store: PhotoFolder, goal: int | None) -> str | None:
    try:
        store.facts.update(read_lists(fetch(**PET_LISTS)))
        groups = by_breed(store.facts)
        here = partial(read_folder, store.folder)
        there = {
            name: fact for name, fact in store.facts.items() if (store.folder / name).is_file()
        }
        store.fill("the data folder", by_breed(there), goal, here)
        if store.wanted(groups, goal):
            images = fetch(**PET_IMAGES)
            store.fill(place_of(images), groups, goal, partial(read_tar, images, "images"))
    except FAILURES as error:
        return cause(error)
    return None if _has(store, groups, goal) else "there are no more."


def _drawn_part(name: str) -> str:
    return "test" if number(name) % 10 in (3, 6, 9) else "train"


def _has(store: PhotoFolder, groups: Groups, goal: int | None) -> bool:
    if goal is None:
        return bool(groups) and not store.wanted(groups, None)
    return bool(groups) and all(
        sum(name in store.files for name in names) >= goal for names in groups.values()
    )


def _photographs(store, groups: Groups, class_names, species, part_of, problem) -> Photographs:
    names = [name for group in groups.values() for name in sorted(group, key=number)]
    labels = [label for label, group in enumerate(groups.values()) for _ in group]
    skipped = sorted(store.skipped.items())
    origin = f"{len(names)} photographs from {' and '.join(store.places)}"
    origin += f"; {len(skipped)} files were skipped." if skipped else "."
    return Photographs(
        paths=[store.folder / name for name in names],
        labels=np.array(labels, np.int64),
        class_names=class_names,
        species=species,
        split=np.array([part_of(name) for name in names]),
        source="photos",
        origin=origin + (f" You asked for more: {problem}" if problem else ""),
        skipped=skipped,
    )


def _drawn(kinds: list[tuple], count: int, part_of, problem: str | None) -> Photographs:
    names = draw_set(kinds, count)
    return Photographs(
        paths=[data_folder() / "drawn_pets" / name for name in names],
        labels=np.repeat(np.arange(len(kinds), dtype=np.int64), count),
        class_names=[kind[0] for kind in kinds],
        species=[kind[1] for kind in kinds],
        split=np.array([part_of(name) for name in names]),
        source="drawn",
        origin=f"These are {len(names)} drawn pets, and numbers measured on them say nothing about "
        f"photographs. No photographs could be had: {problem}",
        skipped=[],
    )


def _check_count(name: str, count: int) -> None:
    if not isinstance(count, int | np.integer) or isinstance(count, bool) or count < 1:
        raise ValueError(f"{name} must be a whole number, 1 or more, not {count!r}")
