"""Charts: lines, a learning-rate test, intervals, a confusion matrix."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from helpers.figures.plots import COLOURS, MARKERS, STYLES

Lines = Mapping[str, tuple[Sequence[float], Sequence[float]]]  # name → (x, y)


def draw_lines(curves: Lines, heading: str, xlabel: str, ylabel: str, logarithmic=False) -> Figure:
    """Draw lines, where x counts something. `logarithmic` concerns both axes."""
    figure = Figure((7, 3.6), layout="constrained")
    ax = figure.subplots()
    add_lines(ax, curves, title=heading, xlabel=xlabel, ylabel=ylabel)
    if logarithmic:
        ax.set(xscale="log", yscale="log")
    return figure


def add_lines(ax, curves: Lines, first: int = 0, **axis) -> None:
    """Draw lines as in `draw_lines`, with markers where points are few; `axis` is for `ax.set`.

    `first` is the place of the first line's colour, so that two panels can agree on colours.
    """
    ax.set_prop_cycle(color=COLOURS[first:], linestyle=STYLES[first:], marker=MARKERS[first:])
    for name, (x, y) in curves.items():
        ax.plot(x, y, label=name, markersize=6 if len(x) <= 30 else 0)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(**axis)
    ax.grid(alpha=0.3)
    ax.legend()


def draw_curves(
    x: Sequence[float], curves: Mapping[str, np.ndarray], heading: str, xlabel: str, ylabel: str
) -> Figure:
    """Draw curves with the range of their runs: each `(points, runs)`, in the unit of `ylabel`."""
    means = {name: (x, np.mean(runs, axis=1)) for name, runs in curves.items()}
    figure = draw_lines(means, heading, xlabel, ylabel)
    ax = figure.axes[0]
    for line, runs in zip(ax.lines, curves.values(), strict=True):
        colour, last = line.get_color(), np.mean(runs[-1])
        ax.fill_between(x, np.min(runs, axis=1), np.max(runs, axis=1), color=colour, alpha=0.2)
        ax.annotate(f"{last:.1f}", (x[-1], last), (6, -3), textcoords="offset points", color=colour)
    ax.set_xscale("log")
    ax.set_xticks(x, [f"{value:g}" for value in x])
    ax.minorticks_off()
    ax.margins(x=0.12)  # room for the last numbers
    return figure


def draw_rate_test(rates: Sequence[float], losses: Sequence[float]) -> Figure:
    """Draw the loss against the learning rate, one point a step.

    Steps whose loss is no number any more, at rates that are far too large, are left out.
    """
    finite = np.isfinite(losses)
    rates, losses = np.asarray(rates)[finite], np.asarray(losses, dtype=float)[finite]
    smooth = [np.median(losses[max(0, i - 2) : i + 3]) for i in range(len(losses))]
    lines = {"one step": (rates, losses), "median of five": (rates, smooth)}
    figure = draw_lines(lines, "Learning-rate range test", "learning rate", "loss")
    (ax,) = figure.axes
    ax.lines[0].set(linestyle="", marker=".", markersize=6, alpha=0.4)
    ax.set(xscale="log", ylim=(0, min(losses.max() * 1.05, 4 * losses[:5].max())))
    ax.legend(loc="upper left")
    return figure


def draw_intervals(
    results: Mapping[str, tuple[float, float, float]],
    heading: str,
    chance: float | None = None,
    xlabel: str = "accuracy (%)",
) -> Figure:
    """Draw accuracies with their intervals: name → (accuracy, low, high), all 0–1.

    ValueError when an accuracy lies outside its interval, by more than rounding leaves.
    """
    figure = Figure((7, 0.9 + 0.55 * len(results)), layout="constrained")
    ax, look = figure.subplots(), dict(color=COLOURS, alpha=0.35, ecolor=COLOURS)
    value, low, high = 100 * np.array([*results.values()]).T
    if not (np.all(low <= value + 1e-6) and np.all(value <= high + 1e-6)):
        raise ValueError(f"An accuracy lies outside its interval (accuracy, low, high): {results}")
    wide = np.abs([value - low, high - value])  # rounding may leave a hair on the wrong side
    rows = range(len(results))
    bars = ax.barh(rows, value, 0.55, xerr=wide, error_kw={"lw": 4}, tick_label=[*results], **look)
    texts = [f"{v:.1%} ({low:.1%} to {high:.1%})" for v, low, high in results.values()]
    ax.bar_label(bars, texts, padding=4, fontsize=9)
    if chance is not None:
        ax.axvline(100 * chance, color="gray", linestyle="--")
        above = dict(transform=ax.get_xaxis_transform(), ha="right", fontsize=8, color="gray")
        ax.text(100 * chance - 1, 1.02, "guessing", **above)
    ax.set(xlim=(0, 165), xticks=range(0, 101, 20), xlabel=xlabel, title=heading)
    ax.invert_yaxis()
    ax.spines[["top", "right"]].set_visible(False)
    return figure


def draw_confusion(labels: np.ndarray, found: np.ndarray, names: Sequence[str]) -> Figure:
    """Draw how often each true class (row) was taken for each class (column)."""
    from sklearn.metrics import ConfusionMatrixDisplay  # here: it loads slowly

    classes = range(len(names))
    short = [name if len(name) <= 20 else f"{name[:19]}…" for name in names]
    figure = Figure((2.6 + 0.6 * len(names), 1.7 + 0.45 * len(names)), layout="constrained")
    ax, look = figure.subplots(), dict(cmap="Blues", colorbar=False, im_kw={"vmin": 0})
    ConfusionMatrixDisplay.from_predictions(labels, found, labels=classes, ax=ax, **look)
    ax.set_xticks(classes, short, rotation=30, ha="right")
    ax.set_yticks(classes, short)
    ax.set(xlabel="what the network says", ylabel="true class")
    return figure
