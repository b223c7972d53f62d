"""The figures: they are drawn for the shapes that they promise, and carry alternative text."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from helpers.figures import plots, training_plots

PHOTO = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)


@pytest.mark.parametrize("count", [1, 3, 7])
def test_draw_photos(count):
    figure = plots.draw_photos([PHOTO] * count, [f"photo {i}" for i in range(count)])
    titles = [ax.get_title() for ax in figure.axes if ax.get_title()]
    assert titles == [f"photo {i}" for i in range(count)]
    assert sum(bool(ax.images) for ax in figure.axes) == count


def test_draw_no_photos():
    with pytest.raises(ValueError, match="no photograph"):
        plots.draw_photos([])


def test_draw_top_classes():
    figure = plots.draw_top_classes(PHOTO, {"right": [(281, "tabby", 0.7), (287, "lynx", 0.3)]})
    labels = [text.get_text() for text in figure.axes[1].get_yticklabels()]
    assert labels == ["tabby", "lynx"]
    assert [bar.get_width() for bar in figure.axes[1].patches] == [0.7, 0.3]


def test_draw_activations_takes_those_that_vary():
    activations = np.zeros((7, 7, 40))
    activations[3, 3, 23] = 1
    activations[..., 7] = 5
    figure = plots.draw_activations(PHOTO, activations, "last")
    titles = [ax.get_title() for ax in figure.axes if ax.get_title()]
    assert titles[0] == "channel 23" and len(titles) == 15


def test_draw_curves():
    runs = {"features": [[90, 92], [98, 99]], "raw pixels": [[50, 52], [55, 56]]}
    figure = training_plots.draw_curves([5, 100], runs, "Learning curve", "photographs", "%")
    (ax,) = figure.axes
    assert ax.lines[0].get_ydata().tolist() == [91, 98.5]
    assert ax.get_xlabel() == "photographs" and ax.get_ylabel() == "%"
    assert [text.get_text() for text in ax.texts] == ["98.5", "55.5"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(runs)


def test_draw_lines():
    curves = {"a": ([1, 2], [1, 3]), "b": (range(1, 100), range(1, 100))}
    (ax,) = training_plots.draw_lines(curves, "heading", "x (unit)", "y", True).axes
    assert ax.get_xscale() == ax.get_yscale() == "log" and ax.get_title() == "heading"
    few, many = ax.lines
    assert few.get_markersize() > 0 and many.get_markersize() == 0
    assert few.get_color() != many.get_color() and few.get_linestyle() != many.get_linestyle()
    assert list(few.get_ydata()) == [1, 3] and ax.get_xlabel() == "x (unit)"


def test_draw_map():
    points = np.array([[0.0, 0], [1, 1], [2, 0]])
    figure = plots.draw_map(points, [PHOTO] * 3, np.array([0, 1, 1]), ["cat", "dog"])
    assert len(figure.axes[0].artists) == 3


def test_to_html_escapes_the_alternative_text():
    page = plots.to_html(Figure((1, 1)), 'a "cat" & <b>')
    assert 'alt="a &quot;cat&quot; &amp; &lt;b&gt;"' in page and "data:image/png;base64," in page


def test_show_gives_text_as_well(capsys, monkeypatch):
    shown = []
    monkeypatch.setattr(plots, "display", lambda data, raw: shown.append(data))
    plots.show(Figure((1, 1)), alt="a cat")
    assert shown[0]["text/plain"] == "a cat" and "<img" in shown[0]["text/html"]
