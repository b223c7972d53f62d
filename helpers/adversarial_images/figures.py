"""Figures of lesson 04: a photograph, what was changed in it, and what the network says."""

import base64
import html
import io
import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from IPython.display import display
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from helpers.figures import plots
from helpers.figures.plots import COLOURS, MARKERS
from helpers.photographs.photos import save_png

NUMBERS = itertools.count()  # each pair of buttons on a page needs a name of its own


def draw_change(photo: np.ndarray, changed: np.ndarray, names: Sequence[str]) -> Figure:
    """Draw two photographs, `uint8 (height, width, 3)`, and their difference, enlarged.

    Grey means no change. The title of the difference says how many times it is enlarged: as much
    as the range from black to white allows.
    """
    difference, title = _difference(photo, changed)
    return plots.draw_photos([photo, changed, difference], [*names, title], width=9.6)


def attack_html(
    photo: np.ndarray,
    changed: np.ndarray,
    before: Sequence[tuple[str, float]],
    after: Sequence[tuple[str, float]],
) -> str:
    """Return a page: two photographs, their difference, and the most probable classes of both.

    `before` and `after` are pairs (name, probability 0–1). The parts stand beside each other
    where there is room, else below each other.
    """
    difference, title = _difference(photo, changed)
    pictures = {"original": photo, "adversarial": changed, title: difference}
    first = [
        f'<figure style="margin: 0"><figcaption>{name}</figcaption>'
        f"{_image(picture, f'the picture: {name}', 'course-attack', 256)}</figure>"
        for name, picture in pictures.items()
    ]
    second = []
    for name, pairs in {"original": before, "adversarial": after}.items():
        words = ", ".join(f"{label} {p:.1%}" for label, p in pairs)
        second.append(plots.to_html(_draw_bars(name, pairs), f"{name}: {words}"))
    row = '<div style="display: flex; flex-wrap: wrap; align-items: start; gap: 12px">{}</div>'
    return row.format("".join(first)) + row.format("".join(second))


def _draw_bars(title: str, pairs: Sequence[tuple[str, float]]) -> Figure:
    figure = Figure((4.1, 2.2), layout="constrained")
    ax = figure.subplots()
    names, probabilities = zip(*pairs, strict=True)
    bars = ax.barh(range(len(names)), probabilities, color=COLOURS[1])
    ax.bar_label(bars, [f"{p:.1%}" for p in probabilities], padding=3, fontsize=9)
    ax.set_yticks(range(len(names)), names)
    ax.set(xlim=(0, 1.25), xticks=(0, 0.5, 1), xlabel="probability", title=title)
    ax.invert_yaxis()
    ax.spines[["top", "right"]].set_visible(False)
    return figure


def draw_steps(curves: Mapping[str, Sequence[float]], heading: str) -> Figure:
    """Draw probabilities (0–1) against the steps; each curve starts before the first step."""
    figure = Figure((7, 3), layout="constrained")
    ax = figure.subplots()
    for (name, values), colour, marker in zip(curves.items(), COLOURS, MARKERS, strict=False):
        ax.plot(range(len(values)), values, marker=marker, color=colour, label=name)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(xlabel="steps", ylabel="probability", ylim=(-0.03, 1.03), title=heading)
    ax.grid(alpha=0.3)
    ax.legend()
    return figure


def show_flip(photo: np.ndarray, changed: np.ndarray, names: Sequence[str], width=336) -> None:
    """Display two photographs in the same place, with two buttons that choose the one to see.

    It needs no running notebook. Where buttons are not allowed, both stand below each other.
    """
    number = next(NUMBERS)
    parts = [f"<style>{_flip_style(number)}</style>"]
    for side, name in zip("ab", names, strict=True):
        parts.append(
            f'<input type="radio" name="flip{number}" id="flip{number}{side}"'
            f"{' checked' if side == 'a' else ''}> "
            f'<label for="flip{number}{side}" style="margin-right: 2em">{html.escape(name)}</label>'
        )
    for side, name, picture in zip("ab", names, (photo, changed), strict=True):
        parts.append(_image(picture, f"{name}, {width} pixels wide", f"flip{number}{side}", width))
    page = f'<div style="padding: 4px">{"".join(parts)}</div>'
    display({"text/html": page, "text/plain": " / ".join(names)}, raw=True)


def _difference(photo: np.ndarray, changed: np.ndarray) -> tuple[np.ndarray, str]:
    """Return the enlarged difference as a picture, grey where nothing changed, and its title."""
    difference = changed.astype(int) - photo
    most = int(np.abs(difference).max())
    gain = 127 // max(1, most)
    title = f"difference × {gain}" if most else "no difference"
    return (128 + gain * difference).astype(np.uint8), title


def _flip_style(number: int) -> str:
    a, b = (f"flip{number}{side}" for side in "ab")
    # Not in the tags: a style that stands in a tag would win over the choice.
    return (
        f".{a}, .{b} {{display: block; margin-top: 6px}} "
        f"#{a}:checked ~ .{b}, #{b}:checked ~ .{a} {{display: none}}"
    )


def _image(picture: np.ndarray, alt: str, name: str, width: int) -> str:
    file = io.BytesIO()
    save_png(file, picture)
    data = base64.b64encode(file.getvalue()).decode()
    return (
        f'<img class="{name}" src="data:image/png;base64,{data}" alt="{html.escape(alt)}" '
        f'width="{width}">'
    )
