"""A learner's own class folders: every readable format, every fault with its reason."""

import hashlib

import numpy as np
import pytest
from PIL import Image

from helpers.datasets.loading import Photographs
from helpers.drawn_pets import draw_pet
from helpers.photographs import own_folders
from helpers.photographs.own_folders import FolderError, own_photographs
from helpers.photographs.photos import open_photo, save_png, square
from notebooks import demo_folders

COLOURS = {"apples": (200, 30, 30), "pears": (60, 180, 40), "plums": (90, 40, 140)}


def picture(colour, seed=0, size=(60, 40)):
    noise = np.random.default_rng(seed).integers(-20, 20, (size[1], size[0], 3))
    return Image.fromarray(np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8))


@pytest.fixture
def fruit(tmp_path):
    """Twenty pictures in three classes, as phones leave them, and one broken file."""
    for name, colour in COLOURS.items():
        (tmp_path / name).mkdir()
        for number in range(7):
            picture(colour, number).save(tmp_path / name / f"IMG_{number}.jpg")
    (tmp_path / "plums" / "IMG_6.jpg").unlink()
    broken = tmp_path / "apples" / "IMG_0.jpg"
    (tmp_path / "apples" / "broken.jpg").write_bytes(broken.read_bytes()[:400])
    clear = picture(COLOURS["pears"]).convert("RGBA")
    clear.putalpha(0)
    clear.save(tmp_path / "pears" / "clear.png")
    sideways = Image.new("RGB", (60, 40), "black")
    sideways.paste("white", (0, 0, 30, 40))  # the left half; upright it is the top
    exif = Image.Exif()
    exif[0x0112] = 6
    sideways.save(tmp_path / "plums" / "sideways.JPG", exif=exif, quality=95)
    return tmp_path


def digests(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_phone_pictures(fruit):
    before = digests(fruit)
    own = own_photographs(fruit, size=32)
    assert own.class_names == ["apples", "pears", "plums"]
    assert own.photos.shape == (22, 32, 32, 3) and own.photos.dtype == np.uint8
    assert np.bincount(own.labels).tolist() == [7, 8, 7]
    assert len(own.paths) == len(own.labels) == len(own.test) == 22
    ((name, reason),) = own.skipped
    assert name == "apples/broken.jpg" and reason
    assert "skipped apples/broken.jpg" in own.report() and "pears: 8" in own.report()
    by_name = {path.name: photo for path, photo in zip(own.paths, own.photos, strict=True)}
    assert (by_name["clear.png"] == 255).all()
    upright = by_name["sideways.JPG"]
    assert upright[:12].min() > 200 and upright[-12:].max() < 60
    assert digests(fruit) == before


def test_every_class_has_photographs_to_learn_from_and_for_the_test(fruit):
    own = own_photographs(fruit, size=32)
    for label in range(3):
        assert own.test[own.labels == label].sum() == 2
        assert not own.test[own.labels == label].all()


def test_the_split_does_not_change(fruit):
    first, second = own_photographs(fruit, size=32), own_photographs(fruit, size=32)
    assert first.paths == second.paths and (first.test == second.test).all()


def test_copies_are_skipped_in_every_class(fruit):
    for number in range(7):
        source = fruit / "apples" / f"IMG_{number}.jpg"
        (fruit / "apples" / f"copy_{number}.jpg").write_bytes(source.read_bytes())
    (fruit / "pears" / "wrong.jpg").write_bytes(source.read_bytes())
    own = own_photographs(fruit, size=32)
    assert len({photo.tobytes() for photo in own.photos}) == len(own.photos)
    reasons = dict(own.skipped)
    assert reasons["pears/wrong.jpg"].startswith("the same picture as apples/")
    assert len([reason for reason in reasons.values() if "same picture" in reason]) == 8


def test_a_copy_of_the_same_name_is_a_copy(fruit):
    (fruit / "pears" / "2026").mkdir()
    content = (fruit / "pears" / "IMG_1.jpg").read_bytes()
    (fruit / "pears" / "2026" / "IMG_1.jpg").write_bytes(content)
    own = own_photographs(fruit, size=32)
    reasons = dict(own.skipped)
    assert reasons["pears/IMG_1.jpg"] == "the same picture as pears/2026/IMG_1.jpg"
    assert len({photo.tobytes() for photo in own.photos}) == len(own.photos) == 22


def test_copies_do_not_count(fruit):
    """Four files of two photographs are two photographs: too few, and said so."""
    for path in sorted((fruit / "pears").iterdir())[2:]:
        path.unlink()
    for number, path in enumerate(sorted((fruit / "pears").iterdir())):
        (fruit / "pears" / f"copy_{number}.jpg").write_bytes(path.read_bytes())
    with pytest.raises(FolderError, match="pears has 2"):
        own_photographs(fruit, size=32)


@pytest.mark.parametrize("suffix", [".JPG", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tiff"])
def test_formats(fruit, suffix):
    picture((9, 9, 9), 8).save(fruit / "pears" / f"other{suffix}")
    own = own_photographs(fruit, size=32)
    assert f"other{suffix}" in [path.name for path in own.paths]


def test_any_names(fruit):
    (fruit / "apples").rename(fruit / "Äpfel & Birnen (1)")
    own = own_photographs(str(fruit), size=32)
    assert "Äpfel & Birnen (1)" in own.class_names


def test_file_names_with_spaces_and_accents(fruit):
    names = {"IMG 7 (1).jpg", "Été à la mer.JPG", "梨.png"}
    for number, name in enumerate(sorted(names)):
        picture(COLOURS["pears"], 20 + number).save(fruit / "pears" / name)
    assert names <= {path.name for path in own_photographs(fruit, size=32).paths}


def test_nothing_in_the_folder_changes(fruit, monkeypatch):
    (fruit / ".hidden").mkdir()
    for name in (".DS_Store", "notes.txt", "IMG_1.HEIC", "empty.jpg"):
        (fruit / "pears" / name).write_bytes(b"" if name == "empty.jpg" else b"junk")
    before, everything = digests(fruit), set(fruit.rglob("*"))
    own_photographs(fruit, size=32)
    monkeypatch.setattr(own_folders, "LEAST", 99)
    with pytest.raises(FolderError):
        own_photographs(fruit)
    assert digests(fruit) == before and set(fruit.rglob("*")) == everything


def test_other_files_are_no_photographs(fruit):
    (fruit / "pears" / "notes.txt").write_text("sweet", encoding="utf-8")
    (fruit / "pears" / ".DS_Store").write_bytes(b"junk")
    (fruit / "pears" / "Thumbs.db").write_bytes(b"junk")
    (fruit / ".hidden").mkdir()
    own = own_photographs(fruit, size=32)
    assert len(own.skipped) == 1 and len(own.class_names) == 3


def test_a_photograph_beside_the_class_folders_is_named(fruit):
    picture((9, 9, 9), 9).save(fruit / "loose.jpg")
    own = own_photographs(fruit, size=32)
    assert ("loose.jpg", "lies in no class folder") in own.skipped and len(own.labels) == 22


def test_folders_inside_a_class(fruit):
    (fruit / "pears" / "2026" / ".thumbnails").mkdir(parents=True)
    picture((9, 9, 9), 9).save(fruit / "pears" / "2026" / "deep.jpg")
    picture((9, 9, 9), 9).save(fruit / "pears" / "2026" / ".thumbnails" / "small.jpg")
    names = [path.name for path in own_photographs(fruit, size=32).paths]
    assert "deep.jpg" in names and "small.jpg" not in names


def test_a_hidden_folder_above_does_not_matter(fruit):
    home = fruit / ".cache" / "fruit"
    home.mkdir(parents=True)
    for name in COLOURS:
        (fruit / name).rename(home / name)
    assert len(own_photographs(home, size=32).labels) == 22


def test_no_class_folders(fruit):
    with pytest.raises(FolderError, match="at least 2.*above the class folders"):
        own_photographs(fruit / "pears")


def test_one_class_is_not_enough(fruit):
    (fruit / "alone").mkdir()
    (fruit / "pears").rename(fruit / "alone" / "pears")
    with pytest.raises(FolderError, match="1 class folders, and at least 2"):
        own_photographs(fruit / "alone")


def test_no_folder(tmp_path):
    with pytest.raises(FolderError, match="no folder"):
        own_photographs(tmp_path / "nowhere")


def test_too_few_in_a_class(fruit):
    (fruit / "quinces").mkdir()
    picture((9, 9, 9)).save(fruit / "quinces" / "only.jpg")
    with pytest.raises(FolderError, match="quinces has 1"):
        own_photographs(fruit)


def test_all_broken_says_why(fruit):
    for path in (fruit / "apples").iterdir():
        path.write_bytes(b"")
    with pytest.raises(FolderError, match="(?s)apples has 0.*empty file"):
        own_photographs(fruit)


@pytest.fixture
def pets(tmp_path):
    paths = [tmp_path / f"{number}.jpg" for number in range(16)]
    for number, path in enumerate(paths):
        picture((100, 100, 100), number).save(path)
    return Photographs(
        paths=paths, labels=np.repeat([0, 1], 8), class_names=["cat", "dog"],
        split=np.full(16, "test"), source="photos", origin="", skipped=[],
    )  # fmt: skip


def test_demo_folders_have_the_faults_of_real_ones(pets, tmp_path):
    folder = demo_folders.make_demo_folders(tmp_path / "demo", pets)
    own = own_photographs(folder, size=32)
    assert own.class_names == ["cats", "dogs", "my_cat"]
    assert np.bincount(own.labels).tolist() == [7, 7, 7]
    assert [name for name, _ in own.skipped] == ["dogs/IMG_9999.jpg"]
    with Image.open(folder / "cats" / "IMG_0001.jpg") as sideways:
        assert sideways.getexif()[0x0112] == 6 and sideways.size == (40, 60)


def test_demo_folders_work_with_drawn_pets(tmp_path):
    """The cat on its side comes upright, and the pets themselves are not changed."""
    paths = [tmp_path / f"{number:02d}.png" for number in range(16)]
    for number, path in enumerate(paths):
        save_png(path, draw_pet("cat" if number < 8 else "dog", number))
    pets = Photographs(
        paths=paths, labels=np.repeat([0, 1], 8), class_names=["cat", "dog"],
        split=np.full(16, "test"), source="drawn", origin="", skipped=[],
    )  # fmt: skip
    before = digests(tmp_path)
    own = own_photographs(demo_folders.make_demo_folders(tmp_path / "demo", pets), size=64)
    assert np.bincount(own.labels).tolist() == [7, 7, 7]
    assert all(0 < own.test[own.labels == label].sum() < 7 for label in range(3))
    plain = square(open_photo(paths[1]), 64).astype(int)
    difference = [np.abs(np.rot90(own.photos[1], turn) - plain).mean() for turn in range(4)]
    assert own.paths[1].name == "IMG_0001.jpg" and np.argmin(difference) == 0
    assert difference[0] < 5 < min(difference[1:])
    assert {path: digest for path, digest in digests(tmp_path).items() if path in before} == before
