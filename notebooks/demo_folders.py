"""For lesson 02: a small folder of class folders, as a phone might have filled it."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance
from skimage import data

from helpers.datasets import Photographs
from helpers.photographs import open_photo


def make_demo_folders(folder: str | Path, pets: Photographs) -> Path:
    """Write class folders with 7 photographs (`cats`, `dogs`, `my_cat`) into `folder`; return it.

    Cats and dogs come from the test part of `pets`; `my_cat` is Chelsea, cut in different ways out
    of one photograph. As a phone leaves them, one lies on its side and says so in its EXIF data,
    and one more is half a photograph.
    """
    folder, images = Path(folder), {"my_cat": map(_view_of_chelsea, range(7))}
    for label, name in enumerate(("cats", "dogs")):
        chosen = np.flatnonzero((pets.split == "test") & (pets.labels == label))[:7]
        images[name] = [Image.fromarray(open_photo(pets.paths[i])) for i in chosen]
    for name, group in images.items():
        (folder / name).mkdir(parents=True)
        for number, image in enumerate(group):
            image.save(folder / name / f"IMG_{number:04d}.jpg", quality=92)
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turn the picture clockwise by 90 degrees to show it
    on_its_side = images["cats"][1].rotate(90, expand=True)
    on_its_side.save(folder / "cats" / "IMG_0001.jpg", exif=exif, quality=92)
    whole = (folder / "dogs" / "IMG_0000.jpg").read_bytes()
    (folder / "dogs" / "IMG_9999.jpg").write_bytes(whole[: len(whole) // 2])
    return folder


def _view_of_chelsea(number: int) -> Image.Image:
    """Return a part of the photograph (300 × 451 pixels), lighter or darker."""
    rng = np.random.default_rng(number)
    side = int(rng.integers(220, 300))
    left, top = int(rng.integers(40, 431 - side)), int(rng.integers(0, 301 - side))
    image = Image.fromarray(data.chelsea()).crop((left, top, left + side, top + side))
    return ImageEnhance.Brightness(image).enhance(rng.uniform(0.6, 1.3))
