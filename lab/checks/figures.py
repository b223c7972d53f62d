"""Figures of the lab."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure


def draw_many_classes(table: np.ndarray, names: Sequence[str]) -> Figure:
    """Draw a confusion matrix of many classes: right answers blue, mistakes orange, as counts."""
    figure = Figure((10, 9.4), layout="constrained")
    ax = figure.subplots()
    right, top = np.eye(len(names), dtype=bool), 2 * max(1, table.max())
    for part, colours in ((right, "Blues"), (~right, "Oranges")):
        ax.imshow(np.ma.masked_where(~part | (table == 0), table), cmap=colours, vmin=0, vmax=top)
    if table.max() < 100:  # larger numbers do not fit
        for row, column in np.argwhere(table):
            ax.text(column, row, table[row, column], ha="center", va="center", fontsize=8)
    ax.set_xticks(range(len(names)), names, rotation=90, fontsize=8)
    ax.set_yticks(range(len(names)), names, fontsize=8)
    ax.set(
        xlabel="answer",
        ylabel="true breed",
        title="Test photographs: right answers blue, mistakes orange",
    )
    ax.set_xticks(np.arange(-0.5, len(names)), minor=True)
    ax.set_yticks(np.arange(-0.5, len(names)), minor=True)
    ax.grid(which="minor", color="#dddddd", linewidth=0.4)
    ax.tick_params(which="minor", length=0)
    return figure
