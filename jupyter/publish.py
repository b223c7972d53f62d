"""Write the account that publishes the course into every link: python jupyter/publish.py NAME

NAME is an account on GitHub. It stands in the links to Colab and Binder, in the set-up cells and in
the tests. Run it again when the account changes.
"""

import re
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
ADDRESS = re.compile(r"((?:github\.com|/github|/gh)/)[A-Za-z0-9-]+(?=/transfer-learning-course\b)")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}")
KINDS = {".ipynb", ".md", ".py", ".toml", ".yml"}
NOT_OURS = {"data", "my_course", "site"}  # what a learner has, and made pages


def publish(name: str, folder: Path = REPOSITORY) -> list[str]:
    """Rewrite the files of the course in `folder`; return the names of those that changed."""
    tops = [top for top in folder.iterdir() if top.name[0] != "." and top.name not in NOT_OURS]
    files = [path for top in tops for path in (top.rglob("*") if top.is_dir() else [top])]
    changed = []
    for path in sorted(path for path in files if path.suffix in KINDS):
        old = path.read_text(encoding="utf-8")
        if (new := ADDRESS.sub(rf"\g<1>{name}", old)) != old:
            path.write_text(new, encoding="utf-8", newline="\n")
            changed.append(path.relative_to(folder).as_posix())
    return changed


if __name__ == "__main__":
    if len(sys.argv) != 2 or not NAME.fullmatch(sys.argv[1]):
        sys.exit("Run: python jupyter/publish.py NAME, with the name of your account on GitHub.")
    print("\n".join(publish(sys.argv[1])) or "Nothing to change.")
