"""The set-up cells find the course from everywhere, and the command that publishes it."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys

import pytest
from test_notebooks import ADDRESS, BOOKS, LAB, code_lines, read, sources

from helpers.settings import REPOSITORY

CELLS = [sources(path, "code")[:2] for path in BOOKS + LAB]  # for Colab, and for all
SENTENCE = "# not found? In the course folder: make lab. Colab: run all"

# Runs the cells as a notebook does, and says where `helpers` and `lab` come from.
# The Python itself lies elsewhere: a course's own `.venv` would lead to that course.
RUN = """
import os, sys
sys.prefix = os.path.join(os.getcwd(), "python", "of", "others")
from IPython.core.interactiveshell import InteractiveShell
{before}
shell = InteractiveShell(colors="nocolor")
for time in range({times}):
    done = shell.run_cell(os.environ["CELL"])
    assert done.result is None, "a long output stands below the cell"
if done.success:
    import helpers, lab, notebooks
    print("|".join(["", helpers.__file__, lab.__file__, notebooks.__file__, *sys.path]))
sys.exit(not done.success)
"""
FOREIGN = "print('the wrong helpers')\nimport sys\nsys.modules[__name__ + '.course'] = sys"
IMPORTED = "sys.path.insert(0, ''); import helpers; assert 'helpers.course' in sys.modules"
COLAB = """
import types
output = types.ModuleType("output")
output.enable_custom_widget_manager = lambda: print("widgets are allowed")
google, colab = types.ModuleType("google"), types.ModuleType("google.colab")
google.colab, colab.output = colab, output
sys.modules |= {"google": google, "google.colab": colab}
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of what the cell needs, under a name with a blank and letters outside ASCII."""
    folder = tmp_path_factory.mktemp("x") / "Kurs für 猫"
    for name in ("helpers", "lab", "notebooks"):
        shutil.copytree(REPOSITORY / name, folder / name)
    for name in ("start_course.py", "check_computer.py", "requirements.txt"):
        shutil.copyfile(REPOSITORY / name, folder / name)
    for name in ("my_course/notebooks", "my_course/lab/solutions"):
        (folder / name).mkdir(parents=True)
    return folder


@pytest.fixture
def elsewhere(tmp_path):
    folder = tmp_path / "mes essais é"
    folder.mkdir()
    return folder


def run(course, folder, before="", times=1):
    environment = {**os.environ, "CELL": "\n".join(CELLS[0]), "COURSE": str(course),
                   "IPYTHONDIR": str(course / "ipython"), "PYTHONIOENCODING": "utf-8"}  # fmt: skip
    code = RUN.format(before=before, times=times)
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8"
    )


def check_found(done, course):
    assert done.returncode == 0, done.stdout + done.stderr
    _, *found = done.stdout.strip().splitlines()[-1].split("|")
    names, (first, *others) = ("helpers", "lab", "notebooks"), found[3:]
    assert found[:3] == [str(course / name / "__init__.py") for name in names]
    assert first == str(course)
    assert not any(place.endswith(".") or place == "course" for place in others)


def test_the_cell_is_the_same_everywhere_and_short():
    assert all(found == CELLS[0] for found in CELLS)
    for_colab, for_all = CELLS[0]
    assert len(code_lines(for_all)) <= 3 and SENTENCE in for_all and "colab" not in for_all
    for path in BOOKS + LAB:  # who is not on Colab does not see what is only for it
        cell = next(cell for cell in read(path).cells if cell.cell_type == "code")
        assert cell.metadata.jupyter.source_hidden and cell.metadata.cellView == "form"
    longest = for_colab.replace(ADDRESS.split("/")[-2], "x" * 39)  # the longest name of an account
    assert ADDRESS in for_colab and max(map(len, longest.splitlines())) <= 100


@pytest.mark.parametrize(
    "folder",
    [".", "notebooks", "lab", "lab/solutions", "my_course/notebooks", "my_course/lab/solutions"],
)
def test_from_every_folder_of_the_course(folder, course):
    check_found(run(course, course / folder), course)


def test_a_copy_elsewhere_with_the_python_of_the_course(course, elsewhere):
    before = f"sys.prefix = {str(course / '.venv')!r}"
    (course / ".venv").mkdir()
    check_found(run(course, elsewhere, before, times=2), course)


@pytest.mark.parametrize("name", ["helpers.py", "helpers/__init__.py", "lab.py", "notebooks.py"])
@pytest.mark.parametrize("before", ["", IMPORTED])
def test_other_files_with_these_names_are_not_taken(name, before, course):
    mine = course / "my_course" / "notebooks" / name
    before = before.replace("helpers", name.partition("/")[0].removesuffix(".py"))
    mine.parent.mkdir(exist_ok=True)
    mine.write_text(FOREIGN, encoding="utf-8")
    try:
        done = run(course, course / "my_course" / "notebooks", before)
        check_found(done, course)
        assert ("the wrong helpers" in done.stdout) == bool(before)
    finally:
        shutil.rmtree(mine.parent) if mine.name == "__init__.py" else mine.unlink()


@pytest.fixture(scope="module")
def github(course, tmp_path_factory):
    """The course as a repository of git, which stands in for the one on GitHub."""
    folder = tmp_path_factory.mktemp("github") / "course.git"
    for command in (
        ["init", "-q", "--bare", "-b", "main", folder],
        ["--git-dir", folder, "--work-tree", course, "add", "-A"],
        ["--git-dir", folder, "--work-tree", course, "commit", "-q", "-m", "all"],
    ):
        subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x", *command], check=True)
    return folder


def use_instead(place, monkeypatch):
    """Let git take `place` for the address on GitHub."""
    settings = {"COUNT": "1", "KEY_0": f"url.{place}.insteadOf", "VALUE_0": ADDRESS}
    for name, value in settings.items():
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)


@pytest.mark.skipif(not shutil.which("git"), reason="git is missing")
@pytest.mark.parametrize("before", ["nothing", "a stopped clone", "half of it", "another folder"])
def test_a_lone_notebook_on_colab(before, github, elsewhere, monkeypatch):
    """Whatever the first try left, the cell gets a whole course, and deletes nothing."""
    use_instead(github, monkeypatch)
    place, left = elsewhere / "course", {"another folder": {"README.md"}}.get(before, {".git"})
    if before == "a stopped clone":
        subprocess.run(["git", "init", "-q", place], check=True)
        (place / ".git" / "index.lock").touch()
    elif before == "half of it":
        subprocess.run(["git", "clone", "-q", github, place], check=True)
        left = {path.name for path in place.iterdir()} - {"start_course.py"}
        (place / "start_course.py").unlink()
    elif before == "another folder":
        place.mkdir()
        (place / "README.md").write_text("mine", encoding="utf-8")
    done = run(github, elsewhere, COLAB, times=2)  # the second time nothing is fetched
    check_found(done, place)
    assert done.stdout.count("widgets are allowed") == 2
    kept = [{path.name for path in old.iterdir()} for old in elsewhere.glob("unfinished_*")]
    assert kept == ([] if before == "nothing" else [left])


@pytest.mark.skipif(not shutil.which("git"), reason="git is missing")
@pytest.mark.parametrize("before", ["", COLAB])
def test_without_the_course_it_says_what_to_do(before, course, elsewhere, monkeypatch):
    """Neither on a computer nor on Colab, where the copy failed."""
    use_instead(elsewhere / "nowhere", monkeypatch)
    done = run(course, elsewhere, before)
    assert done.returncode == 1
    assert "No module named start_course" in done.stdout and SENTENCE in done.stdout


def test_a_part_of_the_course_says_what_to_do(course, tmp_path):
    part = tmp_path / "course"
    shutil.copytree(course, part)
    (part / "helpers" / "settings.py").unlink()
    done = run(part, part)
    assert done.returncode == 1
    assert f"{part} is a part of the course, without helpers.settings. Rename it" in done.stdout


def load_publish():
    spec = importlib.util.spec_from_file_location("publish", REPOSITORY / "jupyter" / "publish.py")
    publish = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(publish)
    return publish


def test_publishing_changes_every_address_and_can_be_done_again(tmp_path):
    publish = load_publish()
    folders = ("notebooks", "lab", "tests", "jupyter", "docs")
    for name in folders:
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(REPOSITORY / name, tmp_path / name, ignore=ignore)
    shutil.copyfile(REPOSITORY / "README.md", tmp_path / "README.md")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    before = {path: path.read_bytes() for path in files}
    owner = ADDRESS.split("/")[-2]
    assert publish.publish(owner, tmp_path) == [], "run jupyter/publish.py with this name"
    for old, new in ((owner, "some-body-2"), ("some-body-2", owner)):
        changed = publish.publish(new, tmp_path)
        books = {path.relative_to(REPOSITORY).as_posix() for path in BOOKS + LAB}
        others = {"README.md", "docs/hub.md", "jupyter/publish.py", "jupyter/site/conf.py"}
        others.add("tests/test_notebooks.py")
        assert books | others <= {*changed}
        now = {path: path.read_bytes() for path in files}
        place = re.compile(rf"(/|%2F){old}(/|%2F)transfer-learning-course".encode())
        assert not any(place.search(content) for content in now.values())
    assert now == before and publish.publish(owner, tmp_path) == []


def test_what_is_the_same_in_many_places_is_written_anew(tmp_path):
    """A set-up cell that differs, and a row of the table that has no links yet."""
    publish = load_publish()
    name = f"notebooks/{BOOKS[0].name}"
    book, readme = BOOKS[0].read_text("utf-8"), (REPOSITORY / "README.md").read_text("utf-8")
    page = publish.LINKS.sub(r"[open](\1)", readme)
    assert book.count(SENTENCE) == 1 and readme.count("[Colab]") == page.count("[open]") > 8
    (tmp_path / "notebooks").mkdir()
    (tmp_path / name).write_text(book.replace(SENTENCE, ""), encoding="utf-8")
    (tmp_path / "README.md").write_text(page, encoding="utf-8")
    assert publish.publish(ADDRESS.split("/")[-2], tmp_path) == ["README.md", name]
    assert (tmp_path / name).read_text("utf-8") == book
    assert (tmp_path / "README.md").read_text("utf-8") == readme
    assert all((REPOSITORY / found[1]).is_file() for found in publish.LINKS.finditer(readme))


@pytest.mark.parametrize("names", [[], ["two", "names"], ["no/slash"], ["-x"], [""]])
def test_publish_asks_for_one_name(names):
    command = [sys.executable, "jupyter/publish.py", *names]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 1 and "publish.py NAME" in done.stderr
