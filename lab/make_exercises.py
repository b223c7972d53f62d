"""Make the exercise notebooks from the solutions: python lab/make_exercises.py

In a solution, lines between `# solution` and `# end` are the answer. The exercise has one gap in
their place. `# solution: labels = ...` says what the gap is; without it, the gap is `...`.
Cells tagged `solution` are left out: they assert that every task of the solution is right.
Links are made shorter by one folder, because the exercise lies above its solution.
"""

import re
import textwrap
from pathlib import Path

import nbformat

LAB = Path(__file__).resolve().parent
ANSWER = re.compile(r"^( *)# solution(?:: (.+))?\n(?:.*\n)*? *# end$\n?", re.MULTILINE)


def exercise_of(source: str) -> str:
    """Return the code of a cell with a gap instead of each answer."""

    def gap(match: re.Match) -> str:
        if match[0].count("# solution") > 1:
            return match[0]  # found below
        return textwrap.indent(f"{match[2] or '...'}  # your code\n", match[1])

    result = ANSWER.sub(gap, f"{source}\n")
    if re.search(r"# (solution|end)\b", result):
        raise ValueError(f"'# solution' and '# end' do not come in pairs:\n{source}")
    return result.removesuffix("\n")


def make_exercise(solution: str) -> str:
    """Return the exercise of a solution notebook; both are the text of an .ipynb file."""
    book = nbformat.reads(solution, as_version=4)
    book.cells = [cell for cell in book.cells if "solution" not in cell.metadata.get("tags", [])]
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.source = exercise_of(cell.source)
        else:
            cell.source = cell.source.replace("](../../", "](../")
    return nbformat.writes(book) + "\n"


if __name__ == "__main__":
    for path in sorted((LAB / "solutions").glob("*.ipynb")):
        exercise = make_exercise(path.read_text(encoding="utf-8"))
        (LAB / path.name).write_text(exercise, encoding="utf-8")
        print(f"lab/{path.name}")
