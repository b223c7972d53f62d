"""The figures of an attack, and its panel: choose photograph, target and budget, see the attack."""

import html
import io
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from IPython.display import display
from matplotlib.figure import Figure

from helpers.figures import plots, tables
from helpers.networks.names import class_names, top_classes
from helpers.panels.class_search import ClassSearch
from helpers.panels.photo import PhotoPanel, slider
from helpers.photographs.photos import save_png

BUDGETS = (0, 1, 2, 4, 8, 16)  # levels
STEPS = (1, 2, 5, 10, 20, 40)
MORE_TARGETS = (340, 859)  # zebra and toaster: what a page without Python offers, too
UNSURE = 0.5  # below this probability an own photograph counts as not recognised
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
    difference = changed.astype(int) - photo
    most = int(np.abs(difference).max())
    gain = 127 // max(1, most)
    title = f"difference × {gain}" if most else "no difference"
    enlarged = (128 + gain * difference).astype(np.uint8)
    return plots.draw_photos([photo, changed, enlarged], [*names, title], width=9.6)


def show_flip(photo: np.ndarray, changed: np.ndarray, names: Sequence[str]) -> None:
    """Display two photographs in the same place, with two buttons that choose the one to see.

    It needs no running notebook. Where buttons are not allowed, both stand below each other.
    """
    flip, buttons, images = f"flip{next(NUMBERS)}", "", ""
    for side, name, picture in zip("ab", names, (photo, changed), strict=True):
        file = io.BytesIO()
        save_png(file, picture)
        alt, look = f"{name}, 336 pixels wide", f'class="{flip}{side}" width="336"'
        images += plots.image_tag(file.getvalue(), alt, look)
        buttons += (
            f'<input type="radio" name="{flip}" id="{flip}{side}" {"checked" * (side == "a")}> '
            f'<label for="{flip}{side}" style="margin-right: 2em">{html.escape(name)}</label>'
        )
    page = f'<div style="padding: 4px">{FLIP_STYLE.format(flip)}{buttons}{images}</div>'
    display({"text/html": page, "text/plain": " / ".join(names)}, raw=True)


class Attacked(NamedTuple):
    """What the panel shows of one attack.

    `photo` and `adversarial` are `uint8 (height, width, 3)`, `before` and `after` the logits
    `(1000,)`. `survival` has a row (what was done to the file, p(target), first class) for each
    change that the adversarial image went through.
    """

    photo: np.ndarray
    adversarial: np.ndarray
    before: np.ndarray
    after: np.ndarray
    survival: Sequence[tuple[str, float, str]]


def to_html(found: Attacked, target: int, expected: Sequence[int] | None) -> str:
    """Return the result as HTML: a warning if there is one, the figures, the survival table."""
    name = class_names()[target]
    tops = {"original": top_classes(found.before), "adversarial": top_classes(found.after)}
    *_, first, p = tops["adversarial"][0]
    verdict = f"<b>✓ The network now says {first}</b> ({p:.1%})."
    if np.argmax(found.after) != target:
        verdict = (
            f"<b>✗ The attack fails:</b> the network says {first} ({p:.1%}), not {name}. A larger "
            "budget or more steps may help."
        )
    change = np.abs(found.adversarial.astype(int) - found.photo)
    most = f"{change.max()} level{'s' if change.max() != 1 else ''}"
    verdict += f" Largest change: {most}; {np.mean(change > 0):.0%} of the values changed."
    if warning := find_warning(found.before, target, expected):
        warning = f"<p><b>Note:</b> {warning}</p>"
    figure = draw_change(found.photo, found.adversarial, list(tops))
    figures = plots.to_html(figure, "The original, the adversarial image, and their difference.")
    words = []
    for title, top in tops.items():
        words.append(f"{title}: " + ", ".join(f"{label} {p:.1%}" for *_, label, p in top))
    figure = plots.draw_top_classes(found.adversarial, tops, "the adversarial image")
    figures += plots.to_html(figure, "; ".join(words))
    columns = ["the file", f"p({name})", "first class"]
    rows = [(what, f"{p:.1%}", first) for what, p, first in found.survival]
    survival = tables.to_html(columns, rows, "Does the adversarial image survive?")
    return f"{warning}<p>{verdict}</p>{figures}{survival}"


def find_warning(logits: np.ndarray, target: int, expected: Sequence[int] | None) -> str:
    """Say why an attack on this photograph proves little; an empty text when it is fine.

    `expected` are the classes that would be right, None when nobody knows them.
    """
    (*_, first, p), index = top_classes(logits, 1)[0], int(np.argmax(logits))
    if index == target:
        return f"the network says {first} before anything is changed. Choose another target."
    if expected is not None and index not in expected:
        return f"the network says {first} and is wrong already: no proof of an attack."
    if expected is None and p < UNSURE:
        return f"the network is not sure to begin with ({first}, {p:.1%}): weak proof."
    return ""


def attack_panel(
    examine: Callable, samples: Mapping, expected: Mapping, target=281, budget=2, steps=10
) -> None:
    """Show a panel that calls `examine(photo, target, budget, steps)` and shows the `Attacked`.

    `samples` maps names to photographs, `uint8 (height, width, 3)`, `expected` the same names to
    the classes that are right. The learner may upload a photograph, and chooses any of 1000
    target classes, the budget in levels (`BUDGETS`) and the steps (`STEPS`). The first result is
    computed at once; a page without Python has the first photograph and a few targets.
    """
    controls = {
        "target": ClassSearch(target),
        "budget": slider("budget (levels)", BUDGETS, budget),
        "steps": slider("steps", STEPS, steps),
    }

    def render(name, photo, **values):
        return to_html(examine(photo, **values), values["target"], expected.get(name))

    panel = PhotoPanel(render, samples, controls)
    targets = dict.fromkeys((target, *MORE_TARGETS))
    choices = {
        "target": ({class_names()[index]: index for index in targets}, 0),
        "budget (levels)": ({str(levels): levels for levels in BUDGETS}, BUDGETS.index(budget)),
        "steps": ({str(steps): steps}, 0),
    }
    panel.show(choices)
