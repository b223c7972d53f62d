"""Photographs come from the first place that has them, whole, once, with a split that stays."""

import json
import os
import re
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from fixtures import (
    Server,
    cats_and_dogs_files,
    digest,
    jpeg,
    make_mirror,
    odd_images,
    pet_files,
    tar_bytes,
    zip_bytes,
)

from helpers import files
from helpers.datasets import cats_and_dogs, official
from helpers.datasets.official import split_of
from helpers.downloads import http
from helpers.drawn_pets import sets as drawn_sets
from helpers.files import OfficialFile
from helpers.photographs.photos import open_photo
from helpers.settings import REPOSITORY
from lab import breeds
from lab.breeds import pet_breeds

ZIP, IMAGES, LISTS = "kagglecatsanddogs_5340.zip", "images.tar.gz", "annotations.tar.gz"
OFFICIAL = [(official, "CATS_AND_DOGS"), (breeds, "PET_IMAGES"), (breeds, "PET_LISTS")]


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    """An empty data folder, no mirror, no internet, and drawings that take no time."""
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("COURSE_MIRROR", raising=False)
    monkeypatch.setattr(http, "TIMEOUT", (30, 30))  # seconds: the machine may be busy
    monkeypatch.setattr(http, "PAUSE", 0.01)
    monkeypatch.setattr(drawn_sets, "draw_pet", quick_drawing)
    return tmp_path / "data"


def quick_drawing(species, number, breed=None):
    seed = [species == "dog", number, 99 if breed is None else breed]
    return np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)


@pytest.fixture
def use_mirror(tmp_path, monkeypatch):
    """Return a function that makes a mirror folder from files and sets COURSE_MIRROR."""

    def make(held: dict[str, bytes]) -> Path:
        folder = make_mirror(tmp_path / "mirror", held)
        monkeypatch.setenv("COURSE_MIRROR", str(folder))
        return folder

    return make


@pytest.fixture
def use_official(monkeypatch):
    """Return a function that declares a server's files to be the official ones."""

    def declare(server: Server) -> None:
        monkeypatch.delenv("COURSE_OFFLINE", raising=False)
        for module, name in OFFICIAL:
            file = getattr(module, name)
            content = server.files.get(file.name, b"")
            file = OfficialFile(
                file.name, f"{server.url}/{file.name}", digest(content), len(content)
            )
            monkeypatch.setattr(module, name, file)

    return declare


def numbers(photographs, label: int) -> list[int]:
    chosen = np.flatnonzero(photographs.labels == label)
    return [int(photographs.paths[index].stem) for index in chosen]


def bytes_of(photographs) -> list[bytes]:
    return [path.read_bytes() for path in photographs.paths]


def test_mirror_folder_gives_the_lowest_numbers(use_mirror):
    use_mirror({ZIP: zip_bytes(cats_and_dogs_files(12))})
    found = cats_and_dogs(11)
    assert len(found) == 22 and found.source == "photos" and found.skipped == []
    assert numbers(found, 0) == numbers(found, 1) == list(range(1, 12))
    assert found.class_names == ["cat", "dog"]
    assert found.labels.dtype == np.int64 and "mirror" in found.origin
    assert found.paths[0].read_bytes() == jpeg(1)
    assert found.paths[11].read_bytes() == jpeg(10_001)
    assert cats_and_dogs(11).paths == found.paths


def test_bad_ones_are_skipped_listed_and_replaced(use_mirror, data):
    held, odd = cats_and_dogs_files(9), odd_images()
    held["PetImages/Cat/2.jpg"] = odd["zero.jpg"]
    held["PetImages/Cat/3.jpg"] = odd["trunc_tail.jpg"]
    held["PetImages/Dog/1.jpg"] = odd["html.jpg"]
    held["PetImages/Dog/2.jpg"] = odd["extra.jpg"]
    held["PetImages/Dog/4.jpg"] = odd["gif_named.jpg"]
    use_mirror({ZIP: zip_bytes(held)})
    first, second = cats_and_dogs(5), cats_and_dogs(5)
    assert numbers(first, 0) == [1, 4, 5, 6, 7] and numbers(first, 1) == [2, 3, 4, 5, 6]
    assert first.skipped == second.skipped and "3 files were skipped" in second.origin
    reasons = dict(first.skipped)
    assert reasons["Cat/2.jpg"] == "empty file" and "truncated" in reasons["Cat/3.jpg"]
    assert reasons["Dog/1.jpg"] == "not a photograph" and len(reasons) == 3
    for path in first.paths:
        assert open_photo(path).shape[2] == 3
    assert not (data / "cats_and_dogs" / "Cat" / "3.jpg").exists()


def test_the_same_picture_is_taken_once(use_mirror):
    held = cats_and_dogs_files(6)
    held["PetImages/Cat/4.jpg"] = held["PetImages/Cat/1.jpg"]
    held["PetImages/Dog/2.jpg"] = held["PetImages/Cat/1.jpg"]
    use_mirror({ZIP: zip_bytes(held)})
    found = cats_and_dogs(4)
    assert dict(found.skipped) == {
        "Cat/4.jpg": "the same picture as Cat/1.jpg",
        "Dog/2.jpg": "the same picture as Cat/1.jpg",
    }
    contents = bytes_of(found)
    assert len(contents) == len(set(contents)) == 8


def test_damage_inside_the_zip_is_skipped(use_mirror):
    held = zip_bytes(cats_and_dogs_files(4))
    spoiled = held.find(b"PetImages/Cat/1.jpg") + 200
    use_mirror({ZIP: held[:spoiled] + bytes(20) + held[spoiled + 20 :]})
    found = cats_and_dogs(3)
    assert found.skipped == [("Cat/1.jpg", "damaged in the archive")]
    assert numbers(found, 0) == [2, 3, 4]


def test_fewer_uses_those_there_and_more_fetches_the_rest(use_mirror, monkeypatch):
    folder = use_mirror({ZIP: zip_bytes(cats_and_dogs_files(8))})
    three = cats_and_dogs(3)
    hidden = folder.rename(folder.with_name("hidden"))
    assert cats_and_dogs(2).paths == three.paths[:2] + three.paths[3:5]
    hidden.rename(folder)
    changed = {path: path.stat().st_mtime_ns for path in three.paths}
    assert numbers(cats_and_dogs(7), 1) == list(range(1, 8))
    assert changed == {path: path.stat().st_mtime_ns for path in three.paths}


def test_more_than_there_are(use_mirror):
    use_mirror({ZIP: zip_bytes(cats_and_dogs_files(4))})
    found = cats_and_dogs(6)
    assert len(found) == 8 and found.source == "photos"
    assert "8 photographs" in found.origin and "You asked for more" in found.origin
    assert "You asked for more" not in cats_and_dogs(4).origin


def test_photographs_stay_when_the_rest_cannot_be_had(use_mirror, monkeypatch):
    use_mirror({ZIP: zip_bytes(cats_and_dogs_files(4))})
    cats_and_dogs(4)
    monkeypatch.delenv("COURSE_MIRROR")
    found = cats_and_dogs(9)
    assert len(found) == 8 and found.source == "photos" and "COURSE_OFFLINE" in found.origin


def test_drawn_pets_give_way_to_photographs(use_mirror, data):
    drawn = cats_and_dogs(4)
    assert drawn.source == "drawn" and len(drawn) == 8 and "drawn pets" in drawn.origin
    assert "COURSE_OFFLINE" in drawn.origin and drawn.skipped == []
    assert drawn.paths[0] == data / "drawn_pets" / "cat" / "0001.png"
    assert np.array_equal(open_photo(drawn.paths[5]), quick_drawing("dog", 2))
    assert list(drawn.labels) == [0] * 4 + [1] * 4 and drawn.labels.dtype == np.int64
    use_mirror({ZIP: zip_bytes(cats_and_dogs_files(4))})
    assert cats_and_dogs(4).source == "photos"
    assert all(path.exists() for path in drawn.paths)


def test_drawings_are_made_once(monkeypatch):
    first = cats_and_dogs(3)
    changed = [path.stat().st_mtime_ns for path in first.paths]
    second = cats_and_dogs(5)
    assert second.paths[:3] == first.paths[:3]
    assert [path.stat().st_mtime_ns for path in first.paths] == changed
    monkeypatch.setattr(drawn_sets, "draw_pet", None)  # would fail if it were called
    assert cats_and_dogs(5).paths == second.paths


def test_archive_put_there_by_hand(data, monkeypatch):
    data.mkdir()
    content = zip_bytes(cats_and_dogs_files(3))
    (data / ZIP).write_bytes(content)
    file = OfficialFile(ZIP, digest=digest(content), size=len(content))
    monkeypatch.setattr(official, "CATS_AND_DOGS", file)
    found = cats_and_dogs(3)
    assert found.source == "photos" and "the data folder" in found.origin


@pytest.mark.parametrize("wrong", [b"", b"PK half of it"])
def test_wrong_archive_is_kept_aside(data, use_mirror, wrong):
    data.mkdir()
    (data / ZIP).write_bytes(wrong)
    use_mirror({ZIP: zip_bytes(cats_and_dogs_files(3))})
    assert cats_and_dogs(3).source == "photos"
    assert (data / f"{ZIP}.bad").read_bytes() == wrong


def test_photographs_put_there_by_hand(data):
    odd = odd_images()
    for kind, seed in (("Cat", 0), ("Dog", 100)):
        folder = data / "cats_and_dogs" / kind
        folder.mkdir(parents=True)
        (folder / "Thumbs.db").write_bytes(odd["Thumbs.db"])
        (folder / "1.jpg").write_bytes(jpeg(seed + 1))
        (folder / "2.jpg").write_bytes(jpeg(seed + 2))
        (folder / "3.jpg").write_bytes(odd["trunc.jpg"])
    found = cats_and_dogs(2)
    assert found.source == "photos" and numbers(found, 0) == numbers(found, 1) == [1, 2]
    more = cats_and_dogs(3)
    assert len(more) == 4 and [name for name, _ in more.skipped] == ["Cat/3.jpg", "Dog/3.jpg"]
    assert (data / "cats_and_dogs" / "Cat" / "3.jpg").read_bytes() == odd["trunc.jpg"]


def test_lost_index_costs_no_photograph(data, use_mirror, monkeypatch):
    use_mirror({ZIP: zip_bytes(cats_and_dogs_files(3))})
    before = cats_and_dogs(3)
    changed = [path.stat().st_mtime_ns for path in before.paths]
    monkeypatch.delenv("COURSE_MIRROR")
    (data / "cats_and_dogs" / "index.json").write_text("{broken", encoding="utf-8")
    assert cats_and_dogs(3).paths == before.paths
    (data / "cats_and_dogs" / "index.json").unlink()
    assert cats_and_dogs(3).paths == before.paths
    assert [path.stat().st_mtime_ns for path in before.paths] == changed


def test_damaged_photograph_is_fetched_again(use_mirror):
    use_mirror({ZIP: zip_bytes(cats_and_dogs_files(3))})
    path = cats_and_dogs(3).paths[1]
    path.write_bytes(jpeg(2)[:50])
    assert cats_and_dogs(3).paths[1] == path and path.read_bytes() == jpeg(2)
    assert path.with_name("2.jpg.bad").read_bytes() == jpeg(2)[:50]
    path.unlink()
    assert cats_and_dogs(3).paths[1].read_bytes() == jpeg(2)


def test_only_the_photographs_needed_travel(use_official, data):
    content = zip_bytes(cats_and_dogs_files(200))
    with Server({ZIP: content}) as server:
        use_official(server)
        found = cats_and_dogs(4)
        assert found.source == "photos" and "the official source" in found.origin
        assert bytes_of(found)[:4] == [jpeg(number) for number in (1, 2, 3, 4)]
        assert server.sent < len(content) / 2 and not (data / ZIP).exists()
        cats_and_dogs(4)
        asked = len(server.asked)
        cats_and_dogs(3)
        assert len(server.asked) == asked


@pytest.mark.parametrize("script", [[], ["416"], ["404"], ["fine", "half"]])
def test_whole_file_where_ranges_are_refused(use_official, data, script):
    with Server({ZIP: zip_bytes(cats_and_dogs_files(5))}, script, ranges=False) as server:
        use_official(server)
        assert len(cats_and_dogs(5)) == 10
    assert (data / ZIP).exists()


def test_broken_photograph_is_asked_for_again(use_official):
    with Server({ZIP: zip_bytes(cats_and_dogs_files(300))}, ["fine"] * 8 + ["half"]) as server:
        use_official(server)
        assert len(cats_and_dogs(6)) == 12
        assert server.script == []


def test_connection_lost_between_photographs(use_official, monkeypatch):
    monkeypatch.setattr(http, "TIMEOUT", (30, 1))
    held = {ZIP: zip_bytes(cats_and_dogs_files(300))}
    with Server(held, ["fine"] * 12 + ["silent"] * 50) as server:
        use_official(server)
        found = cats_and_dogs(60)
    assert found.source == "photos" and 4 <= len(found) < 20
    assert "You asked for more" in found.origin and set(found.labels) == {0, 1}
    with Server(held) as server:
        use_official(server)
        assert numbers(cats_and_dogs(60), 1) == list(range(1, 61))


def test_http_mirror_without_ranges(monkeypatch, data):
    content = zip_bytes(cats_and_dogs_files(3))
    sums = f"{digest(content)}  {ZIP}\n".encode()
    with Server({ZIP: content, "SHA256SUMS": sums}, ranges=False) as server:
        monkeypatch.setenv("COURSE_MIRROR", server.url)
        assert "the mirror" in cats_and_dogs(2).origin
    assert len(cats_and_dogs(3)) == 6  # the archive is in the data folder now
    assert (data / ZIP).read_bytes() == content


def test_official_source_adds_to_a_small_mirror(use_mirror, use_official):
    use_mirror({ZIP: zip_bytes(cats_and_dogs_files(3))})
    with Server({ZIP: zip_bytes(cats_and_dogs_files(9))}) as server:
        use_official(server)
        assert len(cats_and_dogs(3)) == 6 and server.asked == []
        found = cats_and_dogs(8)
    assert numbers(found, 0) == list(range(1, 9))
    assert "the mirror and the official source" in found.origin


def test_mirror_that_does_not_match_its_sums(use_mirror):
    folder = use_mirror({ZIP: zip_bytes(cats_and_dogs_files(3))})
    (folder / "SHA256SUMS").write_text(f"{digest(b'x')}  {ZIP}\n", encoding="utf-8")
    found = cats_and_dogs(3)
    assert found.source == "drawn" and "checksum differs" in found.origin


@pytest.mark.parametrize("script", [["silent"] * 9, ["404"] * 9, ["html"] * 9])
def test_no_source_costs_little_time(use_official, script, monkeypatch):
    if "silent" in script:
        monkeypatch.setattr(http, "TIMEOUT", (30, 0.5))
    start = time.monotonic()
    with Server({ZIP: b"x"}, script) as server:
        use_official(server)
        found = cats_and_dogs(2)
    assert found.source == "drawn" and server.url in found.origin
    assert time.monotonic() - start < 10  # a silent server would be silent for 20


def test_nothing_is_written_outside_the_data_folder(use_mirror, tmp_path):
    held = cats_and_dogs_files(2)
    held["../../Cat/3.jpg"] = held["PetImages/../../Cat/4.jpg"] = jpeg(77)
    held["PetImages/Cat/../../5.jpg"] = held["/PetImages/Cat/6.jpg"] = jpeg(78)
    images, lists = pet_files()
    images["images/../../evil_1.jpg"] = images["images//etc/evil_2.jpg"] = jpeg(79)
    images["images/Abyssinian_9.jpg"] = None
    lists["annotations/trainval.txt"] += (
        b"../../evil_1 1 1 1\n/etc/evil_2 1 1 1\nAbyssinian_9 1 1 1\n"
    )
    use_mirror({ZIP: zip_bytes(held), IMAGES: tar_bytes(images), LISTS: tar_bytes(lists)})
    assert len(cats_and_dogs(9)) == 4 and len(pet_breeds()) == 8
    assert {path.name for path in pet_breeds().paths}.isdisjoint({"Abyssinian_9.jpg"})
    outside = [path for path in tmp_path.rglob("*.jpg") if tmp_path / "data" not in path.parents]
    assert outside == [] and not list(tmp_path.rglob("*evil*"))


def forbid_writing(monkeypatch):
    def refuse(*_, **__):
        raise PermissionError("read-only folder")

    monkeypatch.setattr(files.FileLock, "acquire", refuse)
    for name in ("write_bytes", "write_text", "rename", "unlink"):
        monkeypatch.setattr(Path, name, refuse)
    monkeypatch.setattr(os, "replace", refuse)


def test_read_only_folder_that_holds_everything(use_mirror, monkeypatch):
    images, lists = pet_files()
    use_mirror(
        {ZIP: zip_bytes(cats_and_dogs_files(4)), IMAGES: tar_bytes(images), LISTS: tar_bytes(lists)}
    )
    before = cats_and_dogs(4).paths, pet_breeds().paths
    monkeypatch.delenv("COURSE_MIRROR")
    forbid_writing(monkeypatch)
    assert (cats_and_dogs(4).paths, pet_breeds().paths) == before
    assert len(cats_and_dogs(9)) == 8


@pytest.mark.skipif(
    sys.platform == "win32" or not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="the superuser may write everywhere",
)
def test_folder_without_write_permission(data, use_mirror):
    use_mirror({ZIP: zip_bytes(cats_and_dogs_files(2))})
    before = cats_and_dogs(2).paths
    data.chmod(0o555)
    try:
        assert cats_and_dogs(2).paths == before
    finally:
        data.chmod(0o755)


def test_folder_that_cannot_take_drawings_is_named(data, monkeypatch):
    data.mkdir()
    forbid_writing(monkeypatch)
    with pytest.raises(OSError, match="COURSE_DATA"):
        cats_and_dogs(2)


def test_two_notebooks_at_once(use_mirror):
    use_mirror({ZIP: zip_bytes(cats_and_dogs_files(20))})
    found = []
    callers = [threading.Thread(target=lambda: found.append(cats_and_dogs(15))) for _ in range(3)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert len(found) == 3 and found[0].paths == found[1].paths == found[2].paths
    assert all(open_photo(path).size for path in found[0].paths)


def test_split_never_changes():
    cats = ["validation", "train", "train", "test", "test", "train"]
    dogs = ["test", "train", "train", "train", "train", "test"]
    assert [split_of(f"Cat/{number}.jpg") for number in range(1, 7)] == cats
    assert [split_of(f"Dog/{number}.jpg") for number in range(1, 7)] == dogs
    parts = [split_of(f"Cat/{number}.jpg") for number in range(10_000)]
    shares = [parts.count(part) / 10_000 for part in ("train", "validation", "test")]
    assert np.allclose(shares, [0.5, 0.1, 0.4], atol=0.02)


def test_each_photograph_has_the_label_and_the_part_of_its_name(use_mirror):
    use_mirror({ZIP: zip_bytes(cats_and_dogs_files(20))})
    found = cats_and_dogs(20)
    for path, label, part in zip(found.paths, found.labels, found.split, strict=True):
        assert path.parent.name == ["Cat", "Dog"][label]
        assert part == split_of(f"{path.parent.name}/{path.name}")


@pytest.mark.parametrize("count", [0, -1, 1.5, "6", None, True])
def test_count_must_be_a_whole_number(count):
    with pytest.raises(ValueError, match="whole number"):
        cats_and_dogs(count)
    if count is not None:
        with pytest.raises(ValueError, match="whole number"):
            pet_breeds(count)


def test_pet_breeds_follow_the_official_lists(use_mirror):
    images, lists = pet_files(count=10)
    use_mirror({IMAGES: tar_bytes(images), LISTS: tar_bytes(lists)})
    found = pet_breeds()
    assert found.class_names == ["Abyssinian", "american bulldog"]
    assert len(found) == 20 and found.source == "photos"
    assert [path.stem for path in found.paths[:10]] == [f"Abyssinian_{n}" for n in range(1, 11)]
    assert list(found.split[:4]) == ["train", "test", "train", "test"]
    assert list(found.labels) == [0] * 10 + [1] * 10
    assert found.paths[0].read_bytes() == jpeg(1001)


def test_some_pets_of_each_breed_have_both_parts(use_mirror):
    images, lists = pet_files(count=10)
    mirror = use_mirror({IMAGES: tar_bytes(images), LISTS: tar_bytes(lists)})
    found = pet_breeds(4)
    assert list(np.bincount(found.labels)) == [4, 4]
    assert list(found.split).count("train") == list(found.split).count("test") == 4
    assert len(pet_breeds()) == 20
    assert pet_breeds(4).paths == found.paths
    (mirror / IMAGES).unlink()  # not looked for again: everything in it is known
    assert "You asked for more: there are no more." in pet_breeds(11).origin


def test_odd_pets(use_mirror):
    images, lists = pet_files(count=6)
    odd = odd_images()
    images["images/Abyssinian_1.jpg"] = odd["png_named.jpg"]
    images["images/Abyssinian_2.jpg"] = odd["anim_named.jpg"]
    images["images/Abyssinian_3.jpg"] = odd["trunc.jpg"]
    images["images/american_bulldog_2.jpg"] = images["images/american_bulldog_1.jpg"]
    del images["images/american_bulldog_3.jpg"]
    use_mirror({IMAGES: tar_bytes(images), LISTS: tar_bytes(lists)})
    found = pet_breeds()
    assert [name for name, _ in found.skipped] == ["Abyssinian_3.jpg", "american_bulldog_2.jpg"]
    assert list(np.bincount(found.labels)) == [5, 4]
    assert [open_photo(path).shape for path in found.paths[:2]] == [(64, 80, 3)] * 2
    assert found.paths[0].read_bytes() == odd["png_named.jpg"]


def test_pets_from_the_official_source(use_official, data):
    images, lists = pet_files()
    with Server({IMAGES: tar_bytes(images), LISTS: tar_bytes(lists)}, ["500"]) as server:
        use_official(server)
        assert len(pet_breeds()) == 8
        asked = len(server.asked)
        assert len(pet_breeds()) == 8 and len(server.asked) == asked
    assert (data / IMAGES).exists()


def test_drawn_breeds(use_mirror, data):
    found = pet_breeds(2)
    assert found.source == "drawn" and len(found) == 74 and len(found.class_names) == 37
    assert found.class_names[0] == "drawn cat breed 1"
    assert found.class_names[36] == "drawn dog breed 25"
    assert found.paths[24] == data / "drawn_pets" / "dog_breed_01" / "0001.png"
    contents = bytes_of(found)
    assert len(set(contents)) == 74
    images, lists = pet_files()
    use_mirror({IMAGES: tar_bytes(images), LISTS: tar_bytes(lists)})
    assert pet_breeds(2).source == "photos"


def test_no_two_breeds_share_a_pose(monkeypatch):
    asked = []

    def record(species, number, breed):
        asked.append((species, number, breed))
        return quick_drawing(species, number)

    monkeypatch.setattr(drawn_sets, "draw_pet", record)
    pet_breeds(3)
    assert len({(species, number) for species, number, _ in asked}) == 111
    assert {breed for species, _, breed in asked if species == "dog"} == set(range(25))


def test_drawn_breeds_have_seven_to_train_and_three_to_test():
    found = pet_breeds()
    assert len(found) == 370
    for label in range(37):
        parts = list(found.split[found.labels == label])
        assert parts.count("train") == 7 and parts.count("test") == 3


def test_real_drawing_is_used(data, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setenv("COURSE_DATA", str(data))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.delenv("COURSE_MIRROR", raising=False)
    found = cats_and_dogs(1)
    assert [open_photo(path).shape for path in found.paths] == [(224, 224, 3)] * 2


def test_index_is_plain_json(use_mirror, data):
    use_mirror({ZIP: zip_bytes(cats_and_dogs_files(2))})
    cats_and_dogs(2)
    index = json.loads((data / "cats_and_dogs" / "index.json").read_text(encoding="utf-8"))
    assert index["files"]["Cat/1.jpg"] == [len(jpeg(1)), digest(jpeg(1))]
    assert index["places"] == ["the mirror"]


OFFICIAL_FILES = [getattr(*place) for place in OFFICIAL]


@pytest.mark.parametrize("file", OFFICIAL_FILES, ids=lambda file: file.name)
def test_the_data_page_has_the_official_files(file):
    page = (REPOSITORY / "data" / "README.md").read_text(encoding="utf-8")
    for fact in (f"`{file.name}`", file.url, f"{file.size:,}".replace(",", " "), file.digest):
        assert fact in page, f"data/README.md: {file.name} has {fact}"


def test_every_official_file_is_compared():
    rooms = [REPOSITORY / room for room in ("helpers", "lab", "notebooks")]
    found = [
        (path.stem, name)
        for room in rooms
        for path in room.rglob("*.py")
        for name in re.findall(r"(?m)^(\w+) = OfficialFile\(", path.read_text(encoding="utf-8"))
    ]
    listed = [(module.__name__.rpartition(".")[2], name) for module, name in OFFICIAL]
    assert sorted(found) == sorted(listed), "OFFICIAL, at the top, lists them"


def test_the_data_page_has_no_other_official_files():
    page = (REPOSITORY / "data" / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"(?m)^\| \[`(.+?)`\]", page.partition("## The official files")[2])
    assert sorted(listed) == sorted(file.name for file in OFFICIAL_FILES)
