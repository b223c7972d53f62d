"""Measure the course beside other ways, and write `README.md`: python benchmarks/run.py [PART …]

Parts: features, start, attack, "ideal cat", fine-tuning, growth, scale, notebooks; without a name
all of them. Each row has a process of its own. In each of five rounds every row is measured once,
one after another, so that a busy moment harms all alike. `results.json` keeps what was measured
last.
"""

import argparse
import datetime
import json
import os
import platform
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests")]

import rows  # noqa: E402
from lessons import SMALL, Size  # noqa: E402
from report import write_report  # noqa: E402
from varied import find_mirror  # noqa: E402

from helpers.settings import cores  # noqa: E402

ONCE = ("growth", "scale", "notebooks")  # long: one round, one process at a time
PEERS = ("OpenVINO", "Foolbox", "torchattacks", "horama", "torch-lucent", "xplique")
RUNNING = {}  # in a process that measures: its generators


def step(part: str, name: str, size: Size) -> dict | str:
    """Measure a row once, in a process of its own. The first time prepares it.

    Returns numbers by name. A row of another library may be unable to run: then it says why.
    """
    try:
        if (part, name) not in RUNNING:
            RUNNING[part, name] = rows.find_rows(size)[part][name](size)
        return next(RUNNING[part, name])
    except Exception as error:
        if not name.startswith(PEERS):
            raise
        return f"{type(error).__name__}: {error}".partition("\n")[0][:100]


def measure(part: str, size: Size, shared: dict | None) -> tuple[dict, dict]:
    """Return row → measure → a number for each round; and why rows are missing.

    `shared` keeps one process for all rows: that is for a test, which is in a hurry.
    """
    names, found, missing, pools = rows.find_rows(size)[part], {}, {}, {}
    rounds = 1 if part in ONCE else size.rounds
    for number in range(rounds):
        for name in names:
            if name in missing:
                continue
            places, key = (pools, name) if shared is None else (shared, "all")
            if key not in places:
                places[key] = ProcessPoolExecutor(1, get_context("spawn"))
            values = places[key].submit(step, part, name, size).result()
            if isinstance(values, str):
                missing[name] = values
                continue
            print(f"{part}, round {number + 1} of {rounds}, {name}: {values}", flush=True)
            for measured, value in values.items():
                found.setdefault(name, {}).setdefault(measured, []).append(value)
            if part in ONCE and shared is None:
                pools.pop(key).shutdown()
    for pool in pools.values():
        pool.shutdown()
    return found, missing


def machine() -> str:
    """Return the processor, its cores and the versions that count, in words."""
    model, cpuinfo = platform.processor() or platform.machine(), Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        pairs = [line.partition(":") for line in lines if line.startswith("model name")]
        model = pairs[0][2].strip() if pairs else model
        flags = next((line.split() for line in lines if line.startswith("flags")), [])
        model += "".join(f", {flag}" for flag in ("avx512_bf16", "amx_bf16") if flag in flags)
    packages = ", ".join(f"{name} {version(name)}" for name in ("torch", "tensorflow"))
    return f"{model}, {cores()} cores, Python {platform.python_version()}, {packages}"


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python benchmarks/run.py")
    parts = [*rows.find_rows(Size())]
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(parts)}")
    parser.add_argument("--small", action="store_true", help="few photographs: it only must run")
    parser.add_argument(
        "--folder", type=Path, default=Path(__file__).parent, help="for the results"
    )
    options = parser.parse_args(arguments)
    if wrong := set(options.parts) - set(parts):
        parser.error(f"there is no part {', '.join(wrong)}")
    path = options.folder / "results.json"
    kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    size = SMALL if options.small else Size()
    os.environ["TQDM_DISABLE"] = "1"
    if mirror := find_mirror():
        os.environ["COURSE_MIRROR"] = str(mirror)
    with tempfile.TemporaryDirectory(prefix="course-bench-") as folder:
        os.environ.setdefault("COURSE_DATA", folder)
        shared = {} if options.small else None
        for part in options.parts or parts:
            found, missing = measure(part, size, shared)
            date = datetime.date.today().isoformat()
            kept[part] = {"date": date, "machine": machine(), "rows": found, "missing": missing}
            kept = {part: kept[part] for part in parts if part in kept}
            text = json.dumps(kept, indent=1, ensure_ascii=False)
            path.write_text(f"{text}\n", encoding="utf-8")
            write_report(kept, options.folder)


if __name__ == "__main__":
    main(sys.argv[1:])
