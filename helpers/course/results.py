"""The results board: what each lesson measured, PyTorch beside TensorFlow, and the quizzes."""

import html
import json
from pathlib import Path

import numpy as np
from IPython.display import display

from helpers.course import results_table as table
from helpers.figures.tables import STYLE, to_text
from helpers.files import write_whole
from helpers.settings import REPOSITORY, data_folder

HEAD = ("Lesson", "PyTorch", "TensorFlow")
QUIZ = "quiz_"  # the names of files with a score begin so


def save(lesson: str, **measured) -> Path:
    """Write what a lesson measured to `<data folder>/results/<lesson>.json`; return the path.

    `lesson` is the name of the notebook, for example "01_feature_extraction_pytorch". The keys
    that it must have, with their ranges, stand in `results_table.py`; more keys are welcome.
    NumPy numbers and arrays become plain ones. Raises ValueError that names every key that is
    missing or out of range.
    """
    table.find_keys(lesson)
    measured = {key: _plain(value) for key, value in measured.items()}
    if problems := table.find_problems(lesson, measured):
        raise ValueError(f"The results of {lesson} are not saved: {'; '.join(problems)}.")
    path = _folder() / f"{lesson}.json"
    text = json.dumps(measured, indent=2, sort_keys=True, allow_nan=False)
    write_whole(path, f"{text}\n".encode())
    return path


def load(lesson: str) -> dict | None:
    """Return what a lesson saved; None when it was not run yet.

    Raises ValueError when the file there is not a result of that lesson.
    """
    path = _folder() / f"{lesson}.json"
    if not path.is_file():
        return None
    try:
        text = path.read_text(encoding="utf-8")
        measured = json.loads(text, object_hook=table.with_new_keys)
        problems = table.find_problems(lesson, measured)
    except (ValueError, OSError) as error:
        problems = [str(error)]
    if problems:
        raise ValueError(f"{path.name} cannot be read ({problems[0]}). Run the notebook again.")
    return measured


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
    write_whole(_folder() / f"{QUIZ}{quiz}.json", f"{json.dumps(score)}\n".encode())


def load_score(quiz: str) -> dict | None:
    """Return the best score of a quiz: "right", "checked", "total"; None when there is none.

    Raises ValueError when the file there is not a score.
    """
    path = _folder() / f"{QUIZ}{quiz}.json"
    if not path.is_file():
        return None
    try:
        score = json.loads(path.read_text(encoding="utf-8"))
        right, checked, total = (score[key] for key in ("right", "checked", "total"))
        sound = all(type(count) is int for count in (right, checked, total))
        if sound and 0 <= right <= checked <= total:
            return score
    except (ValueError, OSError, LookupError, TypeError):
        pass
    raise ValueError(f"{path.name} cannot be read. Check an answer of the quiz again.")


def board() -> None:
    """Display the results of the lessons that are here. Files that are no results get one line."""
    rows, notes = [], []

    def read(load_one, name):
        try:
            return load_one(name)
        except ValueError as error:
            notes.append(str(error))

    for lesson in table.LESSONS:
        pair = [read(load, f"{lesson}_{framework}") for framework in table.FRAMEWORKS]
        quiz = read(load_score, lesson)
        if quiz or pair != [None, None] or any(REPOSITORY.glob(f"*/{lesson}_*.ipynb")):
            rows += table.rows_of(lesson, pair, quiz)
    known = {f"{lesson}_{name}" for lesson in table.LESSONS for name in table.FRAMEWORKS}
    for path in sorted(_folder().glob("*.json")):
        if path.stem not in known and not path.name.startswith(QUIZ):
            notes.append(f"{path.name} belongs to no lesson and is not shown.")
    plain = to_text(HEAD, [(*row, "")[:3] for row in rows])
    display(
        {"text/html": _as_html(rows, notes), "text/plain": "\n".join([plain, *notes])}, raw=True
    )


def _folder() -> Path:
    return data_folder() / "results"


def _plain(value):
    return value.tolist() if hasattr(value, "tolist") else value


def _as_html(rows, notes) -> str:
    lines = ["".join(f'<th scope="col" style="{STYLE}">{name}</th>' for name in HEAD)]
    for title, *values in rows:
        if title.startswith(" "):
            name, cell = f"{STYLE}; padding-left: 16px; font-weight: normal", STYLE
        else:
            cell = f"{STYLE}; padding-top: 12px; white-space: nowrap"
            name = f"{cell}; font-weight: bold"
        span = "" if len(values) == 2 else ' colspan="2"'  # one value for both notebooks
        line = f'<th scope="row" style="{name}">{html.escape(title.strip())}</th>'
        cells = (f'<td{span} style="{cell}">{html.escape(text)}</td>' for text in values)
        lines.append(line + "".join(cells))
    notes = "".join(f"<p>{html.escape(note)}</p>" for note in notes)
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>{notes}"


def exchange_with_twin(lesson: str, dataset: str, **arrays: np.ndarray) -> dict | None:
    """Keep arrays of a lesson, and return those that the same lesson's other notebook kept.

    Returns None when the other notebook has not run yet with this `dataset` ("photos" or
    "drawn", in lesson 03 with its seed). Raises ValueError when it used other photographs: names
    or shapes differ.
    """
    stem, _, framework = lesson.rpartition("_")
    other = {"pytorch": "tensorflow", "tensorflow": "pytorch"}[framework]
    _folder().mkdir(exist_ok=True)
    np.savez(_folder() / f"{lesson}_{dataset}.npz", **arrays)
    twin = _folder() / f"{stem}_{other}_{dataset}.npz"
    if not twin.is_file():
        return None
    with np.load(twin) as theirs:
        if any(name not in theirs or theirs[name].shape != arrays[name].shape for name in arrays):
            raise ValueError(f"{stem}_{other} used other photographs. Run that notebook again.")
        return {name: theirs[name] for name in arrays}


def compare_with_twin(lesson: str, dataset: str, **arrays: np.ndarray) -> float | None:
    """Exchange arrays with the other notebook; return the largest absolute difference.

    None and ValueError as in `exchange_with_twin`.
    """
    theirs = exchange_with_twin(lesson, dataset, **arrays)
    if theirs is None:
        return None
    return max(float(np.abs(theirs[name] - array).max()) for name, array in arrays.items())
