"""A file arrives whole and right, or not at all, however the server behaves."""

import contextlib
import gc
import hashlib
import re
import shutil
import ssl
import subprocess
import threading
import time
import warnings
from pathlib import Path

import pytest
from fixtures import Server, digest, make_mirror

from helpers import files
from helpers.downloads import http
from helpers.downloads.places import DownloadError, fetch
from helpers.files import OfficialFile, parse_sums

CONTENT = bytes(range(256)) * 2000
RIGHT = {"digest": digest(CONTENT), "size": len(CONTENT)}
WEIGHTS = {"weights.bin": CONTENT}
UNREACHED = OfficialFile("weights.bin", "http://127.0.0.1:9/", **RIGHT)  # nobody listens there


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Each test has a data folder of its own, no mirror, and short pauses."""
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))
    for name in ("COURSE_MIRROR", "COURSE_OFFLINE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(http, "TIMEOUT", (30, 30))  # seconds: the machine may be busy
    monkeypatch.setattr(http, "PAUSE", 0.01)
    return tmp_path / "data"


def fetch_from(server: Server, folder: Path | None = None, **checks) -> Path:
    url = f"{server.url}/weights.bin"
    return fetch(OfficialFile("weights.bin", url, **(RIGHT | checks)), folder)


def refused(server: Server, **options) -> str:
    with pytest.raises(DownloadError) as caught:
        fetch_from(server, **options)
    return str(caught.value)


def test_file_arrives_once(own_folder):
    with Server(WEIGHTS) as server:
        path = fetch_from(server)
        assert path == own_folder / "weights.bin" and path.read_bytes() == CONTENT
        assert fetch_from(server) == path and len(server.asked) == 1
    assert not list(own_folder.glob("*.part"))


def test_other_folder_is_made(tmp_path):
    with Server(WEIGHTS) as server:
        path = fetch_from(server, folder=tmp_path / "new" / "place")
    assert path == tmp_path / "new" / "place" / "weights.bin"


def test_404_names_the_address_and_the_way_by_hand(own_folder):
    with Server({}) as server:
        text = refused(server)
    assert "404" in text and f"{server.url}/weights.bin" in text
    assert str(own_folder / "weights.bin") in text
    assert not (own_folder / "weights.bin").exists()


@pytest.mark.parametrize("checks", [RIGHT, {"digest": None, "size": None}])
def test_web_page_is_not_taken_for_the_file(own_folder, checks):
    with Server(WEIGHTS, ["html"]) as server:
        assert "web page" in refused(server, **checks)
        assert not (own_folder / "weights.bin").exists()
        assert fetch_from(server, **checks).read_bytes() == CONTENT


def test_trouble_of_the_server_passes():
    with Server(WEIGHTS, ["500", "500"]) as server:
        assert fetch_from(server).read_bytes() == CONTENT
        assert len(server.asked) == 3


def test_lasting_trouble_is_named():
    with Server(WEIGHTS, ["500"] * 9) as server:
        assert "500" in refused(server)


@pytest.mark.parametrize("ranges", [True, False])
def test_broken_connection_is_taken_up_again(ranges):
    with Server(WEIGHTS, ["half"], ranges) as server:
        assert fetch_from(server).read_bytes() == CONTENT
        assert server.asked[1][1].startswith("bytes=")
    # With ranges only the rest travels. 64 KB may be lost at the break.
    assert server.sent < len(CONTENT) + 70_000 if ranges else server.sent > 1.4 * len(CONTENT)


@pytest.mark.parametrize("ranges", [True, False])
def test_later_call_goes_on_where_the_first_stopped(own_folder, monkeypatch, ranges):
    monkeypatch.setattr(http, "ATTEMPTS", 1)
    with Server(WEIGHTS, ["half"], ranges) as server:
        assert "broke off" in refused(server)
        assert not (own_folder / "weights.bin").exists() and list(own_folder.glob("*.part"))
        assert fetch_from(server).read_bytes() == CONTENT
        assert int(server.asked[1][1].removeprefix("bytes=").rstrip("-")) > 100_000
    assert not list(own_folder.glob("*.part"))


def part_of(folder: Path, content: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    part = folder / f"weights.bin.{RIGHT['digest'][:12]}.part"
    part.write_bytes(content)
    return part


@pytest.mark.parametrize("left", [CONTENT, CONTENT + b"more", b"other" * 1000])
def test_odd_part_does_not_spoil_the_file(own_folder, left):
    part_of(own_folder, left)
    with Server(WEIGHTS) as server:
        assert fetch_from(server).read_bytes() == CONTENT


def test_refused_range_starts_again(own_folder):
    part_of(own_folder, CONTENT[:1000])
    with Server(WEIGHTS, ["416"]) as server:
        assert fetch_from(server).read_bytes() == CONTENT
        assert [wanted for _, wanted in server.asked] == ["bytes=1000-", None]


def test_without_checksum_a_part_is_not_trusted(own_folder):
    own_folder.mkdir()
    (own_folder / "weights.bin.unknown.part").write_bytes(b"other" * 1000)
    with Server(WEIGHTS) as server:
        assert fetch_from(server, digest=None).read_bytes() == CONTENT
        assert server.asked[0][1] is None


def test_silent_server_costs_the_stated_time(monkeypatch):
    monkeypatch.setattr(http, "TIMEOUT", (30, 0.5))
    start = time.monotonic()
    with Server(WEIGHTS, ["silent"]) as server:
        assert "no answer" in refused(server)
        assert time.monotonic() - start < 10  # the server would be silent for 20


def test_nobody_listens():
    with Server(WEIGHTS) as server:
        pass
    start = time.monotonic()
    assert "connection failed" in refused(server)
    assert time.monotonic() - start < 10


@pytest.mark.parametrize(
    "checks",
    [{"digest": digest(b"x")}, {"digest": digest(b"x")[:8]}, {"digest": None, "size": 5}],
)
def test_wrong_content_is_refused(own_folder, checks):
    with Server(WEIGHTS) as server:
        text = refused(server, **checks)
    assert "checksum differs" in text or "should have 5" in text
    assert not (own_folder / "weights.bin").exists() and not list(own_folder.glob("*.part"))


@pytest.mark.parametrize("wrong", [b"", CONTENT[:1000], b"x" * len(CONTENT)])
def test_wrong_file_is_kept_aside_and_mended(own_folder, wrong):
    own_folder.mkdir()
    (own_folder / "weights.bin").write_bytes(wrong)
    (own_folder / "weights.bin.bad").write_bytes(b"an older one")
    with Server(WEIGHTS) as server:
        assert fetch_from(server).read_bytes() == CONTENT
    assert (own_folder / "weights.bin.bad").read_bytes() == b"an older one"
    assert (own_folder / "weights.bin.bad2").read_bytes() == wrong


@pytest.mark.parametrize("known", [digest(CONTENT)[:8], hashlib.md5(CONTENT).hexdigest()])
def test_a_file_is_known_by_what_its_publisher_gives(own_folder, known):
    """The start of the SHA-256, or the MD5: so it is with weights."""
    own_folder.mkdir()
    (own_folder / "weights.bin").write_bytes(b"half")
    with Server(WEIGHTS) as server:
        path = fetch_from(server, digest=known, size=None)
        assert path.read_bytes() == CONTENT and fetch_from(server, digest=known) == path
        assert len(server.asked) == 1
    assert (own_folder / "weights.bin.bad").exists()


def test_wrong_file_that_cannot_be_mended_is_named(own_folder):
    own_folder.mkdir()
    (own_folder / "weights.bin").write_bytes(b"")
    with Server({}) as server:
        text = refused(server)
    assert "was empty" in text and "weights.bin.bad" in text and "404" in text


def test_offline_says_so(own_folder, monkeypatch):
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    with Server(WEIGHTS) as server:
        text = refused(server)
        assert "COURSE_OFFLINE" in text and str(own_folder / "weights.bin") in text
        assert server.asked == []


def test_full_disk_is_said_before(own_folder, monkeypatch):
    usage = shutil.disk_usage(own_folder.parent)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with Server(WEIGHTS) as server:
        text = refused(server)
    assert "1,000 are free" in text and "COURSE_DATA" in text


def test_folder_that_cannot_be_written_is_said(own_folder, monkeypatch):
    own_folder.mkdir()
    part = own_folder / f"weights.bin.{RIGHT['digest'][:12]}.part"
    part.mkdir()  # nobody can open it as a file
    with Server(WEIGHTS) as server:
        assert part.name in refused(server)


def test_many_callers_get_the_right_file():
    found = []
    with Server(WEIGHTS, ["500"]) as server:
        callers = [
            threading.Thread(target=lambda: found.append(fetch_from(server))) for _ in range(8)
        ]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        assert len(server.asked) == 2
    assert len(found) == 8 and found[0].read_bytes() == CONTENT


def test_mirror_folder_is_read_where_it_lies(own_folder, tmp_path, monkeypatch):
    make_mirror(tmp_path / "mirror", {"weights.bin": b"reduced"})
    monkeypatch.setenv("COURSE_MIRROR", str(tmp_path / "mirror"))
    with Server(WEIGHTS) as server:
        assert fetch_from(server) == tmp_path / "mirror" / "weights.bin"
        assert server.asked == []


def test_data_folder_comes_before_the_mirror(own_folder, tmp_path, monkeypatch):
    make_mirror(tmp_path / "mirror", {"weights.bin": b"reduced"})
    monkeypatch.setenv("COURSE_MIRROR", str(tmp_path / "mirror"))
    own_folder.mkdir()
    (own_folder / "weights.bin").write_bytes(CONTENT)
    assert fetch(UNREACHED) == own_folder / "weights.bin"


def test_mirror_with_a_wrong_sum_is_passed_over(own_folder, tmp_path, monkeypatch):
    sums = {"weights.bin": digest(b"something else")}
    make_mirror(tmp_path / "mirror", {"weights.bin": b"reduced"}, sums)
    monkeypatch.setenv("COURSE_MIRROR", str(tmp_path / "mirror"))
    with Server(WEIGHTS) as server:
        assert fetch_from(server) == own_folder / "weights.bin"
    with Server({}) as server:
        (own_folder / "weights.bin").unlink()
        text = refused(server)
    assert "mirror" in text and "checksum differs" in text and "404" in text


def test_mirror_without_sums_must_have_the_official_file(tmp_path, monkeypatch):
    make_mirror(tmp_path / "mirror", {"weights.bin": CONTENT}, {})
    monkeypatch.setenv("COURSE_MIRROR", str(tmp_path / "mirror"))
    assert fetch(UNREACHED).parent == tmp_path / "mirror"
    (tmp_path / "mirror" / "weights.bin").write_bytes(b"reduced")
    with pytest.raises(DownloadError, match="should have 512,000"):
        fetch(UNREACHED)


@pytest.mark.parametrize("kind", ["folder", "http"])
def test_mirror_alone_for_files_of_other_libraries(own_folder, tmp_path, monkeypatch, kind):
    with pytest.raises(DownloadError, match="No place has it"):
        fetch(OfficialFile("weights.bin"))
    folder = make_mirror(tmp_path / "mirror", WEIGHTS)
    held = {path.name: path.read_bytes() for path in folder.iterdir()}
    with Server(held) as server:
        monkeypatch.setenv("COURSE_MIRROR", server.url if kind == "http" else str(folder))
        with pytest.raises(DownloadError, match="other.bin"):
            fetch(OfficialFile("other.bin"))
        path = fetch(OfficialFile("weights.bin"))
    assert path.parent == (own_folder if kind == "http" else folder)
    assert path.read_bytes() == CONTENT


def sums_of(content: bytes) -> bytes:
    return f"{digest(content)} *weights.bin\n".encode()


def test_http_mirror_gives_its_reduced_copy(own_folder, monkeypatch):
    monkeypatch.setenv("COURSE_OFFLINE", "1")  # the mirror is asked all the same
    with Server({"weights.bin": b"reduced", "SHA256SUMS": sums_of(b"reduced")}) as mirror:
        monkeypatch.setenv("COURSE_MIRROR", mirror.url + "/")
        assert fetch_from(mirror).read_bytes() == b"reduced"
        count = len(mirror.asked)
        assert fetch_from(mirror).read_bytes() == b"reduced"  # remembered as right
        assert len(mirror.asked) == count
    (own_folder / "weights.bin").write_bytes(b"reduce")
    with pytest.raises(DownloadError):
        fetch(UNREACHED)


@pytest.mark.parametrize("script", [["fine", "404"], ["404", "html"], ["silent"]])
def test_bad_http_mirror_is_passed_over(monkeypatch, script):
    if "silent" in script:
        monkeypatch.setattr(http, "TIMEOUT", (30, 0.5))
    held = {"weights.bin": b"reduced", "SHA256SUMS": sums_of(b"reduced")}
    with Server(held, script) as mirror, Server(WEIGHTS) as server:
        monkeypatch.setenv("COURSE_MIRROR", mirror.url)
        assert fetch_from(server).read_bytes() == CONTENT


def test_http_mirror_with_a_wrong_sum_is_named(monkeypatch):
    with Server({"weights.bin": b"reduced", "SHA256SUMS": sums_of(b"else")}) as mirror:
        monkeypatch.setenv("COURSE_MIRROR", mirror.url)
        with pytest.raises(DownloadError) as caught:
            fetch(UNREACHED)
    assert mirror.url in str(caught.value) and "checksum differs" in str(caught.value)


def test_self_signed_certificate_is_explained(tmp_path):
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("openssl makes the certificate of this test")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    order = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -batch"
    command = [openssl, *order.split(), "-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    with Server(WEIGHTS, tls=tls) as server:
        text = refused(server)
    assert "certifi;" in text and "REQUESTS_CA_BUNDLE" in text
    assert "weights.bin" in text


def test_certificates_are_always_checked():
    forbidden = re.compile(r"_create_unverified|verify\s*=\s*False|CERT_NONE")
    for path in Path(http.__file__).parent.rglob("*.py"):
        assert not forbidden.search(path.read_text(encoding="utf-8")), path


def test_folder_without_locks_still_works(own_folder, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError("read-only")

    own_folder.mkdir()
    (own_folder / "weights.bin").write_bytes(CONTENT)
    monkeypatch.setattr(files.FileLock, "acquire", refuse)
    assert fetch(UNREACHED) == own_folder / "weights.bin"


def test_no_connection_stays_open():
    with Server(WEIGHTS, ["half", "500", "html"]) as server, warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        with contextlib.suppress(DownloadError):
            fetch_from(server)
        fetch_from(server)
        gc.collect()


def test_waiting_for_another_notebook_is_said(tmp_path, capsys):
    def wait():
        with files.locked(tmp_path / "weights.bin"):
            pass

    said, waiter, end = "", threading.Thread(target=wait), time.monotonic() + 60
    with files.FileLock(tmp_path / "weights.bin.lock"):
        waiter.start()
        while not said and time.monotonic() < end:
            said = capsys.readouterr().out
            time.sleep(0.01)
        assert waiter.is_alive()
    waiter.join()
    assert said == "Another notebook is getting weights.bin; waiting.\n"


def test_sums_are_read_as_sha256sum_writes_them():
    a, b, c = (letter * 64 for letter in "abc")
    text = f"{a.upper()}  one.zip\n{b} *two words.zip\n\nnonsense\n{c}  one.zip\n"
    assert parse_sums(text.encode()) == {"one.zip": c, "two words.zip": b}
