"""Take the attack out of one of lesson 04's notebooks and try it on small tasks.

`python tests/attack_report.py pytorch|tensorflow OUT.npz`: a process of its own, because no
process loads both frameworks. It writes the first gradient on three pictures and what the attack
gave on the first of them.
"""

import ast
import json
import sys
from pathlib import Path

import numpy as np
from skimage import data

sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers import drawn_pets  # noqa: E402
from helpers.photographs import photos  # noqa: E402

KEEP = {"framework", "network", "predict", "second", "TABBY"}
DEFINITIONS = (ast.FunctionDef, ast.Import, ast.ImportFrom)


def definitions(framework: str, *names: str) -> str:
    """Return the imports, the functions and the networks of a notebook, as code.

    `names` restricts the functions.
    """
    folder = Path(__file__).parents[1] / "notebooks"
    path = folder / f"04_adversarial_cat_{framework}.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    nodes = [node for source in code for node in ast.parse(source).body if "google" not in source]
    return "\n".join(ast.unparse(node) for node in nodes if _wanted(node, names))


def _wanted(node, names) -> bool:
    if isinstance(node, ast.FunctionDef):
        return not names or node.name in names
    if isinstance(node, ast.Assign):
        found = {n.id for target in node.targets for n in ast.walk(target) if hasattr(n, "id")}
        return bool(found & KEEP)
    return isinstance(node, DEFINITIONS)


def main(framework: str, out: str) -> None:
    lesson = {}
    exec(definitions(framework, "logits_of", "gradient", "compute_slope", "attack"), lesson)
    samples = [photos.square(photo) for photo in photos.sample_photos().values()]
    pictures = np.stack([*samples, drawn_pets.draw_pet("dog", 0)])
    assert np.array_equal(samples[0], photos.square(data.chelsea()))
    changed = lesson["attack"](pictures[1:2], lesson["TABBY"], 2, 10)
    np.savez(
        out,
        slope=lesson["gradient"](pictures, lesson["TABBY"]),
        photo=pictures[1],
        changed=changed[0],
        first=lesson["logits_of"](np.round(changed)).argmax(axis=1),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
