"""Run notebooks, or their cells, twice: python tests/run_again.py [--fresh] [NAME …]

Each code cell runs twice, one after the other; at the end each section runs once more. A cell may
stop with one sentence that says what to run again. Everything else is reported: another kind of
error, and a number that was saved and is another one afterwards (seconds aside).
With `--fresh` the whole notebook runs twice as it is, each time in a new kernel with a new data
folder: what it saves must be the same to three decimals.
It takes some minutes a notebook, so it is run by hand; photographs come from a small draw of the
mirror. `test_a_name_is_made_in_one_section` in `test_notebooks.py` holds the commonest cause in no
time.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

import nbformat
import numpy as np
from nbclient import NotebookClient

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from varied import find_mirror, vary  # noqa: E402

SENTENCES = ("AssertionError", "ValueError", "RuntimeError")  # with words, these say what to do
PER_CLASS = 100


def again(book) -> list:
    """Return the cells twice each, then section after section; results are saved on the way."""
    sections, twice = [[]], []
    for cell in book.cells:
        if cell.cell_type == "code":
            sections[-1].append(cell)
            twice += [cell, cell]
        elif any(line.startswith("#") for line in cell.source.splitlines()):
            sections.append([])
    return twice + [cell for section in sections[1:] for cell in section]


def execute(path: Path, twice: bool, data: Path) -> tuple[list[str], list[dict]]:
    """Return what went wrong in a notebook, and each of the results that it saved."""
    book, found, saved = nbformat.read(path, as_version=4), [], []
    os.environ["COURSE_DATA"] = str(data)

    def look(cell, cell_index, execute_reply):
        content = execute_reply["content"]
        name, words = content.get("ename", ""), content.get("evalue", "")
        if name and not (twice and name in SENTENCES and words):
            found.append(f"{cell.id}, cell {cell_index + 1} in the run: {name}: {words[:200]}")
        elif name:
            print(f"   {cell.id} says: {words[:150]}", flush=True)
        if "results.save(" in cell.source and not name:
            result = data / "results" / f"{path.stem}.json"
            saved.append(json.loads(result.read_text(encoding="utf-8")))

    if twice:
        book.cells = [nbformat.from_dict(dict(cell)) for cell in again(book)]
    client = NotebookClient(
        book, timeout=900, kernel_name="python3", allow_errors=True, on_cell_executed=look,
        resources={"metadata": {"path": str(path.parent)}},
    )  # fmt: skip
    client.execute()
    return found if saved else [*found, "no results were saved"], saved


def differences(saved: list[dict], decimals: int | None) -> list[str]:
    """Return what differs between results, seconds aside; None: in the last bit."""
    found = []
    for key in saved[0] if saved else ():
        values = [result[key] for result in saved]
        same = all(value == values[0] for value in values)
        if decimals and not same and not isinstance(values[0], str):
            same = np.ptp(values, axis=0).max() < 0.5 * 10.0**-decimals
        if not same and "seconds" not in key and "per_second" not in key:
            found.append(f"{key}: {', '.join(sorted(map(json.dumps, values)))}")
    return found


def main(arguments: list[str]) -> int:
    folder, fresh = Path(tempfile.mkdtemp(prefix="course-again-")), "--fresh" in arguments
    wanted = [name for name in arguments if name != "--fresh"]
    os.environ |= {"COURSE_OFFLINE": "1", "COURSE_DOGS": "4"}
    if mirror := find_mirror():
        small = vary(mirror, folder / "mirror", cats=PER_CLASS, dogs=PER_CLASS, seed=0)
        os.environ["COURSE_MIRROR"] = str(small)
    books = sorted((REPOSITORY / "notebooks").glob("0*.ipynb"))
    books += sorted((REPOSITORY / "lab" / "solutions").glob("*.ipynb"))
    books = [path for path in books if "results.save(" in path.read_text(encoding="utf-8")]
    bad = 0
    for path in [path for path in books if not wanted or any(w in path.name for w in wanted)]:
        print(path.name, flush=True)
        runs = [execute(path, not fresh, folder / f"data {n}") for n in range(1 + fresh)]
        found = [fault for faults, _ in runs for fault in faults]
        saved = [result for _, results in runs for result in results]
        for fault in found + differences(saved, 3 if fresh else None):
            bad += 1
            print(f"   FAULT {fault}", flush=True)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
