"""The memory of each notebook: a cell fails when its kernel has taken more than Binder leaves it.

On Linux only: elsewhere a peak cannot be read. pytest loads this for `conftest.py`.
"""

import re
from pathlib import Path

import pytest

LIMIT = 1.8  # GB a kernel: Binder gives 2, and JupyterLab's server takes the rest


def peak_memory(process: int) -> float | None:
    """Return the most memory that a process has had, in GB; None where Linux does not say it."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) * 1024 / 1e9 if found else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    yield
    if kernel := getattr(item.parent, "kernel", None):  # a cell of a notebook
        if peak := peak_memory(kernel.km.provisioner.pid):
            item.user_properties.append(("peak", peak))
            assert peak < LIMIT, f"up to this cell the kernel took {peak:.2f} of {LIMIT} GB"


def pytest_terminal_summary(terminalreporter):
    peaks = {}
    for report in terminalreporter.stats.get("passed", []):
        name = report.nodeid.partition("::")[0]
        for _, peak in report.user_properties:
            peaks[name] = max(peak, peaks.get(name, 0))
    if peaks:
        terminalreporter.section("memory of the kernels, in GB")
        for name, peak in sorted(peaks.items()):
            terminalreporter.line(f"{peak:.2f}  {name}")
