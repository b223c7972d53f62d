"""Settings of every test and every notebook run by pytest.

Nothing reaches the internet. Photographs come from COURSE_MIRROR, else from a mirror that lies
beside the repository, else they are drawn. Of a mirror's cats and dogs the notebooks get a small
draw of unequal size, so that no lesson is fitted to one set, and lesson 04 attacks fewer dogs;
`tests/claims.py` tries more of them. All workers share one data folder, which is removed
afterwards. `tests/memory.py` watches what each notebook takes of the memory. The notebooks come
first: they take longest, so at the end no worker waits long. The workers share out the cores:
threads of two processes on one core wait for each other.
"""

import os
import shutil
import tempfile
from pathlib import Path

from varied import find_mirror, vary

from helpers.settings import cores

LONG = ("/browser/", "benchmarks", "networks", "fine_tuning", "attack.py", "scale", "lab_checks")

THREADS = "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"

pytest_plugins = ["memory"]


def pytest_configure(config):
    if hasattr(config, "workerinput"):
        return  # a worker of pytest-xdist: the process that started it has set all this
    folder = Path(tempfile.mkdtemp(prefix="course-test-"))
    os.environ |= {"COURSE_OFFLINE": "1", "COURSE_DATA": str(folder / "data")}
    os.environ.setdefault("COURSE_DOGS", "4")
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(folder / "hypothesis")
    if workers := len(getattr(config.option, "tx", None) or []):  # of pytest-xdist
        for name in THREADS:
            os.environ[name] = str(max(1, cores() // workers))
    if mirror := find_mirror():
        drawn = vary(mirror, folder / "mirror", cats=120, dogs=100, seed=0)
        os.environ["COURSE_MIRROR"] = str(drawn)
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


def pytest_collection_modifyitems(items):
    """Order the files: later lessons, the lab, the rest that takes long, and what takes seconds."""

    def place(item):
        name = item.path.as_posix()
        return item.path.suffix != ".ipynb", not any(part in name for part in LONG)

    # A file's tests keep their order. PyTorch comes first: it converts the weights in less time.
    items.sort(key=lambda item: item.path.as_posix().replace("_pytorch", "_z"), reverse=True)
    items.sort(key=place)
