"""The large table of lesson 04: how often each attack succeeds, on many photographs.

It lies in `data/attack_table.json`. The lesson measures ten photographs and shows both. The same
notebook, with more photographs, measures the table anew:

    python -m helpers.adversarial_images.table              both frameworks
    python -m helpers.adversarial_images.table pytorch      one of them
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping

from helpers.figures.tables import show_table
from helpers.files import write_whole
from helpers.settings import REPOSITORY

PATH = REPOSITORY / "data" / "attack_table.json"
MANY = 60  # photographs; the interval of 60 of 60 begins at 94 %
TITLES = {"pytorch": "PyTorch", "tensorflow": "TensorFlow"}
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
    show_table(columns, rows, "How often the attack succeeds, on saved PNG files")


def find_differences(framework: str, counts: Counts, slack: float) -> list[str]:
    """Name the attacks whose share of successes is more than `slack` away from the stored one."""
    stored, found = load().get(framework, {}), []
    for name, (successes, photographs) in counts.items():
        if name in stored:
            k, n = stored[name]
            if abs(successes / photographs - k / n) > slack:
                found.append(f"{name}: {successes} of {photographs}, stored {k} of {n}")
    return found


def measure(framework: str) -> None:
    """Run the lesson's notebook with `MANY` photographs; its last cells store the table."""
    notebook = REPOSITORY / "notebooks" / f"04_adversarial_cat_{framework}.ipynb"
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "notebook", "--execute"]
        command += ["--ExecutePreprocessor.timeout=-1", "--output-dir", folder, str(notebook)]
        subprocess.run(command, check=True, env=os.environ | {"COURSE_DOGS": str(MANY)})


def _share(pair) -> str:
    return f"{pair[0]} of {pair[1]}" if pair else ""


if __name__ == "__main__":
    for name in sys.argv[1:] or TITLES:
        if name not in TITLES:
            sys.exit(f"{name!r} is no framework. Choose: {', '.join(TITLES)}.")
        measure(name)
