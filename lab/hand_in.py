"""Look at notebooks that were handed in: python -m lab.hand_in PLACE ... [--run] [--csv FILE]

PLACE is a notebook, or a folder of them. It says whether outputs and cells belong together. Whoever
knows this file can still deceive it. `--run` executes each notebook again and takes the numbers
that it gives: a stranger's code runs, so use a computer where that does no harm. Code that changes
the checks does so in a new run, too: read every cell that is marked.
"""

import argparse
import csv
import html
import os
import re
import tempfile
import time
from collections import Counter
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from helpers.figures.tables import to_text
from helpers.settings import REPOSITORY
from lab.checks.summary import NO_NAME, fingerprint

# What an answer has no reason to name.
TOUCHES = (
    r"\bverdicts\b|task_state|_states|asked_maps|\.judge|(?<!\.)\bsummary\b|checks\.\w+ *=|"
    r"lab\.checks|sys\.modules|setattr|\bgc\.get|ctypes|builtins|importlib|(?<!\.)\b(?:exec|eval)\(|"
    r"get_ipython|__(?:dict|class|code|globals)__|(?m:^\s*(?:np|scipy|sklearn)(?:\.\w+)+ *=[^=])|"
    r"\bglobals *="
)
COLUMNS = ("File", "Name", "Framework", "Tasks", "Test accuracy", "In order", "Quizzes", "Marks")


def plain(cell) -> str:
    """Return the source of a cell without the learner's name."""
    return re.sub(r"(?m)^LEARNER = .*$", "", cell.source).strip()


def code_cells(book: nbformat.NotebookNode) -> list:
    return [cell for cell in book.cells if cell.cell_type == "code" and cell.source.strip()]


def shown_summary(cells) -> str:
    """Return the last summary among the outputs of cells, as text; "" without one."""
    shown = [out.get("data", {}) for cell in cells for out in cell.get("outputs", [])]
    texts = [data for data in shown if " tasks right\n" in data.get("text/plain", "")]
    if not texts:
        return ""
    plain, page = texts[-1]["text/plain"], re.sub("<[^>]+>", " ", texts[-1].get("text/html", ""))
    return plain if html.unescape(page).split() == plain.split() else f"{plain} (the page differs)"


def framework_of(cells) -> str:
    found = re.search(r'(?m)^framework = "(\w+)"', "\n".join(cell.source for cell in cells))
    return found[1] if found else ""


def in_order(cells) -> bool:
    """Return whether the cells up to the summary ran once each, from top to bottom."""
    end = next((i for i, cell in enumerate(cells) if shown_summary([cell])), len(cells) - 1)
    return [cell.execution_count for cell in cells[: end + 1]] == list(range(1, end + 2))


def look_at(book: nbformat.NotebookNode) -> list[str]:
    """Return what is odd about a notebook that was handed in: one sentence each."""
    cells, found = code_cells(book), []
    text, framework = shown_summary(cells), framework_of(cells)
    if not in_order(cells):
        found.append("Its cells did not run once each, from top to bottom.")
    if not text:
        return ["It shows no summary: outputs are missing, or it is another notebook.", *found]
    end = next(i for i, cell in enumerate(cells) if shown_summary([cell]))
    table, _, mark = text.rpartition("\nFingerprint")
    if fingerprint([cell.source for cell in cells[: end + 1]], table) != mark.strip():
        found.append("Cells or summary were changed after the run.")
    if count := sum(bool(re.search(r"\bchecks\.\w+\(", c.source)) and not c.outputs for c in cells):
        found.append(f"Outputs of {count} checks are missing.")
    if "drawn pets" in facts_of(text).get("Data", ""):
        found.append("It was measured on drawn pets.")
    path = REPOSITORY / "lab" / f"pet_breeds_{framework or 'pytorch'}.ipynb"
    ours = code_cells(nbformat.read(path, as_version=4))
    given = {plain(cell): cell.id for cell in ours if "# your code" not in cell.source}
    theirs = [plain(cell) for cell in cells]  # by their text: Colab gives cells ids of its own
    for source in given.keys() - set(theirs):
        found.append(f"Cell {given[source]}, which was given, is changed or missing.")
    task = ""
    for number, source in enumerate(theirs, 1):
        task = (re.findall(r"\bchecks\.(\w+)\(", source) or [task])[-1]
        if source not in given and re.search(TOUCHES, source):
            found.append(f"Code cell {number} touches the checks.")
        early = task in ("validation_part", "batches", "scratch", "feature_table", "head", "tuned")
        if early and source not in given and re.search(r"\btest\b", re.sub("#.*", "", source)):
            found.append(f"Code cell {number} uses the test before task 8.")
    return found


def facts_of(text: str) -> dict[str, str]:
    """Return the rows of a summary by their names; the heading is "Tasks": "7 of 10"."""
    lines = [re.split(" {2,}", line, maxsplit=1) for line in text.splitlines()]
    tasks = re.search(r"(\d+ of \d+) tasks right", text)
    return {pair[0]: pair[1] for pair in lines if len(pair) == 2} | {"Tasks": tasks[1]}


def numbers_of(text: str) -> list[str]:
    facts = facts_of(text) if text else {}
    return [facts.get("Tasks", ""), facts.get("Test accuracy", "").partition(" (")[0]]


def row_of(path: Path, run: bool) -> tuple[list, str]:
    """Return a file's row, a text for each of `COLUMNS` but a list of marks; and its summary."""
    try:
        book = nbformat.read(path, as_version=4)
        cells, marks = code_cells(book), look_at(book)
    except Exception:  # whatever was handed in
        return [path.name, *[""] * 6, ["It is no notebook that can be read."]], ""
    text = shown_summary(cells)
    facts, numbers = facts_of(text) if text else {}, numbers_of(text)
    quizzes = "; ".join(f"{key[6:]}: {facts[key]}" for key in facts if key.startswith("Quiz: "))
    first, last = (path.name, facts.get("Learner", ""), framework_of(cells)), in_order(cells)
    if run:
        text, what = run_again(book)
        marks.append(what)
        if numbers_of(text) != numbers:
            marks.append(f"It was handed in with: {', '.join(filter(None, numbers)) or 'nothing'}.")
    return [*first, *numbers_of(text), "yes" if last else "no", quizzes, marks], text


def run_again(book: nbformat.NotebookNode) -> tuple[str, str]:
    """Execute a notebook; return its new summary, and a sentence that says how it went.

    It runs in a folder of its own, with results of its own, which are removed afterwards.
    """
    for cell in code_cells(book):
        cell.outputs = []
    started, how = time.perf_counter(), "Run again"
    with tempfile.TemporaryDirectory() as folder:
        own = {"PYTHONPATH": str(REPOSITORY), "COURSE_RESULTS": folder}
        client = NotebookClient(book, timeout=1800, resources={"metadata": {"path": folder}})
        try:
            client.execute(env={**os.environ, **own})
        except Exception as error:  # a cell that fails, runs for ever, or ends the kernel
            how = f"Run again, stopped by {getattr(error, 'ename', type(error).__name__)}"
    return shown_summary(code_cells(book)), f"{how}: {time.perf_counter() - started:.0f} s."


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m lab.hand_in", description=__doc__)
    parser.add_argument("places", nargs="+", type=Path, metavar="PLACE")
    parser.add_argument("--run", action="store_true", help="execute each notebook again")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the table there, too")
    asked = parser.parse_args(arguments)
    files = []
    for place in asked.places:
        inside = sorted(path for path in place.rglob("[!.]*") if path.is_file())
        files += [p for p in inside if "/." not in p.as_posix()] if place.is_dir() else [place]
    judged = [row_of(path, asked.run) for path in files if path != asked.csv]
    rows = [row for row, _ in judged]
    names = Counter(name.casefold() for _, name, *_ in rows)
    for row in rows:
        if names[row[1].casefold()] > 1 and row[1] not in ("", NO_NAME):
            row[-1].append("Another file has the same name.")
        row[-1] = " ".join(row[-1])
    print(to_text(COLUMNS, rows), *[text for _, text in judged if len(rows) == 1], sep="\n\n")
    if asked.csv:
        with asked.csv.open("w", encoding="utf-8-sig", newline="") as file:
            # A spreadsheet would compute what begins so.
            safe = [
                ["'" * cell.startswith(("=", "+", "-", "@")) + cell for cell in r] for r in rows
            ]
            csv.writer(file).writerows([COLUMNS, *safe])


if __name__ == "__main__":
    main()
