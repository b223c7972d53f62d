"""Run the cells of notebooks twice and out of order: python tests/run_again.py [NAME …]

Each code cell runs twice, one after the other; at the end each section runs once more. A cell may
stop with one sentence that says what to run again. Everything else is reported: another kind of
error, and a number that was saved and is another one afterwards (seconds aside). It takes some
minutes a notebook, so it is run by hand; photographs come from a small draw of the mirror.
`test_a_name_is_made_in_one_section` in `test_notebooks.py` holds the commonest cause in no time.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

import nbformat
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


def faults(path: Path, results: Path) -> list[str]:
    """Return what went wrong in a notebook."""
    book, found, saved = nbformat.read(path, as_version=4), [], []

    def look(cell, cell_index, execute_reply):
        content = execute_reply["content"]
        name, words = content.get("ename", ""), content.get("evalue", "")
        if name and not (name in SENTENCES and words):
            found.append(f"{cell.id}, cell {cell_index + 1} in the run: {name}: {words[:200]}")
        elif name:
            print(f"   {cell.id} says: {words[:150]}", flush=True)
        if "results.save(" in cell.source and not name:
            saved.append(json.loads((results / f"{path.stem}.json").read_text(encoding="utf-8")))

    book.cells = [nbformat.from_dict(dict(cell)) for cell in again(book)]
    client = NotebookClient(
        book, timeout=900, kernel_name="python3", allow_errors=True, on_cell_executed=look,
        resources={"metadata": {"path": str(path.parent)}},
    )  # fmt: skip
    client.execute()
    if not saved:
        return [*found, "no results were saved"]
    for key in saved[0]:
        others = {json.dumps(result[key]) for result in saved}
        if "seconds" not in key and "per_second" not in key and len(others) > 1:
            found.append(f"{key}: {', '.join(sorted(others))}")
    return found


def main(wanted: list[str]) -> int:
    folder = Path(tempfile.mkdtemp(prefix="course-again-"))
    os.environ |= {"COURSE_OFFLINE": "1", "COURSE_DATA": str(folder), "COURSE_DOGS": "4"}
    if mirror := find_mirror():
        small = vary(mirror, folder / "mirror", cats=PER_CLASS, dogs=PER_CLASS, seed=0)
        os.environ["COURSE_MIRROR"] = str(small)
    books = sorted((REPOSITORY / "notebooks").glob("0*.ipynb"))
    books += sorted((REPOSITORY / "lab" / "solutions").glob("*.ipynb"))
    bad = 0
    for path in [path for path in books if not wanted or any(w in path.name for w in wanted)]:
        print(path.name, flush=True)
        for fault in faults(path, folder / "results"):
            bad += 1
            print(f"   FAULT {fault}", flush=True)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
