"""On Google Colab: install what the course needs and Colab lacks. Elsewhere: nothing."""

import importlib
import importlib.metadata
import re
import subprocess
import sys

from helpers.course.check_software import FOR_TESTS
from helpers.settings import REPOSITORY

NOT_NEEDED = {"jupyterlab", *FOR_TESTS}  # Colab opens the notebooks itself


def prepare() -> None:
    """Install missing packages on Colab, and allow widgets there.

    Packages that Colab has are left as they are: to replace them would need a restart.
    """
    if "google.colab" not in sys.modules:
        return
    needed = {name: line for name, line in required_packages().items() if name not in NOT_NEEDED}
    missing = [line for name, line in needed.items() if not _is_installed(name)]
    if missing:
        command = [sys.executable, "-m", "pip", "install", "--quiet", *missing]
        subprocess.run(command, check=True)
        importlib.invalidate_caches()
    from google.colab import output

    output.enable_custom_widget_manager()


def required_packages() -> dict[str, str]:
    """Return the lines of `requirements.txt`, such as "timm>=1.0.15,<2", by package name."""
    text = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8")
    found = re.finditer(r"(?m)^([\w.-]+)[^#\s]*", text)
    return {match[1]: match[0] for match in found}


def _is_installed(package: str) -> bool:
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
