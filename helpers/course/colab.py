"""On Google Colab: install what the course needs and Colab lacks. Elsewhere: nothing."""

import importlib
import subprocess
import sys

from helpers.course.check_software import FOR_TESTS, requirements, version_of

NOT_NEEDED = {"jupyterlab", *FOR_TESTS}  # Colab opens the notebooks itself


def prepare() -> None:
    """Install missing packages on Colab, and allow widgets there.

    Packages that Colab has are left as they are: to replace them would need a restart.
    """
    if "google.colab" not in sys.modules:
        return
    needed = [rule for rule in requirements() if rule.name not in NOT_NEEDED]
    missing = [str(rule) for rule in needed if version_of(rule.name) is None]
    if missing:
        command = [sys.executable, "-m", "pip", "install", "--quiet", *missing]
        subprocess.run(command, check=True)
        importlib.invalidate_caches()
    from google.colab import output

    output.enable_custom_widget_manager()
