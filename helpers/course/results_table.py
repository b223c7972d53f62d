"""Which numbers each lesson saves, their ranges, and how the results board shows them.

`notebooks/lessons.json` has the lessons in their order. For each name, without the framework:

- `title`: its name on the board
- `keys`: what it saves, as key → kind, one of `KINDS`, "interval", "name", "dataset", "framework"
- `optional`: the same, for keys that a file may lack
- `old_names`: keys of files that are older than a new name, as old → new
- `board`: the rows, each as name, key, and the keys that say how the number was measured
"""

import json
import math

from helpers.networks.names import NETWORKS, label_of
from helpers.settings import REPOSITORY

LESSONS = json.loads((REPOSITORY / "notebooks" / "lessons.json").read_text(encoding="utf-8"))
FRAMEWORKS = ("pytorch", "tensorflow")


def _short(value: float) -> str:
    return f"{value:.3g}" if isinstance(value, float) and abs(value) < 100 else f"{value:,.0f}"


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _levels(value: float) -> str:
    return f"{value:g} {'level' if value == 1 else 'levels'}"


# Kind of number: the smallest and the largest value, and its words on the board. `of` says of what:
# photographs or drawn pets.
KINDS = {
    "share": (0, 1, lambda value, of: f"{100 * value:.1f} %"),
    "probability": (0, 1, lambda value, of: f"{value:.3f}"),
    "ssim": (-1, 1, lambda value, of: f"{value:.3f}"),
    "class": (0, 999, lambda value, of: label_of(int(value))),
    "level": (0, 255, lambda value, of: _levels(value)),
    "budget": (0, 255, lambda value, of: f"budget {_levels(value)}"),
    "pictures": (0, math.inf, lambda value, of: f"{value:,} {of}"),
    "speed": (0, math.inf, lambda value, of: f"{_short(value)} {of} per second"),
    "steps": (0, math.inf, lambda value, of: f"{value:,} steps"),
    "decibels": (0, math.inf, lambda value, of: f"{value:.1f} dB"),
    "seconds": (0, math.inf, lambda value, of: _time(value)),
    "number": (0, math.inf, lambda value, of: _short(value)),
}


def check(notebook: str, measured: dict) -> dict:
    """Return what a notebook measured, with the keys of today.

    Raises ValueError that names every key that is missing or out of range.
    """
    name, _, framework = notebook.rpartition("_")
    if name not in LESSONS or framework not in FRAMEWORKS:
        names = f"one of {', '.join(LESSONS)}, then _pytorch or _tensorflow"
        raise ValueError(f"{notebook!r} is no lesson. Names: {names}")
    if not isinstance(measured, dict):
        raise ValueError("it is not a table of keys and values")
    lesson = LESSONS[name]
    measured = {lesson["old_names"].get(key, key): value for key, value in measured.items()}
    missing = [key for key in lesson["keys"] if key not in measured]
    problems = [f"missing: {', '.join(missing)}"] if missing else []
    for key, kind in sorted((lesson["keys"] | lesson["optional"]).items()):
        if key in measured and (problem := _problem(key, kind, measured, framework)):
            problems.append(problem)
    if problems:
        raise ValueError("; ".join(problems))
    return measured


def _problem(key: str, kind: str, measured: dict, framework: str) -> str | None:
    value = measured[key]
    if kind == "dataset":
        fits, wanted = value in ("photos", "drawn"), "'photos' or 'drawn'"
    elif kind == "framework":
        fits, wanted = str(value).lower() == framework, repr(framework)
    elif kind == "name":
        fits, wanted = isinstance(value, str) and value, "a name"
    elif kind == "interval":
        name = key.replace("interval", "accuracy")
        fits, wanted = _holds(value, measured.get(name)), f"[low, high] from 0 to 1, around {name}"
    else:
        low, high, _ = KINDS[kind]
        limits = f"{low} or more" if high == math.inf else f"between {low} and {high}"
        fits, wanted = _is_number(value) and low <= value <= high, f"a number, {limits}"
    return None if fits else f"{key} must be {wanted}, not {value!r}"


def _holds(interval, accuracy) -> bool:
    pair = isinstance(interval, list | tuple) and len(interval) == 2
    if not pair or not all(map(_is_number, [*interval, accuracy])):
        return False
    return 0 <= interval[0] <= accuracy + 1e-9 and accuracy - 1e-9 <= interval[1] <= 1


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def rows_of(lesson: str, pair: list[dict | None], quiz: dict | None) -> list[tuple[str, ...]]:
    """Return a lesson's part of the board: the title, then one row for each measured number.

    `pair` holds what the two notebooks saved, `quiz` the score of the lesson's quiz. A row of two
    cells counts for both notebooks.
    """
    rows = [(LESSONS[lesson]["title"], *("not run yet" if m is None else "" for m in pair))]
    for name, *keys in LESSONS[lesson]["board"]:
        if any(m and keys[0] in m for m in pair):
            rows.append((f"  {name}", *(_cell(lesson, m or {}, keys) for m in pair)))
    if quiz:
        open_ = quiz["total"] - quiz["checked"]
        rest = f", {open_} not checked yet" if open_ else ""
        rows.append(("  Quiz, best try", f"{quiz['right']} of {quiz['total']} right{rest}"))
    return rows


def _cell(lesson: str, measured: dict, keys: list[str]) -> str:
    if keys[0] not in measured:
        return ""
    kinds = LESSONS[lesson]["keys"] | LESSONS[lesson]["optional"]
    first, *rest = [_words(measured, key, kinds[key]) for key in keys if key in measured]
    return f"{first} ({', '.join(rest)})" if rest else first


def _words(measured: dict, key: str, kind: str) -> str:
    """Return a value with its unit."""
    value, of = measured[key], "drawn pets" if measured["dataset"] == "drawn" else "photographs"
    if kind == "dataset":
        return f"{measured['images']:,} {of}" if "images" in measured else of
    if kind == "name":
        return NETWORKS[value].title if value in NETWORKS else value
    if kind == "interval":
        return f"95 % interval {100 * value[0]:.1f}–{100 * value[1]:.1f} %"
    return KINDS[kind][2](value, of)
