"""Any photograph becomes an upright RGB array, so that both frameworks see the same pixels."""

import hashlib
import importlib.util
import io
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from skimage import data

from helpers.settings import data_folder

Image.MAX_IMAGE_PIXELS = 200_000_000  # Pillow warns above 90 million: a large phone camera
# Odd palettes and EXIF data do not matter here. Once, and for Pillow alone: `catch_warnings` in
# threads that end in another order than they began would spoil the warnings of the whole kernel.
warnings.filterwarnings("ignore", module=r"PIL\.")


class PhotoError(ValueError):
    """A file is no photograph, or not all of it can be read."""


def open_photo(source: str | Path | bytes, min_side: int = 0) -> np.ndarray:
    """Decode a photograph completely and return it as `uint8 (height, width, 3)`, RGB, upright.

    `source` is a path or the bytes of a file. The camera's rotation (EXIF) is applied,
    transparency is laid on white, 16-bit values are scaled to 0–255, and an animation gives its
    first frame. `min_side` lets the JPEG decoder skip detail: the shorter side of the result is
    at least that long (0: full size). Raises PhotoError with the reason when it cannot be decoded.
    """
    try:
        content = Path(source).read_bytes() if isinstance(source, str | Path) else source
        if not content:
            raise PhotoError("empty file")
        image = Image.open(io.BytesIO(content))
        if min_side and image.format == "JPEG":
            image.draft("RGB", (min_side, min_side))
        return np.asarray(_to_rgb(ImageOps.exif_transpose(image)))
    except UnidentifiedImageError as error:
        raise PhotoError("not a photograph") from error
    except Image.DecompressionBombError as error:
        raise PhotoError(f"too large: {error}") from error
    except (OSError, ValueError, SyntaxError, EOFError, TypeError) as error:
        raise PhotoError(str(error) or type(error).__name__) from error


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
            raise PhotoError(f"{path}: {error}") from None

    with ThreadPoolExecutor(2) as pool:
        return np.array([*pool.map(load, paths)], np.uint8).reshape(-1, size, size, 3)


def photo_batches(
    paths: Sequence[str | Path], batch_size: int = 32, size: int = 224
) -> Iterator[np.ndarray]:
    """Yield the photographs in order, `uint8 (batch, size, size, 3)`, the last batch shorter.

    The next batch is decoded in a second thread while the caller works on this one.
    """
    with ThreadPoolExecutor(1) as pool:
        coming = []
        for start in range(0, len(paths), batch_size):
            coming.append(pool.submit(load_squares, paths[start : start + batch_size], size))
            if len(coming) == 2:
                yield coming.pop(0).result()
        yield from (batch.result() for batch in coming)


def sample_photos() -> dict[str, np.ndarray]:
    """Return the photographs that are always there: name → `uint8 (height, width, 3)`.

    Chelsea the cat comes with scikit-image (public domain), the dog with Foolbox's samples.
    """
    foolbox = importlib.util.find_spec("foolbox").submodule_search_locations[0]
    dog = open_photo(Path(foolbox) / "data" / "imagenet_16_251.jpg")
    return {"Chelsea, a cat": data.chelsea(), "a Dalmatian dog": dog}


def cache_file(name: str, paths: Sequence[Path]) -> Path:
    """Return a file name in the data folder for what is computed from these photographs.

    The name changes with the list of photographs, their sizes and their dates. Choose another
    `name` when the computation changes, or an old result will be read.
    """
    listing = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in paths]
    digest = hashlib.sha256("\n".join(listing).encode()).hexdigest()[:12]
    folder = data_folder() / "cache"
    folder.mkdir(exist_ok=True)
    return folder / f"{name}_{digest}.npz"


def save_png(path: str | Path | BinaryIO, photo: np.ndarray, compression: int = 6) -> None:
    """Write `uint8 (height, width, 3)` as PNG, which keeps every value.

    `path` may be an open binary file. `compression` is 0 (fast, large file) to 9 (slow, small).
    """
    Image.fromarray(photo).save(path, format="PNG", compress_level=compression)


def _to_rgb(image: Image.Image) -> Image.Image:
    image.load()
    if image.mode.startswith("I") or image.mode == "F":  # 16-bit or float: scale, do not cut off
        values = np.asarray(image, dtype=np.float64)
        if image.mode.startswith("I;16") or values.max(initial=0) > 255:
            values = values / 257
        image = Image.fromarray(values.clip(0, 255).round().astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")
