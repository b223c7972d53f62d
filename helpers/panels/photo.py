"""Panels with controls and the figure that they give: what all share, and that of a photograph."""

import html
from collections.abc import Callable, Mapping, Sequence

import ipywidgets as widgets
import numpy as np
from matplotlib.figure import Figure

from helpers.figures.plots import to_html
from helpers.panels.widgets import show_widget
from helpers.photographs.photos import PhotoError, open_photo

OWN = "own photograph"
MEGABYTES = 50  # the largest upload that a panel takes
KEYS = (
    "Keyboard: Tab moves on, the arrow keys change a value, Space presses a button, Escape goes "
    "back to the notebook."
)
LIMIT = (
    f"A photograph of your own may have up to {MEGABYTES} MB, and 10 MB where the course was not "
    "started with make lab. A larger one: add open_photo(path) to the samples in the cell."
)
WIDE = {"description_width": "initial"}


class Panel(widgets.VBox):
    """The widgets `row`, `message` and `image`; a change of one of `controls` draws anew.

    `render()` returns what `image` shows, as HTML. `note` stands below the row.
    """

    def __init__(self, render: Callable[..., str], row: Sequence, controls: Sequence, note=""):
        self.render = render
        self.row = widgets.HBox(row, layout={"flex_flow": "row wrap"})
        self.message = widgets.HTML()
        self.drawn = self._render()  # the last picture that could be drawn
        self.image = widgets.HTML(self.drawn)  # widgets.Image has no alternative text
        for control in controls:
            control.observe(self.update, names="value")
        note = widgets.HTML(f"<small>{KEYS} {note}</small>")
        super().__init__([self.row, note, self.message, self.image])

    def update(self, _change=None) -> None:
        """Draw the figure again with the values of the controls; say so when that fails."""
        self.message.value = "<b>computing …</b>"
        try:
            self.image.value = self.drawn = self._render()
            self.message.value = ""
        except Exception as error:  # of any kind: nobody would see an error in a callback
            text = html.escape(f"{type(error).__name__}: {error}")
            self.message.value = (
                f"<b>This did not work.</b> {text}. The pale picture is an old one."
            )
            self.image.value = f'<div style="opacity: 0.3">{self.drawn}</div>'

    def _render(self) -> str:
        return self.render()


class PhotoPanel(Panel):
    """A panel with the widgets `photo` (chooser), `upload` and `controls` by name.

    `render(name, photo, **values)` returns what `image` shows, as HTML. `samples` maps names to
    photographs, `controls` the names of the `values` to any widgets that have a `value`.
    """

    def __init__(self, render: Callable[..., str], samples: Mapping, controls: Mapping):
        self.samples, self.controls = dict(samples), controls
        self.photo = widgets.Dropdown(options=list(samples), description="photograph", style=WIDE)
        self.upload = widgets.FileUpload(
            accept="image/*,.heic,.heif",
            description=f"{OWN} …",
            tooltip=f"JPEG, PNG, HEIC, WebP, …, at most {MEGABYTES} MB",
            layout={"width": "auto"},
        )
        self.upload.observe(self._take_upload, names="value")
        redrawing = [self.photo, *controls.values()]
        super().__init__(render, [self.photo, self.upload, *controls.values()], redrawing, LIMIT)

    def show(self, choices: Mapping) -> None:
        """Display the panel. On a page: the first photograph, with `choices` for the controls."""
        (name, photo), *_ = self.samples.items()

        def render(*values):
            return self.render(name, photo, **dict(zip(self.controls, values, strict=True)))

        show_widget(self, self.image.value, render, choices)

    def _render(self) -> str:
        name, values = self.photo.value, {key: c.value for key, c in self.controls.items()}
        return self.render(name, self.samples[name], **values)

    def _take_upload(self, change) -> None:
        if not (files := change["new"]):
            return
        if isinstance(files, dict):  # ipywidgets 7, which Colab has: files by name
            files = list(files.values())
        else:
            self.upload.value = ()  # else the button counts it, also a file that is refused
        content = bytes(files[-1]["content"])
        try:
            if (size := len(content) / 1e6) > MEGABYTES:
                raise PhotoError(f"it has {size:.0f} MB, at most {MEGABYTES} are taken")
            self.samples[OWN] = open_photo(content)
        except PhotoError as error:
            self.message.value = (
                f"<b>This file cannot be shown:</b> {html.escape(str(error))}. Choose a JPEG or "
                f"PNG file. You still see: {html.escape(self.photo.value)}."
            )
            return
        self.photo.unobserve(self.update, names="value")  # new options choose the first of them
        self.photo.options, self.photo.value = list(self.samples), OWN
        self.photo.observe(self.update, names="value")
        self.update()


def slider(name: str, values: Sequence, start=None) -> widgets.SelectionSlider:
    """Return a slider over `values` that begins at `start`, or else with the first of them."""
    return widgets.SelectionSlider(
        options=list(values),
        value=values[0] if start is None else start,
        description=name,
        tooltip=name,
        continuous_update=False,  # one forward pass when the slider comes to rest
        style=WIDE,
        layout={"width": "420px"},
    )


def photo_panel(
    draw: Callable[..., Figure], samples: Mapping[str, np.ndarray], alt: str, **choices: Sequence
) -> None:
    """Show a panel that calls `draw(photo, **values)` and displays the figure that it returns.

    `samples` maps names to photographs, `uint8 (height, width, 3)`; the learner may upload an own
    one. Each of `choices` becomes a slider over its values. The first result is drawn at once; a
    page without Python has the first photograph. The alternative text: `alt`, name and all values.
    """

    def render(name, photo, /, **values):
        settings = ", ".join(f"{key.replace('_', ' ')}: {value}" for key, value in values.items())
        return to_html(draw(photo, **values), f"{alt} {name}; {settings}")

    names = {key: key.replace("_", " ") for key in choices}
    sliders = {key: slider(names[key], values) for key, values in choices.items()}
    panel = PhotoPanel(render, samples, sliders)
    panel.show({names[key]: ({str(v): v for v in values}, 0) for key, values in choices.items()})
