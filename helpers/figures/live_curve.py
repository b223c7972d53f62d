"""A progress bar and a learning curve that grow while a network learns."""

import html
import time

import numpy as np
from IPython.display import display

from helpers.figures.plots import to_html
from helpers.figures.training_plots import draw_learning_curve


class LiveCurve:
    """Call `batch` after every step and `epoch` after every epoch, in either framework.

    It needs no widgets: the output is HTML that is replaced. On a page made by `make html` the
    last state stays. `part` names the photographs that are not learned from: "validation", or
    "test" where nothing is chosen by them.
    """

    def __init__(self, heading: str, epochs: int, batches: int, part: str = "validation"):
        self.heading, self.epochs, self.batches, self.part = heading, epochs, batches, part
        self.train_loss: list[float] = []
        self.validation_loss: list[float] = []
        self.validation_accuracy: list[float] = []
        self.begin, self.shown = time.perf_counter(), 0.0
        self.ends: list[float] = []  # when each step ended
        self.bar = display(self._bar(), raw=True, display_id=True)
        self.curve = display(_bundle("", ""), raw=True, display_id=True)

    def batch(self) -> None:
        """Count one step; the bar moves at most five times a second."""
        self.ends.append(time.perf_counter())
        if self.ends[-1] - self.shown > 0.2:
            self._update_bar()

    def epoch(self, train_loss: float, validation_loss: float, validation_accuracy: float) -> None:
        """Add one epoch: mean losses, and the accuracy 0–1."""
        self.train_loss.append(float(train_loss))
        self.validation_loss.append(float(validation_loss))
        self.validation_accuracy.append(float(validation_accuracy))
        self._update_bar()
        values = self.train_loss, self.validation_loss, self.validation_accuracy
        text = self._words()
        if self.curve and len(self.train_loss) > 1:  # one point is no curve
            figure = draw_learning_curve(*values, self.heading, self.part)
            page = to_html(figure, f"Learning curve: {text}")
            self.curve.update(_bundle(page, text), raw=True)

    @property
    def epoch_seconds(self) -> float:
        """Return the time of one epoch's steps: the median step, times their number.

        The first step of each epoch does not count: the validation, or a framework that prepares
        itself, stands before it. With one step an epoch there is nothing to measure: NaN.
        """
        seconds = np.diff(self.ends)
        inside = np.arange(1, len(self.ends)) % self.batches != 0
        return float(np.median(seconds[inside])) * self.batches if inside.any() else float("nan")

    def _words(self) -> str:
        epoch = len(self.train_loss)
        if not epoch:
            return f"{self.heading}: epoch 1 of {self.epochs}"
        return (
            f"{self.heading}: {epoch} of {self.epochs} epochs, training loss "
            f"{self.train_loss[-1]:.3f}, {self.part} loss {self.validation_loss[-1]:.3f}, "
            f"{self.part} accuracy {self.validation_accuracy[-1]:.1%}"
        )

    def _bar(self) -> dict:
        total = self.epochs * self.batches
        text = f"{self._words()} ({time.perf_counter() - self.begin:.0f} s)"
        bar = f'<progress value="{len(self.ends)}" max="{total}" aria-label="progress"></progress>'
        return _bundle(f"<div>{bar} {html.escape(text)}</div>", text)

    def _update_bar(self) -> None:
        self.shown = time.perf_counter()
        if self.bar:  # None where there is no notebook
            self.bar.update(self._bar(), raw=True)


def _bundle(page: str, text: str) -> dict:
    return {"text/html": page, "text/plain": text}
