"""What a learner has done, and the results board: what each lesson measured."""

import contextlib
import html
import json
import os
from pathlib import Path

import numpy as np
from IPython import get_ipython
from IPython.display import display

from helpers.course import results_table as table
from helpers.figures import tables
from helpers.files import read_arrays, write_arrays, write_whole
from helpers.networks.names import DEFAULT
from helpers.settings import REPOSITORY, data_folder

QUIZ = "quiz_"  # the names of files with a score begin so


def save(lesson: str, dataset: str, seconds: float, **measured) -> None:
    """Write what a lesson measured to `<data folder>/results/<lesson>.json`.

    `lesson` is the name of the notebook, for example "01_feature_extraction_pytorch", `dataset` is
    "photos", "drawn" or "digits". The keys stand in `notebooks/lessons.json`; more are welcome.
    `network` is the default one unless it is named. Raises ValueError that names every key that is
    missing or cannot have its value.
    """
    facts = {"dataset": dataset, "seconds": seconds, "network": DEFAULT}
    facts |= {"framework": lesson.rpartition("_")[2], **measured}
    facts = {key: np.asarray(value).tolist() for key, value in facts.items()}  # plain numbers
    text = json.dumps(table.check(lesson, facts), indent=2, sort_keys=True)
    write_whole(_path(f"{lesson}.json"), f"{text}\n".encode())
    print(f"{seconds:.0f} s since the first cell. Saved for the results board.")


def load(name: str) -> dict | None:
    """Return what a lesson saved; None when there is no file.

    "quiz_" and the name of a quiz is its best score: "right", "checked", "total". Raises ValueError
    when the file there is something else.
    """
    path = _path(f"{name}.json")
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not name.startswith(QUIZ):
            return table.check(name, found)
        if 0 <= found["right"] <= found["checked"] <= found["total"]:
            return found
        raise ValueError("its numbers do not fit together")
    except (ValueError, OSError, LookupError, TypeError, AttributeError) as error:
        words = f"{path.name} cannot be read ({error}). Run the notebook, or do the quiz, again."
        raise ValueError(words) from error


def keep_score(quiz: str, right: int, checked: int, total: int) -> None:
    """Keep how many questions of a quiz are right, in `<data folder>/results/quiz_<name>.json`.

    The best try stays: most right answers, then most checked ones. When the number of questions
    has changed, the new score counts. Raises OSError when nothing can be written there.
    """
    score = {"right": right, "checked": checked, "total": total}
    with contextlib.suppress(ValueError):  # a damaged file is replaced
        kept = load(f"{QUIZ}{quiz}")
        if kept and kept["total"] == total and [*kept.values()] >= [*score.values()]:
            return
    write_whole(_path(f"{QUIZ}{quiz}.json"), f"{json.dumps(score)}\n".encode())


def board() -> None:
    """Display the results of every lesson. Files that are no results get one line."""
    rows, notes = [], []
    for lesson in table.LESSONS:
        pair = [_try(f"{lesson}_{framework}", notes) for framework in table.FRAMEWORKS]
        rows += table.rows_of(lesson, pair)
    _show(("Lesson", "PyTorch", "TensorFlow"), rows, notes, grouped=True)


def progress() -> None:
    """Display which lessons are done, the best score of each quiz, and the right tasks of the lab.

    Who has done nothing gets one line that says where to begin, and so does each broken file.
    """
    head, (rows, notes) = ("Lesson", "PyTorch", "TensorFlow", "Quiz, best try"), progress_rows()
    if not notes and not any(any(cells) for _, *cells in rows):
        notes.append(f"Welcome! Nothing is done yet: begin with lesson {rows[1][0]}.")
        head, rows = (), []
    _show(head, rows, notes)


def progress_rows() -> tuple[list[tuple[str, ...]], list[str]]:
    """Return rows (name, done in PyTorch and in TensorFlow, quiz), and a note of each bad file."""
    rows, notes = [], []
    for name in ("before_the_lecture", *table.LESSONS, "after_the_lecture"):  # each has a quiz
        title = name.replace("_", " ").capitalize()
        cells = [table.LESSONS.get(name, {"title": title})["title"]]
        for book in (f"{name}_{framework}" for framework in table.FRAMEWORKS):
            done, tasks = _try(book, notes), _try(f"{QUIZ}{book}", notes)
            cells.append(_score(tasks, " tasks") if tasks else "done" if done else "")
        rows.append((*cells, _score(_try(f"{QUIZ}{name}", notes))))
    return rows, notes


def _score(score: dict | None, what: str = "") -> str:
    if not score:
        return ""
    rest = score["total"] - score["checked"]
    text = f"{score['right']} of {score['total']}{what} right"
    return f"{text}, {rest} not checked yet" if rest else text


def _try(name: str, notes: list[str]) -> dict | None:
    try:
        return load(name)
    except ValueError as error:
        notes.append(str(error))


def _show(columns, rows, notes: list[str], grouped: bool = False) -> None:
    page = tables.to_html(columns, rows, grouped=grouped) if rows else ""
    page += "".join(f"<p>{html.escape(note)}</p>" for note in notes)
    plain = "\n".join([tables.to_text(columns, rows)] * bool(rows) + notes)
    display({"text/html": page, "text/plain": plain}, raw=True)


def compare_with_twin(lesson: str, same: str, **arrays: np.ndarray) -> float | None:
    """Keep arrays of a lesson, and compare them with those that its other notebook kept.

    Returns the largest absolute difference; of arrays of True and False, the share that differs.
    Prints why and returns None when there is nothing to compare: the other notebook has not run
    yet; one of the two was changed; or `same`, a text for what both must have in common, such as
    the checksum of the photographs, differs. So what is tried in one never stops the other.
    """
    stem, _, framework = lesson.rpartition("_")
    other = f"{stem}_{table.FRAMEWORKS[framework == 'pytorch']}"
    try:
        theirs = _exchange(lesson, other, {"same as": np.array(same), **arrays})
    except ValueError as why:
        print(f"Not compared with {other}: {why}.")
        return None
    apart = {key: np.abs(np.asarray(ours, float) - theirs[key]) for key, ours in arrays.items()}
    worst = max(a.mean() if theirs[key].dtype == bool else a.max() for key, a in apart.items())
    print(f"Difference from {other}: {worst:.1e}")
    return float(worst)


def _exchange(lesson: str, other: str, arrays: dict) -> dict:
    """Keep arrays and return those of the other notebook; ValueError says why there are none."""
    if _is_changed(lesson):
        raise ValueError("cells were run here that the course's notebook does not have")
    name = "_".join(sorted({*arrays} - {"same as"}))
    write_arrays(_path(f"{lesson}_{name}.npz"), **arrays)
    theirs = read_arrays(_path(f"{other}_{name}.npz"))
    if theirs is None:
        raise ValueError("it has not run yet, and the notebook that runs second compares the two")
    shapes = [{key: np.shape(array) for key, array in part.items()} for part in (arrays, theirs)]
    if shapes[0] != shapes[1] or theirs["same as"] != arrays["same as"]:
        raise ValueError("it ran on other photographs, or with other settings")
    return theirs


def _is_changed(lesson: str) -> bool:
    """Return True when a cell was run that the lesson's notebook does not have."""
    if not (shell := get_ipython()):
        return False
    book = json.loads((REPOSITORY / "notebooks" / f"{lesson}.ipynb").read_text(encoding="utf-8"))
    cells = {"".join(cell["source"]).strip() for cell in book["cells"]}
    return not {source.strip() for source in shell.history_manager.input_hist_raw} <= {"", *cells}


def _path(name: str) -> Path:
    return Path(os.environ.get("COURSE_RESULTS") or data_folder() / "results") / name
