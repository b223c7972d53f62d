"""The panel of lesson 03: watch an ideal image grow, and change how it grows while it does."""

import html
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace

import ipywidgets as widgets
import numpy as np

from helpers.ideal_images import page as ideal_page
from helpers.ideal_images import saving as ideal_files
from helpers.ideal_images.loop import IdealLoop
from helpers.panels.class_search import ClassSearch
from helpers.panels.photo import KEYS
from helpers.panels.widgets import show_widget

VARIATIONS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1)
WORDS = {"new": "Start", "running": "Pause", "paused": "Resume"}  # on the first button, by state
CHANGED = {  # what a changed setting does, by state
    "new": "Start begins a new run with the settings as they are now.",
    "running": "Running. The change counts from the next step.",
    "paused": "Paused. The change counts when you resume.",
}
STAYS = "What earlier settings made stays in the image: <i>Begin again</i> starts from noise."


class IdealPanel(IdealLoop):
    """Buttons `toggle` (Start, Pause, Resume), `again` (Begin again), `restored` (Reset), `png` and
    `webp`; the controls `target`, `variation`, `rate`, and `switches` by label; the views `image`,
    `meters`, `curve` and `message`. All are in `box`.
    """

    def __init__(
        self,
        make: Callable,
        settings: SimpleNamespace,
        judge: Callable,
        switches: Mapping[str, str],
        steps: int,
        first: ideal_page.Progress,
    ):
        super().__init__(make, settings, judge, steps, first)
        self.image, self.meters, self.curve, self.message = (widgets.HTML() for _ in range(4))
        self.message.add_class("course-ideal-message")
        side = widgets.VBox([self.meters, self.curve])
        self.controls = {}  # attribute of the settings → (control, its value at first)
        keys = widgets.HTML(f"<small>{KEYS}</small>")
        parts = [self._buttons(), self._controls(), self._switches(switches), keys, self.message]
        self.box = widgets.VBox([*parts, _row([self.image, side])])
        self.draw()
        self.say("This image comes from a run made before. Start begins a new run from noise.")

    def draw(self) -> None:
        """Show image, meters and curve."""
        super().draw()
        now = self.progress
        self.image.value = ideal_page.image_html(now)
        self.meters.value = ideal_page.meters_html(now)
        self.curve.value = ideal_page.curve_html(now.curve, self.steps)

    def say(self, text: str) -> None:
        """Show a message, as HTML, which screen readers read aloud, and name the first button."""
        self.message.value = f'<div role="status" style="{ideal_page.INK}">{text}</div>'
        self.toggle.description = WORDS[self.state]

    def start_or_pause(self) -> None:
        """Do what the first button says."""
        self.pause() if self.state == "running" else self.start()

    def begin_again(self) -> None:
        """Start a new run from noise, with the settings as they are."""
        self.reset()
        if self.loop is not None:
            self.start()

    def restore(self) -> None:
        """Stop, give every control its first value, and go back to noise."""
        self._end_task()
        for control, value in self.controls.values():
            control.value = value
        self.reset()

    def save_png(self) -> None:
        """Save the image, with every value of its pixels, in `<data folder>/ideal/`."""
        if self._has_steps():
            self._save(".png", ideal_files.to_png(self.progress.image))

    def save_film(self) -> None:
        """Save the steps so far as a film in `<data folder>/ideal/`."""
        if self._has_steps():
            frames = [*self.film.frames, self.progress.image]
            self._save(".webp", ideal_files.to_film(frames))

    def _has_steps(self) -> bool:
        if self.film.seen > 1:  # the first image is the noise
            return True
        self.say("There is nothing to save before the first step. Press Start.")
        return False

    def _save(self, suffix: str, content: bytes) -> None:
        try:
            path = ideal_files.write_new(self.progress.target, suffix, content)
            name, words = path.name, f"Saved as {path}"
        except OSError as error:
            name, words = f"ideal{suffix}", f"The data folder cannot be written: {error}"
        self.say(f"{html.escape(words)} · {ideal_files.download_link(name, content)}")

    def _buttons(self) -> widgets.Box:
        self.toggle = widgets.Button(description="Start", button_style="primary")
        self.again = widgets.Button(
            description="Begin again", tooltip="Start from noise, with the settings as they are"
        )
        self.restored = widgets.Button(
            description="Reset", tooltip="Back to noise, with all settings as at first"
        )
        self.png = widgets.Button(description="Save as PNG")
        self.webp = widgets.Button(description="Save as film")
        actions = (
            self.start_or_pause, self.begin_again, self.restore, self.save_png, self.save_film
        )  # fmt: skip
        buttons = [self.toggle, self.again, self.restored, self.png, self.webp]
        for button, action in zip(buttons, actions, strict=True):
            button.on_click(lambda _button, action=action: self.in_turn(action))
        return _row(buttons)

    def _controls(self) -> widgets.Box:
        self.target = ClassSearch(self.settings.target)
        self.variation = _slider("total variation", VARIATIONS, self.settings.total_variation)
        self.rate = _slider("step size", RATES, self.settings.rate)
        self._write(self.target, "target")
        self._write(self.variation, "total_variation")
        self._write(self.rate, "rate")
        return _row([self.target, self.variation, self.rate])

    def _switches(self, switches: Mapping[str, str]) -> widgets.Box:
        self.switches = {}
        for label, attribute in switches.items():
            value = bool(getattr(self.settings, attribute))
            box = widgets.Checkbox(value, description=label, indent=False)
            box.layout.width = "auto"
            self._write(box, attribute)
            self.switches[label] = box
        return _row(list(self.switches.values()))

    def _write(self, control, attribute: str) -> None:
        """Let a control write its value into the settings, which the run reads at every step."""

        def write(change):
            self._say_changed()  # first: the run may stop at once with the new value, and say so
            setattr(self.settings, attribute, change["new"])

        self.controls[attribute] = (control, control.value)
        control.observe(write, names="value")

    def _say_changed(self) -> None:
        state = self.state
        self.say(f"{CHANGED[state]} {STAYS if state != 'new' else ''}")


def _slider(name: str, values: Sequence[float], start: float) -> widgets.SelectionSlider:
    """Return a slider over values with unequal distances; `start` is among them."""
    options = [(f"{value:g}", value) for value in sorted({*values, start})]
    wide = {"description_width": "initial"}
    slider = widgets.SelectionSlider(
        options=options, value=start, description=name, tooltip=name, style=wide
    )
    slider.layout.width = "300px"
    return slider


def _row(children: Sequence[widgets.Widget]) -> widgets.HBox:
    return widgets.HBox(children, layout=widgets.Layout(flex_flow="row wrap", grid_gap="2px 18px"))


def ideal_panel(
    make: Callable,
    settings: SimpleNamespace,
    judge: Callable[[np.ndarray, int], Mapping[str, float]],
    first_image: np.ndarray,
    curve: Sequence[float],
    switches: Mapping[str, str],
    steps: int = 130,
):
    """Show a panel in which an ideal image grows; return its widgets.

    `make(settings)` begins a run from noise and returns an object with `step()`, one gradient
    step, which returns p(target) of its views or raises ValueError with the reason, and `image()`,
    `uint8 (height, width, 3)`. It reads `settings` at every step: `target` (class index),
    `total_variation` (weight, 0 or more), `rate` (step size), and an attribute that is True or
    False for each of `switches`, label → attribute. The controls write them.
    `judge(image, target)` returns the meters, name → probability 0–1. Start does `steps` steps.
    `first_image` and its `curve` come from a run made before, with the same `settings`: they are
    shown at first, and are all there is on a page where no Python answers.
    Raises ValueError when an attribute of `settings` is missing.
    """
    needed = ["target", "total_variation", "rate", *switches.values()]
    if missing := [name for name in needed if not hasattr(settings, name)]:
        raise ValueError(f"The settings have no {', '.join(missing)}. Add what is missing.")
    curve = [float(p) for p in curve]
    meters = judge(first_image, settings.target)
    first = ideal_page.Progress(
        first_image, settings.target, curve, meters, len(curve), settings.target
    )
    static_html = ideal_page.page_html(first, steps)
    panel = IdealPanel(make, settings, judge, switches, steps, first)
    show_widget(panel.box, static_html)
    return panel
