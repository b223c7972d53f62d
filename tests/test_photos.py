"""Any file becomes `uint8 (height, width, 3)` or is refused with a reason."""

import gc
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from fixtures import REFUSED, encode, jpeg, odd_images, picture
from PIL import Image

from helpers.photographs.own_folders import own_photographs
from helpers.photographs.photos import (
    PhotoError,
    batches_of,
    load_squares,
    open_photo,
    save_png,
    square,
)
from helpers.settings import REPOSITORY

ODD = odd_images()
TURNED = {"exif6.jpg": (80, 64, 3), "tiny.jpg": (1, 1, 3)}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", sorted(set(ODD) - REFUSED))
def test_good_file_becomes_rgb(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(ODD[name])
    for source in (path, str(path), ODD[name]):
        photo = open_photo(source)
        assert photo.dtype == np.uint8 and photo.shape == TURNED.get(name, (64, 80, 3))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", sorted(REFUSED))
def test_bad_file_is_refused_with_a_reason(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(ODD[name])
    for source in (path, ODD[name]):
        with pytest.raises(PhotoError) as caught:
            open_photo(source)
        reason = str(caught.value)
        assert reason and "0x" not in reason  # no address in memory: the same words on every run
    assert path.read_bytes() == ODD[name]


def test_reasons_are_plain():
    reasons = {}
    for name in ("zero.jpg", "html.jpg", "trunc.jpg"):
        with pytest.raises(PhotoError) as caught:
            open_photo(ODD[name])
        reasons[name] = str(caught.value)
    assert reasons["zero.jpg"] == "empty file"
    assert reasons["html.jpg"] == "not a photograph"
    assert "truncated" in reasons["trunc.jpg"]


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(PhotoError, match="nothing.jpg"):
        open_photo(tmp_path / "nothing.jpg")


def test_lossless_formats_keep_every_pixel():
    expected = np.asarray(picture())
    for name in ("png_named.jpg", "bmp_named.jpg", "webp_named.jpg"):
        assert np.array_equal(open_photo(ODD[name]), expected)


def test_camera_rotation_is_applied():
    upright, flat = open_photo(ODD["exif6.jpg"]), open_photo(ODD["plain.jpg"])
    assert np.array_equal(upright, np.rot90(flat, -1))


def test_transparency_is_laid_on_white():
    photo, opaque = open_photo(ODD["rgba.png"]), np.asarray(picture())
    assert (photo[:, 0::2] == 255).all()
    assert np.array_equal(photo[:, 1::2], opaque[:, 1::2])


def test_sixteen_bits_are_scaled():
    photo = open_photo(ODD["i16.png"])
    wide = np.arange(64 * 80).reshape(64, 80) * 12
    assert np.abs(photo[..., 0] - wide / 257).max() <= 0.5
    assert (photo == 255).mean() < 0.01


def test_dark_sixteen_bits_stay_dark():
    dark = np.full((8, 8), 200, np.uint16)  # 200 of 65535: black
    assert open_photo(encode(Image.fromarray(dark), "PNG")).max() <= 1


def test_animation_gives_its_first_frame():
    first = open_photo(encode(picture(1).convert("P"), "GIF"))
    assert np.array_equal(open_photo(ODD["anim_named.jpg"]), first)


def test_min_side_never_goes_below():
    large = encode(picture(0, 1200, 1600), "JPEG")
    assert 256 <= min(open_photo(large, min_side=256).shape[:2]) < 1200


@pytest.mark.parametrize("height, width", [(64, 80), (300, 200), (1, 1), (224, 224)])
def test_square_has_the_size_asked_for(height, width):
    photo = np.full((height, width, 3), 90, np.uint8)
    for size in (224, 32):
        assert (square(photo, size) == 90).all() and square(photo, size).shape == (size, size, 3)


def test_square_cuts_the_middle():
    photo = np.zeros((100, 300, 3), np.uint8)
    photo[:, 100:200] = 255
    assert (square(photo)[:, 5:-5] == 255).all()


def test_square_cuts_off_the_border():
    photo = np.zeros((256, 256, 3), np.uint8)
    photo[16:-16, 16:-16] = 255
    assert (square(photo) == 255).all()


def test_square_is_antialiased():
    """Black and white pixels in turn become grey; who leaves pixels out gets black and white."""
    fine = np.indices((1000, 1000)).sum(axis=0) % 2 * 255
    small = square(np.repeat(fine[..., None], 3, axis=2).astype(np.uint8))
    assert np.abs(small.astype(int) - 127).max() < 30


def test_batches_keep_the_order(tmp_path):
    paths = []
    for seed in range(5):
        paths.append(tmp_path / f"{seed}.jpg")
        paths[-1].write_bytes(jpeg(seed))
    batches = batches_of(paths, 2)
    assert [len(batch) for batch in batches] == [2, 2, 1] and sum(batches, []) == paths
    assert np.array_equal(load_squares(batches[2], 32)[0], square(open_photo(paths[4]), 32))
    assert batches_of([], 2) == [] and load_squares([]).shape == (0, 224, 224, 3)
    assert [part.shape for part in batches_of(np.zeros((3, 8)), 2)] == [(2, 8), (1, 8)]


def test_bad_file_in_a_batch_is_named(tmp_path):
    (tmp_path / "broken.jpg").write_bytes(ODD["trunc.jpg"])
    with pytest.raises(PhotoError, match="broken.jpg"):
        load_squares([tmp_path / "broken.jpg"])


def test_saved_png_is_the_same_picture(tmp_path):
    save_png(tmp_path / "a.png", np.asarray(picture()))
    assert np.array_equal(open_photo(tmp_path / "a.png"), np.asarray(picture()))


def test_no_file_stays_open(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(ODD["plain.jpg"])
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        open_photo(path)
        with pytest.raises(PhotoError):
            open_photo(b"")
        gc.collect()


def test_a_learners_warnings_stay_as_they_are(tmp_path):
    """Also when many threads open photographs: the filters belong to all of them."""
    for seed in range(8):
        home = tmp_path / f"class {seed % 2}"
        home.mkdir(exist_ok=True)
        (home / f"{seed}.jpg").write_bytes(jpeg(seed))
    paths, before = sorted(tmp_path.rglob("*.jpg")), list(warnings.filters)
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(load_squares, paths, 32) for _ in range(100)]
        waiting += [pool.submit(own_photographs, tmp_path, 32) for _ in range(20)]
    assert {len(result.result()) for result in waiting[:100]} == {8}
    assert [len(result.result().photos) for result in waiting[100:]] == [8] * 20
    assert warnings.filters == before


def test_odd_exif_data_are_no_matter_and_other_warnings_are_heard(tmp_path):
    """In a kernel of its own: pytest sets the filters anew for each test."""
    odd = b"Exif\0\0II*\0\x08\0\0\0\x05\0\x12\x01\x03\0\x01\0\0\0\x06"
    (tmp_path / "odd.jpg").write_bytes(encode(picture(), "JPEG", exif=odd))
    code = f"""
import warnings
from helpers.photographs.photos import load_squares
load_squares([{str(tmp_path / "odd.jpg")!r}])
warnings.warn("heard")
"""
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert "heard" in run.stderr and "EXIF" not in run.stderr
