"""Is this computer ready for the course? `python -m helpers.course.check`, or `check.run()`.

OK: ready. WARN: the course runs, with a limit. FAIL: repair this first. Every WARN and
FAIL comes with its remedy.
"""

import argparse
import sys

from helpers.course.check_machine import disk, memory, photographs, weights
from helpers.course.check_software import (
    INSTALL,
    Line,
    frameworks,
    kernel,
    packages,
    python,
    widgets,
)

CHECKS = [python, kernel, packages, widgets, memory, disk, weights, photographs, frameworks]


def run(quick: bool = False) -> None:
    """Print the report. `quick=True` does not try to import the frameworks."""
    show(collect(quick))


def show(lines: list[Line]) -> None:
    """Print each line with its remedy, then the count."""
    for line in lines:
        print(f"{line.level:4}  {line.topic}: {line.text}")
        if line.remedy:
            print(f"      -> {line.remedy}")
    count = {level: sum(line.level == level for line in lines) for level in ("FAIL", "WARN")}
    ready = "Repair what the FAIL lines say first." if count["FAIL"] else "You can start."
    print(f"\n{count['FAIL']} FAIL, {count['WARN']} WARN. {ready}")


def collect(quick: bool = False) -> list[Line]:
    """Return all lines of the report. A check that breaks becomes a FAIL line."""
    lines = []
    for check in [c for c in CHECKS if not (quick and c is frameworks)]:
        try:
            lines += check()
        except Exception as error:  # the report must come out whole on any computer
            text = f"the check broke: {type(error).__name__}: {error}"
            lines.append(
                Line(
                    "FAIL",
                    check.__name__,
                    text,
                    f"Repair what the other lines say first. {INSTALL}",
                )
            )
    return lines


def main() -> int:
    """Print the report; return 1 when a line says FAIL, else 0."""
    parser = argparse.ArgumentParser(prog="python -m helpers.course.check", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="do not import the frameworks")
    lines = collect(parser.parse_args().quick)
    show(lines)
    return int(any(line.level == "FAIL" for line in lines))


if __name__ == "__main__":
    sys.exit(main())
