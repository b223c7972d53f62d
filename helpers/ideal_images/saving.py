"""Keep an ideal image as a PNG file, and the steps to it as a small film."""

import html
import io
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from helpers.figures.plots import data_address
from helpers.networks.names import class_names
from helpers.photographs.photos import save_png
from helpers.settings import data_folder

MOST = 59  # frames that are kept; the last image comes on top
FRAME, LAST_FRAME = 80, 1500  # milliseconds


class Film:
    """Images of a run, evenly spread over its steps: when it is full, every second one goes."""

    def __init__(self):
        self.frames: list[np.ndarray] = []
        self.every, self.seen = 1, 0

    def add(self, image: np.ndarray) -> None:
        """Count one step; keep its image, `uint8 (height, width, 3)`, when its turn has come."""
        if self.seen % self.every == 0:
            self.frames.append(image)
        self.seen += 1
        if len(self.frames) > MOST:
            self.frames, self.every = self.frames[::2], self.every * 2


def to_png(image: np.ndarray) -> bytes:
    """Return the PNG file of `uint8 (height, width, 3)`; it keeps every value."""
    file = io.BytesIO()
    save_png(file, image)
    return file.getvalue()


def to_film(frames: Sequence[np.ndarray]) -> bytes:
    """Return frames as an animated WebP file that runs for ever and rests on the last one."""
    first, *rest = [Image.fromarray(frame) for frame in frames]
    times = [FRAME] * len(rest) + [LAST_FRAME]
    file = io.BytesIO()
    first.save(file, "WEBP", save_all=True, append_images=rest, duration=times, loop=0, quality=80)
    return file.getvalue()


def write_new(target: int, suffix: str, content: bytes) -> Path:
    """Write a file to `<data folder>/ideal/` and return its path. No file is overwritten.

    The name is that of the class, for example `281_tabby.png`, then `281_tabby_2.png`.
    """
    folder = data_folder() / "ideal"
    folder.mkdir(exist_ok=True)
    name = re.sub(r"[^a-z0-9]+", "_", class_names()[target].lower()).strip("_")
    number = 1
    while True:
        end = f"_{number}" if number > 1 else ""
        path = folder / f"{target}_{name}{end}{suffix}"
        try:
            with path.open("xb") as file:  # fails if it exists, also if the twin has just made it
                file.write(content)
            return path
        except FileExistsError:
            number += 1


def download_link(name: str, content: bytes) -> str:
    """Return a link that carries the whole file, so that it works wherever the notebook runs."""
    kind = {".png": "image/png", ".webp": "image/webp"}[Path(name).suffix]
    name = html.escape(name)
    return (
        f'<a download="{name}" href="{data_address(content, kind)}" '
        f'style="text-decoration: underline">download {name}</a>'
    )
