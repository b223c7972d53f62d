"""Photographs of 37 pet breeds: the Oxford-IIIT Pet set."""

import re
from functools import partial
from itertools import zip_longest
from pathlib import Path

from helpers.datasets.loading import Photographs, check_count, describe, draw, open_set
from helpers.datasets.official import PET_IMAGES, PET_LISTS
from helpers.datasets.store import Groups, PhotoFolder, number
from helpers.downloads.archives import read_tar
from helpers.downloads.places import copies, fetch
from helpers.drawn_pets import BREEDS


def pet_breeds(per_class: int | None = None) -> Photographs:
    """Return photographs of 37 breeds, `per_class` of each (None: all of them), or drawn pets.

    Labels and the split into "train" and "test" are those of the set. Of the drawn breeds there
    are 10 pictures each if `per_class` does not say otherwise.
    """
    if per_class is not None:
        check_count(per_class)
    store, problem = open_set("pet_breeds", per_class, lambda s: _by_breed(s.facts), _fill)
    if not store.files:
        kinds = [(f"drawn {s} breed {k + 1}", s, k) for s in BREEDS for k in range(BREEDS[s])]
        return draw(kinds, per_class or 10, _drawn_part, problem)
    facts = {name: (species, part) for name, (_, species, part) in store.facts.items()}
    return describe(store, _by_breed(store.facts), per_class, facts, problem)


def _drawn_part(name: str) -> str:
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


def _fill(store: PhotoFolder, per_class: int | None) -> None:
    store.facts.update(_read_lists(fetch(PET_LISTS)))
    groups = _by_breed(store.facts)
    on_disk = {name: fact for name, fact in store.facts.items() if (store.folder / name).is_file()}
    store.fill("the data folder", _by_breed(on_disk), per_class, store.read)
    if store.wanted(groups, per_class):
        place, images = next(copies(PET_IMAGES))
        store.fill(place, groups, per_class, partial(read_tar, images, "images"))


def _read_lists(path: Path) -> dict[str, list]:
    """Return {file name: [class number, species, part]} of the official lists."""
    facts, parts = {}, {"trainval.txt": "train", "test.txt": "test"}
    for file, content in read_tar(path, "annotations", list(parts)):
        rows = re.findall(r"(?m)^([A-Za-z_]+_\d+) (\d+) ([12]) ", content.decode())
        for stem, breed, species in rows:
            facts[f"{stem}.jpg"] = [int(breed), {"1": "cat", "2": "dog"}[species], parts[file]]
    return facts
