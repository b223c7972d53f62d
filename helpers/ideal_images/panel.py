"""The panel of ideal images: watch an ideal image grow, and change how it grows while it does."""

import asyncio
import html
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from types import SimpleNamespace

import ipywidgets as widgets
import numpy as np

from helpers.ideal_images.page import INK, page_html
from helpers.ideal_images.run import Run
from helpers.panels.class_search import ClassSearch
from helpers.panels.photo import KEYS
from helpers.panels.widgets import show_widget

VARIATION = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # weights on the slider
LEAST_REST, REST = 0.002, 0.05  # between two steps: seconds, and a part of the step
REDRAW = 0.05  # seconds: the page is drawn at most twenty times a second
JUDGE_EVERY = 24  # steps
FRAMES = 25  # so many steps of a run are seen on a page without Python
WORDS = {"new": "Start", "running": "Pause", "paused": "Resume"}  # on the first button, by state
CHANGES = {  # what a changed setting does, by state
    "new": "Start begins a new run with the settings as they are now.",
    "running": "Running. A change counts from the next step.",
    "paused": "Paused. A change counts when you resume.",
}
STAYS = " What earlier settings made stays in the image: <i>Reset</i> goes back to noise."


class IdealPanel:
    """Buttons, `controls` by attribute of the settings, `message` and `page`, all in `box`.

    The steps of `run` are a `task` on the event loop that runs the cells: step and rest in turn.
    Rests answer the controls and a page that loads anew, which waits 4 s. See `ideal_panel`.
    """

    active: "IdealPanel | None" = None  # one at a time runs: they share the computer

    def __init__(self, make, settings, judge, run: Run, switches, steps: int, anew=()):
        self.make, self.settings, self.judge, self.anew = make, settings, judge, anew
        self.run, self.steps = run, steps
        self.loop, self.task, self.drawn = asyncio.get_running_loop(), None, 0.0
        self.first = self._button("Start", self.start_or_pause, "primary")
        buttons = [
            self.first,
            self._button("Reset", self.reset),
            self._button("Save as PNG", partial(self.save, ".png")),
            self._button("Save as film", partial(self.save, ".webp")),
        ]
        self.controls = make_controls(settings, switches)
        for name, control in self.controls.items():
            control.observe(partial(self._write, name), names="value")
        keys, self.message, self.page = (widgets.HTML() for _ in range(3))
        keys.value = f"<small>{KEYS}</small>"
        lay = {"flex_flow": "row wrap", "grid_gap": "2px 18px"}
        rows = [widgets.HBox(row, layout=lay) for row in (buttons, [*self.controls.values()])]
        self.box = widgets.VBox([*rows, keys, self.message, self.page])
        self.draw()
        self.say("This image comes from a run made before. Start begins a new run from noise.")
        self._take_over()

    @property
    def state(self) -> str:
        """Return "running", "paused" (there is a run to go on with) or "new"."""
        if self.task:
            return "running"
        return "paused" if self.run.ideal and self.run.curve else "new"

    def start_or_pause(self) -> None:
        """Begin to make `steps` steps, of a new run or of the paused one; or pause."""
        if self.task:
            self._end_task()
            self.say(CHANGES["paused"])
            self._try(partial(self.run.measure, self.judge))
            self.draw()
        elif self.run.ideal or self._try(self._begin):
            self._take_over()
            self.task = self.loop.create_task(self._work())
            self.say(CHANGES["running"])

    def reset(self) -> None:
        """Stop, and go back to noise; the settings stay as they are."""
        self._end_task()
        if self._try(self._begin):
            self.say("Noise. " + CHANGES["new"])

    def save(self, suffix: str) -> None:
        """Save the image (".png") or the steps so far as a film (".webp")."""
        made = self.run.frames and self.run.curve  # not the run made before, and not the noise
        nothing = "There is nothing to save before the first step. Press Start."
        self.say(self.run.save(suffix) if made else nothing)

    def draw(self) -> None:
        """Show image, meters and curve."""
        self.drawn = time.perf_counter()
        self.page.value = page_html(self.run, self.steps)

    def page_at(self, step: int) -> str:
        """Return the page of a step of a new run. Ask for step 0 first, then for later ones."""
        if step == 0:
            self._begin()
        while len(self.run.curve) < step:
            self._step(last=len(self.run.curve) == step - 1)
        return page_html(self.run, self.steps)

    def say(self, text: str) -> None:
        """Show a message, as HTML, which screen readers read aloud, and name the first button."""
        self.message.value = f'<div role="status" style="{INK}">{text}</div>'
        self.first.description = WORDS[self.state]

    async def _work(self) -> None:
        for left in reversed(range(self.steps)):
            begin = time.perf_counter()
            if not self._try(partial(self._step, last=left == 0)):
                return
            if time.perf_counter() - self.drawn > REDRAW:
                self.draw()
            await asyncio.sleep(max(LEAST_REST, REST * (time.perf_counter() - begin)))
        self.task = None
        self.draw()
        done = f"{len(self.run.curve)} steps done"  # of the whole run, as under the image
        self.say(f"{done}. Resume makes {self.steps} more, Reset goes back to noise.")

    def _begin(self) -> None:
        self.run = Run.begin(self.make(self.settings), int(self.settings.target))
        self.draw()

    def _step(self, last: bool) -> None:
        self.run.step(int(self.settings.target))
        if last or len(self.run.curve) % JUDGE_EVERY == 0:
            self.run.measure(self.judge)

    def _try(self, action: Callable[[], None]) -> bool:
        """Do `action`. If it fails, say why: the last good image stays, the run cannot go on."""
        try:
            action()
        except Exception as error:  # of any kind: nobody would see an error in a task
            self._end_task()
            self.run.ideal = None
            kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
            self.say(f"<b>Stopped.</b> {html.escape(f'{kind}{error}')} Start begins a new run.")
            self.draw()
            return False
        return True

    def _end_task(self) -> None:
        if self.task:
            self.task.cancel()
        self.task = None

    def _take_over(self) -> None:
        """Pause the panel that is running: also the one that this cell made before."""
        other, IdealPanel.active = IdealPanel.active, self
        if other and other is not self and other.task:
            other._end_task()
            other.say("Paused, since another panel is in use.")

    def _button(self, name: str, action: Callable[[], None], style: str = "") -> widgets.Button:
        """Return a button whose action the event loop does between two steps.

        New versions of JupyterLab answer widgets in a second thread ("subshell"). Everything that
        touches the run goes back to the first one: a step and a reset must not meet.
        """
        button = widgets.Button(description=name, button_style=style)
        button.on_click(lambda _button: self.loop.call_soon_threadsafe(action))
        return button

    def _write(self, attribute: str, change) -> None:
        """Write the value of a control into the settings, which the run reads at every step."""
        # Said first: the run may stop at once with the new value, and say so.
        self.say(CHANGES[self.state] + (STAYS if self.state != "new" else ""))
        setattr(self.settings, attribute, change["new"])
        if attribute in self.anew and self.state != "new":
            self.loop.call_soon_threadsafe(self.reset)


def make_controls(settings: SimpleNamespace, switches: Mapping[str, str]) -> dict:
    """Return the controls by attribute of the settings, with the values that are there."""
    weight = settings.total_variation
    slider = widgets.SelectionSlider(
        options=[(f"{value:g}", value) for value in sorted({*VARIATION, weight})],
        value=weight,
        description="total variation",
        style={"description_width": "initial"},
        layout={"width": "300px"},
    )
    controls = {"target": ClassSearch(settings.target), "total_variation": slider}
    for name, attribute in switches.items():
        box = widgets.Checkbox(bool(getattr(settings, attribute)), description=name, indent=False)
        box.layout.width = "auto"
        controls[attribute] = box
    return controls


def ideal_panel(
    make: Callable[[SimpleNamespace], Iterator[tuple[np.ndarray, float]]],
    settings: SimpleNamespace,
    judge: Callable[[np.ndarray, int], Mapping[str, float]],
    first_image: np.ndarray,
    curve: Sequence[float],
    switches: Mapping[str, str],
    steps: int = 130,
    anew: Collection[str] = (),
) -> IdealPanel:
    """Show a panel in which an ideal image grows; return its widgets.

    `make(settings)` begins a run and gives the noise, then the image after each gradient step, a
    new `uint8 (height, width, 3)`, each with p(target) of the step's views, 0–1. It may raise
    ValueError with a reason. It reads `settings` at every step: `target` (class index),
    `total_variation` (weight, 0 or more), and an attribute that is True or False for each of
    `switches`, label → attribute. The controls write them; those in `anew` lead back to noise.
    `judge(image, target)` returns the meters, name → probability 0–1. Start does `steps` steps.
    `first_image` and its `curve` come from a run made before, with the same `settings`: they are
    shown at first. A page where no Python answers has the frames of one more such run.
    Raises ValueError when an attribute of `settings` is missing.
    """
    needed = ["target", "total_variation", *switches.values()]
    if missing := [name for name in needed if not hasattr(settings, name)]:
        raise ValueError(f"The settings have no {', '.join(missing)}. Add what is missing.")
    run = Run(first_image, settings.target, list(map(float, curve)))
    run.measure(judge)
    panel = IdealPanel(make, settings, judge, run, switches, steps, anew)
    pages = {str(step): step for step in map(int, np.linspace(0, steps, FRAMES))}
    show_widget(panel.box, panel.page.value, panel.page_at, {"step": (pages, len(pages) - 1)})
    return panel
