"""Which numbers each lesson saves, their ranges, and how the results board shows them.

`notebooks/lessons.json` has the lessons in their order. For each name, without the framework:

- `title`: its name on the board
- `keys`: what it saves, as key → kind, one of `KINDS`
- `optional`: the same, for keys that a file may lack
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


def _time(value: float) -> str:
    return f"{value:.3g} s" if value < 120 else f"{value / 60:.0f} min"


def _levels(value: float) -> str:
    return f"{value:g} {'level' if value == 1 else 'levels'}"


OF = {"photos": "photographs", "drawn": "drawn pets", "digits": "digits"}
# Kind: smallest and largest value (None: a text), and its words `of` photographs or drawn pets.
KINDS = {
    "dataset": (None, None, lambda value, of: of),
    "framework": (None, None, lambda value, of: value),
    "name": (None, None, lambda value, of: NETWORKS[value].title if value in NETWORKS else value),
    "share": (0, 1, lambda value, of: f"{100 * value:.1f} %"),
    "interval": (0, 1, lambda v, of: f"95 % interval {100 * v[0]:.1f}–{100 * v[1]:.1f} %"),
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
    """Return what a notebook measured; ValueError names every missing or wrong key."""
    lesson = LESSONS[notebook.rpartition("_")[0]]
    problems = [] if measured.get("dataset") in OF else [f"dataset must be one of {[*OF]}"]
    problems += [f"{key} is missing" for key in lesson["keys"] if key not in measured]
    for key, kind in (lesson["keys"] | lesson["optional"]).items():
        low, high, _ = KINDS[kind]
        if key in measured and not _fits(measured[key], low, high):
            order = " (the lower end comes first)" if isinstance(measured[key], list) else ""
            problems.append(f"{key} must be from {low} to {high}, not {measured[key]!r}{order}")
    if problems:
        raise ValueError("; ".join(problems))
    return measured


def _fits(value, low, high) -> bool:
    if low is None:
        return isinstance(value, str)
    values = value if isinstance(value, list) else [value]
    plain = all(type(v) in (int, float) and low <= v <= high and v < math.inf for v in values)
    return plain and values == sorted(values)  # an interval: the lower end comes first


def rows_of(lesson: str, pair: list[dict | None]) -> list[tuple[str, ...]]:
    """Return a lesson's part of the board: the title, then one row for each measured number.

    `pair` holds what the two notebooks saved.
    """
    rows = [(LESSONS[lesson]["title"], *("not run yet" if m is None else "" for m in pair))]
    for name, *keys in LESSONS[lesson]["board"]:
        if any(m and keys[0] in m for m in pair):
            rows.append((f"  {name}", *(_cell(lesson, m or {}, keys) for m in pair)))
    return rows


def _cell(lesson: str, measured: dict, keys: list[str]) -> str:
    if keys[0] not in measured:
        return ""
    kinds, of = LESSONS[lesson]["keys"] | LESSONS[lesson]["optional"], OF[measured["dataset"]]
    first, *rest = [KINDS[kinds[key]][2](measured[key], of) for key in keys if key in measured]
    return f"{first} ({', '.join(rest)})" if rest else first
