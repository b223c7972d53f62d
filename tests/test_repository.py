"""Rules of the repository: small, tidy, one list of packages, no framework where none belongs."""

import re
import subprocess
import sys

import pytest
from fixtures import git

from helpers import colab
from helpers.settings import REPOSITORY

HELPERS = sorted(path.stem for path in (REPOSITORY / "helpers").glob("*.py"))
FRAMEWORK = {"networks_torch", "networks_tf", "convert_weights"}


# A blocked package is not found, as if it were not installed.
BLOCK = """
import sys
class Without:
    def __init__(self, finder): self.finder = finder
    def __getattr__(self, name): return getattr(self.finder, name)
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in blocked:
            return self.finder.find_spec(name, path, target)
sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
"""


def run_python(code, blocked=()):
    code = f"blocked = {set(blocked)}\n{BLOCK}\n{code}"
    return subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True)


def test_helpers_load_no_framework():
    """Only three files may; with both frameworks blocked, all others must still load."""
    names = [name for name in HELPERS if name not in FRAMEWORK and name != "__init__"]
    code = "\n".join(f"import helpers.{name}" for name in names)
    run = run_python(code, blocked={"torch", "tensorflow", "keras", "timm"})
    assert run.returncode == 0, run.stderr.decode()


@pytest.mark.parametrize(
    ("name", "other"), [("networks_torch", "tensorflow"), ("networks_tf", "torch")]
)
def test_one_framework_alone_is_enough(name, other):
    run = run_python(f"import helpers.{name}", blocked={other})
    assert run.returncode == 0, run.stderr.decode()


def test_without_ipywidgets_panels_are_static():
    code = """if True:
        import numpy as np
        from helpers import panels, plots
        draw = lambda photo, layer: plots.draw_photos([photo], [layer])
        panels.photo_panel(draw, {"grey": np.zeros((9, 9, 3), np.uint8)}, "grey", layer=["a"])
    """
    run = run_python(code, blocked={"ipywidgets"})
    assert run.returncode == 0, run.stderr.decode()


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]])
def test_tidy_code(arguments):
    """A learner's own files may look as they like."""
    held = git("ls-files", "*.py", "*.ipynb")
    names = ["."] if held is None else [n for n in held.split("\n") if (REPOSITORY / n).is_file()]
    command = [sys.executable, "-m", "ruff", *arguments, *names]
    run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout


def test_every_requirement_says_who_needs_it():
    lines = (REPOSITORY / "requirements.txt").read_text("utf-8").splitlines()
    packages = [line for line in lines if not line.startswith("#")]
    assert all(re.search(r"  # \w", line) for line in packages)
    assert not any("==" in line for line in packages), "ranges, not one exact version"
    asked = {"jupyterlab", "torch", "torchvision", "tensorflow", "matplotlib", "ipywidgets"}
    assert asked | {"nbval"} <= set(colab.required_packages())


def test_colab_installs_only_what_is_missing(monkeypatch):
    """Elsewhere nothing happens; on Colab only missing packages that a lesson needs are named."""
    commands, enabled, lacking = [], [], ("timm", "foolbox", "jupyterlab", "nbval", "ruff")
    monkeypatch.setattr(colab.subprocess, "run", lambda command, check: commands.append(command))
    colab.prepare()
    assert commands == []
    output = type(sys)("output")
    output.enable_custom_widget_manager = lambda: enabled.append(True)
    google = type(sys)("google.colab")
    google.output = output
    monkeypatch.setitem(sys.modules, "google", type(sys)("google"))
    monkeypatch.setitem(sys.modules, "google.colab", google)
    monkeypatch.setattr(colab, "_is_installed", lambda name: name not in lacking)
    colab.prepare()
    asked = commands[0][commands[0].index("--quiet") + 1 :]
    assert [line.partition(">=")[0] for line in asked] == ["timm", "foolbox"]
    assert all("<" in line for line in asked) and enabled == [True]


def test_nothing_large_in_the_repository():
    held = git("ls-files", "-z")
    if held is None:
        pytest.skip("no git repository")
    for name in filter(None, held.split("\0")):
        path = REPOSITORY / name
        assert not path.exists() or path.stat().st_size < 300_000, name
        assert path.suffix.lower() not in {".jpg", ".jpeg", ".png", ".pth", ".h5", ".safetensors"}
