import json

import numpy as np
import pytest

from helpers import results, results_table
from helpers.settings import REPOSITORY

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
    path = results.save(LESSON, **GOOD, extra="welcome")
    assert path == folder / f"{LESSON}.json" and [*folder.iterdir()] == [path]
    assert [*json.loads(path.read_text(encoding="utf-8"))] == sorted([*GOOD, "extra"])
    assert results.load(LESSON) == {**GOOD, "extra": "welcome"}


def test_numpy_numbers_become_plain_ones():
    values = {"test_accuracy": np.float32(0.98), "test_interval": np.array([0.97, 0.99])}
    results.save(LESSON, **{**GOOD, **values, "test_images": np.int64(480)})
    loaded = results.load(LESSON)
    assert loaded["test_images"] == 480 and loaded["test_interval"] == [0.97, 0.99]
    assert loaded["test_accuracy"] == pytest.approx(0.98)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"test_accuracy": 98.5}, "test_accuracy must be a number, between 0 and 1, not 98.5"),
        ({"test_accuracy": float("nan")}, "test_accuracy"),
        ({"pixels_accuracy": True}, "pixels_accuracy"),
        ({"test_interval": [0.99, 0.995]}, "does not contain test_accuracy 0.985"),
        ({"test_interval": [0.99, 0.97]}, r"\[low, high\]"),
        ({"test_interval": 0.97}, r"\[low, high\]"),
        ({"seconds": -1}, "seconds must be a number, 0 or more"),
        ({"dataset": "pictures"}, "'photos' or 'drawn'"),
        ({"framework": "tensorflow"}, "framework must be 'pytorch'"),
        ({"network": ""}, "network must be a name"),
    ],
)
def test_a_value_out_of_range_is_refused(change, message, folder):
    with pytest.raises(ValueError, match=message):
        results.save(LESSON, **{**GOOD, **change})
    assert not folder.exists()


@pytest.mark.parametrize("key", GOOD)
def test_a_missing_key_is_refused(key):
    with pytest.raises(ValueError, match=f"missing: {key}"):
        results.save(LESSON, **{name: value for name, value in GOOD.items() if name != key})


@pytest.mark.parametrize("lesson", ["01_feature_extraction", "07_dreams_pytorch", "../x_pytorch"])
def test_an_unknown_lesson_is_refused(lesson):
    with pytest.raises(ValueError, match="is no lesson"):
        results.save(lesson, **GOOD)


def test_every_key_of_every_lesson_is_known_to_the_board():
    named = {*results_table.ROWS, "test_interval", "framework"}
    for title in results_table.LESSONS:
        assert named.issuperset(results_table.find_keys(f"{title}_pytorch"))


def test_load_without_a_file():
    assert results.load(LESSON) is None


LESSONS = list(REPOSITORY.glob("*/*_pytorch.ipynb"))


def test_the_empty_board(board):
    for text in board():
        assert "01 Feature extraction" in text and "Training tricks" not in text  # not here yet
        assert text.count("not run yet") == 2 * len({path.stem[:2] for path in LESSONS})


def test_the_board_shows_both_frameworks(board):
    results.save(LESSON, **GOOD)
    other = {**GOOD, "framework": "tensorflow", "dataset": "drawn"}
    results.save("01_feature_extraction_tensorflow", **other)
    for text in board():
        assert "98.5 % (97.0–99.3 %, 480 photographs)" in text
        assert "98.5 % (97.0–99.3 %, 480 drawn pets)" in text
        assert text.index("photographs)") < text.index("drawn pets)")
    html, _ = board()
    assert html.count('scope="col"') == 3 and html.count("<th") == html.count("<tr>") + 2


def test_broken_and_foreign_files_get_one_line(board, folder):
    results.save(LESSON, **GOOD)
    (folder / "<b>.json").write_text("{}", encoding="utf-8")
    (folder / "02_fine_tuning_pytorch.json").write_text("{", encoding="utf-8")
    (folder / "03_ideal_cat_pytorch.json").write_text("[1]", encoding="utf-8")
    html, plain = board()
    assert "&lt;b&gt;.json belongs to no lesson" in html and "98.5 %" in html
    assert plain.count("cannot be read") == 2


def test_twins_are_compared():
    photos, twin = np.zeros((4, 3)), LESSON.replace("pytorch", "tensorflow")
    assert results.compare_with_twin(LESSON, "photos", logits=photos) is None
    assert results.compare_with_twin(twin, "photos", logits=photos + 0.5) == 0.5
    assert results.compare_with_twin(twin, "drawn", logits=photos) is None
    with pytest.raises(ValueError, match=f"{LESSON} used other photographs"):
        results.compare_with_twin(twin, "photos", logits=np.zeros((5, 3)))
    with pytest.raises(ValueError, match=f"{LESSON} used other photographs"):
        results.compare_with_twin(twin, "photos", features=photos)


def test_twins_exchange_arrays():
    twin = LESSON.replace("pytorch", "tensorflow")
    assert results.exchange_with_twin(LESSON, "photos", slope=np.arange(3)) is None
    theirs = results.exchange_with_twin(twin, "photos", slope=np.zeros(3))
    assert theirs.keys() == {"slope"} and theirs["slope"].tolist() == [0, 1, 2]
    assert results.exchange_with_twin(LESSON, "photos", slope=np.ones(3))["slope"].sum() == 0
