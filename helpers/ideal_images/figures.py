"""The figures of lesson 03."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from helpers.figures.plots import COLOURS

STYLES = ("-", "--", ":", "-.", (0, (5, 1)))  # a second sign besides the colour


def draw_loop(stations: Sequence[str]) -> Figure:
    """Draw boxes in a row with arrows between them, and one from the last back to the first."""
    figure = Figure((10, 2.0))
    ax = figure.subplots()
    ax.axis("off")
    places = np.linspace(0.08, 0.92, len(stations))
    for x, text in zip(places, stations, strict=True):
        box = dict(boxstyle="round,pad=0.5", facecolor="#EAF2FA", edgecolor=COLOURS[1])
        ax.text(x, 0.65, text, ha="center", va="center", fontsize=11, bbox=box)
    style = dict(arrowstyle="-|>", mutation_scale=14, color="black")
    for before, after in zip(places, places[1:], strict=False):
        ax.add_patch(FancyArrowPatch((before + 0.06, 0.65), (after - 0.06, 0.65), **style))
    bend = "arc3,rad=-0.13"
    start, end = (places[-1], 0.45), (places[0], 0.45)
    ax.add_patch(FancyArrowPatch(start, end, connectionstyle=bend, **style))
    ax.text(0.5, 0.02, "again, until the network is sure", ha="center", fontsize=11)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    return figure


def draw_lines(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    heading: str,
    xlabel: str,
    ylabel: str,
    logarithmic: bool = False,
) -> Figure:
    """Draw lines: name → (x, y). `logarithmic` concerns both axes."""
    figure = Figure((7, 3.6), layout="constrained")
    ax = figure.subplots()
    for i, (name, (x, y)) in enumerate(curves.items()):
        ax.plot(x, y, label=name, color=COLOURS[i % 5], linestyle=STYLES[i % 5])
    if logarithmic:
        ax.set(xscale="log", yscale="log")
    ax.set(title=heading, xlabel=xlabel, ylabel=ylabel)
    ax.grid(alpha=0.3)
    ax.legend()
    return figure
