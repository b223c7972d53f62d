"""The checks of lesson 02 turn red when a known trap is put back into its code.

The functions and the asserts are taken from the notebooks themselves and run on eight small
pictures of noise. Each framework runs in a process of its own. Besides: what the pictures of lesson
02 hold, and what the head of lesson 01 says.
"""

import json
import subprocess
import sys
from collections import namedtuple
from types import SimpleNamespace

import numpy as np
import pytest

from helpers.settings import REPOSITORY

SCRIPT = '''
import ast, json, pathlib, re, sys

KEEP = {"device", "fast", "framework", "mixed", "on_gpu", "Task", "WAYS"}
notebook, cases = pathlib.Path(sys.argv[1]), json.loads(sys.argv[2])
book = json.loads(notebook.read_text(encoding="utf-8"))
cells = ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]
DEFINITIONS = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


def wanted(node):
    named = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    return isinstance(node, DEFINITIONS) or named and node.targets[0].id in KEEP


code = [ast.unparse(node) for cell in cells for node in ast.parse(cell).body if wanted(node)]
if "tensorflow" in notebook.name:  # only the first block of each stage: builds in half the time
    from helpers.networks import tensorflow as place

    load = place.load_file
    later = re.compile("blocks[.][0-9][.][1-9]").match
    place.load_file = lambda path: {k: v for k, v in load(path).items() if not later(k)}


def asserts(mark):
    """Return the asserts of the one cell that contains `mark`, and what they need."""
    (cell,) = (cell for cell in cells if mark in cell)
    nodes = ast.parse(cell).body
    lines = [ast.unparse(node) for node in nodes if isinstance(node, ast.Assert)]
    assert lines
    return [line for line in map(ast.unparse, nodes) if line.startswith("stages =")] + lines


HEAD_CHECK = asserts('heading="new head, from pixels"')
TOP_CHECK = asserts("stages = ")
DATA = """
rng = np.random.default_rng(0)
photos = rng.integers(0, 256, (8, 64, 64, 3), dtype=np.uint8)
rows = np.array([(photo, turn, 0) for photo in range(8) for turn in range(4)])
pictures = Pictures(photos, rows)
task = Task(rows[:, 1], variants=np.arange(24).reshape(-1, 4), validation=np.arange(24, 32))
network = build(4)
trunk, blocks, top = split(network)
"""


def fails(check, names):
    """Return whether a check of the lesson turns red after the training since `before`."""
    exec("moved = changed(before, snapshot(network))", names)
    try:
        exec("\\n".join(check), names)
    except AssertionError:
        return True
    return False


def try_case(old, new, late, expected):
    """Run both phases; return the name of the phase whose check failed, or "green".

    Where the trap lies in the second phase, the first one is that of "no trap": it is left out.
    """
    text = "\\n".join(code)
    assert not old or old in text, f"the lesson no longer contains {old!r}"
    names = {}
    exec((text.replace(old, new) if old else text) + DATA, names)
    if "tf" in names:  # eight pictures are faster without graphs; a stale graph is one of the traps
        names["tf"].config.run_functions_eagerly("compile_now" not in late)
    if expected != "top":
        exec("before = snapshot(network)\\nfit(network, pictures, task, 0.001, 1, 'head')", names)
        if fails(HEAD_CHECK, names):
            return "head"
    exec("maps = run(trunk, pictures, 'trunk')\\nbefore = snapshot(network)", names)
    exec(late.replace("UNFREEZE", "unfreeze(blocks)"), names)
    exec("fit(top, maps, task, 0.001, 1, 'top', patience=None)", names)
    return "top" if fails(TOP_CHECK, names) else "green"


def count_losses():
    """Return how many rates the range test tries when one epoch has a single batch."""
    names = {}
    exec("\\n".join(code) + DATA, names)
    exec("maps = run(trunk, pictures, 'trunk')\\nunfreeze(blocks)", names)
    exec("losses = range_test(top, maps, task, np.geomspace(1e-6, 1e-3, 9))", names)
    return len(names["losses"])


def head_of_lesson_01(labels):
    """Return p(dog) after learning from photographs that look the same, with these labels."""
    names = {}
    exec("\\n".join(code), names)
    if "tf" in names:
        names["tf"].config.run_functions_eagerly(True)
    path = notebook.with_name(notebook.name.replace("02_fine_tuning", "01_feature_extraction"))
    book = json.loads(path.read_text(encoding="utf-8"))
    for cell in book["cells"]:
        source = "".join(cell["source"])
        if source.startswith(("def train_head", "def probabilities_of")):
            exec(source, names)
    same = names["np"].ones((len(labels), 100), "float32")
    head = names["train_head"](same, names["np"].array(labels), steps=300)
    return float(names["probabilities_of"](head, same)[0, 1])


p_dog = head_of_lesson_01([1, 1, 1, 0])
assert 0.73 < p_dog < 0.77, f"three of four are dogs, and the head says {p_dog}"
assert count_losses() == 9, "the range test ends with the first epoch"
print("\\nFOUND", json.dumps({name: try_case(*case) for name, case in cases.items()}))
'''

RIGHT = ["", "", "UNFREEZE"]
CASES = {  # name: old code, new code, what happens between the two phases
    "pytorch": {
        "no trap": RIGHT,
        "batch norm drifts in training mode": ["layer.eval()", "pass", "UNFREEZE"],
        "batch norm unfrozen": [
            "weight.requires_grad = not isinstance(layer, nn.BatchNorm2d)",
            "weight.requires_grad = True",
            "UNFREEZE",
        ],
        "optimiser built before unfreezing": [
            "",
            "",
            "early = trainer(top, 0.001)\nUNFREEZE\ntrainer = lambda *_: early",
        ],
        "nothing unfrozen": ["", "", "pass"],
    },
    "tensorflow": {
        "no trap": RIGHT,
        "batch norm awake, training=False in the call": [
            "source.backbone.trainable = False\n",
            "source.backbone.trainable = True\n",
            "UNFREEZE",
        ],
        "batch norm unfrozen": [
            "layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)",
            "layer.trainable = True",
            "UNFREEZE",
        ],
        "compiled before unfreezing": [
            "",
            "",
            "compile_now(top, 0.001)\n"
            "top.fit(stream(maps, task, rng), steps_per_epoch=1, verbose=0)\n"
            "before = snapshot(network)\nUNFREEZE\ncompile_now = lambda *_: None",
        ],
        "nothing unfrozen": ["", "", "pass"],
    },
}
PHASE = {  # which check must turn red
    "no trap": "green",
    "batch norm drifts in training mode": "head",
    "batch norm awake, training=False in the call": "head",
}


@pytest.mark.parametrize("framework", CASES)
def test_the_checks_turn_red(framework):
    expected = {name: PHASE.get(name, "top") for name in CASES[framework]}
    cases = {name: [*case, expected[name]] for name, case in CASES[framework].items()}
    notebook = REPOSITORY / "notebooks" / f"02_fine_tuning_{framework}.ipynb"
    command = [sys.executable, "-c", SCRIPT, str(notebook), json.dumps(cases)]
    run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stderr[-3000:]
    found = json.loads(run.stdout.rpartition("FOUND")[2])
    assert found == expected


def cells_with(*marks):
    """Return the code of the cells of lesson 02 that hold one of these texts."""
    path = REPOSITORY / "notebooks" / "02_fine_tuning_pytorch.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return "\n".join(cell for cell in code if any(mark in cell for mark in marks))


SPLIT_TRAPS = [
    ("", ""),
    ("validation_pictures.reshape(-1, 4)[::4].ravel()", "validation_pictures[::4]"),
    ("for turn in range(4)]", "for turn in (0, 0, 0, 0)]"),
    ("rng.permutation(len(test)) % 4", "[0] * len(test)"),
    ("for photo in train for turn", "for photo in [*train, *test] for turn"),
]


@pytest.mark.parametrize(("old", "new"), SPLIT_TRAPS)
def test_every_part_must_hold_every_class(old, new):
    """Every fourth picture is always the same turn: that validation holds one class."""
    code = cells_with("ends = ", "few_to_validate = ")
    assert "few_to_validate = " in code and old in code
    names = {"np": np, "train": range(12), "validation": range(12, 21), "test": range(21, 31)}
    if not old:
        return exec(code, names)
    with pytest.raises(AssertionError, match="every class|two parts"):
        exec(code.replace(old, new), names)


def test_no_picture_to_learn_from_is_one_of_the_test():
    """Of the lesson's task, which chooses by validation, and of own photographs."""
    test, own_test = range(21, 31), np.array([False, False, True] * 2)
    names = {"np": np, "namedtuple": namedtuple, "Pictures": lambda photos, rows: rows}
    names |= {"train": range(12), "validation": range(12, 21), "test": test, "classes": range(2)}
    names["own"] = SimpleNamespace(labels=np.repeat([0, 1], 3), photos=None, test=own_test)
    exec(cells_with("ends = ", "which_way = Task", "own_task = Task"), names)
    task, photographs = names["which_way"], names["rows"][:, 0]
    assert {*photographs[task.variants.ravel()]} == {*names["train"]}
    assert {*photographs[task.validation]} == {*names["validation"]}
    assert (task.labels[task.variants] == np.arange(4)).all()
    own_task, own_rows = names["own_task"], names["own_rows"]
    assert {*own_rows[own_task.variants.ravel(), 0]} == {0, 1, 3, 4}
    assert own_rows[own_task.validation, 0].tolist() == [2, 5]


@pytest.mark.parametrize("mirrored", [0, 1])
def test_the_top_is_where_the_label_says(mirrored):
    """Also in a mirror image: the lesson mirrors first, and turns afterwards."""
    exec(cells_with("class Pictures"), names := {"np": np})
    photo = np.zeros((9, 9, 3), np.uint8)
    photo[0], photo[1:, 0] = 255, 100  # the top, and what was on the left
    rows = np.array([(0, turn, mirrored) for turn in range(4)])
    up, left, down, right = names["Pictures"](photo[None], rows)[np.arange(4)]
    for top in (up[0], left[:, 0], down[-1], right[:, -1]):
        assert (top == 255).all()
    assert up[5, -1 if mirrored else 0, 0] == 100
