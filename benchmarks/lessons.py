"""What every row needs: the size of a run, and the code cells of a lesson."""

import contextlib
import io
import linecache
from dataclasses import dataclass

import nbformat

from helpers.settings import REPOSITORY

TABBY = 281
FRAMEWORKS = {"pytorch": "PyTorch", "tensorflow": "TensorFlow"}


@dataclass(frozen=True)
class Size:
    """How much is measured. `SMALL` is for the test; the twins have the same cells."""

    rounds: int = 5
    photographs: int = 192
    per_class: int = 600  # of a lesson
    dogs: int = 60
    timed_dogs: int = 10
    gradients: tuple = (6, 8, 10, 12, 15, 20, 30, 40)
    growth: tuple = (1000, 5000, 25000)
    ideal_steps: int = 0  # 0: as many as the setting has
    last_cell: str = "01-68"  # of lesson 01: the accuracy
    books: tuple = ("notebooks/0*.ipynb", "lab/solutions/*.ipynb")
    frameworks: tuple = ("pytorch", "tensorflow")
    starts: tuple = ("first time", "later")
    processes: tuple = (1, 2)


SMALL = Size(
    rounds=1,
    photographs=4,
    per_class=100,  # lesson 02 refuses less
    dogs=2,
    timed_dogs=1,
    gradients=(1, 2),
    growth=(4, 8),
    ideal_steps=1,
    books=("notebooks/00_lecture*.ipynb",),
    frameworks=("pytorch",),
    starts=(),
    processes=(1,),
)


def lesson(name: str, *cells: str, size: Size, until: str = "", also: str = "") -> dict:
    """Run code cells of a lesson: those with these ids, or all up to the one that has a text.

    `also` is a text in a later cell that runs, too. Returns the variables of the cells. The two
    set-up cells are left out, and so is what the cells print.
    """
    book = nbformat.read(REPOSITORY / "notebooks" / f"{name}.ipynb", as_version=4)
    code = {cell.id: cell.source for cell in book.cells if cell.cell_type == "code"}
    if until:
        found = list(code)[2:]
        last = next(i for i, cell in enumerate(found) if until in code[cell])
        cells = found[: last + 1] + [
            cell for cell in found[last + 1 :] if also and also in code[cell]
        ]
    names = {"__name__": name}
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in cells:
            source = code[cell].replace("per_class=600", f"per_class={size.per_class}")
            file = f"{name} {cell}"  # TensorFlow looks up the source of what it compiles
            linecache.cache[file] = len(source), None, source.splitlines(True), file
            exec(compile(source, file, "exec"), names)
    return names
