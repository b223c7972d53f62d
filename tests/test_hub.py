"""A Hub and Binder: what learners share and what is their own, and the memory of a notebook."""

import os
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import memory
import psutil
import pytest
from fixtures import cats_and_dogs_files, make_mirror, zip_bytes

from helpers.datasets import cats_and_dogs
from helpers.settings import REPOSITORY

sys.path.append(str(REPOSITORY / "docs" / "hub"))
import learner  # noqa: E402

HUB = REPOSITORY / "docs" / "hub"


@pytest.fixture
def shared(tmp_path, monkeypatch):
    """Everybody's folder with four cats, four dogs and one file of weights."""
    files = {"kagglecatsanddogs_5340.zip": zip_bytes(cats_and_dogs_files(4))}
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setenv("COURSE_MIRROR", str(make_mirror(tmp_path / "mirror", files)))
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "shared"))
    cats_and_dogs(4)
    monkeypatch.delenv("COURSE_MIRROR")
    (tmp_path / "shared" / "weights").mkdir()
    (tmp_path / "shared" / "weights" / "net.safetensors").write_bytes(b"weights")
    return tmp_path / "shared"


def test_two_learners_share_photographs_and_write_only_their_own(shared, tmp_path, monkeypatch):
    before = {path: path.read_bytes() for path in shared.rglob("*") if path.is_file()}
    for name in ("ann", "ben"):
        data = tmp_path / name / "course_data"
        learner.share(shared, data)
        monkeypatch.setenv("COURSE_DATA", str(data))
        pets = cats_and_dogs(4)
        assert pets.source == "photos" and len(pets) == 8
        assert all(path.resolve().is_relative_to(shared) for path in pets.paths), "no copies"
        (data / "weights" / "net.safetensors").write_bytes(name.encode())
    assert {path: path.read_bytes() for path in shared.rglob("*") if path.is_file()} == before


def test_what_a_learner_has_is_kept_and_what_is_missing_is_no_error(shared, tmp_path):
    data = tmp_path / "data"
    (data / "cats_and_dogs").mkdir(parents=True)
    (data / "weights").mkdir()
    (data / "pet_breeds").symlink_to(tmp_path / "gone")
    learner.share(shared, data)  # it has no breeds
    assert {path.name: [*path.iterdir()] for path in data.iterdir()} == {
        "cats_and_dogs": [], "weights": [],
    }  # fmt: skip
    (data / "cats_and_dogs").rmdir()
    learner.share(shared, data)
    learner.share(tmp_path / "nothing", data)  # the folder is not mounted today
    assert [path.name for path in data.iterdir()] == ["weights"]


def test_a_full_disk_leaves_no_half_of_the_weights_and_stops_no_server(
    shared, tmp_path, monkeypatch, capsys
):
    def full(source, target):
        Path(target).write_bytes(b"half")
        raise OSError(28, "No space left on device", str(target))

    started = []
    monkeypatch.setenv("HOME", str(tmp_path / "ann"))
    monkeypatch.setenv("COURSE_SHARED", str(shared))
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "ann" / "course_data"))
    monkeypatch.setattr(learner.os, "execv", lambda *command: started.append(command))
    monkeypatch.setattr(learner.os, "environ", dict(os.environ))
    monkeypatch.setattr(learner.sys, "argv", ["learner.py", "--port=1"])
    monkeypatch.setattr(learner.shutil, "copytree", partial(shutil.copytree, copy_function=full))
    (tmp_path / "ann").mkdir()
    monkeypatch.chdir(tmp_path)
    learner.main()
    assert started[0][1][-1] == "--port=1" and "No space left" in capsys.readouterr().out
    names = {path.name for path in (tmp_path / "ann" / "course_data").iterdir()}
    assert names == {"cats_and_dogs"}
    assert (tmp_path / "ann" / "my_course" / "README.md").is_file()


def test_the_settings_of_the_hub_name_what_is_there():
    """JupyterHub itself is not installed with the course."""
    names = ("Authenticator", "JupyterHub", "Spawner", "SystemdSpawner")
    c = SimpleNamespace(**{name: SimpleNamespace() for name in names})
    text = (HUB / "jupyterhub_config.py").read_text(encoding="utf-8")
    exec(compile(text, "config", "exec"), {"get_config": lambda: c, "__file__": HUB / "config"})
    assert Path(c.Spawner.cmd[-1]) == HUB / "learner.py" and c.Spawner.mem_limit == "3G"
    yaml = (HUB / "zero_to_jupyterhub.yaml").read_text(encoding="utf-8")
    assert "NOT RUN" in yaml and "/docs/hub/learner.py" in yaml and "COURSE_SHARED" in yaml
    page = (REPOSITORY / "docs" / "hub.md").read_text(encoding="utf-8")
    assert len(re.sub(r"(?s)```.*?```", "", page).split()) <= 700


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is missing")
def test_binder_gives_jupyterlab_the_settings_of_the_course(tmp_path):
    (tmp_path / "python").write_text("#!/bin/sh\n", encoding="utf-8")  # converts no weights
    (tmp_path / "python").chmod(0o755)
    places = {"NB_PYTHON_PREFIX": str(tmp_path), "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    command = ["bash", str(REPOSITORY / "binder" / "postBuild")]
    subprocess.run(command, cwd=REPOSITORY, env={**os.environ, **places}, check=True)
    for name in ("jupyter_server_config.py", "labconfig/default_setting_overrides.json"):
        copied = (tmp_path / "etc" / "jupyter" / name).read_bytes()
        assert copied == (REPOSITORY / "jupyter" / name).read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says a peak")
def test_a_notebook_that_takes_too_much_memory_turns_red(monkeypatch):
    """This process stands for a kernel."""
    taken = psutil.Process().memory_info().rss / 1e9
    assert 0.9 * taken < memory.peak_memory(os.getpid()) < psutil.virtual_memory().total / 1e9
    kernel = SimpleNamespace(km=SimpleNamespace(provisioner=SimpleNamespace(pid=os.getpid())))
    cell = SimpleNamespace(parent=SimpleNamespace(kernel=kernel), user_properties=[])
    for limit, ending in ((taken / 2, AssertionError), (1e3, StopIteration)):
        monkeypatch.setattr(memory, "LIMIT", limit)
        after = memory.pytest_runtest_call(cell)
        next(after)
        with pytest.raises(ending):
            next(after)
