"""On Google Colab: install what the course needs and Colab lacks. Elsewhere: nothing."""

import importlib.metadata
import re
import subprocess
import sys

from helpers.settings import REPOSITORY


def prepare() -> None:
    """Install missing packages on Colab, and allow widgets there.

    Packages that Colab has are left as they are: to replace them would need a restart.
    """
    if "google.colab" not in sys.modules:
        return
    missing = [package for package in required_packages() if not _is_installed(package)]
    if missing:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", *missing]
        subprocess.run(command, check=True)
    from google.colab import output

    output.enable_custom_widget_manager()


def required_packages() -> list[str]:
    """Return the package names of `requirements.txt`."""
    lines = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8").splitlines()
    names = (re.match(r"[A-Za-z0-9_.-]+", line) for line in lines)
    return [name.group() for name in names if name]


def _is_installed(package: str) -> bool:
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
