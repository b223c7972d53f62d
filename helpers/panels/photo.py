"""A panel of a photograph, some sliders, and the figure that they give."""

import functools
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
WIDE = {"description_width": "initial"}


class PhotoPanel:
    """Widgets `photo` (chooser), `upload`, `sliders` by name, `image` and `message`, in `box`.

    `render(name, photo, **values)` returns what `image` shows, as HTML; `choices` are the values of
    the sliders. `start` has values of sliders that do not begin with their first.
    """

    def __init__(
        self,
        render: Callable[..., str],
        samples: Mapping[str, np.ndarray],
        choices: Mapping[str, Sequence],
        start: Mapping | None = None,
    ):
        self.render, self.samples = render, dict(samples)
        self.photo = widgets.Dropdown(options=list(samples), description="photograph", style=WIDE)
        tooltip = f"Any format that Pillow reads, at most {MEGABYTES} MB"
        self.upload = widgets.FileUpload(
            accept="image/*", description=f"{OWN} …", tooltip=tooltip, layout={"width": "auto"}
        )
        first = {name: values[0] for name, values in choices.items()} | dict(start or {})
        self.sliders = {
            name: widgets.SelectionSlider(
                options=list(values),
                value=first[name],
                description=name.replace("_", " "),
                tooltip=name.replace("_", " "),
                continuous_update=False,  # one forward pass when the slider comes to rest
                style=WIDE,
                layout={"width": "420px"},
            )
            for name, values in choices.items()
        }
        name, photo = next(iter(samples.items()))
        # widgets.Image has no alternative text
        self.image = widgets.HTML(render(name, photo, **first))
        self.message = widgets.HTML()
        self.upload.observe(self._take_upload, names="value")
        for control in (self.photo, *self.sliders.values()):
            control.observe(self.update, names="value")
        parts = [self.photo, self.upload, *self.sliders.values()]
        self.controls = widgets.HBox(parts, layout={"flex_flow": "row wrap"})
        keys = widgets.HTML(f"<small>{KEYS}</small>")
        self.box = widgets.VBox([self.controls, keys, self.message, self.image])

    def update(self, _change=None) -> None:
        """Draw the figure again with the values of the controls; say so when that fails."""
        name, values = self.photo.value, {key: s.value for key, s in self.sliders.items()}
        self.message.value = "<b>computing …</b>"
        try:
            self.image.value = self.render(name, self.samples[name], **values)
            self.message.value = ""
        except Exception as error:  # of any kind: nobody would see an error in a callback
            text = html.escape(f"{type(error).__name__}: {error}")
            self.message.value = f"<b>This did not work.</b> {text}. The picture is the last one."

    def _take_upload(self, change) -> None:
        files = change["new"]
        if not files:
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
        if OWN not in self.photo.options:
            self.photo.options = list(self.samples)  # now the first of them is chosen
        if self.photo.value == OWN:
            self.update()
        self.photo.value = OWN


def photo_panel(
    draw: Callable[..., Figure], samples: Mapping[str, np.ndarray], alt: str, **choices: Sequence
) -> None:
    """Show a panel that calls `draw(photo, **values)` and displays the figure that it returns.

    `samples` maps names to photographs, `uint8 (height, width, 3)`; the learner may upload an own
    one. Each of `choices` becomes a slider over its values. The first result is drawn at once; on
    a page without Python it is all there is. `alt` describes the figure.
    """
    panel = PhotoPanel(functools.partial(render_figure, draw, alt), samples, choices)
    show_widget(panel.box, panel.image.value)


def render_figure(
    draw: Callable[..., Figure], alt: str, name: str, photo: np.ndarray, /, **values
) -> str:
    """Return the figure of a photograph; its alternative text has the name and all values."""
    settings = ", ".join(f"{key.replace('_', ' ')}: {value}" for key, value in values.items())
    return to_html(draw(photo, **values), f"{alt} {name}; {settings}")
