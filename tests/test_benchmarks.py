"""Every benchmark runs, in a tiny size; and the page of the last whole run is what it measured."""

import json
import math
import subprocess
import sys

from helpers.settings import REPOSITORY

BENCHMARKS = REPOSITORY / "benchmarks"
PARTS = ["features", "start", "attack", "ideal cat", "fine-tuning", "growth", "scale", "notebooks"]


def test_every_benchmark_runs(tmp_path):
    """A row may be missing only where a package that is compared with the course is."""
    command = [sys.executable, BENCHMARKS / "run.py", "--small", "--folder", tmp_path]
    run = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stderr[-3000:]
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert list(results) == PARTS
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    for part, result in results.items():
        assert result["date"] in page and result["machine"] in page
        for row, values in result["rows"].items():
            assert f"| {row} |" in page
            numbers = [number for rounds in values.values() for number in rounds]
            assert all(n is None or math.isfinite(n) and n >= 0 for n in numbers), (part, row)
            assert any(numbers), (part, row)
        peers = ("OpenVINO", "torchattacks", "horama", "torch-lucent", "xplique")
        assert all(row.startswith(peers) for row in result["missing"]), result["missing"]
        assert result["rows"]


def test_the_page_is_what_was_measured(tmp_path):
    """Nobody writes a number by hand."""
    sys.path.append(str(BENCHMARKS))
    from report import write_report

    results = json.loads((BENCHMARKS / "results.json").read_text(encoding="utf-8"))
    write_report(results, tmp_path)
    for made in tmp_path.iterdir():
        if made.suffix == ".md":
            assert made.read_text(encoding="utf-8") == (BENCHMARKS / made.name).read_text("utf-8")
        else:
            assert (BENCHMARKS / made.name).is_file()
