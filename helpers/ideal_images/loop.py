"""The loop of the ideal image panel: start, pause, resume, reset, without any widget."""

import asyncio
import html
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

from helpers.ideal_images.page import Progress
from helpers.ideal_images.saving import Film

REST = 0.01  # seconds between two steps, in which the notebook answers the controls
REDRAW = 0.1  # seconds: the image is drawn at most ten times a second
JUDGE_EVERY = 10  # steps
CHANGES = "A change counts from the next step."


class IdealLoop:
    """Makes steps and keeps their `progress` and their `film`; `draw` and `say` show them.

    The steps are a task on the event loop that runs the cells: one step and a short rest in turn,
    so that the controls are answered between two steps. Parameters as in `ideal_panel`.
    """

    active: "IdealLoop | None" = None  # one at a time runs, since two would share the settings

    def __init__(
        self,
        make: Callable,
        settings: SimpleNamespace,
        judge: Callable,
        steps: int,
        first: Progress,
    ):
        self.make, self.settings, self.judge, self.steps = make, settings, judge, steps
        self.progress, self.film = first, Film()
        self.run = self.task = None
        self.drawn = 0.0
        try:
            self.loop = asyncio.get_running_loop()
        except RuntimeError:  # no notebook: `advance` works all the same
            self.loop = None
        self._take_over()

    @property
    def state(self) -> str:
        """Return "running", "paused" (there is a run to go on with) or "new"."""
        if self.task is not None:
            return "running"
        return "paused" if self.run is not None and self.progress.curve else "new"

    def start(self) -> None:
        """Begin to make `steps` steps, of a new run or of the paused one, and return at once."""
        if self.state == "running" or not self._has_run():
            return
        self._take_over()
        self.task = self.loop.create_task(self._work())
        self.say(f"Running. {CHANGES}")

    def pause(self) -> None:
        """Stop after the step that is being made; `start` goes on from there."""
        if self.state == "running":
            self._end_task()
            self.say(f"Paused. {CHANGES}")
            self._measure()
            self.draw()

    def reset(self) -> None:
        """Stop, and go back to noise."""
        self._end_task()
        self.run = None
        if self._has_run():
            self.say("Ready. Start begins a new run from noise.")

    def in_turn(self, action: Callable[[], None]) -> None:
        """Let the event loop do `action` between two steps.

        New versions of JupyterLab answer widgets in a second thread ("subshell"). Everything that
        touches the run goes back to the first one: a step and a reset must not meet.
        """
        if self.loop is None:
            action()
        else:
            self.loop.call_soon_threadsafe(action)

    def advance(self, steps: int) -> None:
        """Make steps without an event loop, and return when they are done."""
        self.pause()
        if self._has_run():
            for _ in self._loop(steps):
                pass

    def draw(self) -> None:
        """Show `progress`."""
        self.drawn = time.perf_counter()

    def say(self, text: str) -> None:
        """Show a message, as HTML, and what the buttons do now."""

    async def _work(self) -> None:
        for _ in self._loop(self.steps):
            await asyncio.sleep(REST)

    def _loop(self, steps: int) -> Iterator[None]:
        for left in reversed(range(steps)):
            begin = time.perf_counter()
            try:
                self._step()
                if left == 0 or len(self.progress.curve) % JUDGE_EVERY == 0:
                    self._measure()
            except Exception as error:  # of any kind: nobody would see an error in a task
                self._fail(error)
                return
            self.progress.seconds += time.perf_counter() - begin
            if time.perf_counter() - self.drawn > REDRAW:
                self.draw()
            yield
        self.task = None
        self.draw()
        done = f"{len(self.progress.curve)} steps done"  # of the whole run, as under the image
        self.say(f"{done}. Resume makes {self.steps} more, Begin again starts from noise.")

    def _step(self) -> None:
        now, target = self.progress, int(self.settings.target)
        p = float(self.run.step())
        now.image, now.target = self.run.image().copy(), target
        now.curve.append(p)
        self.film.add(now.image)

    def _measure(self) -> None:
        now = self.progress
        if now.judged != len(now.curve):
            now.meters = self.judge(now.image, now.target)
            now.judged, now.judged_target = len(now.curve), now.target

    def _has_run(self) -> bool:
        """Begin a run if there is none; return False when that fails."""
        if self.run is None:
            try:
                run = self.make(self.settings)
                image = run.image().copy()
            except Exception as error:
                self._fail(error)
                return False
            self.run, self.film = run, Film()
            self.progress = Progress(image, int(self.settings.target), seconds=0.0)
            self.film.add(image)
            self.draw()
        return True

    def _fail(self, error: Exception) -> None:
        """Say what went wrong. The last good image stays; the run cannot go on."""
        self.run = None
        kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
        self._end_task()
        self.say(f"<b>Stopped.</b> {html.escape(f'{kind}{error}')} Start begins a new run.")
        self.draw()

    def _end_task(self) -> None:
        if self.task is not None:
            self.task.cancel()
        self.task = None

    def _take_over(self) -> None:
        """Pause the panel that is running: also the one that this cell made before."""
        other, IdealLoop.active = IdealLoop.active, self
        if other not in (None, self) and other.state == "running":
            other._end_task()
            other.say("Paused, since another panel is in use.")
