"""Measure the stored table of lesson 04 anew, with many photographs.

    python tests/measure_attacks.py pytorch        or tensorflow

It runs the lesson's notebook with `COURSE_DOGS=60` and writes what the run kept to
`data/attack_table.json`. The part of the other framework stays. Run it by hand, for both
frameworks, when lesson 04 has got, lost or changed an attack.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers.files import write_whole  # noqa: E402
from helpers.settings import REPOSITORY, data_folder  # noqa: E402
from notebooks import attack_table as table  # noqa: E402


def measure(framework: str) -> None:
    """Run the lesson's notebook with `table.MANY` photographs and store what it kept."""
    notebook = REPOSITORY / "notebooks" / f"04_adversarial_cat_{framework}.ipynb"
    kept = data_folder() / "adversarial_cat" / f"{framework}_{table.MANY}" / table.KEPT
    kept.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "notebook", "--execute"]
        command += ["--ExecutePreprocessor.timeout=-1", "--output-dir", folder, str(notebook)]
        subprocess.run(command, check=True, env=os.environ | {"COURSE_DOGS": str(table.MANY)})
    run = json.loads(kept.read_text(encoding="utf-8"))
    if run["source"] != "photos":
        sys.exit("Nothing is stored: the run had drawn pets. The table needs photographs.")
    store(framework, run["counts"])


def store(framework: str, counts: table.Counts) -> None:
    """Write the part of one framework; the other one's stays."""
    parts = table.load() | {framework: counts}
    text = json.dumps(dict(sorted(parts.items())), indent=1, ensure_ascii=False)
    write_whole(table.PATH, f"{text}\n".encode())


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in table.TITLES:
        sys.exit(f"Name one framework: {' or '.join(table.TITLES)}.")
    measure(sys.argv[1])
