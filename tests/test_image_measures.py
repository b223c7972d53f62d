"""The measures of lesson 03, on images whose answer is known."""

import numpy as np
import pytest

from helpers.photographs.image_measures import (
    amplitudes,
    check_image,
    fine_detail,
    mean_power,
    shifted_copies,
)

SIZE = 64


def wave(count):
    """An image of `count` waves from left to right."""
    x = 2 * np.pi * count * np.arange(SIZE) / SIZE
    line = np.round(127.5 + 100 * np.cos(x)).astype(np.uint8)
    return np.broadcast_to(line[None, :, None], (SIZE, SIZE, 3))


def test_shifted_copies_are_fixed_and_differ():
    photo = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)
    copies = shifted_copies(photo, count=8)
    assert copies.shape == (8, SIZE, SIZE, 3) and copies.dtype == np.uint8
    assert np.array_equal(copies, shifted_copies(photo, count=8))
    assert all(not np.array_equal(copy, photo) for copy in copies)
    assert not np.array_equal(copies, shifted_copies(photo, count=8, seed=1))


def test_shifted_copies_stay_within_their_limits():
    """A dot in the middle is found again at most 16 pixels away, and half are mirrored."""
    size = 101
    photo = np.zeros((size, size, 3), np.uint8)
    photo[47:54, 47:54] = 255
    places = [np.argwhere(copy[..., 0] > 128).mean(0) for copy in shifted_copies(photo, 64)]
    away = np.abs(np.array(places) - 50)
    assert away.max() < 16 + 1 and away.max() > 12

    ramp = np.repeat(np.arange(size, dtype=np.uint8)[None, :, None] * 2, size, 0).repeat(3, 2)
    rises = [copy[50, 70, 0] > copy[50, 30, 0] for copy in shifted_copies(ramp, 64)]
    assert 16 < sum(rises) < 48


def test_a_grey_image_stays_grey():
    """The border is reflected, so nothing black comes in."""
    assert (shifted_copies(np.full((SIZE, SIZE, 3), 77, np.uint8), count=4) == 77).all()


def test_amplitudes_find_the_wave():
    rings, found = amplitudes(np.stack([wave(5)] * 2))
    assert rings[0] == 1 and rings[-1] == SIZE // 2
    assert rings[found.argmax()] == 5 and np.sort(found)[-2] < 0.05 * found.max()


@pytest.mark.parametrize("count, share", [(5, 0), (15, 0), (17, 1), (30, 1)])
def test_fine_detail(count, share):
    assert fine_detail(wave(count)[None]) == pytest.approx(share, abs=0.01)


def test_power_is_the_variance():
    """Parseval: the power of all waves adds up to the variance, times a constant."""
    photo = np.random.default_rng(1).integers(0, 256, (1, SIZE, SIZE, 3), dtype=np.uint8)
    grey = photo[0].mean(2) / 255
    assert mean_power(photo)[1].sum() / SIZE**4 == pytest.approx(grey.var())


def test_check_image_accepts_images():
    photo = np.random.default_rng(0).uniform(size=(SIZE, SIZE, 3))
    check_image(photo, rate=0.05)
    photo[: SIZE // 2] = 0  # half of it black: allowed
    check_image(photo, rate=0.05)


@pytest.mark.parametrize(
    "bad", [np.zeros((8, 8, 3)), np.ones((8, 8, 3)), np.full((8, 8, 3), np.nan)]
)
def test_check_image_explains(bad):
    with pytest.raises(ValueError, match="step size 50 is too large.*smaller step size"):
        check_image(bad, rate=50)
