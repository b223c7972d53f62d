"""Keep an ideal image as a PNG file, or the steps to it as a small film."""

import html
import io
import itertools
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from helpers.figures.plots import data_address
from helpers.networks.names import class_names
from helpers.photographs.photos import save_png
from helpers.settings import data_folder

FRAME, LAST_FRAME = 80, 1500  # milliseconds


def save(images: Sequence[np.ndarray], target: int, suffix: str) -> str:
    """Save the last image as ".png", or all as ".webp"; say so as HTML.

    `images` are `uint8 (height, width, 3)`. The link carries the whole file, so that it works
    wherever the notebook runs, and where no folder can be written.
    """
    content = _encode(images, suffix)
    try:
        path = write_new(target, suffix, content)
        name, words = path.name, f"Saved as {path}"
    except OSError as error:
        name, words = f"ideal{suffix}", f"The data folder cannot be written: {error}"
    address = data_address(content, f"image/{suffix[1:]}")
    link = f'<a download="{name}" href="{address}" style="text-decoration: underline">'
    return f"{html.escape(words)} · {link}download {name}</a>"


def write_new(target: int, suffix: str, content: bytes) -> Path:
    """Write a file to `<data folder>/ideal/` and return its path. No file is overwritten.

    The name is that of the class, for example `281_tabby.png`, then `281_tabby_2.png`.
    """
    folder = data_folder() / "ideal"
    folder.mkdir(exist_ok=True)
    name = re.sub(r"[^a-z0-9]+", "_", class_names()[target].lower()).strip("_")
    path = folder / f"{target}_{name}{suffix}"
    for number in itertools.count(2):
        try:
            with path.open("xb") as file:  # fails if it exists, also if the twin has just made it
                file.write(content)
            return path
        except FileExistsError:
            path = folder / f"{target}_{name}_{number}{suffix}"


def _encode(images: Sequence[np.ndarray], suffix: str) -> bytes:
    file = io.BytesIO()
    if suffix == ".png":  # keeps every value
        save_png(file, images[-1])
    else:  # runs for ever and rests on the last image
        first, *rest = map(Image.fromarray, images)
        times = [FRAME] * len(rest) + [LAST_FRAME]
        film = dict(save_all=True, append_images=rest, duration=times, loop=0)
        first.save(file, "WEBP", quality=80, **film)
    return file.getvalue()
