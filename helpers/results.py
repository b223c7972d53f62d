"""The results board: what each lesson measured, PyTorch beside TensorFlow."""

import html
import json
from pathlib import Path

import numpy as np
from IPython.display import display

from helpers import results_table as table
from helpers.files import write_whole
from helpers.settings import REPOSITORY, data_folder

STYLE = "text-align: left; padding: 3px 18px 3px 0"


def save(lesson: str, **measured) -> Path:
    """Write what a lesson measured to `<data folder>/results/<lesson>.json`; return the path.

    `lesson` is the name of the notebook, for example "01_feature_extraction_pytorch". The keys
    that it must have, with their ranges, stand in `helpers/results_table.py`; more keys are
    welcome. NumPy numbers and arrays become plain ones. Raises ValueError that names every key
    that is missing or out of range.
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
        measured = json.loads(path.read_text(encoding="utf-8"))
        problems = table.find_problems(lesson, measured)
    except (ValueError, OSError) as error:
        problems = [str(error)]
    if problems:
        raise ValueError(f"{path.name} cannot be read ({problems[0]}). Run the notebook again.")
    return measured


def board() -> None:
    """Display the results of the lessons that are here. Files that are no results get one line."""
    rows, notes = [("Lesson", "PyTorch", "TensorFlow")], []
    for lesson, (title, _) in table.LESSONS.items():
        pair = []
        for framework in table.FRAMEWORKS:
            try:
                pair.append(load(f"{lesson}_{framework}"))
            except ValueError as error:
                pair.append(None)
                notes.append(str(error))
        if pair != [None, None] or any(REPOSITORY.glob(f"*/{lesson}_*.ipynb")):
            rows += table.rows_of(lesson, title, pair)
    known = {f"{lesson}_{name}" for lesson in table.LESSONS for name in table.FRAMEWORKS}
    for path in sorted(_folder().glob("*.json")):
        if path.stem not in known:
            notes.append(f"{path.name} belongs to no lesson and is not shown.")
    bundle = {"text/html": _as_html(rows, notes), "text/plain": _as_text(rows, notes)}
    display(bundle, raw=True)


def _folder() -> Path:
    return data_folder() / "results"


def _plain(value):
    return value.tolist() if hasattr(value, "tolist") else value


def _as_html(rows, notes) -> str:
    head, *body = [[html.escape(text) for text in row] for row in rows]
    lines = ["".join(f'<th scope="col" style="{STYLE}">{text}</th>' for text in head)]
    for title, *values in body:
        weight = "normal" if title.startswith(" ") else "bold"
        line = f'<th scope="row" style="{STYLE}; font-weight: {weight}">{title}</th>'
        lines.append(line + "".join(f'<td style="{STYLE}">{text}</td>' for text in values))
    notes = "".join(f"<p>{html.escape(note)}</p>" for note in notes)
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>{notes}"


def _as_text(rows, notes) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return "\n".join(lines + notes)


def exchange_with_twin(lesson: str, dataset: str, **arrays: np.ndarray) -> dict | None:
    """Keep arrays of a lesson, and return those that the same lesson's other notebook kept.

    Returns None when the other notebook has not run yet with this `dataset` ("photos" or
    "drawn"). Raises ValueError when it used other photographs: names or shapes differ.
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
