"""Open the course in JupyterLab: python jupyter/open_lab.py

You work on copies, in the folder `my_course`, which git ignores. So what you run, change and save
never stands in the way of a newer version of the course, and every original is there to begin anew.
Where the course can only be read, `my_course` lies in the folder COURSE_DATA.
Options of JupyterLab may follow, for example --no-browser or --port=8890.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
COPIES = REPOSITORY / "my_course"
FILES = ("README.md", "CONTRIBUTING.md", "data/README.md", "docs/*.md", "docs/hub/*.*",
         "docs/scale/*.py", "benchmarks/README.md", "benchmarks/*.svg", "notebooks/*.md",
         "notebooks/*.ipynb", "notebooks/pictures/*", "lab/*.md", "lab/*.ipynb",
         "lab/solutions/*.ipynb")  # fmt: skip
START = "notebooks/00_start_here.ipynb"


def course_files() -> list[Path]:
    """Return the pages, pictures and notebooks of the course, relative to the repository."""
    found = [path for pattern in FILES for path in sorted(REPOSITORY.glob(pattern))]
    return [path.relative_to(REPOSITORY) for path in found]


def copy_course(folder: Path = COPIES) -> list[str]:
    """Copy what is missing in `folder`, and renew what the learner never saved.

    Returns the names of copies that were saved while the course has a newer version: they are
    kept. `.originals.json` remembers the checksum of each original that was copied.
    """
    memory = folder / ".originals.json"
    try:
        known = dict(json.loads(memory.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        known = {}
    kept = []
    for name in course_files():
        key, copy = name.as_posix(), folder / name
        content = (REPOSITORY / name).read_bytes()
        newest = _checksum(content)
        own = _checksum(copy.read_bytes()) if copy.exists() else None
        if own in (None, known.get(key)) and own != newest:
            copy.parent.mkdir(parents=True, exist_ok=True)
            part = copy.with_name(f"{copy.name}.part")  # whole, or not at all
            part.write_bytes(content)
            os.replace(part, copy)
        elif own != newest and known.get(key) != newest:
            kept.append(key)
            continue
        known[key] = newest
    folder.mkdir(parents=True, exist_ok=True)
    memory.write_text(json.dumps(known, indent=0), encoding="utf-8")
    return kept


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def main() -> int:
    """Make the copies and run JupyterLab until it is stopped."""
    environment = dict(os.environ)
    # By PYTHONPATH kernels find the course, also from copies that do not lie in it.
    places = {"JUPYTER_CONFIG_PATH": Path(__file__).parent, "PYTHONPATH": REPOSITORY}
    for name, place in places.items():
        environment[name] = os.pathsep.join(filter(None, [str(place), environment.get(name)]))
    sys.path.insert(0, str(REPOSITORY))
    from helpers.settings import is_address, read_place

    for name in ("COURSE_DATA", "COURSE_MIRROR", "COURSE_PHOTOS"):
        # A folder is meant from here, not from the folder of the notebook that reads it later.
        if place := environment.get(name, "").strip():
            try:
                environment[name] = read_place(place)
            except ValueError as error:
                print(f"{name}: {error}")
                return 1
    folder, data = COPIES, environment.get("COURSE_DATA", "").strip()
    if not os.access(COPIES if COPIES.exists() else REPOSITORY, os.W_OK):
        folder = Path(data) / "my_course" if data and not is_address(data) else COPIES
    try:
        kept = copy_course(folder)
    except OSError as error:
        print(f"The copies cannot be written: {error}.")
        print("Set COURSE_DATA to a folder of your own, or put the course into one.")
        return 1
    for name in kept:
        print(f"{folder / name}: you saved it, so it is kept. The course has a newer version:")
        print("    to get it, rename your file, or delete it, and start again.")
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}"]
    command.append(f"--LabApp.default_url=/lab/tree/{START}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # JupyterLab asks for this word in a container
        command.append("--allow-root")
    command += sys.argv[1:]
    if os.name == "posix":  # whoever stops this process stops JupyterLab
        os.execve(sys.executable, command, environment)
    return subprocess.run(command, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
