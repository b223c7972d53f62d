"""Anyone's photographs: whatever bytes come, a right picture or one clear error, soon.

The rows of `tests/FAULTS.md` name the tests. Of the old kinds more is in `test_photos.py` and
`test_photo_folders.py`.
"""

import html
import re
import struct
import time

import numpy as np
import pytest
from fixtures import encode, picture
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from matplotlib.text import Text
from PIL import Image
from skimage.data import chelsea

from helpers import figures
from helpers.figures.plots import to_html
from helpers.photographs.own_folders import FolderError, own_photographs
from helpers.photographs.photos import LARGEST, PhotoError, open_photo
from helpers.settings import REPOSITORY


def odd_exif(tag: int, kind: int, value: bytes) -> bytes:
    """EXIF data that turn a picture, and hold one more number, stored elsewhere in them."""
    rows = [(0x0112, 3, 1, struct.pack("<HH", 6, 0)), (tag, kind, 1, struct.pack("<I", 38))]
    table = b"".join(struct.pack("<HHI", *row[:3]) + row[3] for row in sorted(rows))
    return b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 2) + table + bytes(4) + value


KINDS = ["JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "AVIF", "HEIF", "JPEG2000", "PPM", "MPO"]
FILES = {kind: encode(picture(0, 40, 60), kind) for kind in KINDS}
ODD = odd_exif(0x011A, 10, struct.pack("<ii", 1, -1))  # a denominator of -1
SEEDS = [*FILES.values(), encode(picture(0, 40, 60), "JPEG", exif=ODD)]
SECONDS, MEGABYTES = 2, 500  # seconds of this process: others may be busy


def peak() -> float:
    """Return the largest memory of this process so far, in MB; 0 where it is not told."""
    resource = pytest.importorskip("resource")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000  # KB on Linux


def check_answer(content: bytes) -> None:
    """`open_photo` gives RGB pixels, or says why not in words that are the same on each run."""
    try:
        photo = open_photo(content)
    except PhotoError as error:
        assert str(error) and "0x" not in str(error)
    else:
        assert photo.dtype == np.uint8 and photo.ndim == 3 and photo.shape[2] == 3


@some.composite
def damaged(draw) -> bytes:
    """A file of a known kind with some bytes changed, most of them near its ends, or cut off."""
    content = bytearray(draw(some.sampled_from(SEEDS)))
    near = some.integers(0, min(400, len(content) - 1))
    places = draw(some.lists(near | near.map(lambda i: -1 - i), max_size=8))
    for place in places:
        content[place] = draw(some.sampled_from([0, 1, 127, 255]) | some.integers(0, 255))
    end = draw(some.just(len(content)) | some.integers(0, len(content)))
    return bytes(content[:end])


@pytest.mark.filterwarnings("ignore")
@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(damaged() | some.binary(max_size=500))
def test_any_bytes(content):
    before, begin = peak(), time.process_time()
    check_answer(content)
    assert time.process_time() - begin < SECONDS and peak() - before < MEGABYTES


def test_each_kind_is_read():
    for kind, content in FILES.items():
        photo = open_photo(content).astype(int)
        assert photo.shape == (40, 60, 3), kind


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "GIF", "BMP"])
def test_a_small_file_of_a_huge_picture_is_refused_at_once(kind):
    """Zeros pack well: a picture of 0.4 GB can be a file of some KB."""
    side = int(LARGEST**0.5) + 100
    options = {"compression": "tiff_deflate"} if kind == "TIFF" else {}
    content = encode(Image.new("1", (side, side)), kind, **options)
    before, begin = peak(), time.process_time()
    with pytest.raises(PhotoError, match="too large"):
        open_photo(content)
    assert time.process_time() - begin < SECONDS and peak() - before < MEGABYTES


def test_a_large_jpeg_is_read_with_less_detail():
    side = int(LARGEST**0.5) + 100
    content = encode(Image.new("L", (side, side), 90), "JPEG")
    before = peak()
    photo = open_photo(content)
    assert photo.shape[0] == -(-side // 2) and (photo == 90).all()
    assert peak() - before < MEGABYTES


@pytest.mark.parametrize(
    "exif",
    [
        ODD,
        odd_exif(0x011A, 5, struct.pack("<II", 1, 0)),
        odd_exif(0x9201, 10, b"\0"),
        odd_exif(0xFFFF, 99, b"what?"),
    ],
    ids=range(4),
)
@pytest.mark.filterwarnings("ignore")
def test_metadata_that_cannot_be_used_cost_no_pixel(exif):
    flat = picture(0, 40, 60)
    photo = open_photo(encode(flat, "JPEG", exif=exif, quality=95))
    assert photo.shape == (60, 40, 3), "the picture is turned, as its EXIF data say"
    assert np.array_equal(photo, np.rot90(open_photo(encode(flat, "JPEG", quality=95)), -1))


def smooth(seed: int, size=(320, 240)) -> Image.Image:
    """Return a picture like a photograph: large soft shapes."""
    values = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(values).resize(size, Image.Resampling.BICUBIC)


def test_photographs_of_an_iphone():
    """By their content: as HEIC, HEIC called .jpg, and upright."""
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = open_photo(encode(smooth(1), "HEIF", exif=exif.tobytes(), quality=90))
    expected = np.rot90(np.asarray(smooth(1)), -1).astype(int)
    assert photo.shape == expected.shape and np.abs(photo - expected).mean() < 6
    with pytest.raises(PhotoError) as cut:  # as where a cloud keeps the rest
        open_photo(encode(smooth(1), "HEIF", quality=90)[:9000])
    assert "\n" not in str(cut.value)


def test_a_video_is_refused_without_being_read(tmp_path):
    video = tmp_path / "film.jpg"
    with video.open("wb") as file:
        file.write(b"\0\0\0\x18ftypmp42" + bytes(100))
        file.truncate(3_000_000_000)  # bytes; a sparse file, which takes no room
    before, begin = peak(), time.process_time()
    with pytest.raises(PhotoError, match="not a photograph"):
        open_photo(video)
    assert time.process_time() - begin < 0.5 and peak() - before < 50


def test_one_decoder_serves_both_frameworks():
    """What is a photograph, and what its pixels are, is decided in one place."""
    others = re.compile(
        r"decode_(image|jpeg|png)|read_image|ImageFolder|image_dataset_from|load_img|imread"
    )
    paths = [p for part in ("helpers", "lab", "notebooks") for p in (REPOSITORY / part).rglob("*")]
    texts = {p: p.read_text("utf-8") for p in paths if p.suffix in (".py", ".ipynb")}
    assert not [path for path, text in texts.items() if others.search(text)]
    openers = {path.name for path, text in texts.items() if "Image.open(" in text}
    # The second reads what it just wrote, the third draws pictures of the text.
    assert openers <= {"photos.py", "photo_changes.py", "make_pictures.py"}


# A learner's own folder


def fill(home, seeds, kind="JPEG", **options):
    home.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        name = f"IMG_{seed:04d}.{'heic' if kind == 'HEIF' else 'jpg'}"
        (home / name).write_bytes(encode(smooth(seed), kind, **options))


def test_a_given_split_is_used(tmp_path):
    for start, part in enumerate(("Train", "validation", "test")):
        for label, name in enumerate(("cats", "dogs")):
            fill(
                tmp_path / part / name,
                range(100 * start + 10 * label, 100 * start + 10 * label + 4),
            )
    own = own_photographs(tmp_path, size=32)
    assert own.class_names == ["cats", "dogs"] and np.bincount(own.labels).tolist() == [12, 12]
    kept = [path.parent.parent.name == "test" for path in own.paths]
    assert own.test.tolist() == kept and sum(kept) == 8


@pytest.mark.parametrize(
    "parts",
    [("train", "val"), ("training", "test"), ("training_set", "test_set"), ("Train2017", "val2017")]
    + [
        ("seg_train/seg_train", "seg_test/seg_test"),
        ("Training Data", "Evaluation"),
        ("trainval", "test"),
    ],
)
def test_two_parts_are_a_split_too(tmp_path, parts):
    """Whatever lies beside them, such as photographs to try, is no class."""
    fill(tmp_path / "single_prediction", range(900, 903))
    fill(tmp_path, [990])
    for start, part in enumerate(parts):
        fill(tmp_path / part / "a", range(100 * start, 100 * start + 4))
        fill(tmp_path / part / "b", range(100 * start + 10, 100 * start + 14))
        fill(tmp_path / part, [991 + start])
    own = own_photographs(tmp_path, size=32)
    assert {path.parents[1] for path in np.array(own.paths)[own.test]} == {tmp_path / parts[1]}
    loose = ["IMG_0990.jpg", *(f"{part}/IMG_{991 + i:04d}.jpg" for i, part in enumerate(parts))]
    assert own.class_names == ["a", "b"]
    assert [name for name, _ in own.skipped] == sorted([*loose, "single_prediction"])


def test_a_test_without_class_folders_is_not_used(tmp_path):
    """As of a contest, whose test has no labels: one third of `train` is for the test."""
    fill(tmp_path / "train" / "a", range(6))
    fill(tmp_path / "train" / "b", range(10, 16))
    fill(tmp_path / "test1", range(20, 23))
    own = own_photographs(tmp_path, size=32)
    assert own.class_names == ["a", "b"] and own.test.sum() == 4 and own.skipped[0][0] == "test1"
    (tmp_path / "train").rename(tmp_path / "x")
    fill(tmp_path / "train", range(30, 35))
    (tmp_path / "x").rename(tmp_path.parent / f"{tmp_path.name} x")
    with pytest.raises(FolderError, match="holds 0 class folders"):
        own_photographs(tmp_path, size=32)


def test_classes_are_not_taken_for_parts(tmp_path):
    for start, name in enumerate(("dev board", "test board", "crash test", "train")):
        fill(tmp_path / name / "2026", range(10 * start, 10 * start + 4))
    assert len(own_photographs(tmp_path, size=32).class_names) == 4


def test_a_split_without_a_class_in_the_test_is_refused(tmp_path):
    fill(tmp_path / "train" / "a", range(5))
    fill(tmp_path / "train" / "b", range(10, 15))
    fill(tmp_path / "test" / "a", range(20, 25))
    with pytest.raises(FolderError, match="no photograph for the test shows: b"):
        own_photographs(tmp_path, size=32)


def test_a_folder_in_a_folder_is_opened(tmp_path):
    fill(tmp_path / "pets" / "pets" / "a", range(4))
    fill(tmp_path / "pets" / "pets" / "b", range(10, 14))
    assert own_photographs(tmp_path, size=32).class_names == ["a", "b"]


def test_one_shot_counts_once(tmp_path):
    """Also when a messenger made it smaller, or a raw file lies beside it."""
    fill(tmp_path / "a", range(8))
    fill(tmp_path / "b", range(10, 18))
    for seed in range(8):
        small = smooth(seed).resize((160, 120))
        small.save(tmp_path / "a" / f"IMG-20261126-WA{seed:04d}.jpg", quality=50)
        brighter = Image.fromarray((np.asarray(smooth(seed)) * 0.9 + 20).astype(np.uint8))
        brighter.save(tmp_path / "a" / f"IMG_{seed:04d}.tiff")
    own = own_photographs(tmp_path, size=64)
    assert np.bincount(own.labels).tolist() == [8, 8]
    assert len(own.skipped) == 16 and all("the same picture as a/" in r for _, r in own.skipped)


def test_different_views_of_one_thing_are_kept(tmp_path):
    for name, top in (("a", 0), ("b", 60)):
        (tmp_path / name).mkdir()
        for number in range(5):
            view = chelsea()[top + 10 * number :, 45 * number : 45 * number + 240]
            Image.fromarray(view).save(tmp_path / name / f"{number}.jpg")
    assert len(own_photographs(tmp_path, size=64).paths) == 10


def test_the_report_names_a_class_that_is_too_rare(tmp_path):
    fill(tmp_path / "cats", range(30))
    fill(tmp_path / "dogs", range(100, 105))
    report = own_photographs(tmp_path, size=32).report()
    assert "cats: 30 photographs, 20 to learn from and 10 for the test" in report
    assert "dogs: 5 photographs, 4 to learn from and 1 for the test" in report
    assert "always says cats is right on 91% of the test" in report
    assert "Few for the test: dogs." in report


def test_a_folder_straight_from_a_phone(tmp_path):
    fill(tmp_path / "mugs", range(6), "HEIF", quality=80)
    fill(tmp_path / "keys", range(50, 56))
    (tmp_path / "mugs" / "IMG_0001.mov").write_bytes(b"\0\0\0\x14ftypqt  " + bytes(5000))
    (tmp_path / "mugs" / "IMG_0002.jpg").write_bytes(FILES["HEIF"])
    (tmp_path / "keys" / "Screenshot.png").write_bytes(encode(picture(7), "PNG"))
    (tmp_path / "keys" / "IMG_0050 (1).jpg").write_bytes(
        (tmp_path / "keys/IMG_0050.jpg").read_bytes()
    )
    (tmp_path / "keys" / ".thumbnails").mkdir()
    own = own_photographs(tmp_path, size=32)
    assert np.bincount(own.labels).tolist() == [7, 7]
    assert dict(own.skipped) == {
        "keys/IMG_0050.jpg": "the same picture as keys/IMG_0050 (1).jpg",
        "mugs/IMG_0001.mov": "not a photograph",
    }


# Names in figures


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("Ba$$in", "Ba$$in"),
        ("5$ or 10$", "5$ or 10$"),
        ("x_2 $\\frac$", "x_2 $\\frac$"),
        ("Äpfel & Été", "Äpfel & Été"),
        ("猫, two", "[1], two"),
        ("แมว และ หมา", "[1] [2] [3]"),
        ("बिल्ली", "[1]"),
    ],
)
def test_a_learners_words_are_drawn_as_they_are(name, drawn):
    """Where the font lacks the letters, a number stands for the words, which follow as HTML."""
    photo = np.asarray(picture())
    for figure in (
        figures.draw_photos([photo], [name]),
        figures.draw_confusion(np.array([0, 1]), np.array([1, 1]), [name, "b"]),
    ):
        page = to_html(figure, f"A picture: {name}")
        assert f'alt="A picture: {html.escape(name)}"' in page
        texts = {text.get_text().replace("\\$", "$") for text in figure.findobj(Text)}
        assert drawn in texts
        assert ("[1] " in page.partition(" alt=")[2]) == ("[1]" in drawn)
        assert (
            drawn == name or html.escape(name.split()[0].strip(",")) in page.partition("<div>")[2]
        )
