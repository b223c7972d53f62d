"""Measures of an image: does its class survive small changes, and how fine is its detail?"""

import numpy as np
from scipy import ndimage
from skimage.transform import SimilarityTransform, warp


def shifted_copies(image: np.ndarray, count: int = 16, seed: int = 0) -> np.ndarray:
    """Return copies of an image, each shifted, scaled and perhaps mirrored a little.

    `image` is `uint8 (height, width, 3)`, the result `(count, height, width, 3)`. Shifts go up to
    16 pixels, scales from 0.9 to 1.1, half of the copies are mirrored; the border is reflected.
    The same `seed` gives the same changes for every image, so that images can be compared.
    """
    rng = np.random.default_rng(seed)
    height, width = image.shape[:2]
    to_centre = SimilarityTransform(translation=(-(width - 1) / 2, -(height - 1) / 2))
    copies = []
    for _ in range(count):
        scale, shift = rng.uniform(0.9, 1.1), rng.uniform(-16, 16, 2)
        change = SimilarityTransform(scale=scale, translation=shift)
        place = to_centre + change + to_centre.inverse
        copy = warp(image, place.inverse, mode="reflect", preserve_range=True)
        copies.append(copy[:, ::-1] if rng.random() < 0.5 else copy)
    return np.clip(np.round(copies), 0, 255).astype(np.uint8)


def amplitudes(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how strong each frequency is, the mean over images, directions and colours.

    `images` is `(n, size, size, 3)`. The first array holds the frequencies, 1 … size / 2 waves
    across the image; the second the root mean square amplitude at each.
    """
    size, (waves, power) = images.shape[1], mean_power(images)
    rings = np.arange(1, size // 2 + 1)
    return rings, np.sqrt(ndimage.mean(power, np.round(waves), rings)) / size


def fine_detail(images: np.ndarray) -> float:
    """Return the share (0–1) of an image's variance in the finer half: over size / 4 waves."""
    waves, power = mean_power(images)
    return float(power[waves > images.shape[1] / 4].sum() / power.sum())


def mean_power(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return two arrays (size, size): the waves across the image, and the power of each.

    Power is the mean over images `(n, size, size, 3)`, grey, values 0–1 without their mean.
    """
    total = 0.0
    for image in images:  # one by one: the waves of many images would fill the memory
        grey = image.astype(np.float64).mean(axis=2) / 255
        total = total + np.abs(np.fft.fft2(grey - grey.mean())) ** 2
    size = images.shape[1]
    waves = np.fft.fftfreq(size, 1 / size)
    return np.hypot(*np.meshgrid(waves, waves)), total / len(images)


def check_image(image: np.ndarray, rate: float) -> None:
    """Raise ValueError when a step of size `rate` spoiled an image, and say what to do.

    Values are 0–1. Spoiled means: one is no number, or nearly every one is black or white.
    """
    extreme = np.mean((image < 0.01) | (image > 0.99))
    if np.isfinite(image).all() and extreme < 0.9:
        return
    problem = f"{extreme:.0%} of its values are black or white" if extreme >= 0.9 else "it has gaps"
    raise ValueError(
        f"The step size {rate:g} is too large for this image: {problem}, and no gradient "
        "leads back. Begin anew with a smaller step size, for example 0.05."
    )
