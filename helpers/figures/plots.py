"""Figures. Each function takes NumPy arrays and returns a matplotlib Figure; `show` displays it."""

import base64
import html
import io
from collections.abc import Mapping, Sequence

import numpy as np
from IPython.display import display
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from PIL import Image

COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#56B4E9")  # safe for colour-blind readers
MARKERS = ("o", "s", "^", "D", "v")


def show(figure: Figure, alt: str) -> None:
    """Display a figure with its alternative text, which screen readers read aloud."""
    display({"text/html": to_html(figure, alt), "text/plain": alt}, raw=True)


def to_html(figure: Figure, alt: str) -> str:
    """Return a figure as an HTML image that carries its alternative text."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=100, facecolor="white")
    data = base64.b64encode(file.getvalue()).decode()
    style = "max-width: 100%; height: auto"
    return f'<img src="data:image/png;base64,{data}" alt="{html.escape(alt)}" style="{style}">'


def draw_photos(
    photos: Sequence[np.ndarray],
    titles: Sequence[str] | None = None,
    columns: int = 6,
    heading: str = "",
    width: float = 10,
) -> Figure:
    """Draw photographs, `uint8 (height, width, 3)`, in rows, each under its title."""
    if len(photos) == 0:
        raise ValueError("There is no photograph to draw.")
    columns = min(columns, len(photos))
    rows = -(-len(photos) // columns)
    side = width / max(columns, 3)
    figure = Figure(
        (side * columns, (side + 0.3) * rows + bool(heading) * 0.4), layout="constrained"
    )
    figure.suptitle(heading)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax in axes:
        ax.axis("off")
    for i, photo in enumerate(photos):
        axes[i].imshow(photo)
        axes[i].set_title(titles[i] if titles is not None else "", fontsize=9)
    return figure


def draw_top_classes(photo: np.ndarray, tops: Mapping[str, Sequence[tuple[str, float]]]) -> Figure:
    """Draw a photograph, and beside it bars of the most probable classes.

    `tops` maps a panel's title to its (class name, probability 0–1) pairs, best first.
    """
    figure = Figure((2.6 + 3.2 * len(tops), 2.7), layout="constrained")
    axes = figure.subplots(1, 1 + len(tops), width_ratios=[1] + [1.1] * len(tops))
    axes[0].imshow(photo)
    axes[0].set_title("what the network gets", fontsize=10)
    axes[0].axis("off")
    for ax, (title, pairs) in zip(axes[1:], tops.items(), strict=True):
        names, probabilities = zip(*pairs, strict=True)
        bars = ax.barh(range(len(names)), probabilities, color=COLOURS[1])
        ax.bar_label(bars, [f"{p:.1%}" for p in probabilities], padding=3, fontsize=9)
        ax.set_yticks(range(len(names)), [_short(name) for name in names])
        ax.set(xlim=(0, 1.25), xticks=(0, 0.5, 1), xlabel="probability")
        ax.invert_yaxis()
        ax.set_title(title, fontsize=10)
        ax.spines[["top", "right"]].set_visible(False)
    return figure


def draw_activations(photo: np.ndarray, activations: np.ndarray, heading: str) -> Figure:
    """Draw a photograph and the 15 channels of `(height, width, channels)` that vary most.

    A channel that is the same everywhere shows nothing, however large it is. Each map has its own
    grey scale: black is 0, white is its largest value.
    """
    strongest = np.argsort(-activations.std((0, 1)))
    figure = Figure((9.6, 5.0), layout="constrained")
    figure.suptitle(heading)
    grid = figure.subplots(3, 7)
    for ax in grid.ravel():
        ax.axis("off")
    for ax in grid[:, :2].ravel():
        ax.remove()
    large = figure.add_subplot(grid[0, 0].get_gridspec()[:, :2])
    large.imshow(photo)
    large.axis("off")
    for ax, channel in zip(grid[:, 2:].ravel(), strongest, strict=False):
        ax.imshow(activations[..., channel], cmap="gray", vmin=0)
        ax.set_title(f"channel {channel}", fontsize=8)
    return figure


def draw_curves(
    x: Sequence[float],
    curves: Mapping[str, np.ndarray],
    heading: str,
    xlabel: str,
    ylabel: str = "accuracy on the test split (%)",
) -> Figure:
    """Draw curves with the range of their runs: each `(points, runs)`, in the unit of `ylabel`."""
    figure = Figure((7, 3.8), layout="constrained")
    ax = figure.subplots()
    for (name, runs), colour, marker in zip(curves.items(), COLOURS, MARKERS, strict=False):
        runs = np.asarray(runs, dtype=float)
        ax.plot(x, runs.mean(1), marker=marker, color=colour, label=name)
        ax.fill_between(x, runs.min(1), runs.max(1), color=colour, alpha=0.2)
        ax.annotate(f"{runs[-1].mean():.1f}", (x[-1], runs[-1].mean()), (6, -3),
                    textcoords="offset points", color=colour)  # fmt: skip
    ax.set_xscale("log")
    ax.set_xticks(x, [f"{value:g}" for value in x])
    ax.minorticks_off()
    ax.margins(x=0.12)  # room for the last numbers
    ax.set(title=heading, xlabel=xlabel, ylabel=ylabel)
    ax.grid(alpha=0.3)
    ax.legend(loc="center right")
    return figure


def draw_map(
    points: np.ndarray,
    photos: Sequence[np.ndarray],
    labels: np.ndarray,
    names: Sequence[str],
    heading: str = "Photographs by their features",
) -> Figure:
    """Draw small photographs at their places `(n, 2)`; the frame tells the class by its colour."""
    figure = Figure((10, 7), layout="constrained")
    ax = figure.subplots()
    for label, name in enumerate(names):
        chosen = labels == label
        ax.scatter(*points[chosen].T, s=60, color=COLOURS[label], marker=MARKERS[label], label=name)
    for point, photo, label in zip(points, photos, labels, strict=True):
        small = np.asarray(Image.fromarray(photo).resize((34, 34)))
        frame = dict(edgecolor=COLOURS[label], linewidth=2, linestyle=("-", "--")[label % 2])
        ax.add_artist(AnnotationBbox(OffsetImage(small), point, pad=0.1, bboxprops=frame))
    ax.set(title=heading, xlabel="first principal component", ylabel="second principal component")
    ax.legend(loc="best", markerscale=1.2)
    return figure


def _short(name: str, length: int = 22) -> str:
    return name if len(name) <= length else name[: length - 1] + "…"
