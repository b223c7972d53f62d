"""The set of the lessons: Microsoft's cats and dogs, and its official file."""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from hashlib import sha256

from helpers.datasets.loading import Photographs, check_count, describe, draw, open_set
from helpers.datasets.store import ENDING, Groups, PhotoFolder, number
from helpers.downloads.archives import open_zips, read_zip
from helpers.files import OfficialFile

MICROSOFT = "https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F"
CATS_AND_DOGS = OfficialFile(
    name="kagglecatsanddogs_5340.zip",
    url=f"{MICROSOFT}/kagglecatsanddogs_5340.zip",
    size=824_887_076,
    digest="b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9",
)


def cats_and_dogs(per_class: int = 600) -> Photographs:
    """Return `per_class` photographs of cats (class 0) and of dogs (class 1), or drawn pets.

    The lowest numbers come first. The split follows `split_of`.
    """
    check_count(per_class)
    store, groups, problem = find_cats_and_dogs(per_class)
    if not all(groups.values()):
        return draw([("cat", "cat", None), ("dog", "dog", None)], per_class, split_of, problem)
    return describe(store, groups, split_of, problem)


def find_cats_and_dogs(per_class: int) -> tuple[PhotoFolder, Groups, str | None]:
    """Get photographs; return their folder, their names by class, and why there are not more."""
    store, problem = open_set("cats_and_dogs", per_class, lambda s: _by_class(s.files), _archives)
    return store, _by_class(store.files), problem


def split_of(name: str) -> str:
    """Return the part of a file, from its name alone: 50 % train, 10 % validation, 40 % test."""
    name = re.sub(ENDING, ".jpg", name)
    percent = int(sha256(name.encode()).hexdigest()[:8], 16) % 100
    return "train" if percent < 50 else "validation" if percent < 60 else "test"


def _by_class(names: Iterable[str]) -> Groups:
    """Sort names such as "Cat/12.jpg" by number; all other names are left out."""
    found = [name for name in names if re.fullmatch(r"(Cat|Dog)/\d+" + ENDING, name)]
    found.sort(key=number)
    return {kind: [name for name in found if name[:3].lower() == kind] for kind in ("cat", "dog")}


def _archives(store: PhotoFolder) -> Iterator[tuple]:
    yield "the data folder", _by_class(store.on_disk()), store.read
    for place, archive in open_zips(CATS_AND_DOGS):
        names = {name.removeprefix("PetImages/") for name in archive.namelist()}
        groups = _by_class(names | store.files.keys())
        yield place, groups, partial(read_zip, archive, "PetImages")
