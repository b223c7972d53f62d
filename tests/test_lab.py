"""The notebooks of the lab: rules, exercises made from solutions, and the data they start from."""

import ast
import importlib.util
import inspect
import itertools
import re
import sys
from functools import partial
from pathlib import Path

import nbformat
import numpy as np
import pytest
from fixtures import git
from test_notebooks import calls, check_sizes, headings, read, sources
from test_repository import run_python

from helpers.course.results_table import LESSONS
from helpers.datasets import Photographs
from helpers.networks.names import class_names
from helpers.settings import REPOSITORY
from lab.breeds import PET_LISTS, pet_breeds, read_tar
from lab.checks import data, verdicts
from lab.checks.challenge import TRUTH, challenge_sets, is_right
from lab.checks.data import OTHER_NAMES, in_imagenet, open_pets
from lab.checks.summary import FINAL

LAB = REPOSITORY / "lab"
SOLUTIONS = sorted((LAB / "solutions").glob("*.ipynb"))
BOOKS = sorted(LAB.glob("*.ipynb")) + SOLUTIONS

by_book = pytest.mark.parametrize("path", BOOKS, ids=lambda p: f"{p.parent.name}-{p.stem}")
by_solution = pytest.mark.parametrize("path", SOLUTIONS, ids=lambda p: p.stem)

spec = importlib.util.spec_from_file_location("make_exercises", LAB / "make_exercises.py")
make_exercises = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make_exercises)


def test_both_frameworks_are_there():
    names = ["pet_breeds_pytorch", "pet_breeds_tensorflow"]
    assert [path.stem for path in BOOKS] == names + names


def held(path):
    """Return a notebook as git holds it: a learner may have written into the file."""
    name = path.relative_to(REPOSITORY).as_posix()
    text = git("ls-files", name) and git("show", f":{name}")
    return text or path.read_text(encoding="utf-8")


@by_solution
def test_exercises_are_made_from_the_solutions(path):
    made = make_exercises.make_exercise(held(path))
    assert held(LAB / path.name) == made, "run: python lab/make_exercises.py, and add both to git"


def test_gaps():
    source = (
        "a = 1\n# solution: b = c = ...\nb = 2\nc = 3\n# end\ndef f():\n    # solution\n    if a:\n"
    )
    source += "        return b\n    # end\n\n\nd = 4"
    expected = "a = 1\nb = c = ...  # your code\ndef f():\n    ...  # your code\n\n\nd = 4"
    assert make_exercises.exercise_of(source) == expected
    for broken in ("# solution\nb = 2", "b = 2\n# end", "# solution\n# solution\nb = 2\n# end"):
        with pytest.raises(ValueError, match="pairs"):
            make_exercises.exercise_of(broken)


@by_solution
def test_every_task_has_gaps_and_checks(path):
    exercise = nbformat.reads(make_exercises.make_exercise(held(path)), as_version=4)
    code = [cell.source for cell in exercise.cells if cell.cell_type == "code"]
    assert sum("# your code" in source for source in code) >= len(verdicts.TASKS)
    titles = [title for _, title in headings(path)]
    for number, name in verdicts.TASKS.items():
        assert any(title.startswith(f"Task {number}. {name[:7]}") for title in titles), name
    used = set(re.findall(r"checks\.(\w+)\(", "\n".join(code)))
    from lab import checks

    assert used == set(checks.__all__)


# A right answer to a task needs right answers to these: its check takes them.
NEEDS = {3: {2}, 6: {2, 3, 5}, 7: {2, 3, 5, 6}, 8: {2, 5, 6}}


def loaded(node):
    """Return the names that a statement reads, but for those that a check judges."""
    if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("checks."):
        return set()
    if isinstance(node, ast.FunctionDef):
        return set()  # it reads them when it is called
    below = set().union(*map(loaded, ast.iter_child_nodes(node)), set())
    return below | ({node.id} if isinstance(node, ast.Name) else set())


def stored(node):
    names = [part for part in ast.walk(node) if isinstance(part, ast.Name)]
    return {name.id for name in names if isinstance(name.ctx, ast.Store)}


@by_solution
def test_given_cells_wait_for_every_task_that_they_need(path):
    """So the notebook runs from top to bottom with any task left out."""
    needs, task = {}, 0  # name → the tasks that make it
    for cell in nbformat.reads(make_exercises.make_exercise(held(path)), as_version=4).cells:
        if found := re.search(r"(?m)^## Task (\d+)", cell.source):
            task = int(found[1])
        if cell.cell_type != "code":
            continue
        gaps = re.findall(r"(?m)^((?:\w+ = )+).*# your code$", cell.source)
        made = {name for gap in gaps for name in re.findall(r"\w+", gap)}
        functions = re.findall(r"(?ms)^def (\w+)\((?:(?!^def ).)*?# your code$", cell.source)
        needs |= {name: {task} for name in made | set(functions)}
        for statement in ast.parse(cell.source).body:
            guard = re.match(r"if done\((.+?)\):", ast.unparse(statement))
            named = guard[1].replace("'features'", "5").split(",") if guard else []
            ready = set(map(int, named))  # a check by its name: its task
            ready |= set().union(*(NEEDS.get(number, set()) for number in ready))
            for name in (loaded(statement) - stored(statement) - set(functions)) & set(needs):
                assert needs[name] <= ready, (
                    f"{cell.id} uses {name}: it must wait for {needs[name]}"
                )
            if guard:
                needs |= {name: ready for name in stored(statement) if name != "winner"}
    assert {"scratch_guess", "train_head", "fine_tune", "maps", "transferred"} <= set(needs)


@by_solution
@pytest.mark.parametrize("each", [2, 4, 5, 7, 9])
def test_cross_validation_has_every_breed_in_every_fold(path, each):
    """Also with four photographs of a breed, or two, in any order; no fold judges itself."""
    (source,) = [text for text in sources(LAB / path.name, "code") if "def cross_validate" in text]
    indices = np.random.default_rng(0).permutation(np.arange(100, 100 + 37 * each))
    notebook = {"np": np, "labels": np.r_[np.zeros(100, int), np.repeat(np.arange(37), each)]}
    exec(source, notebook)
    judged = []

    def way(learned, asked):
        assert set(learned) | set(asked) == set(indices) and not set(learned) & set(asked)
        counts = np.bincount(notebook["labels"][learned], minlength=37)
        assert counts.min() > 0 and np.ptp(counts) <= (each > 7), "a rare breed would lose"
        judged.extend(asked)
        return np.eye(37)[notebook["labels"][asked] * (asked % 3 > 0)]

    right = notebook["cross_validate"](way, indices)
    assert sorted(judged) == sorted(indices)
    expected = (indices % 3 > 0) | (notebook["labels"][indices] == 0)
    assert np.array_equal(right, expected)


@by_solution
def test_a_variable_that_a_check_judges_keeps_its_meaning(path):
    """The summary judges what it finds at the end: no given cell may use the name again."""
    from lab import checks

    judged = {p for n in checks.__all__ for p in inspect.signature(getattr(checks, n)).parameters}
    made = []
    for source in sources(LAB / path.name, "code"):
        body = ast.parse(source).body
        names = {node.name for node in body if isinstance(node, ast.FunctionDef)}
        names |= set().union(*(stored(node) for node in body if not hasattr(node, "name")), set())
        made += names & judged
    assert set(made) == judged and len(made) == len(judged), sorted(made)


def without_framework(cell):
    """Return the code of a cell; of a framework's cell only the gaps and plain values."""
    if "framework" not in cell.metadata.get("tags", []):
        return cell.source
    kept = []
    for node in ast.parse(cell.source).body:
        last = node.body[-1] if isinstance(node, ast.FunctionDef) else node
        plain = all(isinstance(target, ast.Name) for target in getattr(node, "targets", []))
        if plain and isinstance(getattr(last, "value", None), ast.Constant):
            kept.append(ast.unparse(node))
    return "\n".join(kept)


@by_solution
def test_an_unsolved_exercise_says_so(path, monkeypatch):
    """nbval runs it with its framework, and sees only that nothing fails: here are the words."""
    shown = []
    for place in ("lab.checks.verdicts", "helpers.figures.tables"):
        monkeypatch.setattr(f"{place}.display", lambda data, **_: shown.append(data["text/plain"]))
    monkeypatch.setattr(sys.modules["lab.checks.challenge"], "challenge_sets", dict)
    few = partial(np.zeros, dtype=np.uint8)
    monkeypatch.setattr(
        "helpers.photographs.load_squares", lambda paths, size=224: few((len(paths), size, size, 3))
    )
    verdicts.forget()
    notebook = {"__name__": "exercise"}
    cells = nbformat.reads(held(LAB / path.name), as_version=4).cells
    for cell in cells:
        if cell.cell_type == "code" and "start_course" not in cell.source:
            exec(without_framework(cell), notebook)
    verdicts_shown, table = shown[:-1], shown[-1]
    assert all(re.match(r". Task \d+, not done yet: ", text) for text in verdicts_shown)
    numbers = {int(re.search(r"\d+", text)[0]) for text in verdicts_shown}
    assert numbers >= {1, 2, 3, 5, 9}
    assert f": 0 of {len(verdicts.TASKS)} tasks right" in table
    assert table.count("not done yet") == len(verdicts.TASKS)


@by_book
def test_valid_and_stripped(path):
    book = nbformat.reads(held(path), as_version=4)
    nbformat.validate(book)
    assert book.metadata.kernelspec.name == "python3"
    assert len({cell.id for cell in book.cells}) == len(book.cells)
    for cell in book.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None
            assert not re.search(r"(?m)^\s*[!%]", cell.source)


@by_book
def test_headings_in_order(path):
    levels = [len(marks) for marks, _ in headings(path)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


@by_solution
def test_small_cells(path):
    check_sizes(path)


@by_solution
def test_every_figure_has_alternative_text(path):
    for call in calls(path, "show"):
        assert "alt" in {keyword.arg for keyword in call.keywords}


@by_solution
def test_every_result_is_on_the_board(path):
    (call,) = calls(path, "save")
    names = {keyword.arg for keyword in call.keywords} - {None} | set(FINAL)
    lesson = LESSONS["pet_breeds"]
    assert set(lesson["keys"]) <= names <= set(lesson["keys"] | lesson["optional"])


@by_solution
def test_one_framework(path):
    other = r"tensorflow|keras" if "pytorch" in path.stem else r"torch|timm"
    lines = "\n".join(sources(path, "code")).splitlines()
    imports = [line for line in lines if re.match(r"\s*(import|from) ", line)]
    assert not any(re.search(other, line) for line in imports)


def test_twins():
    ours, theirs = (read(path).cells for path in SOLUTIONS)
    for one, other in itertools.zip_longest(ours, theirs):
        assert one and other, "one twin has more cells"
        assert (one.id, one.cell_type, one.metadata) == (other.id, other.cell_type, other.metadata)
        if "framework" not in one.metadata.get("tags", []):
            assert one.source == other.source
    assert sum("framework" in cell.metadata.get("tags", []) for cell in ours) < len(ours) / 3


def test_helpers_of_the_lab_load_no_framework():
    names = [path.stem for path in (LAB / "checks").glob("*.py")]
    code = "\n".join(f"import lab.checks.{name}" for name in names if name != "__init__")
    run = run_python(code, blocked={"torch", "tensorflow", "keras", "timm"})
    assert run.returncode == 0, run.stderr.decode()


def test_names_and_lists_say_what_the_data_set_says():
    """Photographs or drawn: breed, species and part can be read from names and lines."""
    pets, truth = open_pets(), pet_breeds()
    assert len(pets) == len(truth) == len(set(pets.names))
    rows = {line.split()[0]: line.split()[1:] for line in (*pets.trainval_lines, *pets.test_lines)}
    assert set(rows) == set(pets.names)
    test = {line.split()[0] for line in pets.test_lines}
    for i, name in enumerate(pets.names):
        breed = name.rpartition("_")[0].replace("_", " ")
        label = truth.labels[i]
        assert breed.lower() == truth.class_names[label].lower()
        assert rows[name][:2] == [str(label + 1), "1" if name[0].isupper() else "2"]
        assert truth.source == "photos" or name[0].isupper() == ("cat" in name)
        assert (name in test) == (truth.split[i] == "test")


@pytest.mark.parametrize(("learn", "test"), [(3, 1), (2, 2), (9, 0)])
def test_too_few_of_a_breed_are_said_at_once(monkeypatch, learn, test):
    split = np.repeat(["train", "test"] * 2, [9, 9, learn, test])
    labels = np.repeat([0, 1], [18, learn + test])
    paths = [Path(f"x_{number}.jpg") for number in range(len(labels))]
    found = Photographs(paths, labels, ["Bengal", "beagle"], split, "photos", "From here.", [])
    monkeypatch.setattr(data, "pet_breeds", lambda per_class: found)
    if (learn, test) == (3, 1):
        assert len(open_pets()) == 22
    else:
        with pytest.raises(ValueError, match=r"the lab: beagle has \d in t\w+, and .*From here"):
            open_pets()


def test_lines_are_those_of_the_official_lists():
    from helpers.downloads.places import DownloadError, fetch

    try:
        archive = fetch(PET_LISTS)
    except DownloadError:
        pytest.skip("neither the official lists nor a mirror is here")
    pets, files = open_pets(), ["trainval.txt", "test.txt"]
    lists = {name: text.decode() for name, text in read_tar(archive, "annotations", files)}
    for name, lines in zip(files, (pets.trainval_lines, pets.test_lines), strict=True):
        assert set(lines) <= set(lists[name].splitlines())


def test_breeds_that_are_classes_of_imagenet():
    """All dogs but three, and three cats; a drawn breed is none."""
    assert set(OTHER_NAMES.values()) <= set(class_names())
    strange = ["Abyssinian", "Bengal", "Birman", "Bombay", "British Shorthair", "Maine_Coon"]
    strange += ["Ragdoll", "Russian Blue", "Sphynx", "american bulldog", "havanese", "shiba_inu"]
    assert not any(map(in_imagenet, [*strange, "Drawn cat breed 1", "drawn dog breed 2"]))
    known = ["Persian", "Siamese", "Egyptian_Mau", "basset hound", "english cocker spaniel"]
    assert all(map(in_imagenet, [*known, "Egyptian Mau", "wheaten terrier", *OTHER_NAMES]))
    pets = open_pets()
    if pets.source == "photos":
        breeds = {name.rpartition("_")[0].replace("_", " ") for name in pets.names}
        assert {name for name in breeds if not in_imagenet(name)} == {
            name.replace("_", " ") for name in strange
        }


def test_sets_of_the_challenge():
    sets = challenge_sets()
    assert list(sets) == ["digits", "textures", "drawn breeds"]
    for name, pictures in sets.items():
        parts, classes = (pictures.photos, pictures.test_photos), range(len(pictures.class_names))
        for photos in parts:
            assert photos.shape[1:] == (224, 224, 3) and photos.dtype == np.uint8
        assert 0.4 <= len(parts[1]) / sum(map(len, parts)) <= 0.6
        assert pictures.labels.shape == parts[0].shape[:1]
        truth = TRUTH[name]
        assert set(pictures.labels) == set(truth) == set(classes)
        assert is_right(name, truth).all() and is_right(name, truth[::-1]).mean() < 0.5
        learned = {photo.tobytes() for photo in parts[0]}
        assert not any(photo.tobytes() in learned for photo in parts[1])


def test_the_lab_is_on_the_start_page_and_in_the_readme():
    start = "\n".join(sources(REPOSITORY / "notebooks" / "00_start_here.ipynb", "markdown"))
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    for path in SOLUTIONS:
        assert f"(../lab/{path.name})" in start and f"(lab/{path.name})" in readme
        assert f"/blob/main/lab/{path.name})" in readme and f"/tree/lab/{path.name})" in readme
