"""Light and the photograph's own marks: lamp, shading, noise, contrast, white balance.

A lamp above the camera shades the pet: the depth of each pixel gives the slope of the surface,
and a surface that faces the lamp is bright. Folds, which lie deeper than their surroundings,
are dark, and fur gets fine light and dark hair from a texture. Textures are fields of noise,
made once; every drawing takes a random window of them. Last, the picture is changed as cameras
do it: brighter or darker, warmer or colder, with noise, and half of the pictures mirrored.
"""

from functools import lru_cache

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter, uniform_filter

from helpers.drawn_pets.camera import FINE, SIZE

TEXTURES = {  # how far the noise is blurred, down and across, in pixels
    "hair": (1.8, 0.7),
    "spots": (4, 4),
    "clouds": (14, 14),
    "patches": (36, 36),
}


def texture(name: str, rng, size: int = SIZE) -> np.ndarray:
    """A random window of a texture: `float32 (size, size)`, mean 0, standard deviation 1."""
    row, column = rng.integers(0, FINE, 2)
    return _textures()[name][row : row + size, column : column + size]


def hang_lamp(rng) -> np.ndarray:
    """Direction from the pet to the lamp: right, up, near; length 1."""
    lamp = rng.uniform((-0.8, 0.6, 0.5), (0.8, 1.2, 1)).astype(np.float32)
    return lamp / np.linalg.norm(lamp)


def shade(depth: np.ndarray, lamp: np.ndarray, rng) -> np.ndarray:
    """Light on each pixel: lamp, sky, dark folds, hair. `(224, 224)`, about 0.3–1.3."""
    mask = np.isfinite(depth)
    filled, weight = np.where(mask, depth, 0), mask.astype(np.float32)
    # Divided by the blurred weight, the blurred depth is a mean over pixels of the pet alone.
    soft = gaussian_filter(filled, 1.2) / (gaussian_filter(weight, 1.2) + 1e-4)
    wide = uniform_filter(filled, 17) / (uniform_filter(weight, 17) + 1e-4)
    hair = texture("hair", rng)
    down, right = np.gradient(soft / 2 + 0.2 * hair)
    length = np.sqrt(down**2 + right**2 + 1)
    facing = (lamp[2] - right * lamp[0] - down * lamp[1]) / length
    folds = np.clip((wide - soft) / 60, 0, 0.5)
    light = 0.42 + 0.62 * np.clip(facing, 0, 1) - 0.12 * down / length - folds
    return light * (1 + 0.06 * hair)


def planes(image: Image.Image) -> np.ndarray:
    """The red, green and blue plane of a picture: `float32 (3, height, width)`.

    NumPy multiplies whole planes by light or shadow much faster than pixel by pixel.
    """
    return np.asarray(image).transpose(2, 0, 1).astype(np.float32, order="C")


def photograph(picture: np.ndarray, rng) -> np.ndarray:
    """Brightness, contrast, warm or cold light, noise, mirrored or not.

    Takes planes `(3, 224, 224)` and returns `uint8 (224, 224, 3)`.
    """
    bright, contrast, warm = rng.uniform((0.8, 0.8, -0.1), (1.15, 1.15, 0.1)).astype(np.float32)
    gain = bright * np.array([1 + warm, 1, 1 - warm], np.float32)[:, None, None]
    picture = picture * (gain * contrast) + gain * (1 - contrast) * 120
    picture += rng.uniform(0, 4) * texture("hair", rng)
    picture = picture[..., ::-1] if rng.random() < 0.5 else picture
    return np.ascontiguousarray(np.uint8(np.clip(picture, 0, 255)).transpose(1, 2, 0))


@lru_cache(1)
def _textures() -> dict[str, np.ndarray]:
    """Noise from fine hair to large patches, `(896, 896)` each, so that every window fits."""
    rng = np.random.default_rng(7)
    fields = {}
    for name, blur in TEXTURES.items():
        field = gaussian_filter(rng.standard_normal((FINE, FINE)), blur, mode="wrap")
        fields[name] = np.tile((field / field.std()).astype(np.float32), (2, 2))
    return fields
