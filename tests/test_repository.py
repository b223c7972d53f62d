"""Rules of the repository: small, tidy, one list of packages, no framework where none belongs."""

import ast
import csv
import importlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile

import claims
import mutations
import pytest
from fixtures import git
from packaging.requirements import Requirement

import check_computer
from helpers.settings import REPOSITORY

HELPERS = [path.relative_to(REPOSITORY) for path in (REPOSITORY / "helpers").rglob("*.py")]
MOST_LINES = 3600  # of helpers: whoever adds, cuts or merges elsewhere
FRAMEWORK = {"pytorch", "tensorflow"}
# From the ground floor up: a room imports from rooms below it, and from itself.
ROOMS = ["", "photographs", "downloads", "drawn_pets", "datasets", "networks", "figures", "panels",
         "ideal_images", "adversarial_images", "course"]  # fmt: skip
# These use the rooms, and no room uses them.
ABOVE = ("lab", "notebooks", "tests", "jupyter", "check_computer")
CPU_BUILDS = {"torch": "2.10.0+cpu", "torchvision": "0.25.0+cpu"}  # the oldest that are allowed


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


def module(path):
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def test_helpers_load_no_framework():
    """Only two files may; with both frameworks blocked, all others must still load."""
    names = [module(path) for path in HELPERS if path.stem not in FRAMEWORK]
    code = "\n".join(f"import {name}" for name in names)
    run = run_python(code, blocked={"torch", "tensorflow", "keras", "timm"})
    assert run.returncode == 0, run.stderr.decode()


def imports(path):
    """Return the modules that a file imports, wherever in the file it does."""
    for node in ast.walk(ast.parse((REPOSITORY / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            known = [name for name in names if name in MODULES]
            yield from known or [node.module]


MODULES = set(map(module, HELPERS))


@pytest.mark.parametrize("path", HELPERS, ids=str)
def test_no_arrow_points_up(path):
    """A room uses only rooms below it, the ground floor none, and no room the lab or a lesson."""

    def floor(name):
        room = name.split(".")[1] if name.count(".") else ""
        return ROOMS.index(room if room in ROOMS else "")

    used = [name for name in imports(path) if name.split(".")[0] == "helpers"]
    assert all(floor(name) <= floor(module(path)) for name in used), used
    assert not any(name.split(".")[0] in ABOVE for name in imports(path))


def test_no_circle_of_imports():
    seen, done = [], set()

    def visit(name):
        assert name not in seen, " -> ".join([*seen, name])
        if name in done or name not in MODULES:
            return
        seen.append(name)
        path = next(path for path in HELPERS if module(path) == name)
        for used in imports(path):
            visit(used)
        done.add(seen.pop())

    for name in sorted(MODULES):
        visit(name)


def test_helpers_stay_small():
    """A stranger reads them in an evening. Drawn pets are a picture of their own."""
    paths = [path for path in HELPERS if path.parts[1] != "drawn_pets"]
    texts = [(REPOSITORY / path).read_text(encoding="utf-8") for path in paths]
    assert sum(text.count("\n") for text in texts) <= MOST_LINES


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
    assert asked | {"nbval"} <= {rule.name for rule in check_computer.requirements()}


def test_colab_installs_only_what_is_missing(monkeypatch):
    """Elsewhere nothing happens; on Colab only missing packages that a lesson needs are named."""
    commands, enabled, lacking = [], [], ("timm", "foolbox", "jupyterlab", "nbval", "ruff")
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(subprocess, "run", lambda command, check: commands.append(command))
    start = importlib.import_module("start_course").start
    start()
    assert commands == []
    output = type(sys)("output")
    output.enable_custom_widget_manager = lambda: enabled.append(True)
    google = type(sys)("google.colab")
    google.output = output
    monkeypatch.setitem(sys.modules, "google", type(sys)("google"))
    monkeypatch.setitem(sys.modules, "google.colab", google)
    versions = dict.fromkeys(lacking)
    monkeypatch.setattr(check_computer, "version_of", lambda name: versions.get(name, "1.0"))
    start()
    asked = commands[0][commands[0].index("--quiet") + 1 :]
    assert [Requirement(line).name for line in asked] == ["timm", "foolbox"]
    assert all("<" in line for line in asked) and enabled == [True]


def test_the_last_claims_hold():
    """`make claims` runs by hand; what it last found is green, for every set, lesson and seed."""
    with claims.TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    runs = {(name, claims.title(lesson, seed)) for name, lesson, seed in claims.runs()}
    assert {(row["photographs"], row["lesson"]) for row in rows} == runs, "run: make claims"
    assert [row for row in rows if row["result"] != "holds"] == []


def test_every_known_mistake_turns_something_red():
    """`make mutations` runs by hand; a row whose old text is gone says nothing any more."""
    rows = mutations.read()
    assert len({row["mistake"] for row in rows}) == len(rows) >= 25
    for row in rows:
        assert mutations.mutate(row, REPOSITORY)
    assert [row for row in rows if not row["result"].startswith("red: ")] == []


def test_nothing_large_in_the_repository():
    held = git("ls-files", "-z")
    if held is None:
        pytest.skip("no git repository")
    for name in filter(None, held.split("\0")):
        path = REPOSITORY / name
        assert not path.exists() or path.stat().st_size < 300_000, name
        assert path.suffix.lower() not in {".jpg", ".jpeg", ".png", ".pth", ".h5", ".safetensors"}


def make_wheel(folder, name, version):
    """Write the smallest package that pip installs, and the page of an index that has it."""
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        file.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any"
        )
        file.writestr(f"{info}/RECORD", "")
    page = folder / "index" / name / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text(f'<a href="{wheel.as_uri()}">{wheel.name}</a>', encoding="utf-8")


@pytest.mark.skipif(not shutil.which("make"), reason="make is missing")
def test_cpu_takes_pytorch_from_its_own_index(tmp_path):
    """`make lab CPU=1`: PyTorch comes first, from the index without GPU libraries, and fits."""
    for name in CPU_BUILDS:
        make_wheel(tmp_path, name, CPU_BUILDS[name])
    index = (tmp_path / "index").as_uri()
    command = ["make", "--dry-run", "--always-make", ".venv/ready", "CPU=1", f"CPU_INDEX={index}"]
    made = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    lines = made.stdout.splitlines()
    first = next(i for i, line in enumerate(lines) if "--index-url" in line)
    assert "requirements.txt" in lines[first + 1], "before everything else"
    words = shlex.split(lines[first])
    assert words[:4] == [".venv/bin/python", "-m", "pip", "install"]
    environment = {name: value for name, value in os.environ.items() if name[:4] != "PIP_"}
    environment |= {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_DEPS": "1"}
    command = [sys.executable, *words[1:], "--target", str(tmp_path / "site")]
    subprocess.run(command, env=environment, capture_output=True, check=True)
    installed = {path.name for path in (tmp_path / "site").glob("*.dist-info")}
    assert installed == {f"{name}-{version}.dist-info" for name, version in CPU_BUILDS.items()}
    rules = {rule.name: rule for rule in check_computer.requirements()}
    for name, version in CPU_BUILDS.items():
        assert rules[name].specifier.contains(version)


def test_the_index_without_gpu_libraries_is_named_once():
    """Binder's list names it and takes the course's own; conda and make take it from there."""
    lines = (REPOSITORY / "binder" / "requirements.txt").read_text("utf-8").splitlines()
    address = re.fullmatch(r"--extra-index-url (\S+)", lines[1])
    assert lines[2:] == ["-r ../requirements.txt"]
    for name in ("Makefile", "environment.yml"):
        text = (REPOSITORY / name).read_text("utf-8")
        assert address[1] not in text and "binder/requirements.txt" in text
    if shutil.which("make"):
        command = ["make", "--dry-run", "--always-make", ".venv/ready", "CPU=1"]
        made = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
        assert f"--index-url {address[1]}" in made.stdout
