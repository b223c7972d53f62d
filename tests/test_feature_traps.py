"""Lesson 01 learns and chooses without the labels of the test split, which wait for section 7."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from helpers.settings import REPOSITORY

CELLS = ("01-31", "01-31b", "01-35", "01-38", "01-38b", "01-56", "01-56b", "01-65")
CHOSEN = ("best_steps", "head", "pixel_head", "curves", "threshold")


def train_head(inputs, labels, steps):
    """Stands in for a framework: the mean of each class, over as many columns as steps."""
    return np.stack([inputs[labels == label].mean(axis=0)[:steps] for label in (0, 1)])


def probabilities_of(head, inputs):
    away = ((inputs[:, None, : head.shape[1]] - head) ** 2).sum(axis=2)
    return away[:, ::-1] / away.sum(axis=1, keepdims=True)


class Pets:
    paths, class_names = range(200), ["cat", "dog"]

    def __len__(self):
        return len(self.paths)


def learn(turned):
    """Run cells of the lesson on random numbers; `turned`: the labels of the test are wrong."""
    rng, count = np.random.default_rng(0), len(Pets())
    labels, logits = rng.permutation(count) % 2, rng.normal(size=(count, 1000))
    features, pixels = rng.normal(size=(count, 300)), rng.integers(0, 256, (count, 10, 10, 3))
    features += 0.3 * labels[:, None]
    parts = np.split(np.arange(count) == np.arange(count)[:, None], [100, 120])
    train, validation, test = (part.any(axis=0) for part in parts)
    names = {"labels": np.where(turned & test, 1 - labels, labels), "features": features}
    names |= {"train": train, "validation": validation, "test": test, "all_logits": logits}
    names |= {"np": np, "pets": Pets(), "kind": "pets", "progress": lambda steps, name: steps}
    names |= {"CAT_CLASSES": range(281, 286), "DOG_CLASSES": range(151, 269)}
    names |= {"train_head": train_head, "probabilities_of": probabilities_of}
    names["load_squares"] = lambda paths, size: pixels
    path = REPOSITORY / "notebooks" / "01_feature_extraction_pytorch.ipynb"
    book = json.loads(path.read_text(encoding="utf-8"))
    cells = {cell["id"]: "".join(cell["source"]) for cell in book["cells"]}
    exec("\n".join(cells[name] for name in CELLS), names)
    return {name: names[name] for name in CHOSEN}


def test_nothing_is_learned_or_chosen_from_the_labels_of_the_test():
    right, turned = learn(turned=False), learn(turned=True)
    for name in CHOSEN:
        np.testing.assert_equal(turned[name], right[name], name)
    assert right["best_steps"]["features"] > 10, "the choice is no choice"


@pytest.mark.parametrize("framework", ["pytorch", "tensorflow"])
def test_a_cache_belongs_to_one_computation_and_to_its_photographs(framework):
    path = REPOSITORY / "notebooks" / f"01_feature_extraction_{framework}.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    lines = [line for cell in cells for line in cell["source"] if line.startswith("cache = ")]
    caches = set()
    for precision, digest in (("float32", "a" * 64), ("bfloat16", "a" * 64), ("float32", "b" * 64)):
        pets = SimpleNamespace(checksum=lambda digest=digest: digest)
        names = {"data_folder": Path, "precision": precision, "pets": pets}
        exec("".join(lines), names)
        caches.add(names["cache"])
    assert len(lines) == 1 and len(caches) == 3
