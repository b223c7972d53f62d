"""Write what is the same in many places: python jupyter/publish.py NAME

NAME is the account on GitHub that publishes the course. It stands in the links to Colab, Binder and
a Hub, in the notebooks and in the tests. The first two cells of code of every notebook, and the
links of README's table, come from here: change them here, and run this again with the same name. In
a new row of the table `[open](notebooks/NAME.ipynb)` is enough.
"""

import json
import re
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
ADDRESS = re.compile(  # also as a part of another address, where / is written %2F
    r"(github\.com(?:/|%2F)|(?:/github|/gh)/)[A-Za-z0-9-]+(?=(?:/|%2F)transfer-learning-course\b)"
)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}")
KINDS = {".ipynb", ".md", ".py", ".toml", ".yml"}
NOT_OURS = {"data", "my_course", "site"}  # what a learner has, and made pages
LINKS = re.compile(r"\[open\]\(((?:notebooks|lab)/\w+\.ipynb)\)(?: · \[\w+\]\(\S+\))*")
COLAB = """# @title On Google Colab only: get the course
import os, sys

if "google.colab" in sys.modules and not os.path.exists("course/start_course.py"):
    github = "https://github.com/OWNER/transfer-learning-course"
    os.system(f"mv course unfinished_$$ 2>&-; git clone {github} course")
"""
SET_UP = """import runpy, sys

sys.path += ["course", ".", "..", "../..", "../../..", f"{sys.prefix}/.."]
_ = runpy.run_module("start_course")  # not found? In the course folder: make lab. Colab: run all
"""


def publish(name: str, folder: Path = REPOSITORY) -> list[str]:
    """Rewrite the files of the course in `folder`; return the names of those that changed."""
    tops = [top for top in folder.iterdir() if top.name[0] != "." and top.name not in NOT_OURS]
    files = [path for top in tops for path in (top.rglob("*") if top.is_dir() else [top])]
    changed = []
    for path in sorted(path for path in files if path.suffix in KINDS):
        old = new = path.read_text(encoding="utf-8")
        if path.suffix == ".ipynb":
            new = with_set_up(new)
        elif path == folder / "README.md":
            new = LINKS.sub(links, new)
        if (new := ADDRESS.sub(rf"\g<1>{name}", new)) != old:
            path.write_text(new, encoding="utf-8", newline="\n")
            changed.append(path.relative_to(folder).as_posix())
    return changed


def with_set_up(text: str) -> str:
    """Return the text of a notebook with its first two cells of code as they are here."""
    book = json.loads(text)
    for cell in book["cells"]:
        for mark, source in (("google.colab", COLAB), ("run_module", SET_UP)):
            if cell["cell_type"] == "code" and mark in "".join(cell["source"]):
                cell["source"] = source.strip().splitlines(keepends=True)
    return json.dumps(book, indent=1, ensure_ascii=False) + "\n"


def links(found: re.Match) -> str:
    """Return the three links to a notebook: here, on Colab, on Binder."""
    ours = "OWNER/transfer-learning-course"
    colab = f"https://colab.research.google.com/github/{ours}/blob/main/{found[1]}"
    binder = f"https://mybinder.org/v2/gh/{ours}/main?urlpath=lab/tree/{found[1]}"
    return f"[open]({found[1]}) · [Colab]({colab}) · [Binder]({binder})"


if __name__ == "__main__":
    if len(sys.argv) != 2 or not NAME.fullmatch(sys.argv[1]):
        sys.exit("Run: python jupyter/publish.py NAME, with the name of your account on GitHub.")
    print("\n".join(publish(sys.argv[1])) or "Nothing to change.")
