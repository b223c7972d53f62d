"""Features of many photographs, and a head, by several processes: `docs/scale.md` explains it.

    export TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1
    torchrun --standalone --nproc-per-node=2 --max-restarts=3 docs/scale/features.py PHOTOS RESULTS

PHOTOS holds one folder for each class. Each process takes every n-th part of the photographs and
writes the features of a part as one file, whole or not at all. What is there is not computed again,
so the same line goes on after a stop. At the end all processes hold the same head.
"""

import os
import sys
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from helpers.files import read_arrays, write_arrays  # noqa: E402
from helpers.photographs import batches_of, load_squares  # noqa: E402

PART = 64  # photographs a file
KINDS = (".jpg", ".png")
PATIENCE = timedelta(days=1)  # so long a process waits for the slowest one
RIDGE = 1e-3  # keeps the weights of the head small


def load_extractor():
    """Return a function: photographs, uint8 (n, 224, 224, 3) → features, float32 (n, 1280)."""
    from helpers.networks.pytorch import has_bfloat16, load_network, to_pixels

    dtype = torch.bfloat16 if has_bfloat16() else torch.float32
    network = load_network(folded=True)
    backbone = network.backbone.to(dtype).to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def extract(photos):
        return backbone(network.normalise(to_pixels(photos).to(dtype))).float().numpy()

    return extract


def compute_features(paths: list[Path], folder: Path, rank: int, world: int, extract) -> int:
    """Write the features of every `world`-th part, beginning with `rank`; return how many."""
    made = 0
    for start in range(rank * PART, len(paths), world * PART):
        file, some = folder / f"{start:09}.npz", paths[start : start + PART]
        if file.exists():
            continue
        features = np.concatenate([extract(load_squares(part)) for part in batches_of(some, 16)])
        write_arrays(file, features=features)
        made += len(some)
    return made


def learn_head(folder: Path, labels: np.ndarray, rank: int, world: int) -> np.ndarray:
    """Return the weights (1281, classes) of a linear head, by least squares.

    Each process adds up its own parts; only the sums, 13 MB, travel.
    """
    wanted = np.eye(labels.max() + 1)[labels]
    width = read_arrays(folder / f"{0:09}.npz")["features"].shape[1] + 1
    sums = np.zeros((width, width + wanted.shape[1]))
    for start in range(rank * PART, len(labels), world * PART):
        features = read_arrays(folder / f"{start:09}.npz")["features"].astype(np.float64)
        inputs = np.hstack([features, np.ones((len(features), 1))])
        sums += inputs.T @ np.hstack([inputs, wanted[start : start + PART]])
    dist.all_reduce(torch.from_numpy(sums))  # in place: the sum over all processes
    squares = sums[:, :width] + RIDGE * len(labels) * np.eye(width)
    return np.linalg.solve(squares, sums[:, width:])


def main(photographs: str, results: str, load=load_extractor) -> None:
    torch.set_num_threads(1)  # one process for each core
    dist.init_process_group("gloo", timeout=PATIENCE)
    rank, world = dist.get_rank(), dist.get_world_size()
    paths = sorted(path for path in Path(photographs).glob("*/*") if path.suffix in KINDS)
    if not paths:
        sys.exit(f"{photographs} has no photographs in folders, one for each class.")
    names = sorted({path.parent.name for path in paths})
    labels = np.array([names.index(path.parent.name) for path in paths])
    begin = time.perf_counter()
    made = compute_features(paths, Path(results), rank, world, load())
    seconds = time.perf_counter() - begin
    print(f"process {rank} of {world} ({os.getpid()}): {made} in {seconds:.1f} s", flush=True)
    dist.barrier()
    head = learn_head(Path(results), labels, rank, world)
    if rank == 0:
        write_arrays(Path(results) / "head.npz", head=head)
    dist.destroy_process_group()


if __name__ == "__main__":
    main(*sys.argv[1:])
