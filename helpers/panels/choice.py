"""A panel of a chooser, a slider whose values belong to what is chosen, and a figure."""

from collections.abc import Callable, Mapping, Sequence

import ipywidgets as widgets
from matplotlib.figure import Figure

from helpers.figures.plots import to_html
from helpers.panels.photo import KEYS, WIDE, PhotoPanel, slider
from helpers.panels.widgets import show_widget


class ChoicePanel(widgets.VBox):
    """The widgets `choice`, `sliders` by choice, `message` and `image`.

    `render(choice, value)` returns what `image` shows, as HTML. `settings` maps each choice to the
    name of its slider and its values.
    """

    update = PhotoPanel.update

    def __init__(self, render: Callable[..., str], name: str, settings: Mapping):
        self.render = render
        self.choice = widgets.Dropdown(options=list(settings), description=name, style=WIDE)
        self.sliders = {choice: slider(*setting) for choice, setting in settings.items()}
        self.row = widgets.HBox(layout={"flex_flow": "row wrap"})
        self.message = widgets.HTML()
        self.drawn = self._render()
        self.image = widgets.HTML(self.drawn)
        self._choose()
        self.choice.observe(self._choose, names="value")
        for control in (self.choice, *self.sliders.values()):
            control.observe(self.update, names="value")
        super().__init__(
            [self.row, widgets.HTML(f"<small>{KEYS}</small>"), self.message, self.image]
        )

    def _choose(self, _change=None) -> None:
        self.row.children = [self.choice, self.sliders[self.choice.value]]

    def _render(self) -> str:
        return self.render(self.choice.value, self.sliders[self.choice.value].value)


def choice_panel(
    draw: Callable[..., Figure],
    name: str,
    settings: Mapping[str, tuple[str, Sequence]],
    alt: str,
) -> None:
    """Show a panel that calls `draw(choice, value)` and displays the figure that it returns.

    `name` stands before the chooser. `settings` maps each choice to the name of its slider and the
    slider's values. The first result is drawn at once; on a page without Python it is all there is.
    The alternative text: `alt`, the choice, the name of its slider and the value.
    """

    def render(choice, value):
        return to_html(draw(choice, value), f"{alt} {choice}; {settings[choice][0]}: {value}")

    panel = ChoicePanel(render, name, settings)
    show_widget(panel, panel.image.value)
