"""What a learner of the lab starts from: photographs, their names, and the official lists."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from helpers.networks.names import CAT_CLASSES, DOG_CLASSES, class_names
from lab.breeds import pet_breeds

# Breeds that ImageNet has under a name of other words.
OTHER_NAMES = {
    "american pit bull terrier": "American Staffordshire terrier",  # one class for both names
    "egyptian mau": "Egyptian cat",
    "german shorthaired": "German short-haired pointer",
    "japanese chin": "Japanese spaniel",
    "leonberger": "Leonberg",
    "scottish terrier": "Scotch terrier",
    "staffordshire bull terrier": "Staffordshire bullterrier",
}


@dataclass(frozen=True, eq=False)
class LabPets:
    """Photographs of 37 breeds, without labels: those stand in the lists.

    `names[i]`, such as "Egyptian_Mau_14", belongs to `paths[i]`. `trainval_lines` and `test_lines`
    are lines of the official lists for these photographs: name, class number (1 to 37), species
    (1 cat, 2 dog), number within the species. `source` is "photos" or "drawn", `origin` says in
    words where the pictures are from.
    """

    names: list[str]
    paths: list[Path]
    trainval_lines: list[str]
    test_lines: list[str]
    source: str
    origin: str

    def __len__(self) -> int:
        return len(self.names)


def open_pets(per_class: int | None = None) -> LabPets:
    """Return all photographs of the 37 breeds, or `per_class` of each; drawn breeds without them.

    Drawn pets get names of the same form: "Drawn_cat_breed_3_0004", "drawn_dog_breed_1_0002".
    Raises ValueError when a breed has too few: each must be learned from, validate and be tested.
    """
    pets = pet_breeds(per_class)
    # Cats' names begin with a capital letter: so the set tells the species.
    breeds = [name.capitalize() if " cat " in name else name for name in pets.class_names]
    kinds = [1 if breed[0].isupper() else 2 for breed in breeds]
    names, lines = [], {"train": [], "test": []}
    for path, label, part in zip(pets.paths, pets.labels, pets.split, strict=True):
        number = path.stem.rpartition("_")[2]
        names.append(f"{breeds[label].replace(' ', '_')}_{number}")
        within = kinds[: label + 1].count(kinds[label])
        lines[part].append(f"{names[-1]} {label + 1} {kinds[label]} {within}")
    for part, listed, least in (("train", "trainval", 3), ("test", "test", 1)):
        counts = np.bincount(pets.labels[pets.split == part], minlength=len(breeds))
        if counts.min() < least:
            few = (
                f"{breeds[counts.argmin()]} has {counts.min()} in {listed}, and {least} are needed"
            )
            raise ValueError(f"Too few photographs for the lab: {few}. {pets.origin}")
    parts = sorted(lines["train"]), sorted(lines["test"])
    return LabPets(names, pets.paths, *parts, pets.source, pets.origin)


def official() -> tuple[LabPets, np.ndarray, np.ndarray]:
    """Return `open_pets()`, the label of each photograph, and the mask of the test."""
    pets = open_pets()
    lines = [line.split() for line in (*pets.trainval_lines, *pets.test_lines)]
    number = {name: int(breed) - 1 for name, breed, *_ in lines}
    tested = [line.split()[0] for line in pets.test_lines]
    return pets, np.array([number[name] for name in pets.names]), np.isin(pets.names, tested)


def in_imagenet(breed: str) -> bool:
    """Return True when a breed is among the classes of ImageNet: the backbone has learned it.

    Names are the same when all words of one are in the other: "Persian" and "Persian cat".
    """
    breed = breed.replace("_", " ").lower()
    ours = _words(OTHER_NAMES.get(breed, breed))
    names = class_names()
    theirs = [_words(names[index]) for index in (*CAT_CLASSES, *DOG_CLASSES)]
    return any(ours <= words or words <= ours for words in theirs)


def _words(name: str) -> set[str]:
    return set(re.findall(r"[a-z]+", name.lower()))
