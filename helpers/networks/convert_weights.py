"""Convert a weights file to safetensors: `python -m helpers.networks.convert_weights MODEL IN OUT`.

It runs in a process of its own, so that a TensorFlow kernel never loads PyTorch.
"""

import os
import sys

import timm
import torch
from safetensors.torch import save_file


def convert(model_name: str, source: str, target: str) -> None:
    """Write the tensors of `source` (.pth) to `target` under timm's names for `model_name`.

    File and timm list the same tensors in the same order, under different names.
    Raises ValueError when the shapes do not agree.
    """
    tensors = torch.load(source, map_location="cpu", weights_only=True)
    expected = timm.create_model(model_name, pretrained=False).state_dict()
    if [t.shape for t in tensors.values()] != [t.shape for t in expected.values()]:
        raise ValueError(f"{source} does not hold the tensors of {model_name}.")
    renamed = dict(zip(expected, (t.contiguous() for t in tensors.values()), strict=True))
    part = f"{target}.{os.getpid()}.part"
    save_file(renamed, part)
    os.replace(part, target)


if __name__ == "__main__":
    convert(*sys.argv[1:])
