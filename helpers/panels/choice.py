"""A panel of a chooser, a slider whose values belong to what is chosen, and a figure."""

from collections.abc import Callable, Mapping, Sequence

import ipywidgets as widgets
from matplotlib.figure import Figure

from helpers.figures.plots import to_html
from helpers.panels.photo import WIDE, Panel, slider
from helpers.panels.widgets import show_widget


def choice_panel(
    draw: Callable[..., Figure], name: str, settings: Mapping[str, tuple[str, Sequence]], alt: str
) -> None:
    """Show a panel that calls `draw(choice, value)` and displays the figure that it returns.

    `name` stands before the chooser. `settings` maps each choice to the name of its slider and the
    slider's values. The first result is drawn at once; a page without Python has them all.
    The alternative text: `alt`, the choice, the name of its slider and the value.
    """
    chooser = widgets.Dropdown(options=list(settings), description=name, style=WIDE)
    sliders = {choice: slider(*setting) for choice, setting in settings.items()}

    def picture(choice, value):
        return to_html(draw(choice, value), f"{alt} {choice}; {settings[choice][0]}: {value}")

    def show_slider(_change=None):
        panel.row.children = [chooser, sliders[chooser.value]]

    def chosen():
        return picture(chooser.value, sliders[chooser.value].value)

    chooser.observe(show_slider, names="value")  # before the figure is drawn
    panel = Panel(chosen, [], [chooser, *sliders.values()])
    show_slider()
    found = {f"{c}, {word}: {v}": (c, v) for c, (word, values) in settings.items() for v in values}
    show_widget(panel, panel.image.value, lambda pair: picture(*pair), {name: (found, 0)})
