"""Put known mistakes into a copy of the course: python tests/mutations.py [PART OF A NAME …]

Each row of `mutations.csv` is a mistake that a test or a lesson must see: a file, the old text,
which stands there once, the new text, and a command. "pytest TEST" runs tests, "lesson NOTEBOOK
CELL" the cells of a lesson up to this one, on few photographs. The command is first run without
any mistake. `result` is what turned red, as it was found last; "green" means that nobody sees the
mistake. Without arguments all rows run. They need a mirror: COURSE_MIRROR, or the one beside the
repository.
"""

import csv
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path

import nbformat
from IPython.core.interactiveshell import InteractiveShell

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from varied import find_mirror, vary  # noqa: E402

TABLE = Path(__file__).with_name("mutations.csv")
RESULT = ["result", "seconds", "date"]
COLUMNS = ["mistake", "file", "old", "new", "command", *RESULT]
PER_CLASS = 100  # photographs of a lesson: fewer are refused
DOGS = 3  # that lesson 04 attacks
NO_FINDING = (NameError, SyntaxError, ImportError)  # the mistake itself is written wrongly
PYTEST = ["-m", "pytest", "-q", "-x", "--tb=no", "-rf", "-p", "no:cacheprovider"]


def read() -> list[dict[str, str]]:
    """Return the rows of the table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(rows: list[dict[str, str]]) -> None:
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def mutate(row: dict[str, str], folder: Path) -> str:
    """Return the text of a row's file in `folder`, with the mistake in it.

    The old text of a notebook is one line, or a part of one. ValueError when it does not stand in
    the file exactly once.
    """
    text = (folder / row["file"]).read_text(encoding="utf-8")
    old, new = row["old"], row["new"]
    if row["file"].endswith(".ipynb"):  # as text stands in JSON
        old, new = (json.dumps(part, ensure_ascii=False)[1:-1] for part in (old, new))
    if (found := text.count(old)) != 1:
        raise ValueError(f"{row['mistake']}: {row['file']} has {found} times {row['old']!r}")
    return text.replace(old, new)


def run_lesson(name: str, last: str) -> None:
    """Run the cells of a lesson up to `last` in this process; at an error, say which line."""
    shell = InteractiveShell.instance()
    os.chdir(REPOSITORY / "notebooks")
    for cell in nbformat.read(f"{name}.ipynb", as_version=4).cells:
        if cell.cell_type == "code":
            found = shell.run_cell(cell.source)
            error = found.error_before_exec or found.error_in_exec
            if isinstance(error, NO_FINDING):
                sys.exit(f"{cell.id}: {error}")
            if error:
                frames = traceback.extract_tb(error.__traceback__)
                lines = [frame.line for frame in frames if "ipython-input" in frame.filename]
                print(f"\nFAILED cell {cell.id}: {lines[0]}")
                sys.exit(1)
        if cell.id == last:
            return
    sys.exit(f"{name} has no cell {last}")


def run(command: str, course: Path, work: Path) -> str:
    """Run a command in a copy of the course; return "green", "red: …" or "error: …"."""
    kind, *arguments = command.split()
    data = Path(tempfile.mkdtemp(dir=work))
    (data / "weights").symlink_to(work / "weights")  # converted once
    names = {"COURSE_DATA": str(data), "COURSE_OFFLINE": "1", "COURSE_DOGS": str(DOGS)}
    names["COURSE_MIRROR"] = str(work / "mirror") if kind == "lesson" else ""
    names |= {"IPYTHONDIR": str(work), "COLUMNS": "300"}
    # A mistake of the same length in the same second would be read from the old bytecode.
    names["PYTHONDONTWRITEBYTECODE"] = "1"
    start = PYTEST if kind == "pytest" else ["tests/mutations.py", "--lesson"]
    try:
        done = subprocess.run(
            [sys.executable, *start, *arguments],
            cwd=course,
            env=os.environ | names,
            capture_output=True,
            text=True,
            timeout=600,
        )
    except subprocess.TimeoutExpired:
        return "error: no end after 600 s"
    finally:
        shutil.rmtree(data)
    if done.returncode == 0:
        return "green"
    lines = done.stdout.splitlines()
    red = [line.removeprefix("FAILED ") for line in lines if line.startswith("FAILED ")]
    if done.returncode == 1 and red:
        return f"red: {red[0] if kind == 'lesson' else red[0].partition(' - ')[0]}"
    return f"error: {' '.join((done.stderr or done.stdout).split())[-200:]}"


def try_command(rows: list[dict[str, str]], work: Path) -> None:
    """Run the command of these rows without a mistake, then with each; put in what was found."""
    held = ["git", "ls-files", "-z"]
    held = subprocess.run(held, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    course, command = Path(tempfile.mkdtemp(dir=work)), rows[0]["command"]
    for name in filter(None, held.split("\0")):
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, course / name)
    begin = time.monotonic()
    original = run(command, course, work)
    print(f"{command}: {original}, {time.monotonic() - begin:.0f} s", flush=True)
    for row in rows:
        begin, result = time.monotonic(), f"error: without the mistake: {original}"
        if original == "green":
            (course / row["file"]).write_text(mutate(row, REPOSITORY), encoding="utf-8")
            result = run(command, course, work)
            shutil.copy(REPOSITORY / row["file"], course / row["file"])
        seconds = round(time.monotonic() - begin)
        print(f"{row['mistake']}: {result}, {seconds} s", flush=True)
        row |= dict(zip(RESULT, (result, seconds, datetime.date.today().isoformat()), strict=True))
    shutil.rmtree(course)


def main(wanted: list[str], work: Path) -> int:
    """Try what is wanted, two commands at a time; return 1 when a mistake turned nothing red."""
    if not (mirror := find_mirror()):
        sys.exit("Set COURSE_MIRROR to a folder with the photographs: see data/README.md.")
    vary(mirror, work / "mirror", PER_CLASS, PER_CLASS, None)
    (work / "weights").mkdir()
    rows, groups = read(), {}
    for row in rows:
        name = f"{row['mistake']}, {row['command']}"
        if not wanted or any(part in name for part in wanted):
            groups.setdefault(row["command"], []).append(row)
    with ThreadPoolExecutor(2) as pool:
        for _ in pool.map(try_command, groups.values(), repeat(work)):
            write(rows)
    tried = [row for group in groups.values() for row in group]
    return int(any(not row["result"].startswith("red: ") for row in tried))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--lesson"]:
        run_lesson(*sys.argv[2:])
    else:
        with tempfile.TemporaryDirectory(prefix="course-mutations-") as temporary:
            sys.exit(main(sys.argv[1:], Path(temporary)))
