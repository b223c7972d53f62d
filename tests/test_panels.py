"""The photo panel: its controls redraw the figure, and a bad upload is refused in words."""

import html
import io
import json
import re

import ipywidgets as widgets
import numpy as np
import pytest
from PIL import Image

from helpers import panels
from helpers.figures import plots
from helpers.panels.choice import choice_panel
from helpers.panels.photo import OWN, photo_panel

GREY = np.full((20, 30, 3), 128, np.uint8)


@pytest.fixture
def panel(monkeypatch):
    """A photo panel, and the `calls` of its drawing function."""

    def draw(photo, layer):
        calls.append((int(photo.mean()), layer))
        return plots.draw_photos([photo], [layer])

    calls, made = [], []
    monkeypatch.setattr("helpers.panels.photo.show_widget", lambda *shown: made.append(shown))
    samples = {"grey": GREY, "white": np.full((20, 30, 3), 255, np.uint8)}
    photo_panel(draw, samples, "a test", layer=["early", "late"])
    ((panel, still, _, _),) = made
    assert still == panel.image.value
    panel.calls = calls
    return panel


def upload(panel, content, version=8):
    file = {"name": "own.png", "content": memoryview(content)}
    new = (file,) if version == 8 else {"own.png": file}
    panel._take_upload({"new": new})


def png(colour):
    file = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(file, "PNG")
    return file.getvalue()


def test_first_picture_is_drawn_once(panel):
    assert 'alt="a test grey; layer: early"' in panel.image.value
    assert panel.calls == [(128, "early")]


def test_controls_redraw(panel):
    panel.controls["layer"].value = "late"
    panel.photo.value = "white"
    assert panel.calls[1:] == [(128, "late"), (255, "late")]
    assert 'alt="a test white; layer: late"' in panel.image.value


@pytest.mark.parametrize("version", [7, 8])
def test_upload_is_chosen_and_drawn(panel, version):
    upload(panel, png("red"), version)
    assert panel.photo.value == OWN and panel.calls[-1][0] == 85
    upload(panel, png("white"), version)
    assert [mean for mean, _ in panel.calls] == [128, 85, 255], "nothing else is computed"


def test_bad_upload_keeps_the_picture(panel):
    first = panel.image.value
    upload(panel, b"no picture")
    assert "cannot be shown" in panel.message.value and "You still see: grey" in panel.message.value
    assert panel.upload.value == (), "the button must not count a file that was refused"
    assert panel.photo.value == "grey" and panel.image.value == first
    upload(panel, png("red"))
    assert panel.message.value == ""


def test_an_upload_beyond_the_limit_is_refused(panel, monkeypatch):
    monkeypatch.setattr("helpers.panels.photo.MEGABYTES", 0.0001)
    upload(panel, png("red") + bytes(1000))
    assert "at most 0.0001 are taken" in panel.message.value and panel.photo.value == "grey"
    words = panel.children[1].value  # it stands there before, with another way in
    assert "up to 50 MB" in words and "open_photo(path)" in words


def test_an_error_while_drawing_is_shown(panel):
    def fail(name, photo, layer):
        raise ValueError("no <layer>")

    first, good, panel.render = panel.image.value, panel.render, fail
    for name in ("late", "early"):
        panel.controls["layer"].value = name
        assert "ValueError: no &lt;layer&gt;" in panel.message.value
        assert panel.image.value == f'<div style="opacity: 0.3">{first}</div>', "it is an old one"
    panel.render = good
    panel.controls["layer"].value = "late"  # the next good value clears it
    assert panel.message.value == "" and "layer: late" in panel.image.value
    assert "opacity" not in panel.image.value


def test_each_choice_has_its_own_slider(monkeypatch):
    """One change, one picture; a slider keeps its value; an error is shown, as above."""

    def draw(choice, value):
        calls.append((choice, value))
        return plots.draw_photos([GREY], [f"{1 / value:.1f}"])

    calls, made = [], []
    monkeypatch.setattr("helpers.panels.choice.show_widget", lambda *shown: made.append(shown))
    choice_panel(draw, "trick", {"one": ("rate", [1, 2]), "two": ("gain", [3, 0])}, alt="a test:")
    ((panel, still, render, choices),) = made
    assert still == panel.image.value and 'alt="a test: one; rate: 1"' in still
    results, first = choices["trick"]  # of a page without Python: each value with its trick
    assert [*results] == ["one, rate: 1", "one, rate: 2", "two, gain: 3", "two, gain: 0"]
    assert first == 0 and render(results["one, rate: 1"]) == still and calls.pop() == ("one", 1)
    chooser, one = panel.row.children
    one.value = 2
    chooser.value = "two"
    assert panel.row.children[0] is chooser
    two = panel.row.children[1]
    two.value = 0
    assert "ZeroDivisionError" in panel.message.value and "opacity" in panel.image.value
    chooser.value = "one"
    assert panel.row.children[1] is one and panel.message.value == ""
    assert "rate: 2" in panel.image.value
    assert calls == [("one", 1), ("one", 2), ("two", 3), ("two", 0), ("one", 2)]
    assert two.tooltip == "gain"


def test_controls_have_tooltips(panel):
    """ipywidgets shows the word "null" where there is none."""
    assert panel.upload.tooltip and all(slider.tooltip for slider in panel.controls.values())


def test_a_widget_and_its_still_form_are_shown_once_each(monkeypatch):
    shown = []
    monkeypatch.setattr(panels.widgets, "display", lambda data, raw: shown.append(data))
    box = widgets.VBox()
    panels.show_widget(box, "<p>still</p>")
    still, live = shown
    assert "<p>still</p>" in still["text/html"] and "Run All Cells" in still["text/html"]
    assert live["application/vnd.jupyter.widget-view+json"]["model_id"] == box.model_id
    (mark,) = set(box._dom_classes) - {"course-panel"}
    assert f"body:has(.{mark}) .{mark}-still" in still["text/html"]


def test_on_a_page_all_results_are_computed_before(monkeypatch):
    """Every combination once, in order; one of them is seen, and its values are chosen."""
    shown, asked = [], []
    monkeypatch.setattr(panels.widgets, "display", lambda data, raw: shown.append(data))

    def render(*values):
        asked.append(values)
        return f"<p>result {values}</p>{plots.to_html(plots.draw_photos([GREY]), 'grey')}"

    choices = {"<kind>": ({"a": 1, "b": 2}, 1), "level": ({str(i): i for i in range(6)}, 2)}
    panels.show_widget(widgets.VBox(), "<p>still</p>", render, choices)
    assert "<p>still</p>" in shown[0]["text/html"] and asked == []
    monkeypatch.setenv("COURSE_PAGES", "1")
    panels.show_widget(widgets.VBox(), "<p>still</p>", render, choices)
    page = shown[2]["text/html"]
    assert asked == [(kind, level) for kind in (1, 2) for level in range(6)]
    assert page.count("data:image/webp;base64,") == 12 and "image/png" not in page
    seen = re.findall(r"<div><p>(result [^<]*)", page)
    assert seen == ["result (2, 2)"] and page.count("<div hidden>") == 11
    controls = html.unescape(re.search(r'data-controls="([^"]*)"', page)[1])
    assert json.loads(controls) == [["<kind>", ["a", "b"], 1], ["level", list("012345"), 2]]
