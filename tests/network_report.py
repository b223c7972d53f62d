"""Run one framework's networks and print what they gave, as JSON, for `test_networks.py`.

`python tests/network_report.py torch|tf`: a process of its own, because no process loads both.
"""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
from skimage import data
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers import drawn_pets  # noqa: E402
from helpers.files import checksum  # noqa: E402
from helpers.networks import names, weights  # noqa: E402
from helpers.photographs import photos  # noqa: E402
from helpers.settings import data_folder  # noqa: E402

LITES = ("efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2")
EVERY = {"torch": 4, "tf": 8}  # of the 200 ImageNet photographs
BATCH = 8  # photographs at a time: little memory
OFFICIAL = [name for name, entry in names.NETWORKS.items() if not entry.wheel]


def as_numpy(tensor) -> np.ndarray:
    return tensor.detach().numpy() if hasattr(tensor, "detach") else tensor.numpy()


def look_at(framework, name) -> dict:
    """Return shapes, ranges and the numbers that both frameworks must agree on."""
    network = framework.load_network(name)
    photo = photos.square(data.chelsea())[None]
    inputs = network.normalise(framework.to_pixels(photo))
    features = network.backbone(inputs)
    logits = as_numpy(network(framework.to_pixels(photo)))
    assert np.allclose(logits, as_numpy(network.head(features)), atol=1e-4)
    layers = network.layer_names if name == names.DEFAULT else ["last"]
    maps = {layer: network.activations(photo, layer) for layer in layers}
    folded = framework.load_network(name, folded=True)
    same = [np.abs(as_numpy(folded(framework.to_pixels(photo))) - logits).max()]
    same += [np.abs(folded.activations(photo, layer) - maps[layer]).max() for layer in layers]
    return {
        "folded": float(max(same)),
        "range": [float(as_numpy(inputs).min()), float(as_numpy(inputs).max())],
        "features": as_numpy(features)[0].tolist(),
        "logits": logits[0].tolist(),
        "maps": {layer: [list(map_.shape), float(map_.mean())] for layer, map_ in maps.items()},
        "least": min(float(map_.min()) for map_ in maps.values()),
    }


def error_of(call, *arguments) -> list[str]:
    """Return the kind and the message of the error that a call raises."""
    try:
        call(*arguments)
    except Exception as error:
        return [type(error).__name__, str(error)]
    return ["", ""]


def answers_on(framework, folder: Path, every: int) -> tuple[list[int], list[int]]:
    """Return Lite0's first class, and the right one, of every n-th ImageNet photograph."""
    rows = (folder / "labels.csv").read_text(encoding="utf-8").splitlines()[1::every]
    names, right = zip(*(row.split(",")[:2] for row in rows), strict=True)
    paths = [folder / Path(name).name for name in names]
    network, found = framework.load_network(), []
    for start in range(0, len(paths), BATCH):
        batch = photos.load_squares(paths[start : start + BATCH])
        found += as_numpy(network(framework.to_pixels(batch))).argmax(1).tolist()
    return found, list(map(int, right))


def accuracy_on_drawn_pets(framework, train: int = 24, test: int = 16) -> float:
    """Return the accuracy of a head on Lite0's features, after `train` drawn pets per class."""
    network, features = framework.load_network(), []
    for species in ("cat", "dog"):
        for start in range(0, train + test, BATCH):
            numbers = range(start, min(start + BATCH, train + test))
            pets = [drawn_pets.draw_pet(species, number) for number in numbers]
            inputs = network.normalise(framework.to_pixels(np.stack(pets)))
            features.append(as_numpy(network.backbone(inputs)))
    features = np.concatenate(features)
    labels = np.repeat([0, 1], train + test)
    learn = np.tile(np.arange(train + test) < train, 2)
    head = LogisticRegression(max_iter=1000).fit(features[learn], labels[learn])
    return head.score(features[~learn], labels[~learn])


def load_own_file(name: str, module) -> dict:
    """Make a weights file with random numbers, load it through the mirror, and damage it."""
    entry, mirror = names.facts(name), data_folder() / "mirror"
    make = {"helpers.networks.pytorch": torch_file, "helpers.networks.tensorflow": keras_file}
    file_name, expected = make[module.__name__](name, mirror, entry)
    network = module.load_network(name)
    loaded = network.head.bias if hasattr(network.head, "weight") else network.head.weights[1]
    photo = photos.square(data.chelsea())[None]
    last = network.activations(photo, network.layer_names[-1])
    path = weights.weights_folder() / file_name
    path.write_bytes(b"not a weights file")
    (mirror / file_name).unlink()
    return {
        "last": [list(last.shape), float(last.min())],
        "same": bool(np.array_equal(as_numpy(loaded), expected)),
        "damaged": error_of(module.load_network, name),
        "kept": path.with_name(f"{file_name}.bad").exists(),
        "path": str(path),
    }


def compare_facts(framework) -> None:
    """Raise AssertionError where `networks.json` differs from what torchvision publishes."""
    from torchvision.models import get_model_weights

    for name in OFFICIAL:
        facts = names.facts(name)
        assert facts.keras_file, f"{name}: keras.applications must have it, too"
        published = get_model_weights(name).IMAGENET1K_V1
        meta, seen = published.meta, published.transforms()
        for ours, theirs in (
            (framework.IMAGENET_MEAN, seen.mean),
            (framework.IMAGENET_STD, seen.std),
        ):
            assert np.allclose(ours, np.multiply(255, theirs)), f"{name}: preprocessing"
        ours = weights.published_files(name)["pytorch"]
        assert published.url == ours.url, f"{name}: torch_file"
        assert facts.parameters == meta["num_params"], f"{name}: parameters"
        assert abs(facts.multiply_adds / 1e9 - meta["_ops"]) < 0.01, f"{name}: multiply_adds"
        size = meta["_file_size"] * 1.048576
        assert abs(facts.file_megabytes - size) < 0.1, f"{name}: file_megabytes"
        accuracy = meta["_metrics"]["ImageNet-1K"]["acc@1"]
        assert abs(100 * facts.top1_accuracy - accuracy) < 0.06, f"{name}: top1_accuracy"


def preprocessing(framework) -> dict:
    """Return how far each network's normalised photograph is from what Keras itself computes.

    The layers are asked, and what a saved file gives back of them.
    """
    import keras

    photo, found = photos.square(data.chelsea())[None].astype(np.float32), {}
    for name in OFFICIAL:
        build = getattr(keras.applications, names.facts(name).keras_builder)
        right = importlib.import_module(build.__module__).preprocess_input(photo.copy())
        ours = framework.normalisation(name)
        saved = keras.saving.serialize_keras_object(ours)
        try:
            both = ours, keras.saving.deserialize_keras_object(saved)
        except TypeError:  # it needs more than Keras
            found[name] = np.inf
            continue
        found[name] = max(float(np.abs(as_numpy(layer(photo)) - right).max()) for layer in both)
    return found


def torch_file(name, mirror, entry):
    import dataclasses

    import torch
    import torchvision

    model = getattr(torchvision.models, name)()
    torch.save(model.state_dict(), mirror / "made.pth")
    digest = checksum(mirror / "made.pth")[:8]
    file_name = f"{name}-{digest}.pth"  # torchvision's rule: the checksum stands in the name
    (mirror / "made.pth").rename(mirror / file_name)
    names.NETWORKS[name] = dataclasses.replace(entry, torch_file=file_name)
    return file_name, list(model.state_dict().values())[-1].numpy()


def keras_file(name, mirror, entry):
    import dataclasses
    import hashlib

    import keras

    model = {"resnet50": keras.applications.ResNet50}[name](weights=None)
    file_name = entry.keras_file.rpartition("/")[2]
    model.save(mirror / file_name)  # the older H5 format, as the published files are
    digest = hashlib.md5((mirror / file_name).read_bytes()).hexdigest()
    names.NETWORKS[name] = dataclasses.replace(entry, keras_md5=digest)
    return file_name, model.layers[-1].weights[1].numpy()


def main(kind: str) -> None:
    name = {"torch": "pytorch", "tf": "tensorflow"}[kind]
    module = importlib.import_module(f"helpers.networks.{name}")
    if kind == "torch":
        module.torch.set_grad_enabled(False)  # nothing learns here: less memory
    (data_folder() / "mirror").mkdir(exist_ok=True)
    imagenet = Path(__file__).parents[2] / "shared" / "photos" / "imagenet"
    report = {
        "lites": {name: look_at(module, name) for name in LITES},
        "unknown": error_of(module.load_network, "vgg99"),
        "missing": {name: error_of(module.load_network, name) for name in OFFICIAL},
        "drawn": accuracy_on_drawn_pets(module) if kind == "torch" else None,
        "preprocessing": preprocessing(module) if kind == "tf" else None,
        "facts": error_of(compare_facts, module) if kind == "torch" else None,
        "own": load_own_file("resnet50", module),
        "loaded": sorted({"torch", "tensorflow", "keras"} & sys.modules.keys()),
        # As both must give the same answers, one framework is enough for all of them.
        "imagenet": answers_on(module, imagenet, EVERY[kind]) if imagenet.is_dir() else None,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main(sys.argv[1])
