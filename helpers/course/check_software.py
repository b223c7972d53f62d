"""Checks of `helpers.course.check`: Python, the packages, the panels and the two frameworks."""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from helpers.settings import REPOSITORY

PIP = f'Run: "{sys.executable}" -m pip install'
INSTALL = f'{PIP} -r "{REPOSITORY / "requirements.txt"}"'
FOR_TESTS = {"nbval", "pytest", "pytest-xdist", "ruff"}  # no lesson needs them
SECONDS_FOR_IMPORT = 180  # a first import from a slow disk can take minutes
FRAMEWORKS = {
    "torch": "import torch as t; cuda, mps = t.cuda, t.backends.mps; print(t.__version__, "
    "'GPU: ' + cuda.get_device_name(0) if cuda.is_available() else "
    "'Apple GPU' if mps.is_available() else 'no GPU (none is needed)', sep=', ')",
    "tensorflow": "import tensorflow as t; n = len(t.config.list_physical_devices('GPU')); "
    "print(t.__version__, f'{n} GPU' if n else 'no GPU (none is needed)', sep=', ')",
}


class Line(NamedTuple):
    """One line of the report; the remedy counts when the level is not OK."""

    level: str  # OK, WARN or FAIL
    topic: str
    text: str
    remedy: str = ""


def python() -> Iterator[Line]:
    text = f"{platform.python_version()}, {64 if sys.maxsize > 2**32 else 32} bit"
    good = (3, 11) <= sys.version_info[:2] <= (3, 13) and sys.maxsize > 2**32
    remedy = "Install Python 3.11, 3.12 or 3.13 (64 bit) and make the environment again."
    yield Line("OK" if good else "FAIL", "Python", text, remedy)


def kernel() -> Iterator[Line]:
    """JupyterLab can start another Python than the one with the packages."""
    from jupyter_client.kernelspec import KernelSpecManager

    program = Path(KernelSpecManager().get_kernel_spec("python3").argv[0])
    here = Path(sys.executable).parent
    if program.parent == Path(".") or program.parent.resolve() == here.resolve():
        yield Line("OK", "kernel", "notebooks run with this Python")
    else:
        remedy = f'Run: "{sys.executable}" -m ipykernel install --sys-prefix'
        yield Line("WARN", "kernel", "notebooks would run with another Python", remedy)


def requirements() -> list:
    """Return the lines of requirements.txt, as `packaging` reads them: name and versions."""
    from packaging.requirements import Requirement

    text = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8")
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [Requirement(line) for line in lines if line]


def version_of(package: str) -> str | None:
    """Return the installed version of a package; None when it is missing."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def packages() -> Iterator[Line]:
    """Compare what is installed with the ranges in requirements.txt."""
    rules, problems = requirements(), []
    for name, wanted in [(rule.name, rule.specifier) for rule in rules]:
        if (version := version_of(name)) is None:
            problems.append(("WARN" if name in FOR_TESTS else "FAIL", f"{name} is missing"))
        elif not wanted.contains(version, prereleases=True):
            text = f"{name} {version} is installed, the course is tested with {wanted}"
            problems.append(("WARN", text))
    for level, text in problems or [("OK", f"all {len(rules)} of requirements.txt are installed")]:
        yield Line(level, "packages", text, INSTALL)


def widgets() -> Iterator[Line]:
    missing = [name for name in ("ipywidgets", "jupyterlab_widgets") if not version_of(name)]
    text = f"ipywidgets {version_of('ipywidgets')} with its part for JupyterLab"
    text = f"{missing[0]} is missing, panels stay static" if missing else text
    remedy = f"{PIP} ipywidgets jupyterlab_widgets; then restart JupyterLab."
    yield Line("WARN" if missing else "OK", "panels", text, remedy)


def frameworks() -> Iterator[Line]:
    """Import each in a process of its own, so that even a crash is only a line here."""
    for name, code in FRAMEWORKS.items():
        start, quiet = time.monotonic(), {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
        command, limit = [sys.executable, "-c", code], SECONDS_FOR_IMPORT
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=limit, env=quiet)
        except subprocess.TimeoutExpired:
            text, remedy = f"the import takes over {limit} s", "Restart the computer."
            yield Line("WARN", name, text, f"{remedy} Then try again.")
            continue
        if done.returncode == 0:
            seconds = time.monotonic() - start
            text = f"{done.stdout.strip().splitlines()[-1]}, imported in {seconds:.1f} s"
            yield Line("OK", name, text)
        else:
            reason = (done.stderr.strip().splitlines() or [f"it crashed ({done.returncode})"])[-1]
            text = f"cannot be imported: {reason}; its notebooks will not run"
            yield Line("FAIL", name, text, f"{PIP} --force-reinstall {name}")
