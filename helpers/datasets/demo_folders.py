"""A small folder of class folders for the demo, as a phone might have filled it."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance
from skimage import data

from helpers.datasets.loading import Photographs
from helpers.photographs.photos import open_photo

ORIENTATION, SIDEWAYS = 0x0112, 6  # EXIF: turn the picture clockwise by 90 degrees to show it


def make_demo_folders(folder: str | Path, pets: Photographs, per_class: int = 7) -> Path:
    """Write three class folders into `folder` (`cats`, `dogs`, `my_cat`) and return it.

    Cats and dogs come from the test part of `pets`; `my_cat` is Chelsea, cut in different ways out
    of one photograph. Some files are as phones and messengers leave them: one lies on its side and
    says so in its EXIF data, one is a PNG with transparency, one has an upper-case extension, and
    one more is half a photograph.
    """
    folder = Path(folder)
    for label, name in enumerate(("cats", "dogs")):
        chosen = np.flatnonzero((pets.split == "test") & (pets.labels == label))[:per_class]
        _write(folder / name, [Image.fromarray(open_photo(pets.paths[i])) for i in chosen])
    _write(folder / "my_cat", [_view_of_chelsea(number) for number in range(per_class)])
    _lay_on_its_side(folder / "cats" / "IMG_0001.jpg")
    _make_transparent(folder / "dogs" / "IMG_0002.jpg")
    (folder / "my_cat" / "IMG_0003.jpg").rename(folder / "my_cat" / "IMG_0003.JPG")
    whole = (folder / "dogs" / "IMG_0000.jpg").read_bytes()
    (folder / "dogs" / "IMG_9999.jpg").write_bytes(whole[: len(whole) // 2])
    return folder


def _write(home: Path, images: list[Image.Image]) -> None:
    home.mkdir(parents=True)
    for number, image in enumerate(images):
        image.save(home / f"IMG_{number:04d}.jpg", quality=92)


def _view_of_chelsea(number: int) -> Image.Image:
    """Return a part of the photograph (300 × 451 pixels), lighter or darker."""
    rng = np.random.default_rng(number)
    side = int(rng.integers(220, 300))
    left, top = int(rng.integers(40, 431 - side)), int(rng.integers(0, 301 - side))
    image = Image.fromarray(data.chelsea()).crop((left, top, left + side, top + side))
    return ImageEnhance.Brightness(image).enhance(rng.uniform(0.6, 1.3))


def _lay_on_its_side(path: Path) -> None:
    image = Image.open(path).rotate(90, expand=True)
    exif = Image.Exif()
    exif[ORIENTATION] = SIDEWAYS
    image.save(path, exif=exif, quality=92)


def _make_transparent(path: Path) -> None:
    image = Image.open(path).convert("RGBA")
    image.putalpha(Image.new("L", image.size, 230))
    image.save(path.with_suffix(".png"))
    path.unlink()
