"""Settings of every test and every notebook run by pytest.

Nothing reaches the internet. Photographs come from COURSE_MIRROR, else from a mirror that lies
beside the repository, else they are drawn. Of a mirror's cats and dogs the notebooks get a draw
of unequal size, so that no lesson is fitted to one set; `tests/claims.py` tries more of them.
All workers share one data folder, which is removed afterwards. `tests/memory.py` watches what
each notebook takes of the memory.
"""

import os
import shutil
import tempfile
from pathlib import Path

from varied import find_mirror, vary

pytest_plugins = ["memory"]


def pytest_configure(config):
    if hasattr(config, "workerinput"):
        return  # a worker of pytest-xdist: the process that started it has set all this
    folder = Path(tempfile.mkdtemp(prefix="course-test-"))
    os.environ |= {"COURSE_OFFLINE": "1", "COURSE_DATA": str(folder / "data")}
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(folder / "hypothesis")
    if mirror := find_mirror():
        drawn = vary(mirror, folder / "mirror", cats=240, dogs=150, seed=0)
        os.environ["COURSE_MIRROR"] = str(drawn)
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
