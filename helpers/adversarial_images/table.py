"""The stored table of attacks, `data/attack_table.json`: how often each succeeds, on many dogs.

The lesson reads it, and measures a few photographs. `tests/measure_attacks.py` writes it anew.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from scipy.stats import binomtest

from helpers.figures.tables import show_table
from helpers.files import write_whole
from helpers.settings import REPOSITORY

PATH = REPOSITORY / "data" / "attack_table.json"
MANY = 60  # photographs; the interval of 60 of 60 begins at 94 %
TITLES = {"pytorch": "PyTorch", "tensorflow": "TensorFlow"}
KEPT = "counts.json"  # what a run kept, in the folder of its adversarial images
# An assert compares about 25 pairs at once, so single ones must be clear: not 95 % but 99 %.
CONFIDENCE = 0.99
Counts = Mapping[str, tuple[int, int]]  # name of an attack → (successes, photographs)


def load() -> dict[str, dict[str, list[int]]]:
    """Return the stored table: framework → name of the attack → [successes, photographs]."""
    return json.loads(PATH.read_text(encoding="utf-8")) if PATH.is_file() else {}


def compare(counts: Counts) -> None:
    """Display what was measured here beside the stored table."""
    stored = load()
    columns = ["attack", "here", *(f"stored, {TITLES[name]}" for name in stored)]
    parts = [counts, *stored.values()]
    rows = [[name, *(_share(part.get(name)) for part in parts)] for name in counts]
    title = "On how many photographs it happens (saved as PNG, unless the row says: not saved)"
    show_table(columns, rows, title)


def find_differences(framework: str, counts: Counts, source: str) -> list[str]:
    """Say what does not fit to the stored table, and what to do; an empty list when all fits.

    The names must be the same. Of photographs (`source` is "photos") the shares must be possible
    together, too: the 99 % intervals of the two counts meet. Drawn pets have other shares.
    """
    stored, found = load().get(framework, {}), []
    anew = "measure the table anew: python tests/measure_attacks.py pytorch, then tensorflow"
    for name in sorted(counts.keys() | stored.keys()):
        here, there = counts.get(name), stored.get(name)
        if not there:
            found.append(
                f"{name!r} is not in the stored table. A try of your own? Then: "
                f"del counts[{name!r}]. A part of the lesson? Then {anew}"
            )
        elif not here:
            found.append(
                f"{name!r} is in the stored table and was not measured here. Run its cell; if the "
                f"lesson no longer has it, {anew}"
            )
        elif source == "photos":
            (low, high), (least, most) = _interval(here), _interval(there)
            if high < least or most < low:
                found.append(f"{name!r}: {_share(here)}, stored {_share(there)}")
    return found


def keep(folder: Path, source: str, counts: Counts) -> None:
    """Keep what a run of the lesson measured in `folder`, which no repository tracks."""
    text = json.dumps({"source": source, "counts": counts}, indent=1, ensure_ascii=False)
    write_whole(folder / KEPT, f"{text}\n".encode())


def _interval(pair) -> tuple[float, float]:
    return tuple(binomtest(*map(int, pair)).proportion_ci(CONFIDENCE, method="wilson"))


def _share(pair) -> str:
    return f"{pair[0]} of {pair[1]}" if pair else ""
