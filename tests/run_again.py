"""Run notebooks twice, and their cells twice: python tests/run_again.py [NAME …]

A notebook runs as it is, then in a new kernel, with a new data folder, in this way: each code cell
twice, one after the other; at the end each section once more. A cell may then stop with one
sentence that says what to run again. Everything else is reported: another kind of error, and a
saved number that is another one, in the second kernel in its last bit, between the two by three
decimals (seconds aside).
It takes some minutes a notebook, so it is run by hand; photographs come from a small draw of the
mirror. `test_a_name_is_made_in_one_section` in `test_notebooks.py` holds the commonest cause in no
time.
"""

import json
import os
import sys
import tempfile
import time
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


def differences(saved: list[dict], least: float) -> list[str]:
    """Return what is apart by more than `least` in results of one notebook, seconds aside."""
    found = []
    for key in saved[0]:
        values = [result[key] for result in saved]
        try:
            apart = np.ptp(np.array(values, float), axis=0).max()
        except (TypeError, ValueError):  # no numbers, or not as many
            apart = 0 if all(value == values[0] for value in values) else np.inf
        if not apart <= least and "seconds" not in key and "per_second" not in key:
            found.append(f"{key}: {', '.join(sorted(map(json.dumps, values)))}")
    return found


def main(wanted: list[str], folder: Path) -> int:
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
        found, saved = [], []
        for twice in (False, True):
            begin = time.monotonic()
            faults, results = execute(path, twice, folder / f"{path.stem} {twice}")
            print(f"   {time.monotonic() - begin:.0f} s, saved {len(results)} times", flush=True)
            found += faults + (differences(results, 0) if results else [])
            saved += results
        for fault in found + (differences(saved, 0.0005) if saved else []):
            bad += 1
            print(f"   FAULT {fault}", flush=True)
    return int(bad > 0)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="course-again-") as temporary:
        sys.exit(main(sys.argv[1:], Path(temporary)))
