"""The official sets: Microsoft's cats and dogs, and the 37 breeds of Oxford-IIIT Pet."""

import re
import shutil
from collections.abc import Iterable, Iterator
from functools import partial
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path

from helpers.datasets.loading import Photographs, check_count, describe, draw, open_set
from helpers.datasets.store import ENDING, Groups, PhotoFolder, number
from helpers.downloads.archives import open_zips, read_tar, read_zip
from helpers.downloads.places import copies, fetch
from helpers.drawn_pets import BREEDS
from helpers.files import OfficialFile, add_sum

MICROSOFT = "https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F"
OXFORD = "https://thor.robots.ox.ac.uk/~vgg/data/pets"
CATS_AND_DOGS = OfficialFile(
    name="kagglecatsanddogs_5340.zip",
    url=f"{MICROSOFT}/kagglecatsanddogs_5340.zip",
    size=824_887_076,
    digest="b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9",
)
PET_IMAGES = OfficialFile(
    name="images.tar.gz",
    url=f"{OXFORD}/images.tar.gz",
    size=791_918_971,
    digest="67195c5e1c01f1ab5f9b6a5d22b8c27a580d896ece458917e61d459337fa318d",
)
PET_LISTS = OfficialFile(
    name="annotations.tar.gz",
    url=f"{OXFORD}/annotations.tar.gz",
    size=19_173_078,
    digest="52425fb6de5c424942b7626b428656fcbd798db970a937df61750c0f1d358e91",
)


def copy_archives(folder: str | Path) -> list[Path]:
    """Bring the official archives, whole, into `folder`: it can then serve as a mirror."""
    folder, files = Path(folder), (CATS_AND_DOGS, PET_LISTS, PET_IMAGES)
    for file in files:
        if (found := fetch(file, folder)).parent != folder:  # it lies in the mirror that is in use
            folder.mkdir(parents=True, exist_ok=True)
            add_sum(Path(shutil.copy(found, folder)), file.name)
    return [folder / file.name for file in files]


def cats_and_dogs(per_class: int = 600) -> Photographs:
    """Return `per_class` photographs of cats (class 0) and of dogs (class 1), or drawn pets.

    The lowest numbers come first. The split follows `split_of`.
    """
    check_count(per_class)
    store, problem = open_set("cats_and_dogs", per_class, lambda s: _by_class(s.files), _archives)
    groups = _by_class(store.files)
    if not all(groups.values()):
        return draw([("cat", "cat", None), ("dog", "dog", None)], per_class, split_of, problem)
    facts = {name: (kind, split_of(name)) for kind in groups for name in groups[kind]}
    return describe(store, groups, facts, problem)


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


def pet_breeds(per_class: int | None = None) -> Photographs:
    """Return photographs of 37 breeds, `per_class` of each (None: all of them), or drawn pets.

    Labels and the split into "train" and "test" are those of the set. Of the drawn breeds there
    are 10 pictures each if `per_class` does not say otherwise.
    """
    if per_class is not None:
        check_count(per_class)
    store, problem = open_set("pet_breeds", per_class, lambda s: _by_breed(s.facts), _lists_first)
    if not store.files:
        kinds = [(f"drawn {s} breed {k + 1}", s, k) for s in BREEDS for k in range(BREEDS[s])]
        return draw(kinds, per_class or 10, _part_of_drawn, problem)
    facts = {name: (species, part) for name, (_, species, part) in store.facts.items()}
    return describe(store, _by_breed(store.facts), facts, problem)


def _part_of_drawn(name: str) -> str:
    return "test" if number(name) % 10 in (3, 6, 9) else "train"


def _by_breed(facts: dict[str, list]) -> Groups:
    """Group file names by breed, in the order of the class numbers, training and test in turn."""
    groups = {}
    for name in sorted(facts, key=lambda name: (facts[name][0], number(name))):
        groups.setdefault(name.rpartition("_")[0], []).append(name)
    for breed, names in groups.items():
        parts = [[name for name in names if facts[name][2] == part] for part in ("train", "test")]
        groups[breed] = [name for pair in zip_longest(*parts) for name in pair if name]
    return groups


def _lists_first(store: PhotoFolder) -> Iterator[tuple]:
    """The facts of a name, [class number, species, part], are those of the official lists."""
    parts = {"trainval.txt": "train", "test.txt": "test"}
    for file, content in read_tar(fetch(PET_LISTS), "annotations", list(parts)):
        rows = re.findall(r"(?m)^([A-Za-z_]+_\d+) (\d+) ([12]) ", content.decode())
        for stem, breed, species in rows:
            store.facts[f"{stem}.jpg"] = int(breed), {"1": "cat", "2": "dog"}[species], parts[file]
    groups, here = _by_breed(store.facts), store.facts.keys() & store.on_disk()
    yield "the data folder", _by_breed({name: store.facts[name] for name in here}), store.read
    if store.wanted(groups):
        place, images = next(copies(PET_IMAGES))
        yield place, groups, partial(read_tar, images, "images")
