"""Take the attack out of one of lesson 04's notebooks and try it on small tasks.

`python tests/attack_report.py pytorch|tensorflow OUT.npz`: a process of its own, because no
process loads both frameworks. It writes the first gradient on three pictures, the same in other
batches, what the attack gave on one of them, and how the batch size follows the device.
"""

import ast
import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import numpy as np
from skimage import data

sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers import drawn_pets  # noqa: E402
from helpers.photographs import photos  # noqa: E402

KEEP = {"BATCH", "device", "framework", "network", "predict", "TABBY"}
DEFINITIONS = (ast.FunctionDef, ast.Import, ast.ImportFrom)


def definitions(framework: str, *names: str) -> str:
    """Return the imports, the functions and the first network of a notebook, as code.

    `names` restricts the functions.
    """
    folder = Path(__file__).parents[1] / "notebooks"
    path = folder / f"04_adversarial_cat_{framework}.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    nodes = [node for source in code[2:] for node in ast.parse(source).body]
    return "\n".join(ast.unparse(node) for node in nodes if _wanted(node, names))


def _wanted(node, names) -> bool:
    if isinstance(node, ast.FunctionDef):
        return not names or node.name in names
    if isinstance(node, ast.Assign):
        found = {n.id for target in node.targets for n in ast.walk(target) if hasattr(n, "id")}
        return bool(found & KEEP)
    return isinstance(node, DEFINITIONS)


def sizes_by_device(code: str, lesson: dict) -> list[int]:
    """Return the batch size on a processor and on a GPU, which need not be there."""
    size = re.search(r"(?m)^BATCH = (.+)", code)[1]
    if lesson["framework"] == "pytorch":
        return [eval(size, {"device": SimpleNamespace(type=kind)}) for kind in ("cpu", "cuda")]
    found = [[], ["a GPU"]]
    with mock.patch.object(lesson["tf"].config, "list_physical_devices", side_effect=found):
        return [eval(size, lesson), eval(size, lesson)]


def in_batches(lesson: dict, pictures, size: int) -> tuple:
    """Return gradients, logits and the sizes of the batches that the network really got."""
    to_pixels, sizes = lesson["to_pixels"], []

    def watched(photos, *device):
        sizes.append(len(photos))
        return to_pixels(photos, *device)

    with mock.patch.dict(lesson, BATCH=size, to_pixels=watched):
        slope = lesson["gradient"](pictures, lesson["TABBY"])
        return slope, lesson["logits_of_photos"](pictures), sizes


def main(framework: str, out: str) -> None:
    lesson = {}
    names = ("logits_of_photos", "first_class", "gradient", "compute_slope", "attack")
    exec(code := definitions(framework, *names), lesson)
    samples = [photos.square(photo) for photo in photos.sample_photos().values()]
    pictures = np.stack([*samples, drawn_pets.draw_pet("dog", 0)])
    assert np.array_equal(samples[0], photos.square(data.chelsea()))
    changed = lesson["attack"](pictures[1:2], lesson["TABBY"], 2, 10)
    report = {"by_device": sizes_by_device(code, lesson)}
    for size in (1, 2, 64):
        slope, logits, sizes = in_batches(lesson, pictures, size)
        report |= {f"slope {size}": slope, f"logits {size}": logits, f"sizes {size}": sizes}
    np.savez(
        out,
        **report,
        batch=lesson["BATCH"],
        photo=pictures[1],
        changed=changed[0],
        first=lesson["first_class"](np.round(changed)),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
