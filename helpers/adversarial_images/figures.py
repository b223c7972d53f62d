"""Figures of an attack: a photograph, what was changed in it, and what the network says."""

import html
import io
import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from IPython.display import display
from matplotlib.figure import Figure

from helpers.figures import plots
from helpers.figures.training_plots import draw_lines
from helpers.photographs.photos import save_png

NUMBERS = itertools.count()  # each pair of buttons on a page needs a name of its own
# Not in the tags: a style that stands in a tag would win over the choice.
FLIP_STYLE = """<style>
.{0}a, .{0}b {{display: block; margin-top: 6px}}
#{0}a:checked ~ .{0}b, #{0}b:checked ~ .{0}a {{display: none}}
</style>"""


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
    before: Sequence[tuple],
    after: Sequence[tuple],
) -> str:
    """Return a page: two photographs, their difference, and the most probable classes of both.

    `before` and `after` are rows (number, name, probability 0–1). The parts stand beside each other
    where there is room, else below each other.
    """
    difference, title = _difference(photo, changed)
    pictures, bars = "", ""
    for name, picture in {"original": photo, "adversarial": changed, title: difference}.items():
        image = _image(picture, f"the picture: {name}", "course-attack", 256)
        pictures += f'<figure style="margin: 0"><figcaption>{name}</figcaption>{image}</figure>'
    for name, top in {"original": before, "adversarial": after}.items():
        figure = Figure((4.1, 2.2), layout="constrained")
        plots.add_bars(figure.subplots(), name, top, longest=30)
        words = ", ".join(f"{label} {p:.1%}" for _, label, p in top)
        bars += plots.to_html(figure, f"{name}: {words}")
    row = '<div style="display: flex; flex-wrap: wrap; align-items: start; gap: 12px">{}</div>'
    return row.format(pictures) + row.format(bars)


def draw_steps(curves: Mapping[str, Sequence[float]], heading: str) -> Figure:
    """Draw probabilities (0–1) against the steps; each curve starts before the first step."""
    lines = {name: (range(len(values)), values) for name, values in curves.items()}
    figure = draw_lines(lines, heading, "steps", "probability")
    figure.axes[0].set_ylim(-0.03, 1.03)
    return figure


def show_flip(photo: np.ndarray, changed: np.ndarray, names: Sequence[str], width=336) -> None:
    """Display two photographs in the same place, with two buttons that choose the one to see.

    It needs no running notebook. Where buttons are not allowed, both stand below each other.
    """
    flip = f"flip{next(NUMBERS)}"
    buttons, images = "", ""
    for side, name, picture in zip("ab", names, (photo, changed), strict=True):
        checked = "checked" if side == "a" else ""
        buttons += (
            f'<input type="radio" name="{flip}" id="{flip}{side}" {checked}> '
            f'<label for="{flip}{side}" style="margin-right: 2em">{html.escape(name)}</label>'
        )
        images += _image(picture, f"{name}, {width} pixels wide", f"{flip}{side}", width)
    style = FLIP_STYLE.format(flip)
    page = f'<div style="padding: 4px">{style}{buttons}{images}</div>'
    display({"text/html": page, "text/plain": " / ".join(names)}, raw=True)


def _difference(photo: np.ndarray, changed: np.ndarray) -> tuple[np.ndarray, str]:
    """Return the enlarged difference as a picture, grey where nothing changed, and its title."""
    difference = changed.astype(int) - photo
    most = int(np.abs(difference).max())
    gain = 127 // max(1, most)
    title = f"difference × {gain}" if most else "no difference"
    return (128 + gain * difference).astype(np.uint8), title


def _image(picture: np.ndarray, alt: str, name: str, width: int) -> str:
    file = io.BytesIO()
    save_png(file, picture)
    return plots.image_tag(file.getvalue(), alt, f'class="{name}" width="{width}"')
