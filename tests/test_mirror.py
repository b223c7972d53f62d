"""The mirror of a class: made whole or reduced, as the course reads it, and served to many."""

import os
import subprocess
import sys
from contextlib import contextmanager
from zipfile import ZipFile

import pytest
import requests
from fixtures import (
    Server,
    cats_and_dogs_files,
    digest,
    make_mirror,
    pet_files,
    tar_bytes,
    zip_bytes,
)

from helpers.datasets import cats_and_dogs, official
from helpers.files import OfficialFile
from helpers.settings import REPOSITORY
from lab import breeds
from lab.breeds import pet_breeds, read_tar

sys.path.append(str(REPOSITORY / "jupyter"))
import mirror  # noqa: E402

ZIP, IMAGES, LISTS = "kagglecatsanddogs_5340.zip", "images.tar.gz", "annotations.tar.gz"
PLACES = {ZIP: (official, "CATS_AND_DOGS"), IMAGES: (breeds, "PET_IMAGES"),
          LISTS: (breeds, "PET_LISTS")}  # fmt: skip
ALLOWED = mirror.CONFIRM
CLIENT = """
import os, sys
from helpers.datasets import cats_and_dogs, store

def write(path, content, write_whole=store.write_whole):
    write_whole(path, content)
    left.pop() if left else os._exit(9)  # as when the process is killed

left = [None] * int(sys.argv[1])
if left:
    store.write_whole = write
print(cats_and_dogs(60).checksum())
"""


@pytest.fixture
def source(tmp_path, monkeypatch):
    """Another mirror with 80 cats, 80 dogs and two breeds, in use; no internet."""
    images, lists = pet_files(count=8)
    held = {ZIP: zip_bytes(cats_and_dogs_files(80))}
    held |= {IMAGES: tar_bytes(images), LISTS: tar_bytes(lists)}
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setenv("COURSE_MIRROR", str(make_mirror(tmp_path / "source", held)))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return held


def use(tmp_path, monkeypatch):
    """Be a learner: the new mirror, and an empty data folder."""
    monkeypatch.setenv("COURSE_MIRROR", str(tmp_path / "new"))
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "learner"))


def names_in(path):
    return [name for name in ZipFile(path).namelist()]


def test_reduced_archives_are_what_the_course_reads(source, tmp_path, monkeypatch, capsys):
    new = tmp_path / "new"
    command = [str(new), "--photographs", "30", "--pets", "3", ALLOWED]
    mirror.main(command)
    said = capsys.readouterr().out
    assert "--photographs 30 is few" in said and "--pets 3 is few" in said
    wanted = [f"PetImages/{kind}/{n}.jpg" for kind in ("Cat", "Dog") for n in range(1, 31)]
    assert names_in(new / ZIP) == wanted
    before = {path.name: path.read_bytes() for path in new.iterdir()}
    (new / f"{ZIP}.part").write_bytes(b"left by a process that was killed")
    mirror.main(command)  # once more: the same files, and nothing twice in the list
    assert {path.name: path.read_bytes() for path in new.iterdir()} == before
    use(tmp_path, monkeypatch)
    pets, breeds = cats_and_dogs(30), pet_breeds()
    assert pets.source == "photos" and len(pets) == 60
    # All that the lists name is there: nothing is looked for again and again.
    assert breeds.origin == "6 photographs from the mirror."
    assert [path.stem for path in breeds.paths[:3]] == [f"Abyssinian_{n}" for n in (1, 2, 3)]
    assert breeds.split.tolist() == ["train", "test", "train"] * 2
    kept = dict(read_tar(new / LISTS, "annotations", ["test.txt", "list.txt"]))
    assert kept["test.txt"] == b"Abyssinian_2 1 1 1\namerican_bulldog_2 2 2 1\n"
    assert kept["list.txt"].startswith(b"#Image")


def test_whole_archives_come_from_a_mirror_and_from_the_source(source, tmp_path, monkeypatch):
    new = tmp_path / "new"
    mirror.main([str(new), ALLOWED])
    assert {name: (new / name).read_bytes() for name in source} == source
    (new / ZIP).write_bytes(b"half")  # of a copy: it is kept, and a right one comes
    with Server(source) as server:
        for name, content in source.items():
            file = OfficialFile(name, f"{server.url}/{name}", digest(content), len(content))
            monkeypatch.setattr(*PLACES[name], file)
        monkeypatch.delenv("COURSE_MIRROR")
        monkeypatch.delenv("COURSE_OFFLINE")
        mirror.main([str(new), ALLOWED])
        assert [path for path, _ in server.asked] == [f"/{ZIP}"]
        assert (new / f"{ZIP}.bad").exists() and (new / ZIP).read_bytes() == source[ZIP]
        with pytest.raises(SystemExit, match="name another folder"):
            mirror.main([str(new), "--photographs", "5", ALLOWED])
    assert (new / ZIP).read_bytes() == source[ZIP]
    use(tmp_path, monkeypatch)
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    assert len(cats_and_dogs(80)) == 160 and len(pet_breeds()) == 16


def test_photographs_that_are_unpacked_make_a_mirror(source, tmp_path, monkeypatch):
    cats_and_dogs(10)  # into the data folder
    monkeypatch.delenv("COURSE_MIRROR")
    command = [str(tmp_path / "new"), "--pets", "0", ALLOWED, "--photographs"]
    mirror.main([*command, "10"])
    before = (tmp_path / "new" / ZIP).read_bytes()
    mirror.main([*command, "20"])  # not to be had: what is there stays
    assert len(names_in(tmp_path / "new" / ZIP)) == 20
    assert (tmp_path / "new" / ZIP).read_bytes() == before
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "empty"))
    mirror.main([*command, "10"])
    assert (tmp_path / "new" / ZIP).read_bytes() == before
    command[0] = str(tmp_path / "third")
    with pytest.raises(SystemExit, match="No photographs could be had"):
        mirror.main([*command, "10"])
    assert not (tmp_path / "third" / ZIP).exists(), "drawn pets are no photographs"


def test_weights_come_only_when_they_are_asked_for(source, tmp_path, monkeypatch):
    content = {name: name.encode() for name in ("a.pth", "b.h5")}
    monkeypatch.setenv("COURSE_MIRROR", str(make_mirror(tmp_path / "more", source | content)))
    files = {name: OfficialFile(name) for name in content}
    monkeypatch.setattr(mirror, "published_files", lambda network: files)
    mirror.main([str(tmp_path / "new"), "--photographs", "0"])
    assert not (tmp_path / "new" / "a.pth").exists()
    mirror.main([str(tmp_path / "new"), "--pets", "0", "--weights", "vgg16"])
    assert mirror.listed(tmp_path / "new").keys() == {IMAGES, LISTS, "a.pth", "b.h5"}


@pytest.mark.parametrize(
    "wrong", [["--photographs", "many"], ["--weights", "other"], ["--port", "99999"], []]
)
def test_a_wrong_line_ends_with_a_sentence(wrong, capsys):
    with pytest.raises(SystemExit):
        mirror.main(["http://192.0.2.1/x", *wrong] if wrong else [])
    assert "usage: python jupyter/mirror.py" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="is an address"):
        mirror.main(["http://192.0.2.1/x"])


@contextmanager
def served(folder, *options):
    """Serve a folder in a process of its own; yield (process, port)."""
    command = [sys.executable, "jupyter/mirror.py", str(folder), "--serve", *options]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    try:
        lines = []
        while not lines or "Ctrl + C" not in lines[-1]:
            lines.append(process.stdout.readline())
            assert lines[-1], "it has stopped"
        address = next(line for line in lines if "The mirror is at" in line).split()[-1]
        assert f"export COURSE_MIRROR={address}\n" in "".join(lines)
        yield process, int(address.rpartition(":")[2])
    finally:
        process.kill()
        process.communicate()


def learner(folder, port, dies_after=0):
    """Start a learner's process, with a data folder of its own."""
    names = {"COURSE_DATA": str(folder), "COURSE_MIRROR": f"http://127.0.0.1:{port}"}
    command = [sys.executable, "-c", CLIENT, str(dies_after)]
    return subprocess.Popen(
        command, cwd=REPOSITORY, env={**os.environ, **names}, stdout=subprocess.PIPE, text=True
    )


def test_a_class_gets_its_photographs_from_the_server(source, tmp_path):
    """Server and one learner are killed and started again; three learners at once."""
    new, folders = tmp_path / "new", [tmp_path / f"learner {n}" for n in range(3)]
    mirror.main([str(new), ALLOWED])
    with served(new, "--port", "0", ALLOWED) as (_, port):
        with learner(folders[0], port, dies_after=20) as killed:
            assert killed.wait() == 9
        got = {path: path.stat().st_mtime_ns for path in folders[0].rglob("*.jpg")}
        assert len(got) == 21
        with pytest.raises(SystemExit, match="by another process"):
            mirror.main([str(new)])
    with served(new, "--port", str(port), ALLOWED):
        started = [learner(folder, port) for folder in folders]
        said = [process.communicate()[0].strip() for process in started]
        address = f"http://127.0.0.1:{port}"
        part = requests.get(f"{address}/{ZIP}", headers={"Range": "bytes=2-5"}, timeout=60)
        assert part.status_code == 206 and part.content == source[ZIP][2:6]
        assert f'$env:COURSE_MIRROR = "{address}"' in requests.get(address, timeout=60).text
        assert requests.get(f"{address}/mirror.lock", timeout=60).status_code == 404
    assert said == [cats_and_dogs(60).checksum()] * 3
    assert not any((folder / ZIP).exists() for folder in folders), "only what is needed travels"
    assert all(path.stat().st_mtime_ns == time for path, time in got.items()), "nothing twice"


def test_cats_and_dogs_are_passed_on_only_with_the_word_of_the_instructor(source, tmp_path, capsys):
    new = tmp_path / "new"
    mirror.main([str(new), "--photographs", "5", "--pets", "1"])
    assert "Microsoft's terms" in capsys.readouterr().out
    assert not (new / ZIP).exists() and (new / IMAGES).exists()
    mirror.main([str(new), "--photographs", "5", "--pets", "1", ALLOWED])
    assert (new / ZIP).exists() and "Microsoft's terms" not in capsys.readouterr().out
    with served(new, "--port", "0") as (_, port):  # the word counts for one call
        assert requests.get(f"http://127.0.0.1:{port}/{ZIP}", timeout=60).status_code == 404
        assert requests.get(f"http://127.0.0.1:{port}/{LISTS}", timeout=60).ok
