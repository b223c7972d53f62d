"""The widgets behind `attack_panel.attack_panel`."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from helpers.attack_panel import BUDGETS, STEPS, Attacked, to_html
from helpers.class_search import class_search
from helpers.photo_panel import PhotoPanel


class AttackWidgets(PhotoPanel):
    """A photo panel with a search box for the target; `result` is the last `Attacked`."""

    def __init__(
        self,
        examine: Callable[..., Attacked],
        samples: Mapping[str, np.ndarray],
        expected: Mapping[str, Sequence[int]],
        target: int,
        start: Mapping[str, int],
        first_html: str,
    ):
        choices = {"budget": BUDGETS, "steps": STEPS}
        super().__init__(None, samples, "", choices, first_html, start)
        self.examine, self.expected, self.result = examine, expected, None
        self.target = class_search(target)
        self.sliders["budget"].description = "budget (levels)"
        self.controls.children = (self.target, *self.controls.children)
        self.target.observe(self.update, names="value")

    def update(self, _change=None) -> None:
        """Attack with the values of the controls; say so while it computes."""
        self.message.value = "<b>computing …</b>"
        try:
            super().update()
        finally:
            self.message.value = ""

    def render(self, name: str, values: Mapping) -> str:
        """Return the page of one attack."""
        target = self.target.value
        self.result = self.examine(self.samples[name], target=target, **values)
        return to_html(self.result, target, self.expected.get(name))
