"""Run the lessons on other photographs and seeds: python tests/claims.py [PART OF A NAME …]

The claims of a lesson are its asserts. Each run has a name, such as "120 a class, 01 pytorch";
without arguments all of them run, which takes about two hours on two cores. They need a mirror with
at least 600 photographs a class: COURSE_MIRROR, or the one beside the repository. The last result
of each run stands in `claims.csv`.
"""

import csv
import datetime
import os
import platform
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from varied import find_mirror, vary  # noqa: E402

TABLE = Path(__file__).with_name("claims.csv")
COLUMNS = ["photographs", "lesson", "result", "seconds", "date", "machine"]
FRAMEWORKS = {"pytorch": "torch", "tensorflow": "tensorflow"}
LESSONS = sorted(path.stem for path in (REPOSITORY / "notebooks").glob("0[1-9]_*.ipynb"))
# name: cats, dogs, seed of the draw (None: the lowest numbers)
SETS = {
    "120 a class": (120, 120, None),
    "300 a class": (300, 300, None),
    "500 a class": (500, 500, None),
    "600 a class": (600, 600, None),
    "a half, seed 1": (300, 300, 1),
    "a half, seed 2": (300, 300, 2),
    "250 cats, 120 dogs": (250, 120, 3),
    "drawn pets": (0, 0, None),
}
# lesson: photographs and seeds of runs besides its own SEED 0. Lesson 05 has no photographs, so
# `make test` runs its SEED 0 as it is; each SEED there is five seeds.
SEEDS = {"03": ("600 a class", (1, 2, 3, 4)), "05": ("digits", (5, 6))}


def runs() -> list[tuple[str, str, int]]:
    """Return what there is to run: the photographs, the lesson, the seed of lessons 03 and 05."""
    found = [(name, lesson, 0) for name in SETS for lesson in LESSONS if lesson[:2] != "05"]
    for number, (name, seeds) in SEEDS.items():
        lessons = [lesson for lesson in LESSONS if lesson.startswith(number)]
        found += [(name, lesson, seed) for seed in seeds for lesson in lessons]
    return found


def title(lesson: str, seed: int) -> str:
    """Return how the table names a run: "03 pytorch, seed 2"."""
    return f"{lesson[:2]} {lesson.rpartition('_')[2]}" + (f", seed {seed}" if seed else "")


def run(lesson: str, seed: int, folder: Path) -> str:
    """Execute a lesson with a folder's mirror; return "holds", or the error and its line."""
    book = nbformat.read(REPOSITORY / "notebooks" / f"{lesson}.ipynb", as_version=4)
    if seed:
        cell = next(cell for cell in book.cells if "\nSEED = 0\n" in f"\n{cell.source}\n")
        cell.source = cell.source.replace("SEED = 0", f"SEED = {seed}")
    client = NotebookClient(
        book,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(REPOSITORY / "notebooks")}},
    )
    mirror = folder / "mirror"
    names = {"COURSE_DATA": str(folder / "data"), "COURSE_OFFLINE": "1"}
    names["COURSE_MIRROR"] = str(mirror) if mirror.exists() else ""
    try:
        client.execute(env={**os.environ, **names})
    except CellExecutionError as error:
        return " ".join(f"{error.ename}: {error.evalue}: {failed_line(error)}".split())[:300]
    return "holds"


def failed_line(error: CellExecutionError) -> str:
    """Return the line of the cell at which it stopped."""
    lines = [line for line in error.traceback.splitlines() if "--> " in line]
    return lines[0].partition("--> ")[2] if lines else ""


def main(wanted: list[str], data: Path) -> int:
    """Run what is wanted, keep the table up to date, return 1 when a claim failed.

    The lessons of one set share a folder in `data`, so that each sees the results of its twin.
    """
    if not (mirror := find_mirror()):
        sys.exit("Set COURSE_MIRROR to a folder with the photographs: see data/README.md.")
    rows = {}
    if TABLE.exists():
        with TABLE.open(encoding="utf-8", newline="") as file:
            rows = {(row["photographs"], row["lesson"]): row for row in csv.DictReader(file)}
    failed = 0
    for name, lesson, seed in runs():
        label = title(lesson, seed)
        if wanted and not any(part in f"{name}, {label}" for part in wanted):
            continue
        folder = data / f"{name}, seed {seed}"
        if any(SETS.get(name, ())) and not folder.exists():
            vary(mirror, folder / "mirror", *SETS[name])
        begin = time.monotonic()
        result = run(lesson, seed, folder)
        seconds = round(time.monotonic() - begin)
        failed += result != "holds"
        print(f"{name}, {label}: {result}, {seconds} s", flush=True)
        package = FRAMEWORKS[lesson.rpartition("_")[2]]
        machine = f"{platform.machine()}, {os.cpu_count()} cores, {package} {version(package)}"
        values = name, label, result, seconds, datetime.date.today().isoformat(), machine
        rows[name, label] = dict(zip(COLUMNS, values, strict=True))
        write(rows)
    return int(failed > 0)


def write(rows: dict) -> None:
    """Write the table in the order of `runs`; a run that is no more is dropped."""
    keys = [(name, title(lesson, seed)) for name, lesson, seed in runs()]
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[key] for key in keys if key in rows)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="course-claims-") as temporary:
        sys.exit(main(sys.argv[1:], Path(temporary)))
