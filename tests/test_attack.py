"""Lesson 04's attack: it keeps its promises, and both frameworks compute the same."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from attack_report import definitions

from helpers.settings import REPOSITORY
from notebooks import attack_table

SCRIPT = Path(__file__).with_name("attack_report.py")
FRAMEWORKS = ("pytorch", "tensorflow")
BUDGET_LINE = "pixels = np.clip(pixels, original - budget, original + budget)"
RANGE_LINE = "pixels = np.clip(pixels, 0, 255)"


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """What the attack of each notebook gave, each in a process of its own."""
    found, folder = {}, tmp_path_factory.mktemp("attack")
    for framework in FRAMEWORKS:
        out = folder / f"{framework}.npz"
        command = [sys.executable, SCRIPT, framework, out]
        run = subprocess.run(command, capture_output=True, text=True, timeout=600)
        assert run.returncode == 0, run.stderr[-3000:]
        found[framework] = dict(np.load(out))
    return found


def test_the_first_step_is_the_same_in_both_frameworks(reports):
    signs = [np.sign(reports[framework]["slope 2"]) for framework in FRAMEWORKS]
    for ours, theirs in zip(*signs, strict=True):
        assert np.mean(ours == theirs) >= 0.999
        assert 0.3 < np.mean(ours > 0) < 0.7  # neither all signs alike nor zeros


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_dog_becomes_a_tabby(reports, framework):
    report = reports[framework]
    assert report["first"] == [281]
    assert np.abs(report["changed"] - report["photo"]).max() == 2


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_batch_size_follows_the_device(reports, framework):
    report = reports[framework]
    processor, gpu = report["by_device"]
    assert processor <= 4 and gpu >= 32  # memory here, a full GPU there
    assert report["batch"] in (processor, 8, gpu)  # 8: Apple's GPU


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_results_do_not_depend_on_the_batch_size(reports, framework):
    report = reports[framework]
    whole, logits = report["slope 64"], report["logits 64"]
    for size, sizes in ((1, [1, 1, 1]), (2, [2, 1]), (64, [3])):
        assert report[f"sizes {size}"].tolist() == 2 * sizes  # for the gradients, for the logits
        slope = report[f"slope {size}"]
        for ours, theirs in zip(slope, whole, strict=True):  # a mean over the batch would scale
            assert np.abs(ours - theirs).max() <= 1e-2 * np.abs(theirs).max()
            assert np.mean(np.sign(ours) == np.sign(theirs)) >= 0.999
        assert np.allclose(report[f"logits {size}"], logits, atol=1e-3)


def attack_of(framework, old="", new=""):
    """Return the notebook's `attack`, with a line replaced, without loading a framework."""
    code = definitions(framework, "attack").splitlines()
    start = next(i for i, line in enumerate(code) if line.startswith("def attack("))
    lines = [line for line in code[start:] if line.startswith((" ", "def attack(")) or not line]
    text = "\n".join(lines)
    assert not old or old in text, f"the lesson no longer contains {old!r}"
    names = {"np": np, "gradient": None}
    exec(text.replace(old, new) if old else text, names)
    return names["attack"]


def check(attack, budget, steps=6):
    """Attack random pictures along random gradients; check each step and return the result."""
    rng, seen = np.random.default_rng(0), []
    photos = rng.integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
    photos[0], photos[1] = 0, 255  # nowhere to go in one direction

    def slope(pixels, target):
        seen.append(pixels)
        return rng.normal(size=pixels.shape)

    result = attack(photos, 281, budget, steps, slope_of=slope)
    for pixels in (*seen, result):
        assert pixels.min() >= 0 and pixels.max() <= 255, "outside 0–255"
        assert np.abs(pixels - photos).max() <= budget + 1e-4, "outside the budget"  # float32
    assert len(seen) == steps
    return photos, result


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("budget", [0, 0.49, 1, 2, 16, 255])
def test_every_step_stays_inside(framework, budget):
    photos, result = check(attack_of(framework), budget)
    assert np.array_equal(photos, result) == (budget == 0)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize(
    ("line", "message"), [(BUDGET_LINE, "outside the budget"), (RANGE_LINE, "outside 0–255")]
)
def test_the_check_turns_red_without_a_clip(framework, line, message):
    with pytest.raises(AssertionError, match=message):
        check(attack_of(framework, line, "pass"), budget=2)


def test_the_gradient_is_taken_at_what_the_network_sees():
    seen, photos = [], np.full((1, 4, 4, 3), 100, np.uint8)

    def slope(pixels, target):
        seen.append((pixels.copy(), target))
        return np.ones(pixels.shape)

    result = attack_of("pytorch")(photos, 7, 2, 2, view=lambda p: p + 50, slope_of=slope)
    assert [pixels.max() for pixels, _ in seen] == [150, 148] and seen[0][1] == 7
    assert (result == 98).all()  # against the gradient, and not further than the budget


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_stored_table_keeps_what_the_lesson_claims(framework):
    table = attack_table.load()[framework]
    share = {name: k / n for name, (k, n) in table.items()}
    assert all(n >= 50 for _, n in table.values())
    assert share["1 level, 20 steps"] >= 0.98
    assert share["2 levels, 10 steps"] == 1
    assert share["random noise, 4 levels"] == 0
    assert share["0.49 levels, 10 steps"] == 0 < share["0.49 levels, 10 steps, not saved"]
    assert share["JPEG-aware, 4 levels, after JPEG 75"] >= 0.95
    ours, theirs = (f"{name}, 1 level, 10 steps" for name in ("ours", "Foolbox, step 0.25"))
    assert abs(share[ours] - share[theirs]) <= 0.1  # "about the same"
    changed = "{}, 4 levels, {} network: first class changed".format
    beyond = [
        share[changed("plain", network)] - share[changed("random noise", network)]
        for network in ("first", "second")
    ]
    assert share[changed("plain", "first")] >= 0.95 and beyond[1] < beyond[0] / 2
    for target in ("zebra", "toaster", "airliner"):
        assert share[f"target {target}, 2 levels, 10 steps"] >= 0.95


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_lesson_reads_the_stored_table_and_never_writes_it(framework):
    book = REPOSITORY / "notebooks" / f"04_adversarial_cat_{framework}.ipynb"
    used = set(re.findall(r"attack_table\.(\w+)", book.read_text(encoding="utf-8")))
    assert used == {"MANY", "compare", "find_differences", "keep"}


def test_the_stored_tables_of_the_frameworks_agree():
    table = attack_table.load()
    assert list(table) == list(FRAMEWORKS)
    assert table["pytorch"].keys() == table["tensorflow"].keys()
    for name, (k, n) in table["pytorch"].items():
        assert abs(k / n - np.divide(*table["tensorflow"][name])) <= 0.1, name
