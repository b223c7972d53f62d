"""Settings of every test and every notebook run by pytest.

Nothing reaches the internet. Photographs come from COURSE_MIRROR, else from a mirror that lies
beside the repository, else they are drawn. Files go to a folder that is removed afterwards.
"""

import os
import shutil
import tempfile
from pathlib import Path

MIRROR = Path(__file__).parent.parent / "shared" / "mirror"

os.environ["COURSE_OFFLINE"] = "1"
os.environ["COURSE_DATA"] = tempfile.mkdtemp(prefix="course-test-")
if MIRROR.is_dir():
    os.environ.setdefault("COURSE_MIRROR", str(MIRROR))


def pytest_unconfigure():
    shutil.rmtree(os.environ["COURSE_DATA"], ignore_errors=True)
