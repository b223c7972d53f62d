"""For lesson 04: the stored table of attacks, `data/attack_table.json`, measured on many dogs.

The lesson reads it, and measures a few photographs. `tests/measure_attacks.py` writes it anew.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from scipy.stats import binomtest

from helpers.figures import show_table
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
    lost, new = sorted(stored.keys() - counts.keys()), sorted(counts.keys() - stored.keys())
    found += [f"{name!r} is stored and was not measured here. Run its cell" for name in lost]
    found += [f"{name!r} is not stored. A try of your own? del counts[{name!r}]" for name in new]
    if found:
        found.append(
            "Or has the lesson changed? Then measure the table anew: python "
            "tests/measure_attacks.py pytorch, then tensorflow"
        )
    for name in sorted(counts.keys() & stored.keys()) if source == "photos" else []:
        (low, high), (least, most) = _interval(counts[name]), _interval(stored[name])
        if high < least or most < low:
            found.append(f"{name!r}: {_share(counts[name])}, stored {_share(stored[name])}")
    return found


def keep(folder: Path, source: str, counts: Counts) -> None:
    """Keep what a run of the lesson measured in `folder`, which no repository tracks."""
    text = json.dumps({"source": source, "counts": counts}, indent=1, ensure_ascii=False)
    write_whole(folder / KEPT, f"{text}\n".encode())


def _interval(pair) -> tuple[float, float]:
    return tuple(binomtest(*map(int, pair)).proportion_ci(CONFIDENCE, method="wilson"))


def _share(pair) -> str:
    return f"{pair[0]} of {pair[1]}" if pair else ""
