"""Look at notebooks that were handed in: python -m lab.hand_in FILE ...

It says whether outputs and cells belong together. Whoever knows this file can still deceive it:
only a new run is proof. `--run` executes the notebook again and shows the summary that it gives.
"""

import html
import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from helpers.settings import REPOSITORY
from lab.checks.summary import fingerprint

# What an answer has no reason to name.
TOUCHES = r"\bverdicts\b|_states|\.judge|\bsummary\b|checks\.\w+ *=|setattr"


def plain(cell) -> str:
    """Return the source of a cell without the learner's name."""
    return re.sub(r"(?m)^LEARNER = .*$", "", cell.source).strip()


def shown_summary(cells) -> str:
    """Return the last summary among the outputs of cells, as text; "" without one."""
    shown = [out.get("data", {}) for cell in cells for out in cell.get("outputs", [])]
    texts = [data for data in shown if " tasks right\n" in data.get("text/plain", "")]
    if not texts:
        return ""
    plain, page = texts[-1]["text/plain"], re.sub("<[^>]+>", " ", texts[-1].get("text/html", ""))
    return plain if html.unescape(page).split() == plain.split() else f"{plain} (the page differs)"


def look_at(book: nbformat.NotebookNode) -> list[str]:
    """Return what is odd about a notebook that was handed in: one sentence each."""
    cells = [cell for cell in book.cells if cell.cell_type == "code" and cell.source.strip()]
    text = shown_summary(cells)
    if not text:
        return ["It shows no summary."]
    found = []
    end = next(i for i, cell in enumerate(cells) if shown_summary([cell]))
    if [cell.execution_count for cell in cells[: end + 1]] != list(range(1, end + 2)):
        found.append("Its cells did not run once each, from top to bottom.")
    table, _, mark = text.rpartition("\nFingerprint")
    if fingerprint([cell.source for cell in cells[: end + 1]], table) != mark.strip():
        found.append("Cells or summary were changed after the run.")
    framework = "tensorflow" if "with TensorFlow" in text else "pytorch"
    ours = nbformat.read(REPOSITORY / "lab" / f"pet_breeds_{framework}.ipynb", as_version=4)
    given = {
        cell.id: plain(cell)
        for cell in ours.cells
        if cell.cell_type == "code" and "# your code" not in cell.source
    }
    theirs = {cell.id: plain(cell) for cell in cells}
    for name in given:
        if theirs.get(name) != given[name]:
            found.append(f"Cell {name}, which was given, is changed or missing.")
    for name in theirs:
        if name not in given and re.search(TOUCHES, theirs[name]):
            found.append(f"Cell {name} touches the checks.")
    return found


def main(arguments: list[str]) -> None:
    for name in (name for name in arguments if name != "--run"):
        book = nbformat.read(name, as_version=4)
        print(name, *(look_at(book) or ["Cells, outputs and summary belong together."]), sep="\n  ")
        if "--run" in arguments:
            NotebookClient(book, resources={"metadata": {"path": str(Path(name).parent)}}).execute()
        print(shown_summary(book.cells))


if __name__ == "__main__":
    main(sys.argv[1:])
