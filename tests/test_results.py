import json
import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from test_notebooks import saved

from helpers.course import results, results_table
from helpers.datasets import Photographs
from helpers.settings import REPOSITORY
from lab.checks.summary import FINAL

LESSON = "01_feature_extraction_pytorch"
GOOD = {
    "dataset": "photos",
    "network": "efficientnet_lite0",
    "framework": "pytorch",
    "seconds": 61.5,
    "train_images": 600,
    "test_images": 480,
    "test_accuracy": 0.985,
    "test_interval": [0.97, 0.993],
    "pixels_accuracy": 0.6,
    "images_per_second": 120.0,
}


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    return tmp_path / "results"


@pytest.fixture
def board(monkeypatch):
    shown = []
    monkeypatch.setattr(results, "display", lambda bundle, raw: shown.append(bundle))

    def show():
        results.board()
        return shown[-1]["text/html"], shown[-1]["text/plain"]

    return show


def test_save_and_load(folder):
    results.save(LESSON, **GOOD, extra="welcome")
    (path,) = folder.iterdir()
    assert path.name == f"{LESSON}.json"
    assert [*json.loads(path.read_text(encoding="utf-8"))] == sorted([*GOOD, "extra"])
    assert results.load(LESSON) == {**GOOD, "extra": "welcome"}


def test_framework_and_network_need_not_be_named(capsys):
    results.save(LESSON, **{k: v for k, v in GOOD.items() if k not in ("framework", "network")})
    assert results.load(LESSON) == GOOD and "62 s since" in capsys.readouterr().out


def test_numpy_numbers_become_plain_ones():
    values = {"test_accuracy": np.float32(0.98), "test_interval": [*np.array([0.97, 0.99])]}
    results.save(LESSON, **{**GOOD, **values, "test_images": np.int64(480)})
    loaded = results.load(LESSON)
    assert loaded["test_images"] == 480 and loaded["test_interval"] == [0.97, 0.99]
    assert loaded["test_accuracy"] == pytest.approx(0.98)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"test_accuracy": 98.5}, "test_accuracy must be from 0 to 1, not 98.5"),
        ({"test_accuracy": float("nan")}, "test_accuracy"),
        ({"images_per_second": float("inf")}, "images_per_second"),
        ({"pixels_accuracy": True}, "pixels_accuracy"),
        ({"test_interval": [0.99, 1.1]}, r"test_interval must be from 0 to 1, not \[0.99, 1.1\]"),
        ({"test_interval": "0.97"}, "test_interval"),
        ({"test_interval": [0.99, 0.97]}, "test_interval"),
        ({"seconds": -1}, "seconds must be from 0"),
        ({"dataset": "pictures"}, "'photos', 'drawn'"),
        ({"network": 0}, "network"),
    ],
)
def test_a_value_out_of_range_is_refused(change, message, folder):
    with pytest.raises(ValueError, match=message):
        results.save(LESSON, **{**GOOD, **change})
    assert not folder.exists()


@pytest.mark.parametrize("key", GOOD)
def test_a_missing_key_is_refused(key):
    with pytest.raises(ValueError, match=f"{key} is missing"):
        results_table.check(LESSON, {name: v for name, v in GOOD.items() if name != key})


@pytest.mark.parametrize("lesson", ["01_feature_extraction", "07_dreams_pytorch", "../x_pytorch"])
def test_an_unknown_lesson_is_refused(lesson, folder):
    with pytest.raises(KeyError):
        results.save(lesson, **GOOD)
    assert not folder.exists()


LESSONS = list(REPOSITORY.glob("*/*_pytorch.ipynb"))


def last_code(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return next(source for source in reversed(code) if "results.save(" in source)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_board_shows_every_number_that_a_lesson_saves(path):
    keys = set(saved(path)) | (set(FINAL) if path.parent.name == "lab" else set())
    lesson = results_table.LESSONS[path.stem.removesuffix("_pytorch")]
    shown = {key for _, *keys in lesson["board"] for key in keys}
    assert {*lesson["keys"]} <= keys <= shown | {"framework", "dataset", "images"}
    assert shown <= keys, "a row that no lesson fills"


def test_load_without_a_file():
    assert results.load(LESSON) is None


def test_the_empty_board(board):
    for text in board():
        assert all(lesson["title"] in text for lesson in results_table.LESSONS.values())
        assert text.count("not run yet") == 2 * len(LESSONS)


def test_the_board_shows_both_frameworks(board):
    results.save(LESSON, **GOOD)
    other = {**GOOD, "framework": "tensorflow", "dataset": "drawn"}
    results.save("01_feature_extraction_tensorflow", **other)
    for text in board():
        assert "98.5 % (95 % interval 97.0–99.3 %, 480 photographs)" in text
        assert "98.5 % (95 % interval 97.0–99.3 %, 480 drawn pets)" in text
        assert text.index("photographs)") < text.index("drawn pets)")
        assert "EfficientNet-Lite0" in text and "120 drawn pets per second" in text
        assert "reading included" in text and "61.5 s" in text
    html, _ = board()
    assert html.count('scope="col"') == 3 and html.count("<th") == html.count("<tr>") + 2


IDEAL = {
    "dataset": "photos", "network": "efficientnet_lite0", "framework": "pytorch",
    "seconds": 4000, "target": 281, "steps": 110, "p_clean": 0.9996, "p_shifted": 0.97,
    "p_jpeg75": 0.998, "p_witness": 0.41, "witness_top1": 282, "tv": 0.0712,
    "seconds_per_image": 14.2,
}  # fmt: skip
ADVERSARIAL = {
    "dataset": "photos", "network": "efficientnet_lite0", "framework": "pytorch", "seconds": 95,
    "target": 281, "images": 10, "success": 0.9, "success_saved_png": 1, "psnr_db": 49.12,
    "ssim": 0.997, "largest_change_levels": 1, "success_jpeg75": 1, "random_noise_success": 0,
    "seconds_per_image": 1.2,
}  # fmt: skip


def row(plain, name):
    (line,) = [line for line in plain.splitlines() if line.startswith(f"  {name}  ")]
    return line.removeprefix(f"  {name}").strip()


def test_a_success_stands_beside_its_budget(board):
    """Lesson 04 measures with two budgets; files from before have none and are shown, too."""
    budgets = {"budget_levels": 1, "jpeg75_budget_levels": 4, "random_noise_levels": 4}
    for change, plain_budget, budget, noise in (
        ({}, "", "", ""),
        (budgets, ", budget 1 level", ", budget 4 levels", ", 4 levels"),
    ):
        results.save("04_adversarial_cat_pytorch", **ADVERSARIAL, **change)
        _, plain = board()
        name = "Plain attack succeeds, saved as PNG"
        assert row(plain, name) == f"100.0 % (10 photographs{plain_budget})"
        name = "JPEG-aware attack succeeds, after JPEG at quality 75"
        assert row(plain, name) == f"100.0 % (10 photographs{budget})"
        name = "Random noise succeeds, saved as PNG (control)"
        assert row(plain, name) == f"0.0 % (10 photographs{noise})"
    assert row(plain, "Plain attack, largest change of a value") == "1 level (budget 1 level)"
    with pytest.raises(ValueError, match="jpeg75_budget_levels must be from 0 to 255"):
        results.save("04_adversarial_cat_pytorch", **ADVERSARIAL, jpeg75_budget_levels=256)


def test_an_ideal_image_is_no_photograph(board):
    results.save("03_ideal_cat_pytorch", **IDEAL)
    _, plain = board()
    assert row(plain, "Time to make one ideal image") == "14.2 s (110 steps)"
    assert row(plain, "Target class (number: name)") == "281: tabby"
    assert row(plain, "First class in the witness") == "282: tiger cat"
    assert row(plain, "Time from the first cell to the last, reading included") == "67 min"
    more = {"witness_network": "efficientnet_lite2", "partner_network": "my_network", "images": 120}
    results.save("03_ideal_cat_pytorch", **IDEAL, **more)
    _, plain = board()
    assert row(plain, "p(target), in the witness") == "0.410 (EfficientNet-Lite2)"
    assert row(plain, "Partner that helped to make the image") == "my_network"
    assert row(plain, "Waves and colours measured on") == "120 photographs"


def test_lesson_03_says_in_words_that_the_other_notebook_has_not_run(capsys):
    (path,) = [path for path in LESSONS if path.stem.startswith("03")]
    stage = "5 parts, two networks"
    code = compile(last_code(path), path.name, "exec")
    for framework, words in (
        ("pytorch", "has not run yet"),
        ("tensorflow", "Difference from 03_ideal_cat_pytorch: 0.0e+00"),
    ):
        names = {
            "framework": framework, "SEED": 0, "time": SimpleNamespace(perf_counter=lambda: 5.0),
            "started": 1.0, "predict": lambda network, photos: photos * 0.5, "target": 281,
            "chelsea": np.zeros((2, 2, 3)), "start": np.zeros(2), "views": np.zeros(2),
            "pets": SimpleNamespace(source="drawn", checksum=str), "photos": np.zeros((6, 2, 2, 3)),
            "curves": {stage: [0, 1]}, "times": {stage: 3.0}, "images": {stage: np.zeros((2, 2))},
            "ideal": IDEAL, "total_variation": np.sum,
        }  # fmt: skip
        for number, name in enumerate(("network", "partner", "witness")):
            names[name] = SimpleNamespace(name=f"efficientnet_lite{number}")
        exec(code, names)
        said = capsys.readouterr().out
        assert words in said and "None" not in said
        assert results.load(f"03_ideal_cat_{framework}")["witness_network"] == "efficientnet_lite2"


@pytest.fixture
def progress(board, monkeypatch):
    """Show the progress as the board is shown."""
    monkeypatch.setattr(results, "board", results.progress)
    return board


def test_who_has_done_nothing_reads_where_to_begin(progress):
    for text in progress():
        assert "begin with lesson 01 Feature extraction" in text and "<table" not in text
        assert text.count("\n") == 0


def test_progress_has_lessons_quizzes_and_the_lab(progress):
    results.save(LESSON, **GOOD)
    results.keep_score("01_feature_extraction", right=5, checked=6, total=7)
    results.keep_score("before_the_lecture", right=2, checked=8, total=8)
    results.keep_score("after_the_lecture", right=8, checked=8, total=8)
    results.keep_score("pet_breeds_tensorflow", right=4, checked=10, total=10)
    html, plain = progress()
    rows, notes = results.progress_rows()
    cells = {name: rest for name, *rest in rows}
    assert cells["01 Feature extraction"] == ["done", "", "5 of 7 right, 1 not checked yet"]
    assert cells["Lab: pet breeds"] == ["", "4 of 10 tasks right", ""] and notes == []
    assert cells["02 Fine-tuning"] == ["", "", ""]
    names = [*cells]
    assert (names[0], names[-1]) == ("Before the lecture", "After the lecture")
    assert (cells[names[0]][2], cells[names[-1]][2]) == ("2 of 8 right", "8 of 8 right")
    assert all(cell in html and cell in plain for row in rows for cell in row)
    assert html.count('scope="col"') == 4 and html.count('scope="row"') == len(names)
    assert html.count("<th") == 4 + len(names), "each row has its name as a header"


def test_the_best_try_stays_until_the_quiz_changes():
    for score, kept in [
        ((0, 1, 7), (0, 1, 7)),
        ((5, 6, 7), (5, 6, 7)),
        ((1, 7, 7), (5, 6, 7)),
        ((5, 5, 7), (5, 6, 7)),
        ((5, 7, 7), (5, 7, 7)),
        ((2, 3, 8), (2, 3, 8)),
    ]:
        results.keep_score("02_fine_tuning", *score)
        assert tuple(results.load("quiz_02_fine_tuning").values()) == kept


@pytest.mark.parametrize("text", ["{", "[1]", '{"right": 2, "checked": 1, "total": 3}'])
def test_a_damaged_score_gets_one_line_and_is_replaced(text, progress, folder):
    folder.mkdir()
    (folder / "quiz_02_fine_tuning.json").write_text(text, encoding="utf-8")
    assert progress()[1].count("quiz_02_fine_tuning.json cannot be read") == 1
    results.keep_score("02_fine_tuning", 1, 1, 3)
    assert results.load("quiz_02_fine_tuning")["right"] == 1


@pytest.mark.parametrize(("show", "count"), [("board", 2), ("progress", 3)])
def test_broken_files_get_one_line(show, count, request, folder):
    results.save(LESSON, **GOOD)
    (folder / "02_fine_tuning_pytorch.json").write_text("{", encoding="utf-8")
    (folder / "03_ideal_cat_pytorch.json").write_bytes(b"\xff[1]")
    (folder / "quiz_01_feature_extraction.json").write_text('{"right": "<b>"}', encoding="utf-8")
    html, plain = request.getfixturevalue(show)()
    assert ("98.5 %" if show == "board" else "done") in html
    assert plain.count("cannot be read") == count


TWIN = LESSON.replace("pytorch", "tensorflow")


def test_twins_are_compared(capsys, folder):
    """Numbers by the largest difference, True and False by the share that differs."""
    numbers, hits = np.zeros((4, 3)), np.array([True, True, False, False])
    assert results.compare_with_twin(LESSON, "a", logits=numbers) is None
    assert results.compare_with_twin(LESSON, "a", right=hits) is None
    assert f"Not compared with {TWIN}: it has not run yet" in capsys.readouterr().out
    numbers[1, 1] = -0.5
    assert results.compare_with_twin(TWIN, "a", logits=numbers) == 0.5
    assert results.compare_with_twin(TWIN, "a", right=~hits[[2, 1, 0, 3]]) == 0.5
    assert capsys.readouterr().out.count(f"Difference from {LESSON}: 5.0e-01") == 2
    assert results.compare_with_twin(LESSON, "a", logits=numbers) == 0  # both ways
    assert len([*folder.iterdir()]) == 4


def write_photos(folder, change=0):
    """Write four tiny files as a set of photographs; `change` is in the bytes of the last one."""
    paths = [folder / "Cat" / f"{number}.jpg" for number in range(4)]
    paths[0].parent.mkdir(parents=True)
    for number, path in enumerate(paths):
        path.write_bytes(bytes([number, change * (number == 3)]))
    empty = np.zeros(4, int)
    return Photographs(paths, empty, ["cat"], empty, "photos", "", [])


def test_twins_on_other_photographs_are_not_compared(capsys, tmp_path):
    """As many photographs with the same names: only what is in the files tells them apart."""
    ours, again = (write_photos(tmp_path / name).checksum() for name in ("here", "there"))
    other = write_photos(tmp_path / "elsewhere", change=1).checksum()
    assert ours == again != other
    results.compare_with_twin(LESSON, ours, right=np.zeros(4, bool))
    capsys.readouterr()
    assert results.compare_with_twin(TWIN, other, right=np.ones(4, bool)) is None
    said = capsys.readouterr().out
    assert said.startswith(f"Not compared with {LESSON}: it ran on other photographs")
    assert said.count("\n") == 1
    assert results.compare_with_twin(TWIN, again, right=np.ones(4, bool)) == 1


def test_another_number_is_a_sentence_and_no_error(capsys):
    results.compare_with_twin(LESSON, "a", logits=np.zeros((5, 3)))
    assert results.compare_with_twin(TWIN, "a", logits=np.zeros((4, 3))) is None
    assert f"{LESSON}: it ran on other photographs" in capsys.readouterr().out


CHANGED = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("seed = 7", store_history=True)
code = f"results.compare_with_twin({lesson!r}, 'a', slope=[1])"
shell.run_cell(f"from helpers.course import results\\n{code}", store_history=True)
"""


def test_a_changed_notebook_is_not_compared(folder, capsys, monkeypatch, tmp_path):
    """In a notebook of its own first, then with the cells of the lesson as its history."""
    environment = {**os.environ, "IPYTHONDIR": str(tmp_path)}
    command = [sys.executable, "-c", f"lesson = {LESSON!r}\n{CHANGED}"]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
    assert "cells were run here that" in done.stdout and not folder.exists(), done.stderr
    (path,) = [path for path in LESSONS if path.stem == LESSON]
    cells = ["".join(c["source"]) for c in json.loads(path.read_text(encoding="utf-8"))["cells"]]
    history = SimpleNamespace(input_hist_raw=["", *cells, cells[3] + "\n"])
    shell = SimpleNamespace(history_manager=history)
    monkeypatch.setattr(results, "get_ipython", lambda: shell)
    results.compare_with_twin(LESSON, "a", slope=np.ones(1))
    assert "has not run yet" in capsys.readouterr().out and len([*folder.iterdir()]) == 1
    history.input_hist_raw[3] += " + 1"
    results.compare_with_twin(LESSON, "a", other=np.ones(1))
    assert "cells were run here that" in capsys.readouterr().out and len([*folder.iterdir()]) == 1
