"""The panel of the attack: choose a photograph, a target and a budget, and see the attack."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from helpers.adversarial_images import figures as attack_plots
from helpers.figures import tables
from helpers.networks.names import class_names, top_classes
from helpers.panels.class_search import ClassSearch
from helpers.panels.photo import PhotoPanel
from helpers.panels.widgets import show_widget

BUDGETS = (0, 1, 2, 4, 8, 16)  # levels
STEPS = (1, 2, 5, 10, 20, 40)
UNSURE = 0.5  # below this probability an own photograph counts as not recognised


@dataclass
class Attacked:
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
    """Return the result as HTML: a warning if there is one, the figure, the survival table."""
    name, first = class_names()[target], top_classes(found.after, 1)[0]
    if first.number == target:
        verdict = f"<b>✓ The network now says {first.name}</b> ({first.p:.1%})."
    else:
        verdict = (
            f"<b>✗ The attack fails:</b> the network says {first.name} ({first.p:.1%}), not "
            f"{name}. A larger budget or more steps may help."
        )
    change = np.abs(found.adversarial.astype(int) - found.photo)
    most = f"{change.max()} level{'s' if change.max() != 1 else ''}"
    page = attack_plots.attack_html(
        found.photo, found.adversarial, top_classes(found.before), top_classes(found.after)
    )
    columns = ["the file", f"p({name})", "first class"]
    rows = [(what, f"{p:.1%}", first) for what, p, first in found.survival]
    warning = find_warning(found.before, target, expected)
    return (
        (f"<p><b>Note:</b> {warning}</p>" if warning else "")
        + f"<p>{verdict} Largest change: {most}; {np.mean(change > 0):.0%} of the values changed."
        + f"</p>{page}{tables.to_html(columns, rows, 'Does the adversarial image survive?')}"
    )


def find_warning(logits: np.ndarray, target: int, expected: Sequence[int] | None) -> str:
    """Say why an attack on this photograph proves little; an empty text when it is fine.

    `expected` are the classes that would be right, None when nobody knows them.
    """
    first = top_classes(logits, 1)[0]
    if first.number == target:
        return f"the network says {first.name} before anything is changed. Choose another target."
    if expected is not None and first.number not in expected:
        return f"the network says {first.name} and is wrong already: no proof of an attack."
    if expected is None and first.p < UNSURE:
        return f"the network is not sure to begin with ({first.name}, {first.p:.1%}): weak proof."
    return ""


def attack_panel(
    examine: Callable[..., Attacked],
    samples: Mapping[str, np.ndarray],
    expected: Mapping[str, Sequence[int]],
    target: int = 281,
    budget: int = 2,
    steps: int = 10,
) -> None:
    """Show a panel that calls `examine(photo, target, budget, steps)` and shows the result.

    `samples` maps names to photographs, `expected` the same names to the classes that are right.
    The learner chooses a photograph or uploads one, any of 1000 target classes, the budget in
    levels (`BUDGETS`) and the steps (`STEPS`). The result for the first photograph and the given
    values is computed at once; on a page without Python it is all there is.
    """
    search = ClassSearch(target)

    def render(name, photo, **values):
        found = examine(photo, target=search.value, **values)
        return to_html(found, search.value, expected.get(name))

    choices, start = {"budget": BUDGETS, "steps": STEPS}, {"budget": budget, "steps": steps}
    panel = PhotoPanel(render, samples, choices, start)
    panel.sliders["budget"].description = "budget (levels)"
    panel.controls.children = (search, *panel.controls.children)
    search.observe(panel.update, names="value")
    show_widget(panel.box, panel.image.value)
