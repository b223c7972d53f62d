"""The rules that every notebook keeps. nbval, besides, runs each of them as a test."""

import ast
import contextlib
import dis
import itertools
import json
import os
import re
import types

import nbformat
import numpy as np
import pytest
import run_again
from fixtures import git

from helpers import datasets
from helpers.course.results_table import LESSONS as ON_THE_BOARD
from helpers.networks.names import DEFAULT, FEATURES
from helpers.settings import REPOSITORY

BOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
START = REPOSITORY / "notebooks" / "00_start_here.ipynb"
LESSONS = [path for path in BOOKS if path.stem[:2] != "00"]
PYTORCH, TENSORFLOW = (
    [path for path in BOOKS if path.stem.endswith(f"_{name}")] for name in ("pytorch", "tensorflow")
)
LAB = sorted((REPOSITORY / "lab").rglob("pet_breeds_*.ipynb"))
ENOUGH = 100  # photographs of a class, as `check` says
GET = "cats_and_dogs(per_class=600)"
OF_PHOTOGRAPHS = [path for path in BOOKS if GET in path.read_text(encoding="utf-8")]
ADDRESS = "https://github.com/OWNER/transfer-learning-course"

by_name = pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
by_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def read(path):
    return nbformat.read(path, as_version=4)


def sources(path, kind):
    return [cell.source for cell in read(path).cells if cell.cell_type == kind]


def headings(path):
    text = "\n".join(sources(path, "markdown"))
    return re.findall(r"(?m)^(#+) (.+)$", text)


def calls(path, *names):
    """Return every call of one of these functions, as a node of the syntax tree."""
    nodes = [node for source in sources(path, "code") for node in ast.walk(ast.parse(source))]
    found = [node for node in nodes if isinstance(node, ast.Call)]
    return [call for call in found if ast.unparse(call.func).rpartition(".")[2] in names]


def saved(path):
    """Return what a notebook saves for the board: key → its code; the rest `results.save` adds."""
    (source,) = [source for source in sources(path, "code") if "results.save(" in source]
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    names = ("results.save", "dict", "measured.update")
    keywords = [k for call in found if ast.unparse(call.func) in names for k in call.keywords]
    always = dict.fromkeys(("dataset", "seconds", "framework", "network"), "")
    return always | {k.arg: ast.unparse(k.value) for k in keywords if k.arg}


def what_comes_next(path):
    """Return the link to what follows a lesson: the next one of its framework, then the lab."""
    framework = path.stem.rpartition("_")[2]
    names = [lesson.name for lesson in LESSONS if lesson.stem.endswith(f"_{framework}")]
    names.append(f"../lab/pet_breeds_{framework}.ipynb")
    return names[names.index(path.name) + 1]


def code_lines(source):
    return [line for line in source.splitlines() if line.strip()]


def check_sizes(path):
    """Most cells are short, texts are short, and the lesson has a readable length; so the lab."""
    lengths = sorted(len(code_lines(source)) for source in sources(path, "code"))
    nine_in_ten = lengths[9 * len(lengths) // 10]
    assert lengths[len(lengths) // 2] <= 10 and nine_in_ten <= 18, f"lines of code: {lengths}"
    words = [len(re.sub(r"<[^>]+>", "", s).split()) for s in sources(path, "markdown")]
    assert max(words) <= 150 and sum(words) <= 1800


@by_name
def test_valid_and_stripped(path):
    """As git holds it: a learner may save a notebook with its outputs."""
    name = path.relative_to(REPOSITORY).as_posix()
    held = git("ls-files", name) and git("show", f":{name}")
    book = nbformat.reads(held or path.read_text(encoding="utf-8"), as_version=4)
    nbformat.validate(book)
    assert book.metadata.kernelspec.name == "python3"
    assert len({cell.id for cell in book.cells}) == len(book.cells)
    for cell in book.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None


@by_name
def test_headings_in_order(path):
    levels = [len(marks) for marks, _ in headings(path)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    numbers = [
        int(found[1]) for _, title in headings(path) if (found := re.match(r"(\d+)\. ", title))
    ]
    assert numbers == list(range(1, len(numbers) + 1))


@by_name
def test_no_shell_lines(path):
    """Shell lines fail silently under nbval, and on Windows."""
    for source in sources(path, "code"):
        assert not re.search(r"(?m)^\s*[!%]", source), source


by_any = pytest.mark.parametrize(
    "path", BOOKS + LAB, ids=lambda path: f"{path.parent.name}-{path.stem}"
)


@by_any
def test_no_cell_shows_an_object_by_chance(path):
    """A cell that ended with `network.to(device)` showed 200 lines: all layers of the network."""
    cells = [ast.parse(source).body for source in sources(path, "code")]
    imports = (n for cell in cells for n in cell if isinstance(n, ast.Import | ast.ImportFrom))
    known = {alias.asname or alias.name for node in imports for alias in node.names} | {"print"}
    last = [cell[-1] for cell in cells if cell and isinstance(cell[-1], ast.Expr)]
    for found in map(ast.unparse, last):
        name = re.match(r"[\w.]*(?=\()", found)
        assert name and (name[0].partition(".")[0] in known or name[0] == "path.append"), found


@by_any
def test_links_and_images(path):
    for source in sources(path, "markdown"):
        assert not re.search(r"!\[\]\(", source), "an image without alternative text"
        for target, _, part in re.findall(r"\]\((?!http)([^)#]+)(#([^)]+))?\)", source):
            file = path.parent / target
            assert file.exists(), target
            if part:  # JupyterLab and `make html` name a heading in another way than GitHub does
                assert f'<a id="{part}"></a>' in file.read_text(encoding="utf-8"), part


@pytest.mark.parametrize("path", LAB, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_lab_leads_back_to_the_board(path):
    assert "notebooks/00_start_here.ipynb)" in read(path).cells[-1].source


def test_the_start_page_leads_on():
    last = read(START).cells[-1].source
    assert all(f"]({books[0].name})" in last for books in (PYTORCH, TENSORFLOW))


@by_lesson
def test_anatomy(path):
    titles = [title for _, title in headings(path)]
    assert titles[-4:] == ["Recap", "Check yourself", "Exercises", "Further reading"]
    text = sources(path, "markdown")
    promises = next(source for source in text if "**You will learn**" in source)
    assert len(re.findall(r"(?m)^- ", promises)) == 3
    assert "](../README.md#words-we-use)" in promises
    recap = next(source for source in text if source.startswith("## Recap"))
    assert len(re.findall(r"(?m)^- ", recap)) == 3
    assert 1 <= len(re.findall(r"<https?://", text[-2])) <= 4
    last = read(path).cells[-1].source
    assert f"]({what_comes_next(path)})" in last and "](00_start_here.ipynb)" in last
    code = sources(path, "code")
    assert "results.save(" in code[-1]
    assert f'show_quiz("{path.stem.rpartition("_")[0]}")' in code[-2]
    assert any("Predict, then run" in source for source in text)
    assert any(re.search(r"(?m)^\s*assert ", source) for source in code)


@by_lesson
def test_small_cells(path):
    check_sizes(path)


@by_name
def test_every_figure_has_alternative_text(path):
    for call in calls(path, "show", "photo_panel"):
        assert "alt" in {keyword.arg for keyword in call.keywords}, ast.unparse(call)


@by_lesson
def test_every_result_is_on_the_board(path):
    names = set(saved(path))
    lesson = ON_THE_BOARD[path.stem.rpartition("_")[0]]
    listed = set(lesson["keys"] | lesson["optional"])
    assert set(lesson["keys"]) <= names <= listed, f"lessons.json differs: {names ^ listed}"


@pytest.mark.parametrize("path", LESSONS + LAB, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_default_network_is_the_one_of_the_catalogue(path):
    """Notebooks write its name and the number of its features out; when it changes, they fail."""
    text = "\n".join(sources(path, "markdown") + sources(path, "code"))
    assert set(re.findall(r"(\d{3,}) (?:features|feature maps)", text)) <= {str(FEATURES)}
    assert saved(path)["network"] in ("", f"'{DEFAULT}'", "network.name", "'small networks'")


def names_of(source):
    """Return the names that a cell takes from others, and those that it makes (imports apart)."""
    taken, made = set(), set()

    def follow(code, top):
        for step in dis.get_instructions(code):
            if step.opname in ("LOAD_NAME", "LOAD_GLOBAL") and step.argval not in made:
                taken.add(step.argval)
            elif step.opname == "STORE_NAME" and top:
                made.add(step.argval)
            elif isinstance(step.argval, types.CodeType):
                follow(step.argval, top=False)

    follow(compile(source, "cell", "exec"), top=True)
    nodes = [n for n in ast.parse(source).body if isinstance(n, ast.Import | ast.ImportFrom)]
    aliases = (alias for node in nodes for alias in node.names)
    return taken, made - {(alias.asname or alias.name).partition(".")[0] for alias in aliases}


@pytest.mark.parametrize("path", LESSONS + LAB, ids=lambda path: path.stem)
def test_a_name_is_made_in_one_section(path):
    """Else a section that runs again, out of order, gives a later one a wrong value in silence."""
    section, cells, makers = 0, [], {}
    for cell in read(path).cells:
        if cell.cell_type == "code":
            taken, made = names_of(cell.source)
            cells.append((section, cell.id, taken))
            for name in made:
                makers.setdefault(name, set()).add(section)
        else:
            section += len(re.findall(r"(?m)^#+ ", cell.source))
    wrong = [
        f"{name!r}, which {cell} takes, is made in several sections: use other names"
        for section, cell, taken in cells
        for name in sorted(taken & makers.keys())
        if len(makers[name]) > 1 and section not in makers[name] and min(makers[name]) < section
    ]
    assert not wrong, "\n".join(wrong)


def test_results_are_compared_by_three_decimals():
    """By hand `run_again.py` runs every notebook twice; of what it compares, nothing is lost."""
    first = {"share": 0.5, "interval": [0.4, 0.6], "dataset": "photos", "seconds": 3}
    near = {"share": 0.5004, "interval": [0.4, 0.6], "dataset": "photos", "seconds": 9}
    assert run_again.differences([first, near], 0.0005) == []
    assert run_again.differences([first, near], 0) == ["share: 0.5, 0.5004"]
    for change in ({"interval": [0.4, 0.602]}, {"interval": [0.4]}, {"dataset": "drawn"}):
        assert len(run_again.differences([first, first | change], 0.0005)) == 1
    assert run_again.differences([first, first | {"share": float("nan")}], 0.0005)


@pytest.mark.parametrize("path", OF_PHOTOGRAPHS, ids=lambda path: path.stem)
def test_too_few_photographs_are_said_at_once(path, monkeypatch):
    """Not by an assert on what was measured on them, and not by a number that looks right."""
    (cell,) = [source for source in sources(path, "code") if GET in source]
    for count in (ENOUGH, ENOUGH - 1):
        labels = np.repeat([0, 1], [140, count])
        pets = types.SimpleNamespace(labels=labels, origin="", skipped=[])
        monkeypatch.setattr(datasets, "cats_and_dogs", lambda per_class, pets=pets: pets)
        words = pytest.raises(AssertionError, match=f"{ENOUGH} photographs of each class are")
        with words if count < ENOUGH else contextlib.nullcontext():
            exec(cell, {"np": np, "os": os})


@by_lesson
def test_one_framework(path):
    code = "\n".join(sources(path, "code"))
    torch, tf = (
        r"\b(torch|torchvision|timm|pytorch)\b",
        r"\b(tensorflow|keras)\b",
    )
    other = tf if path in PYTORCH else torch
    imports = [line for line in code.splitlines() if re.match(r"\s*(import|from) ", line)]
    assert not any(re.search(other, line) for line in imports)


def test_what_notebooks_import_is_there():
    """Seen in seconds, not after minutes of computing. The frameworks are left out."""
    code = "\n".join(source for path in BOOKS + LAB for source in sources(path, "code"))
    lines = set(
        re.findall(
            r"(?m)^\s*(from (?:helpers|lab|notebooks)\b[^\n(]+|from helpers[^\n]+\([^)]+\))", code
        )
    )
    lines = sorted(line for line in lines if not re.search(r"networks\.(pytorch|tensorflow)", line))
    assert len(lines) > 20
    for line in lines:
        exec(line, {})


@pytest.mark.parametrize("path", TENSORFLOW, ids=lambda path: path.stem)
def test_tensorflow_starts_quietly(path):
    """The course's file comes first: it drops TensorFlow's long messages, seen as errors."""
    code = "\n".join(sources(path, "code"))
    theirs = [code.find(f"import {name}") for name in ("keras", "tensorflow")]
    assert code.index("helpers.networks.tensorflow") < min(
        (p for p in theirs if p >= 0), default=len(code)
    )


def test_every_lesson_has_both_frameworks():
    ours = {path.stem.removesuffix("_pytorch") for path in PYTORCH}
    assert ours == {path.stem.removesuffix("_tensorflow") for path in TENSORFLOW}


@pytest.mark.parametrize("path", PYTORCH, ids=lambda path: path.stem)
def test_twins(path):
    """Same cells, in the same order, but for those tagged `framework`."""
    twin = path.with_name(path.name.replace("_pytorch", "_tensorflow"))
    assert headings(path)[1:] == headings(twin)[1:]
    pairs = list(itertools.zip_longest(read(path).cells, read(twin).cells))
    for ours, theirs in pairs:
        assert ours and theirs, "one twin has more cells"
        same = (ours.id, ours.cell_type, ours.metadata) == (
            theirs.id,
            theirs.cell_type,
            theirs.metadata,
        )
        assert same, f"cells {ours.id} and {theirs.id}: other id, type or tags; copy cells as text"
        if "framework" not in ours.metadata.get("tags", []):
            assert ours.source == theirs.source, f"cell {ours.id} differs without tag framework"
    assert sum("framework" in ours.metadata.get("tags", []) for ours, _ in pairs) < len(pairs) / 3


def test_the_list_of_lessons_has_every_lesson_in_its_order():
    """`lessons.json` is what the board shows. README and start page follow the notebooks, below."""
    names = [path.stem.removesuffix("_pytorch") for path in (*PYTORCH, LAB[0])]
    assert [*ON_THE_BOARD] == names
    quizzes = {path.stem for path in (REPOSITORY / "notebooks" / "quizzes").glob("*.json")}
    assert quizzes == {*names[:-1], "before_the_lecture", "after_the_lecture"}


def test_the_lecture_quizzes_are_shown_and_found():
    """One notebook shows both of them; the start page and the README lead to it."""
    name = "00_lecture_quizzes.ipynb"
    asked = calls(REPOSITORY / "notebooks" / name, "show_quiz")
    assert [call.args[0].value for call in asked] == ["before_the_lecture", "after_the_lecture"]
    assert f"]({name})" in "\n".join(sources(START, "markdown"))
    assert f"](notebooks/{name})" in (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_every_lesson_is_on_the_start_page_and_in_the_readme():
    start = "\n".join(sources(START, "markdown"))
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    for path in LESSONS:
        assert f"({path.name})" in start and f"(notebooks/{path.name})" in readme
        colab = ADDRESS.removeprefix("https://github.com/")
        assert f"colab.research.google.com/github/{colab}/blob/main/notebooks/{path.name}" in readme
        assert f"mybinder.org/v2/gh/{colab}/main?urlpath=lab/tree/notebooks/{path.name}" in readme


def test_class_names_are_utf8_json():
    path = REPOSITORY / "data" / "imagenet_classes.json"
    assert len(json.loads(path.read_text(encoding="utf-8"))) == 1000
