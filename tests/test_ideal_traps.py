"""Lesson 03: who makes an ideal image, who judges it, and what each number says."""

import ast
import json
from unittest.mock import MagicMock

import numpy as np
import pytest

from helpers.photographs import compress, shifted_copies
from helpers.settings import REPOSITORY

by_framework = pytest.mark.parametrize("framework", ["pytorch", "tensorflow"])


def code(framework="pytorch"):
    """Return the code cells of the lesson, by their ids."""
    path = REPOSITORY / "notebooks" / f"03_ideal_cat_{framework}.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return {cell["id"]: "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"}


def define(cell, name, **given):
    """Return one function of a cell, which finds the names that are given."""
    (function,) = [node for node in ast.parse(cell).body if getattr(node, "name", "") == name]
    names = {"np": np, **given}
    exec(ast.unparse(function), names)
    return names[name]


@by_framework
def test_the_witness_takes_no_part(framework):
    """It is another network, and only those who judge ask it."""
    found, load = [], MagicMock()
    for source in code(framework).values():
        for node in ast.parse(source).body:
            uses = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
            if "load_network" in uses:
                exec(ast.unparse(node), {"load_network": load, "torch": MagicMock(), "device": 0})
            elif "witness" in uses:
                found.append(ast.unparse(node).partition("(")[0])
    assert found == ["def judge", "def meters", "results.save"]
    assert [call.args[0][-1] for call in load.call_args_list] == ["0", "1", "2"]


def test_each_number_of_an_ideal_image_says_what_it_says():
    def predict(model, images):
        found = np.zeros((len(images), 9))
        found[:, [3, 5]] = images.std(axis=(1, 2, 3))[:, None] / 255 * [1, model]
        return found

    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    given = {"compress": compress, "shifted_copies": shifted_copies, "predict": predict}
    found = define(code()["03-40"], "judge", **given, network=0.5, witness=2)(image, 5)
    seen = [image[None], compress(image[None], 75), shifted_copies(image)]
    clean, jpeg, shifted = (predict(0.5, pictures)[:, 5].mean() for pictures in seen)
    assert len({clean, jpeg, shifted}) == 3, "this image tells nothing apart"
    right = {"p_clean": clean, "p_jpeg75": jpeg, "p_shifted": shifted, "p_witness": 4 * clean}
    assert found == pytest.approx(right | {"witness_top1": 5})


def test_views_are_mirrored_and_never_upside_down():
    choose_views = define(code()["03-19"], "choose_views")
    boxes, _ = choose_views(np.random.default_rng(0), count=400, near=1.2, far=0.6, shift=0.1)
    top, left, bottom, right = boxes.T
    assert 0.4 < np.mean(left > right) < 0.6 and np.all(top < bottom)
    half, near, far = (bottom - top) / 2, 0.5 / 1.2, 0.5 / 0.6
    assert np.allclose(abs(right - left) / 2, half, atol=1e-6)
    assert near <= half.min() + 1e-6 and half.max() <= far + 1e-6
    middle = np.array([top + bottom, left + right]) / 2
    assert 0.05 < abs(middle - 0.5).max() <= 0.1 + 1e-6
