"""Is this computer ready for the course? `python -m helpers.course.check`, or `check.run()`.

OK: ready. WARN: the course runs, with a limit. FAIL: repair this first. Every WARN and
FAIL comes with its remedy.
"""

import sys

from helpers.course import check_machine as machine
from helpers.course import check_software as software
from helpers.course.check_software import Line

CHECKS = [
    software.python, software.kernel, software.packages, software.widgets, machine.memory,
    machine.disk, machine.weights, machine.photographs, software.frameworks,
]  # fmt: skip


def run(quick: bool = False) -> None:
    """Print the report. `quick=True` does not try to import the frameworks."""
    show(collect(quick))


def show(lines: list[Line]) -> int:
    """Print each line with its remedy, then the count; return how many say FAIL."""
    for line in lines:
        print(f"{line.level:4}  {line.topic}: {line.text}")
        if line.level != "OK":
            print(f"      -> {line.remedy}")
    fail, warn = (sum(line.level == level for line in lines) for level in ("FAIL", "WARN"))
    ready = "Repair what the FAIL lines say first." if fail else "You can start."
    print(f"\n{fail} FAIL, {warn} WARN. {ready}")
    return fail


def collect(quick: bool = False) -> list[Line]:
    """Return all lines of the report. A check that breaks becomes a FAIL line."""
    lines = []
    for check in [c for c in CHECKS if not (quick and c is software.frameworks)]:
        try:
            lines += check()
        except Exception as error:  # the report must come out whole on any computer
            text = f"the check broke: {type(error).__name__}: {error}"
            remedy = f"Repair what the other lines say first. {software.INSTALL}"
            lines.append(Line("FAIL", check.__name__, text, remedy))
    return lines


if __name__ == "__main__":
    sys.exit(show(collect()) > 0)  # 1 when a line says FAIL
