"""The live curve and the figures about training."""

import numpy as np
import pytest

from helpers.figures import training_plots
from helpers.figures.plots import to_html
from notebooks import live_curve
from notebooks.live_curve import LiveCurve


class Handle:
    """What `display` gives in a notebook: it keeps what is shown."""

    def __init__(self):
        self.shown = []

    def update(self, data, raw):
        assert raw
        self.shown.append(data)


@pytest.fixture
def notebook(monkeypatch):
    handles = []

    def display(data, raw, display_id):
        handles.append(Handle())
        handles[-1].update(data, raw)
        return handles[-1]

    monkeypatch.setattr(live_curve, "display", display)
    return handles


def train(curve, epochs, batches=3):
    for epoch in range(epochs):
        for _ in range(batches):
            curve.batch()
        curve.epoch(1 / (epoch + 1), np.float32(2 / (epoch + 1)), 0.5 + epoch / 10)


def test_without_a_notebook(monkeypatch):
    monkeypatch.setattr(live_curve, "display", lambda *_, **__: None)
    curve = LiveCurve("head", epochs=2, batches=3)
    train(curve, 2)
    assert len(curve.ends) == 6
    assert curve.train_loss == [1, 0.5] and curve.validation_loss == [2, 1]
    assert curve.validation_accuracy == [0.5, 0.6]


def test_a_flat_curve_is_not_cut_by_its_frame():
    curve = LiveCurve("guesses", epochs=2, batches=1)
    for loss in (1.43, 1.38):
        curve.epoch(loss, 1.4, 0.25)
    low, high = curve.draw().axes[0].get_ylim()
    assert low == 0 and high > 1.1 * 1.43


def test_the_bar_counts(notebook):
    train(LiveCurve("my head", epochs=4, batches=3), 2)
    bar, _ = notebook
    assert 'value="0" max="12"' in bar.shown[0]["text/html"]
    assert "epoch 1 of 4" in bar.shown[0]["text/plain"]
    assert 'value="6" max="12"' in bar.shown[-1]["text/html"]
    words = "my head: 2 of 4 epochs, training loss 0.500, validation loss 1.000, "
    assert words + "validation accuracy 60.0%" in bar.shown[-1]["text/plain"]


def test_a_curve_of_the_test_says_test(notebook):
    curve = LiveCurve("mine", epochs=2, batches=3, part="test")
    train(curve, 2)
    assert "test accuracy 60.0%" in notebook[0].shown[-1]["text/plain"]
    assert "validation" not in notebook[1].shown[-1]["text/html"].partition("alt=")[2]
    figure = curve.draw()
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()][1] == "test"
    assert figure.axes[1].get_ylabel().startswith("test accuracy")


def test_the_curve_comes_with_the_second_epoch(notebook):
    curve = LiveCurve("head", epochs=2, batches=3)
    train(curve, 1)
    assert len(notebook[1].shown) == 1 and not notebook[1].shown[0]["text/html"]
    train(curve, 1)
    page = notebook[1].shown[-1]["text/html"]
    assert "<img" in page and 'alt="Learning curve: head: 2 of 2 epochs' in page


def test_the_bar_moves_at_most_five_times_a_second(notebook, monkeypatch):
    now = iter(np.arange(0, 100, 0.01))
    monkeypatch.setattr(live_curve.time, "perf_counter", lambda: next(now))
    curve = LiveCurve("head", epochs=1, batches=100)
    for _ in range(100):
        curve.batch()
    assert 3 <= len(notebook[0].shown) <= 6


def test_epoch_seconds_leave_pauses_out():
    curve = LiveCurve("head", epochs=2, batches=4)
    curve.ends = [9.0, 10.0, 11.0, 12.0, 52.0, 53.0, 54.0, 55.0]  # 40 seconds of validation
    assert curve.epoch_seconds == 4
    curve.batches = 2
    curve.ends = [1.0, 2.0, 42.0, 43.0, 83.0, 84.0]  # half of the steps wait for the validation
    assert curve.epoch_seconds == 2


@pytest.mark.filterwarnings("error")
def test_one_step_an_epoch_cannot_be_timed():
    curve = LiveCurve("head", epochs=2, batches=1)
    curve.ends = [1.0, 42.0]
    assert np.isnan(curve.epoch_seconds)


def test_the_heading_is_escaped(notebook):
    LiveCurve("<b>", epochs=1, batches=1)
    assert "&lt;b&gt;: epoch" in notebook[0].shown[0]["text/html"]


def test_learning_curve(notebook):
    curve = LiveCurve("head", epochs=2, batches=3)
    curve.epoch(3, 4, 0.25)
    curve.epoch(2, 1, 0.5)
    figure = curve.draw()
    loss, accuracy = figure.axes
    assert figure.get_suptitle() == "head"
    assert [list(line.get_ydata()) for line in loss.lines] == [[3, 2], [4, 1]]
    assert [text.get_text() for text in loss.get_legend().get_texts()] == ["training", "validation"]
    assert list(loss.lines[0].get_xdata()) == [1, 2]
    assert accuracy.lines[0].get_ydata().tolist() == [25, 50] and "%" in accuracy.get_ylabel()


def test_rate_test():
    rates = np.geomspace(1e-6, 0.1, 7)
    ax = training_plots.draw_rate_test(rates, [1, 1, 9, 1, 1, 2, 50]).axes[0]
    steps, smooth = ax.lines
    assert steps.get_ydata().tolist() == [1, 1, 9, 1, 1, 2, 50]
    assert list(smooth.get_ydata()) == [1, 1, 1, 1, 2, 1.5, 2], "one bad step does not show"
    assert ax.get_xscale() == "log" and steps.get_linestyle() == "None"
    assert ax.get_ylim()[1] == 4 * 9, "the explosion is cut off"


def test_rate_test_names_its_lines():
    ax = training_plots.draw_rate_test([1e-4, 1e-3, 1e-2], [1, 2, 3]).axes[0]
    assert [line.get_label() for line in ax.lines] == ["one step", "median of five"]


def test_intervals():
    results = {"frozen": (0.6, 0.55, 0.65), "fine-tuned": (0.8, 0.75, 0.85)}
    ax = training_plots.draw_intervals(results, "Which way is up?", chance=0.25).axes[0]
    assert [bar.get_width() for bar in ax.patches] == [60, 80]
    assert [text.get_text() for text in ax.get_yticklabels()] == list(results)
    intervals = [line[:, 0] for line in ax.collections[0].get_segments()]
    np.testing.assert_allclose(intervals, [[55, 65], [75, 85]])
    texts = [text.get_text() for text in ax.texts]
    assert texts == ["60.0% (55.0% to 65.0%)", "80.0% (75.0% to 85.0%)", "guessing"]
    figure = ax.figure
    drawn = to_html(figure, "")
    ax.texts[-1].remove()
    assert to_html(figure, "") != drawn, "the word could be seen"
    without = training_plots.draw_intervals(results, "").axes[0]
    assert "guessing" not in [text.get_text() for text in without.texts]


def test_an_interval_may_end_at_its_value():
    """Rounding may even leave the value a hair outside."""
    ax = training_plots.draw_intervals({"all": (1, 0.94, 1 - 1e-16), "none": (0, 1e-17, 0.06)}, "")
    assert [text.get_text() for text in ax.axes[0].texts][0] == "100.0% (94.0% to 100.0%)"


@pytest.mark.parametrize("bar", [(0.8, 0.85, 0.75), (0.8, 0.81, 0.9), (0.8, 0.7, 0.79)])
def test_an_interval_holds_its_value(bar):
    with pytest.raises(ValueError, match="outside its interval"):
        training_plots.draw_intervals({"all": (1, 0.94, 1), "some": bar}, "")


def test_confusion_has_true_classes_in_rows():
    right, found = np.array([0, 0, 0, 1, 2]), np.array([0, 1, 1, 1, 2])
    names = ["apples", "pears", "a name that is much too long"]
    ax = training_plots.draw_confusion(right, found, names).axes[0]
    assert np.asarray(ax.images[0].get_array()).tolist() == [[1, 2, 0], [0, 1, 0], [0, 0, 1]]
    assert [text.get_text() for text in ax.texts] == list("120010001")
    labels = [text.get_text() for text in ax.get_yticklabels()]
    assert labels[:2] == ["apples", "pears"] and len(labels[2]) == 20 and labels[2][-1] == "…"
    assert ax.get_ylabel() == "true class"


def test_rate_test_leaves_out_what_is_no_number():
    figure = training_plots.draw_rate_test([1e-4, 1e-3, 1e-2, 1e-1], [1, 2, np.nan, np.inf])
    assert figure.axes[0].lines[0].get_ydata().tolist() == [1, 2]
