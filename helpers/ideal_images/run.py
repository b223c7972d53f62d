"""One run of the ideal image panel: all that the panel shows and saves of it."""

import html
import io
import itertools
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from helpers.figures.plots import data_address
from helpers.networks.names import class_names
from helpers.photographs.photos import save_png
from helpers.settings import data_folder

MOST = 59  # frames that a film keeps; the last image comes on top
FRAME, LAST_FRAME = 80, 1500  # milliseconds


@dataclass
class Run:
    """How far a run is.

    `image` is `uint8 (height, width, 3)`, made for the class `target`. `curve` has p(target), 0–1,
    of every step: the mean over its views, in the network whose turn it was. `meters` maps names to
    probabilities 0–1; `judged` is the step of the measured image, and its class.
    `ideal` gives the image and p of each step, None when the run cannot go on.
    `frames`, for a film, are images of every so many steps; `seconds` is the time of all steps.
    """

    image: np.ndarray
    target: int
    curve: list[float] = field(default_factory=list)
    ideal: Iterator[tuple[np.ndarray, float]] | None = None
    frames: list[np.ndarray] = field(default_factory=list)
    every: int = 1
    seconds: float = 0.0
    meters: Mapping[str, float] = field(default_factory=dict)
    judged: tuple[int, int] | None = None

    @classmethod
    def begin(cls, ideal: Iterator, target: int) -> "Run":
        """Return the run of an iterator that has not given its first image, the noise."""
        image, _ = next(ideal)
        return cls(image, target, ideal=ideal, frames=[image])

    def step(self, target: int) -> None:
        """Make one step. When there are too many frames, every second one goes."""
        begin = time.perf_counter()
        (self.image, p), self.target = next(self.ideal), target
        self.curve.append(float(p))
        if len(self.curve) % self.every == 0:
            self.frames.append(self.image)
        if len(self.frames) > MOST:
            self.frames, self.every = self.frames[::2], self.every * 2
        self.seconds += time.perf_counter() - begin

    def measure(self, judge: Callable) -> None:
        """Read the meters with `judge(image, target)`."""
        self.meters = judge(self.image, self.target)
        self.judged = len(self.curve), self.target

    def save(self, suffix: str) -> str:
        """Save the image as ".png", or the steps so far as ".webp"; say so as HTML.

        The link carries the whole file, so that it works wherever the notebook runs, and where no
        folder can be written.
        """
        file = io.BytesIO()
        if suffix == ".png":  # keeps every value
            save_png(file, self.image)
        else:  # runs for ever and rests on the last image
            first, *rest = map(Image.fromarray, [*self.frames, self.image])
            times = [FRAME] * len(rest) + [LAST_FRAME]
            film = dict(save_all=True, append_images=rest, duration=times, loop=0)
            first.save(file, "WEBP", quality=80, **film)
        try:
            path = write_new(self.target, suffix, file.getvalue())
            name, words = path.name, f"Saved as {path}"
        except OSError as error:
            name, words = f"ideal{suffix}", f"The data folder cannot be written: {error}"
        address = data_address(file.getvalue(), f"image/{suffix[1:]}")
        link = f'<a download="{name}" href="{address}" style="text-decoration: underline">'
        return f"{html.escape(words)} · {link}download {name}</a>"


def write_new(target: int, suffix: str, content: bytes) -> Path:
    """Write a file to `<data folder>/ideal/` and return its path. No file is overwritten.

    The name is that of the class, for example `281_tabby.png`, then `281_tabby_2.png`.
    """
    folder = data_folder() / "ideal"
    folder.mkdir(exist_ok=True)
    name = re.sub(r"[^a-z0-9]+", "_", class_names()[target].lower()).strip("_")
    for number in itertools.count(1):
        path = folder / f"{target}_{name}{f'_{number}' if number > 1 else ''}{suffix}"
        try:
            with path.open("xb") as file:  # fails if it exists, also if the twin has just made it
                file.write(content)
            return path
        except FileExistsError:
            continue
