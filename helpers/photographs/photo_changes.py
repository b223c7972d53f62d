"""What happens to a photograph on its way: JPEG, a smaller copy, a cut border, a blur, noise.

Each function takes photographs `(n, height, width, 3)`, uint8 or float, values 0–255, and returns
them as `uint8` of the same shape, so that a network can look at the result.
"""

import io

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

BICUBIC = Image.Resampling.BICUBIC


def to_8bit(pixels: np.ndarray) -> np.ndarray:
    """Round to whole levels, 0–255. A plain `astype(np.uint8)` would cut the fractions off."""
    return np.clip(np.round(pixels), 0, 255).astype(np.uint8)


def compress(photos: np.ndarray, quality: int = 75) -> np.ndarray:
    """Save as JPEG and read again. `quality` is Pillow's: 1 (small file) to 95 (large file)."""

    def change(image: Image.Image) -> Image.Image:
        file = io.BytesIO()
        image.save(file, format="JPEG", quality=quality)
        return Image.open(file)

    return _each(photos, change)


def shrink(photos: np.ndarray, size: int = 200) -> np.ndarray:
    """Make a copy of `size` × `size` pixels, as a web page does, and enlarge it again."""
    return _each(
        photos, lambda image: image.resize((size, size), BICUBIC).resize(image.size, BICUBIC)
    )


def cut_border(photos: np.ndarray, border: int = 12) -> np.ndarray:
    """Cut `border` pixels off each side and enlarge the rest to the size of before."""
    height, width = photos.shape[1:3]
    box = (border, border, width - border, height - border)
    return _each(photos, lambda image: image.resize(image.size, BICUBIC, box=box))


def blur(photos: np.ndarray, sigma: float = 1.0) -> np.ndarray:
    """Blur with a Gaussian of standard deviation `sigma`, in pixels."""
    return to_8bit(gaussian_filter(photos.astype(np.float32), (0, sigma, sigma, 0)))


def add_noise(photos: np.ndarray, levels: float, rng: np.random.Generator) -> np.ndarray:
    """Add normal noise with a standard deviation of `levels`."""
    return to_8bit(photos + rng.normal(0, levels, photos.shape))


def _each(photos: np.ndarray, change) -> np.ndarray:
    return np.stack([np.asarray(change(Image.fromarray(photo))) for photo in to_8bit(photos)])
