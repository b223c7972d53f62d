"""The part of `helpers.course.check` about software: Python, packages, panels, frameworks."""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from importlib.machinery import PathFinder
from pathlib import Path

from helpers.settings import REPOSITORY

PIP = f'Run: "{sys.executable}" -m pip install'
INSTALL = f'{PIP} -r "{REPOSITORY / "requirements.txt"}"'
FOR_TESTS = {"hypothesis", "nbval", "pytest", "pytest-xdist", "ruff"}  # no lesson needs them
SECONDS_FOR_IMPORT = 180  # a first import from a slow disk can take minutes
FRAMEWORKS = {
    "torch": "import torch as t; gpu = t.cuda.is_available() or t.backends.mps.is_available(); "
    "print(t.__version__, 'with a GPU' if gpu else 'no GPU (none is needed)')",
    "tensorflow": "import tensorflow as t; gpu = t.config.list_physical_devices('GPU'); "
    "print(t.__version__, 'with a GPU' if gpu else 'no GPU (none is needed)')",
}


def python() -> Iterator[tuple]:
    good = (3, 11) <= sys.version_info[:2] <= (3, 13)
    remedy = "Install Python 3.11, 3.12 or 3.13 and make the environment again."
    yield "OK" if good else "FAIL", "Python", platform.python_version(), remedy


def kernel() -> Iterator[tuple]:
    """JupyterLab can start another Python than the one with the packages."""
    from jupyter_client.kernelspec import KernelSpecManager

    folder = Path(KernelSpecManager().get_kernel_spec("python3").argv[0]).parent
    ours = folder == Path(".") or folder.resolve() == Path(sys.executable).parent.resolve()
    text = f"notebooks {'run with this' if ours else 'would run with another'} Python"
    remedy = f'Run: "{sys.executable}" -m ipykernel install --sys-prefix'
    yield "OK" if ours else "WARN", "kernel", text, remedy


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


def packages() -> Iterator[tuple]:
    """Compare what is installed with the ranges in requirements.txt."""
    rules, problems = requirements(), []
    for rule in rules:
        if (version := version_of(rule.name)) is None:
            level = "WARN" if rule.name in FOR_TESTS else "FAIL"
            problems.append((level, f"{rule.name} is missing"))
        elif not rule.specifier.contains(version, prereleases=True):
            text = f"{rule.name} {version} is installed, the course is tested with {rule.specifier}"
            problems.append(("WARN", text))
    for level, text in problems or [("OK", f"all {len(rules)} of requirements.txt are installed")]:
        yield level, "packages", text, INSTALL


def hidden() -> Iterator[tuple]:
    """A learner's file with the name of a package would be taken for the package."""
    places = [place for place in sys.path if Path(place or ".").resolve() != Path.cwd()]
    for path in sorted(Path.cwd().glob("*")):
        if path.suffix == ".py" or (path / "__init__.py").is_file():
            spec = PathFinder.find_spec(path.stem, places)
            if spec and spec.origin and not path.samefile(spec.origin):
                text = f"{path} has the name of the package {path.stem}"
                yield "WARN", "names", text, "Rename it. Then restart the kernel."


def frameworks() -> Iterator[tuple]:
    """Import each in a process of its own, so that even a crash is only a line here."""
    options = {"capture_output": True, "text": True, "check": True, "timeout": SECONDS_FOR_IMPORT}
    for name, code in FRAMEWORKS.items():
        command, start = [sys.executable, "-P", "-c", code], time.monotonic()
        try:
            run = subprocess.run(command, env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}, **options)
            said, seconds = run.stdout.strip().splitlines()[-1], time.monotonic() - start
            yield "OK", name, f"{said}, imported in {seconds:.1f} s"
        except subprocess.TimeoutExpired:
            text = f"the import takes over {SECONDS_FOR_IMPORT} s"
            yield "WARN", name, text, "Restart the computer. Then try again."
        except subprocess.CalledProcessError as error:
            reason = (error.stderr.strip().splitlines() or [f"it crashed ({error.returncode})"])[-1]
            text = f"cannot be imported: {reason}; its notebooks will not run"
            yield "FAIL", name, text, f"{PIP} --force-reinstall {name}"
