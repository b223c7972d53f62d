"""The set-up cell of every notebook runs this file: from then on `helpers` is the course's own.

So a notebook runs wherever it lies, and whatever else is called `helpers` there. On Google Colab,
packages that are missing are installed.
"""

import importlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

COURSE = Path(__file__).resolve().parent


def start() -> None:
    """Put the course first in the search path, forget what it hid, and prepare Colab."""
    # The cell's own places go, and the notebook's folder comes last: so no learner's file, such as
    # `torch.py`, is taken for a library.
    own = ("", "course", os.getcwd())
    others = [place for place in sys.path if not place.endswith(".") and place not in own]
    sys.path[:] = [str(COURSE), *others, ""]
    for name, module in list(sys.modules.items()):
        top, file = name.partition(".")[0], getattr(module, "__file__", None) or "."
        if (
            top in ("helpers", "lab", "notebooks")
            and COURSE / top not in Path(file).resolve().parents
        ):
            del sys.modules[name]
    try:
        from helpers import settings
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "helpers":
            raise
        words = f"{COURSE} is a part of the course, without {error.name}"
        raise ModuleNotFoundError(f"{words}. Rename it, and get the course again.") from None
    for warning in find_warnings(settings):
        print(warning)
    if "google.colab" in sys.modules:
        prepare_colab()


def find_warnings(settings):
    """Yield what a learner should know before the first cell, in one sentence each."""
    if not __debug__:
        yield "Python was started with -O: asserts, which check what the lessons say, do nothing."
    try:
        settings.mirror()
        tempfile.TemporaryFile(dir=settings.data_folder()).close()
    except ValueError as error:
        yield f"{error}"
    except OSError as error:
        yield f"Nothing can be kept, so set COURSE_DATA to a folder that you may write to: {error}"


def prepare_colab() -> None:
    """Install on Google Colab what the course needs and Colab lacks, and allow widgets there.

    Packages that Colab has are left as they are: to replace them would need a restart.
    """
    from google.colab import output

    from check_computer import FOR_TESTS, requirements, version_of

    not_needed = {"jupyterlab", *FOR_TESTS}  # Colab opens the notebooks itself
    needed = [rule for rule in requirements() if rule.name not in not_needed]
    missing = [str(rule) for rule in needed if version_of(rule.name) is None]
    if missing:
        command = [sys.executable, "-m", "pip", "install", "--quiet", *missing]
        subprocess.run(command, check=True)
        importlib.invalidate_caches()
    output.enable_custom_widget_manager()


start()
