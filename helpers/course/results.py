"""The results board: what each lesson measured, PyTorch beside TensorFlow, and the quizzes."""

import html
import io
import json
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from IPython import get_ipython
from IPython.display import display

from helpers.course import results_table as table
from helpers.figures import tables
from helpers.files import write_whole
from helpers.settings import REPOSITORY, data_folder

HEAD = ("Lesson", "PyTorch", "TensorFlow")
QUIZ = "quiz_"  # the names of files with a score begin so


def save(lesson: str, **measured) -> Path:
    """Write what a lesson measured to `<data folder>/results/<lesson>.json`; return the path.

    `lesson` is the name of the notebook, for example "01_feature_extraction_pytorch". Its keys
    stand in `notebooks/lessons.json`; more are welcome. NumPy numbers and arrays become plain
    ones. Raises ValueError that names every key that is missing or out of range.
    """
    measured = {key: v.tolist() if hasattr(v, "tolist") else v for key, v in measured.items()}
    try:
        measured = table.check(lesson, measured)
    except ValueError as error:
        raise ValueError(f"The results of {lesson} are not saved: {error}.") from None
    text = json.dumps(measured, indent=2, sort_keys=True, allow_nan=False)
    write_whole(_path(f"{lesson}.json"), f"{text}\n".encode())
    return _path(f"{lesson}.json")


def load(lesson: str) -> dict | None:
    """Return what a lesson saved; None when it was not run yet.

    Raises ValueError when the file there is not a result of that lesson.
    """
    return _read(lesson, partial(table.check, lesson), "Run the notebook again.")


def keep_score(quiz: str, right: int, checked: int, total: int) -> None:
    """Keep how many questions of a quiz are right, in `<data folder>/results/quiz_<name>.json`.

    A quiz belongs to both notebooks of a lesson and may be tried many times. The best try stays:
    most right answers, then most checked ones. When the number of questions has changed, the new
    score counts. Raises OSError when nothing can be written there.
    """
    score = {"right": right, "checked": checked, "total": total}
    try:
        kept = load_score(quiz)
    except ValueError:
        kept = None
    if kept and kept["total"] == total and (kept["right"], kept["checked"]) >= (right, checked):
        return
    write_whole(_path(f"{QUIZ}{quiz}.json"), f"{json.dumps(score)}\n".encode())


def load_score(quiz: str) -> dict | None:
    """Return the best score of a quiz: "right", "checked", "total"; None when there is none.

    Raises ValueError when the file there is not a score.
    """
    return _read(f"{QUIZ}{quiz}", _check_score, "Check an answer of the quiz again.")


def _check_score(score: dict) -> dict:
    counts = [0, *(score[key] for key in ("right", "checked", "total"))]
    if not all(type(count) is int for count in counts) or counts != sorted(counts):
        raise ValueError("its numbers do not fit together")
    return score


def board() -> None:
    """Display the results of every lesson. Files that are no results get one line."""
    rows, notes = [], []

    def read(load_one, name):
        try:
            return load_one(name)
        except ValueError as error:
            notes.append(str(error))

    for lesson in table.LESSONS:
        pair = [read(load, f"{lesson}_{framework}") for framework in table.FRAMEWORKS]
        rows += table.rows_of(lesson, pair, read(load_score, lesson))
    known = {f"{lesson}_{name}" for lesson in table.LESSONS for name in table.FRAMEWORKS}
    for path in sorted(_path("").glob("*.json")):
        if path.stem not in known and not path.name.startswith(QUIZ):
            notes.append(f"{path.name} belongs to no lesson and is not shown.")
    page = tables.to_html(HEAD, rows, grouped=True)
    page += "".join(f"<p>{html.escape(note)}</p>" for note in notes)
    plain = "\n".join([tables.to_text(HEAD, rows), *notes])
    display({"text/html": page, "text/plain": plain}, raw=True)


def exchange_with_twin(lesson: str, dataset: str, **arrays: np.ndarray) -> dict | None:
    """Keep arrays of a lesson, and return those that the same lesson's other notebook kept.

    Prints why and returns None when there is nothing to compare: this notebook was changed; the
    other one has not run yet with this `dataset` ("photos" or "drawn", and what else must be the
    same); its arrays have other names or shapes. So what a learner tries never stops the other.
    """
    if _is_changed(lesson):
        print(
            "Cells were run that the course's notebook does not have: the twins are not compared."
        )
        return None
    stem, _, framework = lesson.rpartition("_")
    other = f"{stem}_{table.FRAMEWORKS[framework == 'pytorch']}"
    content = io.BytesIO()
    np.savez(content, **arrays)
    write_whole(_path(f"{lesson}_{dataset}.npz"), content.getvalue())
    twin = _path(f"{other}_{dataset}.npz")
    if not twin.is_file():
        print(f"{other} has not run yet. The notebook that runs second compares the two.")
        return None
    try:
        theirs = dict(np.load(io.BytesIO(twin.read_bytes())))
    except (ValueError, EOFError, zipfile.BadZipFile):
        theirs = {}
    shapes = [{name: np.shape(a) for name, a in kept.items()} for kept in (arrays, theirs)]
    if shapes[0] != shapes[1]:
        print(f"{other} was changed or used other photographs: the two are not compared.")
        return None
    return theirs


def compare_with_twin(lesson: str, dataset: str, **arrays: np.ndarray) -> float | None:
    """Exchange arrays with the other notebook; return the largest absolute difference, or None."""
    theirs = exchange_with_twin(lesson, dataset, **arrays)
    if theirs is None:
        return None
    return max(float(np.abs(theirs[name] - array).max()) for name, array in arrays.items())


def _is_changed(lesson: str) -> bool:
    """Return True when a cell was run that the lesson's notebook does not have."""
    if not (shell := get_ipython()):
        return False
    book = json.loads((REPOSITORY / "notebooks" / f"{lesson}.ipynb").read_text(encoding="utf-8"))
    cells = {"".join(cell["source"]).strip() for cell in book["cells"]}
    ran = {source.strip() for source in shell.history_manager.input_hist_raw}
    return not ran <= {"", *cells}


def _path(name: str) -> Path:
    return data_folder() / "results" / name


def _read(name: str, check: Callable[[dict], dict], remedy: str) -> dict | None:
    """Return what `check` makes of a JSON file; None without a file, ValueError with a bad one."""
    path = _path(f"{name}.json")
    if not path.is_file():
        return None
    try:
        return check(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, OSError, LookupError, TypeError) as error:
        raise ValueError(f"{path.name} cannot be read ({error}). {remedy}") from error
