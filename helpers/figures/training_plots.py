"""Figures about training: a learning curve, a learning-rate test, intervals, a confusion matrix."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from helpers.figures.plots import COLOURS


def draw_learning_curve(
    train_loss: Sequence[float],
    validation_loss: Sequence[float],
    validation_accuracy: Sequence[float],
    heading: str = "",
    part: str = "validation",
) -> Figure:
    """Draw one number per epoch: losses on the left, accuracy (0–1) on the right.

    `part` names the photographs that were not learned from.
    """
    figure = Figure((8, 2.9), layout="constrained")
    figure.suptitle(heading)
    loss_ax, accuracy_ax = figure.subplots(1, 2)
    epochs = range(1, len(train_loss) + 1)
    loss_ax.plot(epochs, train_loss, "o-", color=COLOURS[0], label="training")
    loss_ax.plot(epochs, validation_loss, "s-", color=COLOURS[1], label=part)
    loss_ax.set(xlabel="epoch", ylabel="loss", ylim=(0, None))
    loss_ax.legend()
    accuracy_ax.plot(epochs, 100 * np.asarray(validation_accuracy), "s-", color=COLOURS[1])
    accuracy_ax.set(xlabel="epoch", ylabel=f"{part} accuracy (%)", ylim=(0, 101))
    for ax in (loss_ax, accuracy_ax):
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.grid(alpha=0.3)
    return figure


def draw_rate_test(
    rates: Sequence[float], losses: Sequence[float], chosen: float | None = None
) -> Figure:
    """Draw the loss against the learning rate, one point a step; mark the rate if one is chosen.

    Steps whose loss is no number any more, at rates that are far too large, are left out.
    """
    figure = Figure((7, 3), layout="constrained")
    ax = figure.subplots()
    losses = np.asarray(losses, dtype=float)
    finite = np.isfinite(losses)
    rates, losses = np.asarray(rates)[finite], losses[finite]
    ax.plot(rates, losses, ".", color=COLOURS[1], alpha=0.4, label="one step")
    smooth = [np.median(losses[max(0, i - 2) : i + 3]) for i in range(len(losses))]
    ax.plot(rates, smooth, color=COLOURS[1], label="median of five")
    if chosen is not None:
        ax.axvline(chosen, color=COLOURS[0], linestyle="--", label=f"chosen: {chosen:g}")
    ax.set(
        xscale="log", xlabel="learning rate", ylabel="loss", title="Learning-rate range test",
        ylim=(0, min(losses.max() * 1.05, 4 * losses[:5].max())),
    )  # fmt: skip
    ax.grid(alpha=0.3)
    ax.legend(loc="upper left")
    return figure


def draw_intervals(
    results: Mapping[str, tuple[float, float, float]],
    heading: str,
    chance: float | None = None,
    xlabel: str = "accuracy (%)",
) -> Figure:
    """Draw accuracies with their intervals: name → (accuracy, low, high), all 0–1."""
    figure = Figure((7, 0.9 + 0.55 * len(results)), layout="constrained")
    ax = figure.subplots()
    for row, (name, (value, low, high)) in enumerate(results.items()):
        colour = COLOURS[row % len(COLOURS)]
        ax.barh(row, 100 * value, color=colour, alpha=0.35, height=0.55)
        ax.plot([100 * low, 100 * high], [row, row], color=colour, linewidth=3)
        ax.plot(100 * value, row, "o", color=colour, label=name)
        text = f"{value:.1%} ({low:.1%} to {high:.1%})"
        ax.annotate(text, (100 * high, row), (6, -4), textcoords="offset points", fontsize=9)
    if chance is not None:
        ax.axvline(100 * chance, color="gray", linestyle="--")
        ax.annotate("guessing", (100 * chance, -0.45), (-4, 2), textcoords="offset points",
                    ha="right", fontsize=8, color="gray")  # fmt: skip
    ax.set_yticks(range(len(results)), list(results))
    ax.set(xlim=(0, 145), xticks=range(0, 101, 20), xlabel=xlabel, title=heading)
    ax.invert_yaxis()
    ax.spines[["top", "right"]].set_visible(False)
    return figure


def draw_confusion(labels: np.ndarray, found: np.ndarray, names: Sequence[str]) -> Figure:
    """Draw how often each true class (row) was taken for each class (column)."""
    count = len(names)
    table = np.zeros((count, count), int)
    np.add.at(table, (labels, found), 1)
    figure = Figure((2.6 + 0.6 * count, 1.7 + 0.45 * count), layout="constrained")
    ax = figure.subplots()
    ax.imshow(table, cmap="Blues", vmin=0, vmax=max(1, table.max()))
    for (row, column), value in np.ndenumerate(table):
        colour = "white" if value > table.max() / 2 else "black"
        ax.text(column, row, value, ha="center", va="center", color=colour)
    short = [name if len(name) <= 20 else f"{name[:19]}…" for name in names]
    ax.set_xticks(range(count), short, rotation=30, ha="right")
    ax.set_yticks(range(count), short)
    ax.set(xlabel="what the network says", ylabel="true class")
    return figure
