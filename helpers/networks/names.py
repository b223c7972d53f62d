"""The pretrained networks, what is published about them, and the classes that they know."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.special import softmax

from helpers.settings import REPOSITORY

DEFAULT = "efficientnet_lite0"  # the network of the lessons
FEATURES = 1280  # so many come out of its backbone
CAT_CLASSES = range(281, 286)  # tabby, tiger cat, Persian, Siamese, Egyptian cat
DOG_CLASSES = range(151, 269)  # Chihuahua … Mexican hairless


@dataclass(frozen=True)
class Facts:
    """What is published about a network. Sizes are those of the PyTorch weight file."""

    title: str
    year: int
    parameters: int
    file_megabytes: float
    multiply_adds: int  # of one 224 × 224 photograph
    top1_accuracy: float  # ImageNet validation, 0–1
    torch_file: str
    keras_builder: str | None = None  # its function in `keras.applications`, whose source says:
    keras_file: str | None = None  # the weights with their top, below `KERAS` in `weights.py`
    keras_md5: str | None = None  # their hash; Keras publishes none for MobileNetV2
    wheel: str | None = None
    sha256: str | None = None


# Sources: torchvision's weight tables and Google's EfficientNet-Lite release notes. Lite1 and Lite2
# are published at 240 and 260 pixels: their multiply-adds and accuracies are for those sizes.
FILE = Path(__file__).with_name("networks.json")
NETWORKS = {k: Facts(**v) for k, v in json.loads(FILE.read_text(encoding="utf-8")).items()}


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


class TopClass(NamedTuple):
    """A class of a photograph: its number, its name, its probability (0–1)."""

    number: int
    name: str
    p: float


def top_classes(logits: np.ndarray, count: int = 5) -> list[TopClass]:
    """Return the `count` most probable ImageNet classes of one photograph, best first.

    `logits` is `(1000,)`.
    """
    names, probabilities = class_names(), softmax(np.asarray(logits, dtype=np.float64))
    best = np.argsort(-probabilities)[:count].tolist()
    return [TopClass(i, names[i], float(probabilities[i])) for i in best]
