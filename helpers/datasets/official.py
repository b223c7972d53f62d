"""The official files, and how the names in them are sorted into classes."""

import re
from collections.abc import Iterable
from itertools import zip_longest
from pathlib import Path

from helpers.datasets.store import Groups
from helpers.downloads.archives import read_tar
from helpers.files import OfficialFile

MICROSOFT = "https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F"
OXFORD = "https://thor.robots.ox.ac.uk/~vgg/data/pets"
CATS_AND_DOGS = OfficialFile(
    name="kagglecatsanddogs_5340.zip",
    url=f"{MICROSOFT}/kagglecatsanddogs_5340.zip",
    size=824_887_076,
    sha256="b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9",
)
PET_IMAGES = OfficialFile(
    name="images.tar.gz",
    url=f"{OXFORD}/images.tar.gz",
    size=791_918_971,
    sha256="67195c5e1c01f1ab5f9b6a5d22b8c27a580d896ece458917e61d459337fa318d",
)
PET_LISTS = OfficialFile(
    name="annotations.tar.gz",
    url=f"{OXFORD}/annotations.tar.gz",
    size=19_173_078,
    sha256="52425fb6de5c424942b7626b428656fcbd798db970a937df61750c0f1d358e91",
)


def by_class(names: Iterable[str]) -> Groups:
    """Sort names such as "Cat/12.jpg" by number; all other names are left out."""
    found = [name for name in names if re.fullmatch(r"(Cat|Dog)/\d+\.jpg", name)]
    found.sort(key=number)
    return {kind: [name for name in found if name[:3].lower() == kind] for kind in ("cat", "dog")}


def read_lists(path: Path) -> dict[str, list]:
    """Return {file name: [class number, species, part]} of the official lists."""
    facts, parts = {}, {"trainval.txt": "train", "test.txt": "test"}
    for file, content in read_tar(path, "annotations", list(parts)):
        rows = re.findall(r"(?m)^([A-Za-z_]+_\d+) (\d+) ([12]) ", content.decode())
        for stem, breed, species in rows:
            facts[f"{stem}.jpg"] = [int(breed), {"1": "cat", "2": "dog"}[species], parts[file]]
    return facts


def by_breed(facts: dict[str, list]) -> Groups:
    """Group file names by breed, in the order of the class numbers, training and test in turn."""
    groups = {}
    for name in sorted(facts, key=lambda name: (facts[name][0], number(name))):
        groups.setdefault(name.rpartition("_")[0], []).append(name)
    for breed, names in groups.items():
        parts = [[name for name in names if facts[name][2] == part] for part in ("train", "test")]
        groups[breed] = [name for pair in zip_longest(*parts) for name in pair if name]
    return groups


def number(name: str) -> int:
    """Return the number at the end of a file name."""
    return int(re.search(r"(\d+)\.\w+$", name)[1])
