"""Pictures quite unlike ImageNet, for the challenge: all of them come with the course."""

from dataclasses import dataclass

import numpy as np
from PIL import Image
from skimage import data
from sklearn.datasets import load_digits

from helpers.drawn_pets import BREEDS
from helpers.drawn_pets.sets import draw_set
from helpers.photographs.photos import load_squares

SIZE = 224
TEXTURES = ("brick", "grass", "gravel")  # grey photographs of scikit-image, 512 × 512, CC0
PATCH = 64  # pixels


@dataclass(frozen=True, eq=False)
class ChallengeSet:
    """To learn from: `photos`, `uint8 (n, 224, 224, 3)`, and `labels`, `int64 (n,)`.

    To answer for: `test_photos`, `uint8 (m, 224, 224, 3)`. Their labels are not here.
    """

    photos: np.ndarray
    labels: np.ndarray
    class_names: list[str]
    test_photos: np.ndarray


TRUTH: dict[str, np.ndarray] = {}  # the labels of the test pictures of each set
COUNTED: list[str] = []  # the sets that `is_right` was asked for


def challenge_sets() -> dict[str, ChallengeSet]:
    """Return digits, textures and drawn breeds, each with its test pictures."""
    sets = {}
    made = {"digits": _digits(), "textures": _textures(), "drawn breeds": _drawn_breeds()}
    for name, (photos, labels, class_names, test) in made.items():
        sets[name] = ChallengeSet(photos[~test], labels[~test], class_names, photos[test])
        TRUTH[name] = labels[test]
    return sets


def is_right(name: str, answers) -> np.ndarray:
    """Return which answers for the test pictures of a set are right, `bool (m,)`."""
    COUNTED.append(name)
    return np.asarray(answers) == TRUTH[name]


def _digits(per_class: int = 16) -> tuple:
    """Handwritten digits of 8 × 8 pixels, enlarged. Source: scikit-learn's `load_digits`.

    Writers of the first and of the last digits differ, so the test has other hands.
    """
    digits = load_digits()
    rows = [np.flatnonzero(digits.target == k) for k in range(10)]
    half = per_class // 2
    chosen = np.concatenate([np.r_[row[:half], row[-half:]] for row in rows])
    photos = [_enlarge(image * (255 / 16)) for image in digits.images[chosen]]
    test = np.tile(np.arange(per_class) >= half, 10)
    return np.stack(photos), digits.target[chosen].astype(np.int64), list("0123456789"), test


def _textures() -> tuple:
    """Patches of grey photographs, all with the same mean and contrast: only the pattern tells.

    The test patches come from the lower half, so that no test patch touches a training patch.
    """
    photos, labels, test = [], [], []
    for label, name in enumerate(TEXTURES):
        whole = getattr(data, name)().astype(float)
        for top in range(0, 512 - PATCH + 1, PATCH):
            for left in range(0, 512 - PATCH + 1, 4 * PATCH):
                patch = whole[top : top + PATCH, left : left + PATCH]
                even = 128 + 40 * (patch - patch.mean()) / (patch.std() + 1e-9)
                photos.append(_enlarge(even))
                labels.append(label)
                test.append(top >= 256)
    return np.stack(photos), np.array(labels), list(TEXTURES), np.array(test)


def _drawn_breeds(per_breed: int = 8) -> tuple:
    """Six cat breeds and six dog breeds, drawn by the course. Every second one is for the test."""
    kinds = [(f"drawn {species} {k + 1}", species, k) for species in BREEDS for k in range(6)]
    paths = draw_set(kinds, per_breed)
    labels = np.repeat(np.arange(len(kinds)), per_breed)
    test = np.arange(len(paths)) % 2 == 1
    return load_squares(paths, SIZE), labels, [kind[0] for kind in kinds], test


def _enlarge(grey: np.ndarray) -> np.ndarray:
    image = Image.fromarray(grey.clip(0, 255).astype(np.uint8)).convert("RGB")
    return np.asarray(image.resize((SIZE, SIZE), Image.Resampling.BICUBIC))
