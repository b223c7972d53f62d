"""The photographs of the lab: Oxford-IIIT Pet, 37 breeds of cats and dogs, or drawn breeds."""

import re
import tarfile
from collections.abc import Iterator
from functools import partial
from itertools import zip_longest
from pathlib import Path

from helpers.datasets import Photographs
from helpers.datasets.loading import check_count, describe, draw, open_set
from helpers.datasets.store import Groups, PhotoFolder, number
from helpers.downloads.places import copies, fetch
from helpers.drawn_pets import BREEDS
from helpers.files import OfficialFile

OXFORD = "https://thor.robots.ox.ac.uk/~vgg/data/pets"
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
    return describe(store, _by_breed(store.facts), lambda name: store.facts[name][2], problem)


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


def read_tar(path: Path, folder: str, names: list[str]) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of the files `folder/name` of a tar.gz, in the archive's order.

    Nothing is unpacked by the archive's own paths, so that no archive can write anywhere else.
    """
    wanted = {f"{folder}/{name}": name for name in names}
    with tarfile.open(path, "r:gz") as archive:
        for member in archive:
            name = wanted.get(member.name.removeprefix("./"))
            if name and member.isfile():
                yield name, archive.extractfile(member).read()
