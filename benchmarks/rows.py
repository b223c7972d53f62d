"""What is measured. A row is a generator: it prepares itself, then each `next` measures once.

A row of the course runs the cells of its lesson, so that it measures what a learner runs. Whatever
is compared with it gets the same photographs, in batches of the same size.
"""

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import nbformat
import numpy as np
from attacks import our_attack, our_ideal, peer_attack, peer_ideal
from lessons import FRAMEWORKS, Size, lesson
from memory import peak_memory
from nbclient import NotebookClient

from helpers.datasets import cats_and_dogs
from helpers.files import read_arrays
from helpers.networks.names import NETWORKS
from helpers.photographs import batches_of, load_squares
from helpers.settings import REPOSITORY

BATCH = 16  # photographs at a time


# Features a second


def time_features(extract, load, size: Size) -> Iterator[dict]:
    """Yield photographs a second. `load(paths)` yields batches, `extract(batch)` the features."""
    paths = cats_and_dogs(size.per_class).paths
    paths = [paths[i] for i in np.linspace(0, len(paths) - 1, size.photographs).astype(int)]
    ready = list(load(paths))
    for _ in range(2):
        extract(ready[0])
    while True:
        begin = time.perf_counter()
        for batch in ready:
            extract(batch)
        between = time.perf_counter()
        for batch in load(paths):
            extract(batch)
        end = time.perf_counter()
        rates = [len(paths) / seconds for seconds in (between - begin, end - between)]
        yield {"without decoding": rates[0], "decoding included": rates[1]}


def load_photos(paths: list[Path]) -> Iterator[np.ndarray]:
    """Decode as the lessons do, a batch at a time."""
    return map(load_squares, batches_of(paths, BATCH))


def our_features(framework: str, size: Size) -> Iterator[dict]:
    yield from time_features(extractor(framework, size), load_photos, size)


def extractor(framework: str, size: Size):
    """Return what lesson 01 calls `extract`: uint8 photographs → features."""
    cells = "01-03", "01-07", "01-25", "01-25b"
    return lesson(f"01_feature_extraction_{framework}", *cells, size=size)["extract"]


def plain_loop(framework: str, size: Size) -> Iterator[dict]:
    yield from {"pytorch": plain_pytorch, "tensorflow": plain_tensorflow}[framework](size)


def plain_pytorch(size: Size) -> Iterator[dict]:
    """Run the loop of many tutorials: a DataLoader and `torch.no_grad`."""
    import torch
    from PIL import Image
    from torchvision import transforms

    from helpers.networks.pytorch import load_network

    steps = [transforms.Resize(256), transforms.CenterCrop(224), transforms.PILToTensor()]
    steps += [transforms.ConvertImageDtype(torch.float32)]
    steps += [transforms.Normalize([127 / 255] * 3, [128 / 255] * 3)]
    prepare = transforms.Compose(steps)

    class Files(torch.utils.data.Dataset):
        def __init__(self, paths):
            self.paths = paths

        def __len__(self):
            return len(self.paths)

        def __getitem__(self, i):
            return prepare(Image.open(self.paths[i]).convert("RGB"))

    backbone = load_network().backbone

    def extract(batch):
        with torch.no_grad():
            return backbone(batch).numpy()

    def load(paths):
        return torch.utils.data.DataLoader(Files(paths), batch_size=BATCH)

    yield from time_features(extract, load, size)


def plain_tensorflow(size: Size) -> Iterator[dict]:
    """Run the loop of many tutorials: `load_img`, and `predict` on each batch."""
    import keras

    from helpers.networks.tensorflow import load_network

    backbone = load_network().backbone

    def load(paths):
        for part in batches_of(paths, BATCH):
            photos = [keras.utils.load_img(path, target_size=(224, 224)) for path in part]
            yield (np.stack([keras.utils.img_to_array(photo) for photo in photos]) - 127) / 128

    yield from time_features(partial(backbone.predict, verbose=0), load, size)


def openvino(precision: str, size: Size) -> Iterator[dict]:
    """Run Intel's engine on the same network: about the limit of a processor."""
    import openvino as ov
    import torch

    from helpers.networks.pytorch import load_network

    network = load_network()
    chain = torch.nn.Sequential(network.normalise, network.backbone)
    model = ov.convert_model(chain, example_input=torch.zeros(BATCH, 3, 224, 224))
    steps = ov.preprocess.PrePostProcessor(model)
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input().model().set_layout(ov.Layout("NCHW"))
    options = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
    run = ov.Core().compile_model(steps.build(), "CPU", options)
    yield from time_features(lambda photos: run(photos)[0], load_photos, size)


# The start, and whole notebooks


def run_book(path: Path, stops: dict, data: Path | None = None) -> dict:
    """Run a notebook in a new kernel: seconds until the cells of `stops`, and its memory.

    `stops` maps the id of a cell to a name; the run ends with the last of them, or with the book.
    """
    book, found = nbformat.read(path, as_version=4), {}
    client = NotebookClient(
        book, timeout=3600, kernel_name="python3", resources={"metadata": {"path": path.parent}}
    )
    begin = time.perf_counter()
    with client.setup_kernel(env=os.environ | ({"COURSE_DATA": str(data)} if data else {})):
        for index, cell in enumerate(book.cells):
            client.execute_cell(cell, index)
            if cell.id in stops:
                found[stops[cell.id]] = time.perf_counter() - begin
            if stops and len(found) == len(stops):
                return found
        seconds = time.perf_counter() - begin
        return {"seconds": seconds, "GB": peak_memory(client.km.provisioner.pid)}


def start(framework: str, size: Size) -> Iterator[dict]:
    """Time lesson 01 from the start of its kernel: in a new data folder, and once more."""
    path = REPOSITORY / "notebooks" / f"01_feature_extraction_{framework}.ipynb"
    code = f"from helpers.networks.{framework} import load_network; load_network()"
    stops = {"01-14": "first answer", size.last_cell: "accuracy"}
    while True:
        found = {}
        with tempfile.TemporaryDirectory() as folder:
            for when in size.starts:
                times = run_book(path, stops, Path(folder))
                found |= {f"{name}, {when}": seconds for name, seconds in times.items()}
            places, begin = os.environ | {"COURSE_DATA": folder}, time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True, env=places, cwd=REPOSITORY)
            found["import and first network"] = time.perf_counter() - begin
            photographs = [path.stat().st_size for path in Path(folder).rglob("*.jpg")]
        found["MB of photographs"] = sum(photographs) / 1e6
        yield found | {"MB of weights": NETWORKS["efficientnet_lite0"].file_megabytes}


def whole_book(path: str, size: Size) -> Iterator[dict]:
    while True:
        yield run_book(REPOSITORY / path, {})


# Fine-tuning, and how cost grows


def fine_tuning(framework: str, size: Size) -> Iterator[dict]:
    """Time an epoch of lesson 02 from pixels, and from what the frozen trunk gave once."""
    names = lesson(f"02_fine_tuning_{framework}", size=size, until="cache_seconds =")
    whole, top, fit, run = (names[name] for name in ("whole", "top", "fit", "run"))
    task = names["which_way"]
    few = task._replace(validation=names["few_to_validate"], batch_size=16)
    ways = {
        "from pixels": (whole, names["pictures"], few),
        "from the cache": (top, names["maps"], task),
    }
    while True:
        found = {}
        with contextlib.redirect_stdout(io.StringIO()):
            for name, (model, inputs, shown) in ways.items():
                curve = fit(model, inputs, shown, rate=0.001, epochs=1, heading=name)
                found[f"epoch {name}"] = curve.epoch_seconds
            begin = time.perf_counter()
            run(names["trunk"], names["pictures"], "trunk")
        yield found | {"making the cache": time.perf_counter() - begin}


def growth(framework: str, number: int, size: Size) -> Iterator[dict]:
    """Write the features of so many photographs to a file, batch after batch."""
    extract = extractor(framework, size)
    paths = cats_and_dogs(size.per_class).paths
    paths = [paths[i % len(paths)] for i in range(number)]
    extract(load_squares(paths[:BATCH]))
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as file:
        for photos in load_photos(paths):
            file.write(extract(photos).tobytes())
    yield {"seconds": time.perf_counter() - begin, "GB": peak_memory(os.getpid())}


def scale(processes: int, size: Size) -> Iterator[dict]:
    """Run the job of `docs/scale.md` with so many processes of one thread.

    The head is compared with that of one process alone, which the first row leaves in the folder.
    """
    photographs = cats_and_dogs(size.per_class).paths[0].parents[1]
    script = REPOSITORY / "docs" / "scale" / "features.py"
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--max-restarts=3"]
    command += [f"--nproc-per-node={processes}", script, photographs]
    alone = Path(os.environ["COURSE_DATA"]) / "head_of_one_process.npz"
    while True:
        with tempfile.TemporaryDirectory() as folder:
            run = subprocess.run([*command, folder], capture_output=True, text=True, check=True)
            head = Path(folder) / "head.npz"
            if processes == 1:
                shutil.copy(head, alone)
            heads = [read_arrays(path)["head"] for path in (head, alone)]
        parts = re.findall(r": (\d+) in ([\d.]+) s", run.stdout)
        rate = sum(int(made) for made, _ in parts) / max(float(seconds) for _, seconds in parts)
        difference = float(np.abs(heads[0] - heads[1]).max() / np.abs(heads[1]).max())
        yield {"photographs a second": rate, "head differs by": difference}


def find_rows(size: Size) -> dict[str, dict]:
    """Return part → row → its generator function."""
    paths = [path for pattern in size.books for path in sorted(REPOSITORY.glob(pattern))]
    ours = {FRAMEWORKS[name]: name for name in size.frameworks}

    def each(function, *, of="{}") -> dict:
        return {of.format(title): partial(function, name) for title, name in ours.items()}

    return {
        "features": {
            **each(our_features, of="ours, {}"),
            **each(plain_loop, of="plain loop, {}"),
            "OpenVINO, float32": partial(openvino, "f32"),
            "OpenVINO, bfloat16": partial(openvino, "bf16"),
        },
        "start": each(start),
        "attack": each(our_attack, of="ours, {}")
        | {name: partial(peer_attack, name) for name in ("Foolbox", "torchattacks")},
        "ideal cat": {
            f"ours, {title}, {setting.lower()}": partial(our_ideal, name, setting)
            for title, name in ours.items()
            for setting in ("QUICK", "SLOW")
        }
        | {name: partial(peer_ideal, name) for name in ("horama", "torch-lucent", "xplique")},
        "fine-tuning": each(fine_tuning),
        "growth": {
            f"{title}, {number:,} photographs": partial(growth, name, number)
            for title, name in ours.items()
            for number in size.growth
        },
        "scale": {f"processes: {n}": partial(scale, n) for n in size.processes},
        "notebooks": {
            path.stem: partial(whole_book, path.relative_to(REPOSITORY).as_posix())
            for path in paths
        },
    }
