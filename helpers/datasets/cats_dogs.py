"""Photographs of cats and dogs: the Microsoft Cats vs Dogs set."""

import re
from collections.abc import Iterable
from functools import partial
from hashlib import sha256

from helpers.datasets.loading import Photographs, check_count, describe, draw, open_set
from helpers.datasets.official import CATS_AND_DOGS
from helpers.datasets.store import Groups, PhotoFolder, number
from helpers.downloads.archives import open_zips, read_zip


def cats_and_dogs(per_class: int = 600) -> Photographs:
    """Return `per_class` photographs of cats (class 0) and of dogs (class 1), or drawn pets.

    The lowest numbers come first. The split follows `split_of`.
    """
    check_count(per_class)
    store, problem = open_set("cats_and_dogs", per_class, lambda s: _by_class(s.files), _fill)
    groups = _by_class(store.files)
    if not all(groups.values()):
        return draw([("cat", "cat", None), ("dog", "dog", None)], per_class, split_of, problem)
    facts = {name: (kind, split_of(name)) for kind in groups for name in groups[kind]}
    return describe(store, groups, per_class, facts, problem)


def split_of(name: str) -> str:
    """Return the part of a file, from its name alone: 50 % train, 10 % validation, 40 % test."""
    percent = int(sha256(name.encode()).hexdigest()[:8], 16) % 100
    return "train" if percent < 50 else "validation" if percent < 60 else "test"


def _by_class(names: Iterable[str]) -> Groups:
    """Sort names such as "Cat/12.jpg" by number; all other names are left out."""
    found = [name for name in names if re.fullmatch(r"(Cat|Dog)/\d+\.jpg", name)]
    found.sort(key=number)
    return {kind: [name for name in found if name[:3].lower() == kind] for kind in ("cat", "dog")}


def _fill(store: PhotoFolder, per_class: int) -> None:
    on_disk = [path.relative_to(store.folder).as_posix() for path in store.folder.glob("*/*.jpg")]
    store.fill("the data folder", _by_class(on_disk), per_class, store.read)
    if store.has(_by_class(store.files), per_class):
        return
    for place, archive in open_zips(CATS_AND_DOGS):
        names = [name.removeprefix("PetImages/") for name in archive.namelist()]
        read = partial(read_zip, archive, "PetImages")
        store.fill(place, _by_class({*names, *store.files}), per_class, read)
        if store.has(_by_class(store.files), per_class):
            return
