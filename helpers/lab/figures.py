"""Figures of the lab."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure


def draw_many_classes(table: np.ndarray, names: Sequence[str]) -> Figure:
    """Draw a confusion matrix of many classes by colour; mistakes are written as numbers."""
    figure = Figure((10, 9.4), layout="constrained")
    ax = figure.subplots()
    ax.imshow(table, cmap="Blues", vmin=0, vmax=max(1, table.max()))
    for row, column in np.argwhere(table):
        if row != column:
            ax.text(column, row, table[row, column], ha="center", va="center", color="#D55E00",
                    fontsize=8)  # fmt: skip
    ax.set_xticks(range(len(names)), names, rotation=90, fontsize=8)
    ax.set_yticks(range(len(names)), names, fontsize=8)
    ax.set(xlabel="answer", ylabel="true breed", title="Test photographs: mistakes as numbers")
    ax.set_xticks(np.arange(-0.5, len(names)), minor=True)
    ax.set_yticks(np.arange(-0.5, len(names)), minor=True)
    ax.grid(which="minor", color="#dddddd", linewidth=0.4)
    ax.tick_params(which="minor", length=0)
    return figure
