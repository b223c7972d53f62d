"""For lesson 02: a progress bar and a learning curve that grow while a network learns."""

import html
import time

import numpy as np
from IPython.display import display
from matplotlib.figure import Figure

from helpers.figures.plots import to_html
from helpers.figures.training_plots import add_lines


class LiveCurve:
    """Call `batch` after every step and `epoch` after every epoch, in either framework.

    It needs no widgets: the output is HTML that is replaced. On a page made by `make html` the
    last state stays. `part` names the photographs that are not learned from: "validation", or
    "test" where nothing is chosen by them. The losses and accuracies (0–1) are kept, one an epoch.
    """

    def __init__(self, heading: str, epochs: int, batches: int, part: str = "validation"):
        self.heading, self.epochs, self.batches, self.part = heading, epochs, batches, part
        self.train_loss, self.validation_loss, self.validation_accuracy = [], [], []
        self.ends: list[float] = []  # when each step ended
        self.begin, self.shown = time.perf_counter(), 0.0
        # Handles that replace what they show; None where there is no notebook.
        self.bar = display(self._bar(), raw=True, display_id=True)
        self.curve = display({"text/html": "", "text/plain": ""}, raw=True, display_id=True)

    def batch(self) -> None:
        """Count one step; the bar moves at most five times a second."""
        self.ends.append(time.perf_counter())
        if self.bar and self.ends[-1] - self.shown > 0.2:
            self.shown = self.ends[-1]
            self.bar.update(self._bar(), raw=True)

    def epoch(self, train_loss: float, validation_loss: float, validation_accuracy: float) -> None:
        """Add one epoch: mean losses, and the accuracy 0–1."""
        self.train_loss.append(float(train_loss))
        self.validation_loss.append(float(validation_loss))
        self.validation_accuracy.append(float(validation_accuracy))
        if self.bar:
            self.bar.update(self._bar(), raw=True)
        if self.curve and len(self.train_loss) > 1:  # one point is no curve
            page = to_html(self.draw(), f"Learning curve: {self._words()}")
            self.curve.update({"text/html": page, "text/plain": self._words()}, raw=True)

    def draw(self) -> Figure:
        """Draw one number per epoch: losses on the left, accuracy on the right."""
        figure = Figure((8, 2.9), layout="constrained")
        figure.suptitle(self.heading)
        left, right = figure.subplots(1, 2)
        epochs = range(1, len(self.train_loss) + 1)
        losses = {"training": (epochs, self.train_loss), self.part: (epochs, self.validation_loss)}
        add_lines(left, losses, xlabel="epoch", ylabel="loss")
        left.set_ylim(0, 1.2 * left.get_ylim()[1])  # a flat curve near its top is seen, too
        percent = {self.part: (epochs, 100 * np.array(self.validation_accuracy))}
        add_lines(right, percent, first=1, xlabel="epoch", ylim=(0, 101))
        right.set_ylabel(f"{self.part} accuracy (%)")
        return figure

    @property
    def epoch_seconds(self) -> float:
        """Return the time of one epoch's steps: the median step, times their number.

        The first step of each epoch does not count: the validation, or a framework that prepares
        itself, stands before it. With one step an epoch there is nothing to measure: NaN.
        """
        inside = np.arange(1, len(self.ends)) % self.batches != 0
        seconds = np.diff(self.ends)[inside]
        return float(np.median(seconds)) * self.batches if len(seconds) else float("nan")

    def _words(self) -> str:
        if not self.train_loss:
            return f"{self.heading}: epoch 1 of {self.epochs}"
        return (
            f"{self.heading}: {len(self.train_loss)} of {self.epochs} epochs, training loss "
            f"{self.train_loss[-1]:.3f}, {self.part} loss {self.validation_loss[-1]:.3f}, "
            f"{self.part} accuracy {self.validation_accuracy[-1]:.1%}"
        )

    def _bar(self) -> dict:
        done, total = len(self.ends), self.epochs * self.batches
        text = f"{self._words()} ({time.perf_counter() - self.begin:.0f} s)"
        bar = f'<progress value="{done}" max="{total}" aria-label="progress"></progress>'
        return {"text/html": f"<div>{bar} {html.escape(text)}</div>", "text/plain": text}
