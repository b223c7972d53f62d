"""What lesson 04 uses: changes of photographs, figures, tables, the panel and its warning."""

import measure_attacks
import numpy as np
import pytest

from helpers.adversarial_images import panel as attack_panel
from helpers.adversarial_images.panel import Attacked, find_warning
from helpers.figures import tables
from helpers.networks.names import CAT_CLASSES, DOG_CLASSES
from helpers.photographs import photo_changes
from notebooks import attack_table

RNG = np.random.default_rng(0)
PHOTOS = RNG.integers(0, 256, (2, 48, 48, 3), dtype=np.uint8)
CHANGES = {
    "compress": photo_changes.compress,
    "shrink": lambda photos: photo_changes.shrink(photos, 40),
    "cut_border": lambda photos: photo_changes.cut_border(photos, 4),
    "blur": photo_changes.blur,
    "add_noise": lambda photos: photo_changes.add_noise(photos, 4, RNG),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_changes_keep_shape_and_kind(change, kind):
    before = PHOTOS.astype(kind)
    after = change(before)
    assert after.shape == PHOTOS.shape and after.dtype == np.uint8
    assert not np.array_equal(after, PHOTOS)
    assert np.array_equal(before, PHOTOS.astype(kind)), "the input was changed"


@pytest.mark.parametrize("change", list(CHANGES.values())[:4], ids=list(CHANGES)[:4])
def test_changes_leave_grey_alone(change):
    grey = np.full((1, 48, 48, 3), 128, np.uint8)
    assert np.array_equal(change(grey), grey)


def test_a_blur_mixes_neither_colours_nor_photographs():
    photos = np.zeros((2, 48, 48, 3), np.uint8)
    photos[0, ::2, :, 0] = 255
    blurred = photo_changes.blur(photos)
    assert blurred[0, ..., 0].std() < 100 and blurred[0, ..., 0].min() > 0
    assert blurred[..., 1:].max() == blurred[1].max() == 0


def test_to_8bit_rounds():
    pixels = np.array([-3.0, 0.49, 0.51, 1.9, 254.6, 300])
    assert photo_changes.to_8bit(pixels).tolist() == [0, 0, 1, 2, 255, 255]


def test_a_lower_quality_changes_more():
    errors = [
        np.abs(photo_changes.compress(PHOTOS, quality).astype(int) - PHOTOS).mean()
        for quality in (95, 75, 50)
    ]
    assert errors == sorted(errors) and errors[0] < errors[2]


def test_noise_has_the_size_that_was_asked_for():
    grey = np.full((1, 100, 100, 3), 128, np.uint8)
    noise = photo_changes.add_noise(grey, 4, np.random.default_rng(0)).astype(float) - 128
    assert abs(noise.mean()) < 0.2 and 3.8 < noise.std() < 4.2


@pytest.mark.parametrize(("levels", "title"), [(0, "no difference"), (1, "× 127"), (4, "× 31")])
def test_the_gain_stands_on_the_difference(levels, title):
    changed = np.clip(PHOTOS[0].astype(int) + levels, 0, 255).astype(np.uint8)
    axes = attack_panel.draw_change(PHOTOS[0], changed, ("dog", "tabby")).axes
    assert title in axes[2].get_title()
    drawn = np.asarray(axes[2].images[0].get_array()).astype(int)
    gain = int(title.split()[-1]) if levels else 1
    assert np.array_equal(drawn, 128 + gain * (changed.astype(int) - PHOTOS[0]))


def test_two_flips_on_a_page_do_not_share_their_buttons(monkeypatch):
    pages = []
    monkeypatch.setattr(attack_panel, "display", lambda data, raw: pages.append(data["text/html"]))
    for _ in range(2):
        attack_panel.show_flip(*PHOTOS, ("a <dog>", "tabby"))
    names = [page.split('name="')[1].split('"')[0] for page in pages]
    assert names[0] != names[1]
    assert all(page.count("<img") == 2 and page.count('type="radio"') == 2 for page in pages)
    assert 'style="display' not in pages[0]  # it would win over the buttons
    assert "<dog>" not in pages[0] and 'alt="tabby' in pages[0]


def test_tables(monkeypatch):
    shown = []
    monkeypatch.setattr(tables, "display", lambda data, raw: shown.append(data))
    tables.show_table(["attack", "here"], [["a < b", 1]], "All")
    page, text = shown[0]["text/html"], shown[0]["text/plain"]
    assert "a &lt; b" in page and '<th scope="row"' in page and "<caption" in page
    assert text.splitlines() == ["All", "attack  here", "a < b   1"]


def test_tables_with_parts():
    """Parts stand below their row; no head is no line."""
    rows = [["Lesson", "not run", ""], ["  accuracy", "90 %", "91 %"]]
    page = tables.to_html(["", "PyTorch", "TensorFlow"], rows, grouped=True)
    assert page.count("bold") == 1 and "accuracy" in page
    assert tables.to_text(["", "A", "B"], rows).splitlines()[1:] == [
        "Lesson      not run",
        "  accuracy  90 %     91 %",
    ]
    assert page.count('scope="col"') == 2  # not of the empty cell
    alone = tables.to_html((), [("Learner", "Ada <i>")], "Head")
    assert 'scope="col"' not in alone and "Ada &lt;i&gt;" in alone and "bold" in alone
    assert tables.to_text((), [("Learner", "Ada")], "Head") == "Head\nLearner  Ada"


@pytest.fixture
def stored(monkeypatch, tmp_path):
    monkeypatch.setattr(attack_table, "PATH", tmp_path / "table.json")
    return attack_table


def test_table_is_kept_for_each_framework(stored):
    assert stored.load() == {}
    measure_attacks.store("tensorflow", {"1 level": (59, 60)})
    measure_attacks.store("pytorch", {"1 level": (60, 60)})
    assert stored.load() == {"pytorch": {"1 level": [60, 60]}, "tensorflow": {"1 level": [59, 60]}}
    measure_attacks.store("pytorch", {"2 levels": (1, 60)})
    assert stored.load()["pytorch"] == {"2 levels": [1, 60]}


def test_table_finds_differences(stored):
    measure_attacks.store("pytorch", {"a": (60, 60), "b": (0, 60), "c": (24, 60)})
    near = {"a": (9, 10), "b": (np.int64(1), 10), "c": (2, 10)}
    assert stored.find_differences("pytorch", near, "photos") == []
    far = {"a": (5, 10), "b": (5, 10), "c": (10, 10)}
    found = stored.find_differences("pytorch", far, "photos")
    assert found[0] == "'a': 5 of 10, stored 60 of 60" and len(found) == 3
    assert stored.find_differences("pytorch", far, "drawn") == []
    few, many = {"a": (8, 10)}, {"a": (48, 60)}  # the same share, a narrower interval
    assert stored.find_differences("pytorch", near | few, "photos") == []
    assert len(stored.find_differences("pytorch", near | many, "photos")) == 1


@pytest.mark.parametrize("source", ["photos", "drawn"])
def test_a_name_on_one_side_only_is_a_difference(stored, source):
    measure_attacks.store("pytorch", {"a": (60, 60)})
    new, anew = stored.find_differences("pytorch", {"a": (10, 10), "new": (5, 10)}, source)
    assert "'new' is not stored" in new and "del counts['new']" in new
    assert anew.endswith("python tests/measure_attacks.py pytorch, then tensorflow")
    lost, _ = stored.find_differences("pytorch", {}, source)
    assert "'a' is stored and was not measured here" in lost
    assert stored.find_differences("tensorflow", {"a": (10, 10)}, source)[-1] == anew


@pytest.fixture
def run(stored, monkeypatch, tmp_path):
    """`measure`, where the notebook's run keeps one count, from the given source."""

    def measure(source):
        def lesson(command, check, env):
            folder = tmp_path / "adversarial_cat" / f"pytorch_{env['COURSE_DOGS']}"
            folder.mkdir(parents=True, exist_ok=True)
            if source:
                stored.keep(folder, source, {"1 level": (59, 60)})

        monkeypatch.setattr(measure_attacks.subprocess, "run", lesson)
        measure_attacks.measure("pytorch")

    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    return measure


def test_the_command_stores_what_a_run_kept(stored, run):
    run("photos")
    assert stored.load() == {"pytorch": {"1 level": [59, 60]}}


def test_drawn_pets_and_old_runs_do_not_come_into_the_table(stored, run):
    run("photos")
    measure_attacks.store("pytorch", {"1 level": (60, 60)})
    with pytest.raises(SystemExit, match="drawn pets"):
        run("drawn")
    with pytest.raises(FileNotFoundError):
        run(None)  # the run before left its counts there
    assert stored.load() == {"pytorch": {"1 level": [60, 60]}}


def test_table_is_shown_beside_the_stored_one(stored, monkeypatch):
    shown = []
    monkeypatch.setattr(stored, "show_table", lambda *table: shown.append(table))
    measure_attacks.store("pytorch", {"a": (60, 60)})
    stored.compare({"a": (9, 10), "b": (1, 10)})
    columns, rows, _ = shown[0]
    assert columns == ["attack", "here", "stored, PyTorch"]
    assert rows == [["a", "9 of 10", "60 of 60"], ["b", "1 of 10", ""]]


def logits(index, height=20.0):
    values = np.zeros(1000)
    values[index] = height
    return values


@pytest.mark.parametrize(
    ("before", "expected", "message"),
    [
        (logits(207), DOG_CLASSES, ""),
        (logits(207), None, ""),
        (logits(207), CAT_CLASSES, "golden retriever and is wrong already"),
        (logits(281), CAT_CLASSES, "says tabby before anything is changed"),
        (logits(207, 3.0), None, "not sure to begin with"),
        (logits(207, 3.0), DOG_CLASSES, ""),
    ],
)
def test_warning(before, expected, message):
    warning = find_warning(before, 281, expected)
    assert message in warning and bool(message) == bool(warning)


SAMPLES = {"dog": np.full((9, 9, 3), 1, np.uint8), "cat": np.full((9, 9, 3), 2, np.uint8)}
EXPECTED = {"dog": DOG_CLASSES, "cat": CAT_CLASSES}


@pytest.fixture
def calls():
    return []


@pytest.fixture
def shown(monkeypatch):
    """The panels that are shown; `still` is what is seen where no Python answers."""

    def show(panel, still, render, choices):
        panel.still, panel.page = still, (render, choices)
        panels.append(panel)

    panels = []
    monkeypatch.setattr("helpers.panels.photo.show_widget", show)
    return panels


@pytest.fixture
def examine(calls):
    def examine(photo, target, budget, steps):
        calls.append((int(photo[0, 0, 0]), target, budget, steps))
        view = np.full((8, 8, 3), 100, np.uint8)
        rows = [("saved as PNG", 0.98, "tabby"), ("JPEG", 0.25, "kelpie")]
        return Attacked(view, view + np.uint8(budget), logits(207), logits(target), rows)

    return examine


@pytest.fixture
def panel(monkeypatch, shown, examine):
    """What `attack_panel` shows; its `examine` can be changed. Figures are not painted: faster."""
    paint = "helpers.figures.plots.to_html"
    monkeypatch.setattr(paint, lambda figure, alt: f'<img alt="{alt}">')

    def examine_now(photo, **values):
        return shown[0].examine(photo, **values) if shown else examine(photo, **values)

    attack_panel.attack_panel(examine_now, SAMPLES, EXPECTED)
    shown[0].examine = examine
    return shown[0]


def test_panel_follows_its_controls(panel, calls):
    assert (panel.controls["budget"].value, panel.controls["steps"].value) == (2, 10)
    panel.controls["budget"].value = 1
    panel.controls["steps"].value = 20
    assert calls == [(1, 281, 2, 10), (1, 281, 1, 10), (1, 281, 1, 20)], "the first one once"
    assert "Largest change: 1 level; 100% of the values changed" in panel.image.value
    assert "98.0%" in panel.image.value and "kelpie" in panel.image.value
    assert "Note:" not in panel.image.value and panel.message.value == ""


def test_panel_takes_any_target(panel, calls):
    panel.controls["target"].box.value = "zebra"
    assert calls[1:] == [(1, 340, 2, 10)] and "p(zebra)" in panel.image.value
    panel.controls["target"].box.value = "cat"
    assert len(calls) == 2 and "Choose one" in panel.controls["target"].message.value


def test_panel_warns_when_the_photograph_was_not_recognised(panel):
    panel.photo.value = "cat"
    assert "Note:" in panel.image.value and "wrong already" in panel.image.value


def test_panel_says_so_when_nothing_changed(panel):
    panel.controls["budget"].value = 0
    assert "Largest change: 0 levels; 0% of the values changed" in panel.image.value


def test_panel_is_usable_after_an_error(panel):
    examine, panel.examine = panel.examine, None
    panel.update()
    assert "This did not work" in panel.message.value and "TypeError" in panel.message.value
    panel.examine = examine
    panel.update()
    assert panel.message.value == "" and "Largest change" in panel.image.value


def test_panel_says_whether_the_attack_succeeds(panel):
    panel.update()
    assert "✓ The network now says tabby" in panel.image.value
    panel.examine = lambda photo, **values: Attacked(photo, photo, logits(207), logits(207), [])
    panel.update()
    assert "✗ The attack fails:</b> the network says golden retriever" in panel.image.value
    assert "not tabby" in panel.image.value


def test_first_result_is_shown_at_once(shown, examine, calls):
    attack_panel.attack_panel(examine, SAMPLES, EXPECTED, budget=4, steps=20)
    assert calls == [(1, 281, 4, 20)] and "saved as PNG" in shown[0].still
    assert shown[0].still.count("<img") == shown[0].still.count(" alt=") == 2
    render, choices = shown[0].page  # a page without Python begins with the same result
    begin = [[*texts.values()][first] for texts, first in choices.values()]
    assert begin == [281, 4, 20] and render(*begin) == shown[0].still


def test_panel_reads_its_figures_aloud(panel):
    words = panel.image.value
    assert "original: golden retriever 100.0%" in words and "adversarial: tabby 100.0%" in words
    assert words.index("original: ") < words.index("adversarial: ")
