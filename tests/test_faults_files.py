"""Anyone's computer and network: files, servers, settings. `tests/FAULTS.md` has the kinds.

Of the old kinds more is in `test_download.py`, `test_datasets.py` and `test_check.py`.
"""

import errno
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from fixtures import Server, cats_and_dogs_files, digest, jpeg, make_mirror, tar_bytes, zip_bytes
from requests.utils import should_bypass_proxies

import check_computer as check
from helpers import files, settings
from helpers.datasets import cats_and_dogs, official
from helpers.downloads import http
from helpers.downloads.places import DownloadError, fetch
from helpers.drawn_pets import sets as drawn_sets
from helpers.files import OfficialFile, parse_sums, read_arrays, write_arrays, write_whole
from helpers.networks import weights

pytestmark = pytest.mark.filterwarnings("error::ResourceWarning")  # no file, no connection is left
CONTENT = bytes(range(256)) * 2000
ZIP = "kagglecatsanddogs_5340.zip"
PETS = zip_bytes({**cats_and_dogs_files(8), "large": os.urandom(600_000)})
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    """A data folder of its own, no mirror, no proxy, short pauses, drawings that take no time."""
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))
    names = ("COURSE_MIRROR", "COURSE_OFFLINE", *PROXIES, *map(str.lower, PROXIES))
    for name in names:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(http, "TIMEOUT", (30, 30))  # seconds: the machine may be busy
    monkeypatch.setattr(http, "LONGEST", 0.05)
    monkeypatch.setattr(http, "PAUSE", 0.01)
    grey = np.full((8, 8, 3), 99, np.uint8)
    draw = lambda species, number, breed: grey + number + (species == "dog")  # noqa: E731
    monkeypatch.setattr(drawn_sets, "draw_pet", draw)
    return tmp_path / "data"


def file_of(server: Server, name: str = "weights.bin", **known) -> OfficialFile:
    content = server.files[name]
    known = {"digest": digest(content), "size": len(content)} | known
    return OfficialFile(name, f"{server.url}/{name}", known["digest"], known["size"])


@pytest.fixture
def use_official(monkeypatch):
    """Return a function: from then on the official cats and dogs are those of a server."""

    def declare(server: Server) -> None:
        monkeypatch.setattr(official, "CATS_AND_DOGS", file_of(server, ZIP))

    return declare


# Servers


def test_a_busy_server_is_waited_for(capsys):
    with Server({"weights.bin": CONTENT}, ["429", "429"]) as server:
        assert fetch(file_of(server)).read_bytes() == CONTENT
    assert "asks to wait" in capsys.readouterr().out


def test_a_server_that_stays_busy_is_named():
    with Server({"weights.bin": CONTENT}, ["429"] * 9) as server:
        with pytest.raises(DownloadError, match="429.*asked too often"):
            fetch(file_of(server))
    assert len(server.asked) == 4


def test_a_busy_answer_is_no_word_about_ranges(use_official):
    with Server({ZIP: PETS}, ["429"] * 2) as server:
        use_official(server)
        assert cats_and_dogs(3).source == "photos"
    assert server.sent < len(PETS) / 2
    with Server({ZIP: PETS}, ["fine", "500"] * 9) as server:
        use_official(server)
        assert cats_and_dogs(8).source == "photos"
    assert server.sent < len(PETS) / 2, "not the whole file"


def test_ranges_are_asked_for_in_the_way_that_the_server_knows(use_official):
    with Server({ZIP: PETS}, ranges="from a to b") as server:
        use_official(server)
        assert cats_and_dogs(3).source == "photos"
    assert server.sent < len(PETS) / 2, "not the whole file"


@pytest.mark.parametrize("script", [["other"] * 3, ["packed for the way"] * 3, ["html", "fine"]])
def test_odd_answers_to_ranges_end_in_the_whole_file(use_official, script):
    with Server({ZIP: PETS}, script) as server:
        use_official(server)
        assert cats_and_dogs(3).source == "photos"


@pytest.mark.parametrize("mood", ["403", "short", "long", "html"])
def test_a_server_that_lies_leaves_no_file(data, mood):
    with Server({"weights.bin": CONTENT}, [mood] * 9) as server:
        with pytest.raises(DownloadError) as caught:
            fetch(file_of(server))
    assert f"save it as {data / 'weights.bin'}" in str(caught.value)
    assert not (data / "weights.bin").exists()


def test_a_gz_that_the_server_calls_packed(data):
    archive = tar_bytes({"a/b.jpg": jpeg()})
    with Server({"images.tar.gz": archive}, ["packed"]) as server:
        assert fetch(file_of(server, "images.tar.gz")).read_bytes() == archive


def test_by_hand_is_never_cut_off(use_official, data):
    with Server({ZIP: PETS}, ["403"] * 9) as server:
        use_official(server)
        assert f"save it as {data / ZIP}" in cats_and_dogs(2).origin


# Settings


def set_proxy(monkeypatch, address):
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, address)


def test_neighbours_are_asked_without_a_proxy(monkeypatch):
    set_proxy(monkeypatch, "http://127.0.0.1:9")
    with Server({"weights.bin": CONTENT}) as server:
        assert fetch(file_of(server)).read_bytes() == CONTENT
    for host, direct in {
        "localhost": 1,
        "desk.local": 1,
        "192.168.1.7": 1,
        "10.1.2.3": 1,
        "8.8.8.8": 0,
    }.items():
        assert should_bypass_proxies(f"http://{host}/", http.NEAR) == direct


@pytest.mark.parametrize("kind", ["http://me:secret@", "me:secret@"])
def test_a_dead_proxy_is_named_without_its_password(monkeypatch, kind):
    set_proxy(monkeypatch, f"{kind}127.0.0.1:9")
    with pytest.raises(DownloadError) as caught:
        fetch(OfficialFile("a.bin", "http://user:hidden@example.org/a.bin"))
    text = str(caught.value)
    assert "(through the proxy 127.0.0.1:9, from HTTP_PROXY): " in text
    assert "the proxy does not answer" in text or kind == "me:secret@"
    assert "secret" not in text and "hidden" not in text


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("answer", ["403", "html", "dead", "other kind"])
def test_a_wrong_proxy_is_named_and_the_zip_is_not_blamed(monkeypatch, answer, scheme):
    """A proxy before the official source: dead, with a page of its own, or called https://."""
    said = {"403": "answers", "html": ""}.get(answer, "does not answer")
    monkeypatch.setattr(Server, "_answer", lambda self, handler: self._send(
        handler, 200 if answer == "html" else 403, b"<!doctype html>"))  # fmt: skip
    with Server({}) as server:
        place = "http://127.0.0.1:9" if answer == "dead" else server.url
        set_proxy(monkeypatch, place.replace("http", "https") if "kind" in answer else place)
        source = OfficialFile(ZIP, f"{scheme}://example.org/{ZIP}", size=9_000_000)
        monkeypatch.setattr(official, "CATS_AND_DOGS", source)
        pets = cats_and_dogs(2)
    assert pets.source == "drawn" and f"from {scheme.upper()}_PROXY" in pets.origin
    assert said in pets.origin and "not a zip" not in pets.origin and "upgrade" not in pets.origin


@pytest.mark.parametrize(
    "pasted", ["{}", "  {} ", '"{}"', "'{}'", "file://{}", "{}/", '" {}"', "file://localhost{}"]
)
def test_a_path_as_people_paste_it(tmp_path, monkeypatch, pasted):
    monkeypatch.chdir(tmp_path)
    folder = make_mirror(tmp_path / "kids' mirror", {"weights.bin": CONTENT})
    monkeypatch.setenv("COURSE_MIRROR", pasted.format(folder))
    monkeypatch.setenv("COURSE_DATA", pasted.format(tmp_path / "data"))
    assert fetch(OfficialFile("weights.bin")) == folder / "weights.bin"
    assert settings.data_folder() == tmp_path / "data"
    assert {path.name for path in tmp_path.iterdir()} == {"kids' mirror", "data"}


def test_addresses_as_people_paste_them(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_MIRROR", " HTTP://example.org/Mirror/ ")
    assert settings.mirror() == "http://example.org/Mirror"
    for name, value in (("COURSE_MIRROR", "ftp://x/y"), ("COURSE_DATA", "https://x/y")):
        monkeypatch.setenv(name, value)
        with pytest.raises(ValueError, match=f"{name}.*{value}"):
            settings.mirror() if name == "COURSE_MIRROR" else settings.data_folder()
    assert next(check.disk())[0] == "FAIL"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", " ", "0", "false", "No", " off "])
def test_offline_as_people_write_it(monkeypatch, text):
    monkeypatch.setenv("COURSE_OFFLINE", text)
    assert not settings.offline()
    monkeypatch.setenv("COURSE_OFFLINE", "true")
    assert settings.offline()


SUM = digest(CONTENT)
LISTS = {
    "sha256sum": f"{SUM}  weights.bin\n".encode(),
    "binary": f"{SUM} *weights.bin\r\n".encode(),
    "bom": f"\ufeff{SUM}  weights.bin\n".encode(),
    "utf-16": f"{SUM}  weights.bin\n".encode("utf-16"),
    "folder": f"{SUM}  ./weights.bin\n".encode(),
    "bsd": f"SHA256 (weights.bin) = {SUM}\n".encode(),
    "PowerShell": f"\r\nSHA256    {SUM.upper()}    C:\\mirror\\weights.bin\r\n".encode("utf-16"),
    "remark": f"# ours\n\n{SUM}  weights.bin\n{SUM}  b c.zip\n".encode(),
}


@pytest.mark.parametrize("form", LISTS)
def test_usual_forms_of_a_list_of_checksums(form):
    assert parse_sums(LISTS[form])["weights.bin"] == SUM


@pytest.mark.parametrize("content", [b"hello world\n", b"\xff\xfe\0bad", b"\0" * 64 + b"x"])
def test_a_list_that_is_not_understood_is_blamed_itself(tmp_path, monkeypatch, content):
    folder = make_mirror(tmp_path / "mirror", {"weights.bin": CONTENT})
    (folder / "SHA256SUMS").write_bytes(content)
    monkeypatch.setenv("COURSE_MIRROR", str(folder))
    with pytest.raises(DownloadError, match="SHA256SUMS is there but not understood"):
        fetch(OfficialFile("weights.bin"))


# Files put there by hand


def test_what_a_browser_called_otherwise_is_used(data):
    data.mkdir()
    (data / "weights (1).bin").write_bytes(CONTENT)
    assert fetch(OfficialFile("weights.bin", None, SUM)) == data / "weights (1).bin"
    (data / "weights (1).bin").write_bytes(CONTENT[:-1])
    with pytest.raises(DownloadError, match=r"weights \(1\).bin is there; needed is weights.bin"):
        fetch(OfficialFile("weights.bin", None, SUM))


@pytest.mark.parametrize("name", ["images.tar", "images/"])
def test_what_a_browser_unpacked_is_named(data, name):
    data.mkdir()
    (data / name).mkdir() if name.endswith("/") else (data / name).write_bytes(b"tar")
    with pytest.raises(DownloadError, match="images(.tar)? is there.*not unpacked"):
        fetch(OfficialFile("images.tar.gz", None, SUM))


def test_photographs_with_other_endings(data):
    for number, (name, ending) in enumerate([("Cat", "JPG"), ("Dog", "jpeg")]):
        (data / "cats_and_dogs" / name).mkdir(parents=True)
        (data / "cats_and_dogs" / name / f"1.{ending}").write_bytes(jpeg(number))
    assert cats_and_dogs(1).source == "photos"
    assert official.split_of("Cat/1.JPG") == official.split_of("Cat/1.jpg")


# Files that the course makes


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    def half(path, content):
        with path.open("wb") as file:
            file.write(content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    write_whole(tmp_path / "a", b"old")
    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(OSError, match="Make room, or set COURSE_DATA.*a'"):
        write_whole(tmp_path / "a", b"newer")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_a_process_that_is_killed_leaves_the_old_file(tmp_path):
    """At whatever moment: the file is the old one or a new one, whole."""
    code = """
import sys, pathlib
from helpers.files import write_whole
path = pathlib.Path(sys.argv[1])
print(flush=True)
while True:
    for letter in (b"a", b"b"):
        write_whole(path, letter * 3_000_000)
"""
    path = tmp_path / "file"
    for wait in (0.0, 0.013, 0.029, 0.05):
        command = [sys.executable, "-c", code, str(path)]
        run = subprocess.Popen(command, cwd=settings.REPOSITORY, stdout=subprocess.PIPE)
        run.stdout.readline()
        time.sleep(wait)
        run.kill()
        run.wait()
        run.stdout.close()
        if path.exists():
            content = path.read_bytes()
            assert len(content) == 3_000_000 and len(set(content)) == 1


DAMAGES = {
    "cut": lambda content: content[:-30],
    "half": lambda content: content[: len(content) // 2],
    "zeros": lambda content: content[:-200] + bytes(200),
    "empty": lambda content: b"",
    "other": lambda content: b"<!doctype html>" + content[15:],
    "bit": lambda content: content[:-500] + bytes([content[-500] ^ 8]) + content[-499:],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_arrays_are_not_used(tmp_path, damage, capsys):
    path = tmp_path / "cache" / "features.npz"
    assert read_arrays(path) is None
    write_arrays(path, features=np.arange(600.0), rate=3)
    assert read_arrays(path)["features"].sum() == 179700 and read_arrays(path)["rate"] == 3
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    assert read_arrays(path) is None
    assert "features.npz is damaged" in capsys.readouterr().out


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_converted_weights_are_made_anew(monkeypatch, tmp_path, damage, capsys):
    def convert(command, **_):
        made.append(command)
        write_whole(Path(command[-1]), CONTENT)
        return subprocess.CompletedProcess(command, 0)

    made = []
    monkeypatch.setattr(weights.subprocess, "run", convert)
    path = weights.shared_weights("efficientnet_lite0")
    assert weights.shared_weights("efficientnet_lite0") == path and len(made) == 1
    path.write_bytes(DAMAGES[damage](CONTENT))
    assert weights.shared_weights("efficientnet_lite0").read_bytes() == CONTENT
    assert len(made) == 2 and f"{path} is " in capsys.readouterr().out


@pytest.mark.parametrize("said", ["Traceback:\n  a\nOSError: No space left\n", ""])
def test_weights_that_cannot_be_converted_get_one_sentence(monkeypatch, said):
    """The other process ends with a traceback, or is stopped for its memory."""
    monkeypatch.setattr(
        subprocess, "run", lambda *a, **_: subprocess.CompletedProcess(a, 1, "", said)
    )
    with pytest.raises(RuntimeError) as caught:
        weights.shared_weights("efficientnet_lite0")
    last = "OSError: No space left" if said else "it was stopped"
    assert re.fullmatch(rf".*\.pth could not be converted: {last}", str(caught.value))


@pytest.mark.parametrize(
    "index",
    [[], {"files": []}, {"files": {"Cat/1.jpg": 5}, "skipped": {}, "places": [], "facts": {}}, 7],
)
def test_an_index_of_another_shape_costs_no_photograph(data, index):
    for number, name in enumerate(("Cat", "Dog")):
        (data / "cats_and_dogs" / name).mkdir(parents=True)
        (data / "cats_and_dogs" / name / "1.jpg").write_bytes(jpeg(number))
    (data / "cats_and_dogs" / "index.json").write_text(json.dumps(index), encoding="utf-8")
    assert cats_and_dogs(1).source == "photos"
    assert not list(data.rglob("*.bad*"))


def test_a_photograph_of_the_right_length_and_other_content(data, tmp_path, monkeypatch):
    folder = make_mirror(tmp_path / "mirror", {ZIP: PETS})
    monkeypatch.setenv("COURSE_MIRROR", str(folder))
    photo = cats_and_dogs(2).paths[0]
    right = photo.read_bytes()
    photo.write_bytes(right[:-20] + bytes(20))
    assert cats_and_dogs(2).paths[0].read_bytes() == right


def test_a_drawn_pet_that_was_cut_in_half(data, monkeypatch):
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    path = cats_and_dogs(2).paths[0]
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert cats_and_dogs(2).paths[0].read_bytes() == whole


# Machines


@pytest.fixture
def container(tmp_path, monkeypatch):
    """Return a function that writes what a container says, a file for each name."""

    def limit(**values: str) -> None:
        for name, text in values.items():
            path = tmp_path / "cgroup" / name.replace("__", "/").replace("_", ".", 1)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{text}\n", encoding="utf-8")

    monkeypatch.setattr(settings, "CGROUP", tmp_path / "cgroup")
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    return limit


@pytest.mark.parametrize(
    ("quota", "count"),
    [("max 100000", 8), ("100000 100000", 1), ("250000 100000", 3), ("9 100", 1)],
)
def test_cores_follow_the_quota(container, quota, count):
    container(cpu_max=quota)
    assert settings.cores() == count
    ((level, _, text, _),) = check.cores()
    assert (level == "WARN") == (count == 1) and f"{count} of 8" in text


@pytest.mark.parametrize("version", [1, 2])
def test_a_limit_that_is_not_at_the_top_counts(tmp_path, monkeypatch, version):
    """As of a job of a cluster, or a service: `/proc/self/cgroup` says where it is."""
    top, job = tmp_path / "cgroup", "batch/job 7/step"
    lines = {1: "9:name=systemd:/\n2:cpu,cpuacct:/{0}\n0::/", 2: "0::/{0}"}[version]
    (tmp_path / "own").write_text(lines.format(job) + "\n", encoding="utf-8")
    monkeypatch.setattr(settings, "OWN_CGROUPS", tmp_path / "own")
    monkeypatch.setattr(settings, "CGROUP", top)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    for place, quota in {"": "-1", "batch/job 7": "150000", job: "-1"}.items():
        pair = {"cpu/{0}/cpu.cfs_quota_us": quota, "cpu/{0}/cpu.cfs_period_us": "100000"}
        whole = {"{0}/cpu.max": f"{quota} 100000".replace("-1", "max")}
        for name, text in (pair if version == 1 else whole).items():
            path = top / name.format(place).replace("//", "/").lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    assert settings.cores() == 2


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux has it")
@pytest.mark.skipif(os.cpu_count() == 1, reason="there is nothing to limit")
def test_threads_follow_the_cores_that_can_be_used(tmp_path, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "5")
    code = "print(*map(os.environ.get, ('OMP_NUM_THREADS', 'TF_NUM_INTRAOP_THREADS')))"
    one = "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})"
    assert start(tmp_path, code, before=one) == "1 5\n", "what is set already stays"


def test_memory_is_what_is_left_of_the_limit(container):
    container(memory_max="3000000000", memory_current="2900000000")
    container(memory_stat="anon 1\ninactive_file 400000000")
    ((level, _, text, _),) = check.memory()
    assert level == "WARN" and text.startswith("0.5 of 3.0 GB free")


def test_check_reads_the_zip_as_a_lesson_does(data, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setattr(check, "ENOUGH", 3)
    folder = make_mirror(tmp_path / "mirror", {ZIP: b"cut"}, {ZIP: digest(PETS)})
    monkeypatch.setenv("COURSE_MIRROR", str(folder))
    ((level, _, text, remedy),) = check.photographs()
    assert level == "WARN" and "not the expected file" in text and "COURSE_MIRROR" in remedy
    assert "drawn pets" in text and f"save it as {data / ZIP}" in text and "\n" not in text
    (folder / ZIP).write_bytes(PETS)  # after the remedy the line is OK
    ((level, _, text, *_),) = check.photographs()
    assert level == "OK" and text == "3 cats and 3 dogs are in the data folder, from the mirror"
    with Server({ZIP: b"<p>hello</p>"}) as server:
        monkeypatch.setenv("COURSE_MIRROR", server.url)
        assert [line[0] for line in check.photographs()] == ["OK"] and server.asked == []
        monkeypatch.setattr(check, "ENOUGH", 4)
        assert [line[0] for line in check.photographs()] == ["WARN"]


def test_check_counts_the_photographs(data, monkeypatch):
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setattr(check, "ENOUGH", 3)
    for number, name in enumerate(("Cat/1.jpg", "Dog/1.jpg", "Dog/2.jpg", "Dog/3.jpg")):
        write_whole(data / "cats_and_dogs" / name, jpeg(number))
    ((level, _, text, _),) = check.photographs()
    assert level == "WARN" and "1 cats and 3 dogs are in the data folder; that is few" in text


def test_check_as_json_and_on_a_console_without_our_letters(capsys):
    def disk():
        print("a bar of progress")
        yield "WARN", "disk", "猫 → 5", "Make room."

    code = "import check_computer as check; check.CHECKS[:] = [lambda: iter([('OK', "
    code += "'disk', '猫 → 5')])]; check.report(check.CHECKS)"
    command = [sys.executable, "-c", code]
    wide = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    run = subprocess.run(command, cwd=settings.REPOSITORY, env=wide, capture_output=True)
    assert run.returncode == 0 and b"disk: ? ? 5" in run.stdout
    print(check.as_json([disk]))
    assert json.loads(capsys.readouterr().out)[0][0] == "WARN"


def test_a_file_with_the_name_of_a_package_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_own.py").write_text("", encoding="utf-8")
    assert list(check.hidden()) == []
    (tmp_path / "numpy.py").write_text("", encoding="utf-8")
    ((level, _, text, _),) = check.hidden()
    assert level == "WARN" and str(tmp_path / "numpy.py") in text
    code = "import numpy; print(numpy.__version__)"
    monkeypatch.setattr(check, "IMPORT", code)
    assert next(check.frameworks())[0] == "OK"


def start(folder: Path, code: str, *options: str, before: str = "pass") -> str:
    """Run the set-up cell in a folder, as a kernel there does, then `code`; return the output."""
    course = str(settings.REPOSITORY)
    run = f"sys.path += [{course!r}]; runpy.run_module('start_course')"
    code = f"import os, runpy, sys; {before}; {run}; {code}"
    command = [sys.executable, *options, "-c", code]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def test_a_start_without_asserts_is_said(tmp_path):
    assert "asserts" in start(tmp_path, "", "-O") and start(tmp_path, "") == ""


def test_a_learners_file_hides_no_package(tmp_path):
    (tmp_path / "scipy.py").write_text("raise SystemExit('hidden')", encoding="utf-8")
    (tmp_path / "mine.py").write_text("here = 'mine'", encoding="utf-8")
    assert "mine" in start(tmp_path, "import scipy, mine; print(mine.here)")


def test_a_folder_that_cannot_be_written_is_said_at_the_start(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "file" / "data"))
    assert "Nothing can be kept, so set COURSE_DATA" in start(tmp_path, "")
    monkeypatch.setenv("COURSE_DATA", "https://example.org/data")
    assert (
        start(tmp_path, "") == "COURSE_DATA must be a folder, and it is https://example.org/data.\n"
    )
    assert files.SUMS not in {path.name for path in tmp_path.iterdir()}


def test_every_test_that_the_list_of_faults_names_is_there():
    tests = settings.REPOSITORY / "tests"
    named = set(re.findall(r"`(test_\w+)`", (tests / "FAULTS.md").read_text(encoding="utf-8")))
    texts = [path.read_text(encoding="utf-8") for path in tests.rglob("test_*.py")]
    lacking = {name for name in named if not any(f"def {name}(" in text for text in texts)}
    assert len(named) > 40 and not lacking
