"""The large table of lesson 04: how often each attack succeeds, on many photographs.

It lies in `data/attack_table.json`. The lesson measures ten photographs and shows both; it reads
the table and never writes it. This command does: it runs the lesson's notebook with more
photographs (`COURSE_DOGS` says how many) and stores what the run kept.

    python -m helpers.adversarial_images.table              both frameworks
    python -m helpers.adversarial_images.table pytorch      one of them
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from scipy.stats import binomtest

from helpers.figures.tables import show_table
from helpers.files import write_whole
from helpers.settings import REPOSITORY, data_folder

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


def store(framework: str, counts: Counts) -> None:
    """Write the part of one framework; the other one's stays."""
    table = load() | {framework: {name: list(map(int, pair)) for name, pair in counts.items()}}
    text = json.dumps(dict(sorted(table.items())), indent=1, ensure_ascii=False)
    write_whole(PATH, f"{text}\n".encode())


def compare(counts: Counts) -> None:
    """Display what was measured here beside the stored table."""
    stored = load()
    columns = ["attack", "here", *(f"stored, {TITLES[name]}" for name in stored)]
    rows = [
        [name, _share(pair), *(_share(stored[part].get(name)) for part in stored)]
        for name, pair in counts.items()
    ]
    show_table(
        columns,
        rows,
        "On how many photographs it happens (saved as PNG, unless the row says: not saved)",
    )


def find_differences(framework: str, counts: Counts, source: str) -> list[str]:
    """Say what does not fit to the stored table, and what to do; an empty list when all fits.

    The names must be the same. Of photographs (`source` is "photos") the shares must be possible
    together, too: the 99 % intervals of the two counts meet. Drawn pets have other shares.
    """
    stored = load().get(framework, {})
    anew = f"python -m helpers.adversarial_images.table {framework}"
    found = [
        f"{name!r} is not in the stored table. A try of your own? Then: del counts[{name!r}]. "
        f"A part of the lesson? Then measure the table anew: {anew}"
        for name in counts
        if name not in stored
    ]
    found += [
        f"{name!r} is in the stored table and was not measured here. Run its cell; if the lesson "
        f"no longer has it, measure the table anew: {anew}"
        for name in stored
        if name not in counts
    ]
    for name in counts.keys() & stored.keys() if source == "photos" else ():
        (low, high), (least, most) = _interval(counts[name]), _interval(stored[name])
        if high < least or most < low:
            found.append(f"{name!r}: {_share(counts[name])}, stored {_share(stored[name])}")
    return sorted(found)


def keep(folder: Path, source: str, counts: Counts) -> None:
    """Keep what a run of the lesson measured in `folder`, which no repository tracks."""
    text = json.dumps({"source": source, "counts": counts}, indent=1, ensure_ascii=False)
    write_whole(folder / KEPT, f"{text}\n".encode())


def measure(framework: str) -> None:
    """Run the lesson's notebook with `MANY` photographs and store what it kept."""
    notebook = REPOSITORY / "notebooks" / f"04_adversarial_cat_{framework}.ipynb"
    kept = data_folder() / "adversarial_cat" / f"{framework}_{MANY}" / KEPT
    kept.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "notebook", "--execute"]
        command += ["--ExecutePreprocessor.timeout=-1", "--output-dir", folder, str(notebook)]
        subprocess.run(command, check=True, env=os.environ | {"COURSE_DOGS": str(MANY)})
    run = json.loads(kept.read_text(encoding="utf-8"))
    if run["source"] != "photos":
        sys.exit("Nothing is stored: the run had drawn pets. The table needs photographs.")
    store(framework, run["counts"])


def _interval(pair) -> tuple[float, float]:
    return tuple(binomtest(*map(int, pair)).proportion_ci(CONFIDENCE, method="wilson"))


def _share(pair) -> str:
    return f"{pair[0]} of {pair[1]}" if pair else ""


if __name__ == "__main__":
    for name in sys.argv[1:] or TITLES:
        if name not in TITLES:
            sys.exit(f"{name!r} is no framework. Choose: {', '.join(TITLES)}.")
        measure(name)
