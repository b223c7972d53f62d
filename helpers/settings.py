"""Where the course keeps its files. Three environment variables change it."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]


def data_folder() -> Path:
    """Return the folder for photographs, weights and results; create it when it is missing.

    `COURSE_DATA` names it. The default is `data/` in the repository.
    """
    folder = Path(os.environ.get("COURSE_DATA") or REPOSITORY / "data").expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def mirror() -> str | None:
    """Return `COURSE_MIRROR`, a folder or an `http://` address with copies of the files."""
    return os.environ.get("COURSE_MIRROR") or None


def offline() -> bool:
    """Return True when `COURSE_OFFLINE=1`: then nothing is fetched from an official source."""
    return os.environ.get("COURSE_OFFLINE", "0") not in ("", "0")
