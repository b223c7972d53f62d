"""One run of the ideal image panel: all that the panel shows and saves of it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

MOST = 59  # frames that a film keeps; the last image comes on top


@dataclass
class Run:
    """How far a run is.

    `image` is `uint8 (height, width, 3)`, made for the class `target`. `curve` has p(target), 0–1,
    of every step: the mean over its views, in the network whose turn it was. `meters` maps names to
    probabilities 0–1; `judged` is the step of the measured image, and its class.
    `ideal` is the lesson's object that makes the steps, None when the run cannot go on.
    `frames`, for a film, are images of every so many steps; `seconds` is the time of all steps.
    """

    image: np.ndarray
    target: int
    curve: list[float] = field(default_factory=list)
    ideal: Any = None
    frames: list[np.ndarray] = field(default_factory=list)
    every: int = 1
    seconds: float = 0.0
    meters: Mapping[str, float] = field(default_factory=dict)
    judged: tuple[int, int] | None = None

    def step(self, target: int) -> None:
        """Make one step. When there are too many frames, every second one goes."""
        begin = time.perf_counter()
        p = float(self.ideal.step())
        self.image, self.target = self.ideal.image(), target
        self.curve.append(p)
        if len(self.curve) % self.every == 0:
            self.frames.append(self.image)
        if len(self.frames) > MOST:
            self.frames, self.every = self.frames[::2], self.every * 2
        self.seconds += time.perf_counter() - begin

    def measure(self, judge: Callable) -> None:
        """Read the meters with `judge(image, target)`."""
        self.meters = judge(self.image, self.target)
        self.judged = len(self.curve), self.target
