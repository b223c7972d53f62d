"""`docs/scale/features.py`: two processes give what one gives, and a killed one loses no work."""

import os
import subprocess
import sys

import numpy as np
from fixtures import picture

from helpers.files import read_arrays
from helpers.settings import REPOSITORY

# The real script with a network that takes no time. Once, process 1 dies in its second part.
SCRIPT = """
import os, signal, sys, pathlib
sys.path.insert(0, sys.argv[1])
import features
dead, calls = pathlib.Path(sys.argv[2]), []
features.PART = 2

def extract(photos):
    calls.append(len(photos))
    if os.environ["RANK"] == "1" and len(calls) == 2 and not dead.exists():
        dead.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return photos[:, 0, :3, 0].astype("float32")

features.main(*sys.argv[3:], load=lambda: extract)
"""


def test_a_killed_process_loses_no_work(tmp_path):
    photos, results, dead = tmp_path / "photos", tmp_path / "results", tmp_path / "dead"
    for number in range(18):
        path = photos / ("cat", "dog")[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture(number, 256, 256).save(path)
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command += ["--max-restarts=3", script, REPOSITORY / "docs" / "scale", dead, photos, results]
    run = subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, timeout=300,
        env=os.environ | {"TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1"},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-3000:]
    parts = sorted(results.glob("0*.npz"))
    assert len(parts) == 9
    died = dead.stat().st_mtime_ns
    assert parts[1].stat().st_mtime_ns <= died < parts[3].stat().st_mtime_ns  # of process 1
    made = [
        int(line.split(": ")[1].split()[0]) for line in run.stdout.splitlines() if "of 2" in line
    ]
    assert 0 < sum(made) < 18, "after the restart, only what was missing"
    features = np.concatenate([read_arrays(part)["features"] for part in parts]).astype(float)
    inputs = np.hstack([features, np.ones((18, 1))])
    wanted = np.repeat(np.eye(2), 9, axis=0)  # the cats come first
    squares = inputs.T @ inputs + 1e-3 * 18 * np.eye(4)
    right = np.linalg.solve(squares, inputs.T @ wanted)
    assert np.allclose(read_arrays(results / "head.npz")["head"], right, rtol=1e-9, atol=1e-12)
