"""Any photograph becomes an upright RGB array, so that both frameworks see the same pixels."""

import contextlib
import importlib.util
import io
import math
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pillow_heif
from PIL import Image, ImageOps, UnidentifiedImageError
from skimage import data

pillow_heif.register_heif_opener()  # the format of iPhones
Image.init()
# What cameras, phones, scanners and messengers write. Of what Pillow knows besides, some starts
# other programs (EPS), and some takes nearly any file for its own.
FORMATS = ("JPEG", "MPO", "PNG", "HEIF", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "JPEG2000", "PPM")
FORMATS = [name for name in FORMATS if name in Image.OPEN]
LARGEST = 50_000_000  # pixels: so many are decoded, in about 0.5 GB of memory
Image.MAX_IMAGE_PIXELS = 100_000_000  # above twice as many Pillow does not even begin
# Odd palettes and EXIF data do not matter here. Once, and for Pillow alone: `catch_warnings` in
# threads that end in another order than they began would spoil the warnings of the whole kernel.
warnings.filterwarnings("ignore", module=r"PIL\.")


class PhotoError(ValueError):
    """A file is no photograph, or not all of it can be read."""


def open_photo(source: str | Path | bytes, min_side: int = 0) -> np.ndarray:
    """Decode a photograph completely and return it as `uint8 (height, width, 3)`, RGB, upright.

    `source` is a path or the bytes of a file; the content counts, not the name. Transparency is
    laid on white, 16-bit values are scaled to 0–255, an animation gives its first frame. `min_side`
    lets the JPEG decoder skip detail: the shorter side is at least that long (0: full size, up to
    `LARGEST` pixels). Raises PhotoError with the reason when it cannot be decoded.
    """
    try:
        whole = isinstance(source, bytes)
        with io.BytesIO(source) if whole else Path(source).open("rb") as file:
            if not file.read(1):
                raise PhotoError("empty file")
            return _decode(Image.open(file, formats=FORMATS), min_side)
    except PhotoError:
        raise
    except UnidentifiedImageError as error:
        raise PhotoError("not a photograph") from error
    except Exception as error:  # decoders raise many kinds: struct.error, KeyError, MemoryError …
        plain = isinstance(error, OSError | ValueError | SyntaxError) and str(error).strip()
        raise PhotoError(plain or f"cannot be decoded ({type(error).__name__}: {error})") from error


def square(photo: np.ndarray, size: int = 224) -> np.ndarray:
    """Resize the shorter side to 256/224 of `size` and cut the middle: `uint8 (size, size, 3)`.

    This is the usual test-time crop for ImageNet networks. Filter: bicubic, antialiased.
    """
    border = (1 - 224 / 256) / 2  # this share is cut off at each side
    return np.asarray(ImageOps.fit(Image.fromarray(photo), (size, size), bleed=border))


def open_square(path: str | Path, size: int = 224) -> np.ndarray:
    """Open a photograph and cut its square, without decoding detail that `square` drops."""
    return square(open_photo(path, min_side=size * 256 // 224), size)


def load_squares(paths: Sequence[str | Path], size: int = 224) -> np.ndarray:
    """Open photographs and cut each square: `uint8 (n, size, size, 3)`."""

    def load(path: str | Path) -> np.ndarray:
        try:
            return open_square(path, size)
        except PhotoError as error:
            again = "Delete this file and run the cell again: then it is made or fetched anew"
            raise PhotoError(f"{path}: {error}. {again}") from None

    with ThreadPoolExecutor(2) as pool:
        return np.array([*pool.map(load, paths)], np.uint8).reshape(-1, size, size, 3)


def batches_of(items: Sequence, size: int) -> list:
    """Cut photographs or their paths into batches of `size`; the last may be smaller."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def sample_photos() -> dict[str, np.ndarray]:
    """Return the photographs that are always there: name → `uint8 (height, width, 3)`.

    Chelsea the cat comes with scikit-image (public domain), the dog with Foolbox's samples.
    """
    foolbox = importlib.util.find_spec("foolbox").submodule_search_locations[0]
    dog = open_photo(Path(foolbox) / "data" / "imagenet_16_251.jpg")
    return {"Chelsea, a cat": data.chelsea(), "a Dalmatian dog": dog}


def save_png(path: str | Path | BinaryIO, photo: np.ndarray, compression: int = 6) -> None:
    """Write `uint8 (height, width, 3)` as PNG, which keeps every value.

    `path` may be an open binary file. `compression` is 0 (fast, large file) to 9 (slow, small).
    """
    Image.fromarray(photo).save(path, format="PNG", compress_level=compression)


def _decode(image: Image.Image, min_side: int) -> np.ndarray:
    """Return an opened picture as `uint8 (height, width, 3)`, upright."""
    factor = math.sqrt(image.width * image.height / LARGEST)
    if image.format in ("JPEG", "MPO") and (min_side or factor > 1):
        # The decoder halves the sides, up to three times, while they stay as long as `least`.
        factor = 2 ** math.ceil(math.log2(max(1, factor)))
        least = [min_side or side // factor for side in image.size]
        image.draft("RGB", least)
    if image.width * image.height > LARGEST:
        size = f"{image.width} × {image.height} pixels"
        raise PhotoError(f"too large: {size}, and at most {LARGEST / 1e6:.0f} million are decoded")
    image.load()
    # In place: the pixels are turned before the EXIF data are written anew, which fails when the
    # data are odd, and is of no use here.
    with contextlib.suppress(Exception):
        ImageOps.exif_transpose(image, in_place=True)
    return np.asarray(_to_rgb(image))


def _to_rgb(image: Image.Image) -> Image.Image:
    # Without copies where they can be avoided: large pictures need much memory as it is.
    if image.mode.startswith("I") or image.mode == "F":  # 16-bit or float: scale, do not cut off
        values = np.array(image, dtype=np.float32)
        if image.mode.startswith("I;16") or values.max(initial=0) > 255:
            values /= 257
        np.nan_to_num(values, copy=False)
        image = Image.fromarray(values.clip(0, 255, out=values).round(out=values).astype(np.uint8))
    if image.has_transparency_data:
        image = image if image.mode == "RGBA" else image.convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        return white
    return image if image.mode == "RGB" else image.convert("RGB")
