"""The set-up cell of every notebook runs this file: from then on `helpers` is the course's own.

So a notebook runs wherever it lies, and whatever else is called `helpers` there. On Google Colab,
packages that are missing are installed.
"""

import sys
from pathlib import Path

COURSE = Path(__file__).resolve().parent


def start() -> None:
    """Put the course first in the search path, forget what it hid, and prepare Colab."""
    # The cell's own places go, so that no library finds a learner's file in them by mistake.
    others = [place for place in sys.path if not place.endswith(".") and place != "course"]
    sys.path[:] = [str(COURSE), *others]
    for name, module in list(sys.modules.items()):
        top, file = name.partition(".")[0], getattr(module, "__file__", None) or "."
        if top in ("helpers", "lab") and COURSE / top not in Path(file).resolve().parents:
            del sys.modules[name]
    from helpers.course import colab

    colab.prepare()


start()
