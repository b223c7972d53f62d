"""Make `checks/chelsea.json`, with which task 5 compares: python -m lab.make_chelsea

Every 20th feature of Chelsea, the cat, by the course's network. Run it when the network changes.
"""

import json
from pathlib import Path

import torch

from helpers.networks.names import DEFAULT
from helpers.networks.pytorch import load_network, to_pixels
from helpers.photographs.photos import sample_photos, square

FILE = Path(__file__).parent / "checks" / "chelsea.json"


def chelsea() -> list[float]:
    """Return the 64 features, rounded to hundredths."""
    network, photo = load_network(DEFAULT), square(next(iter(sample_photos().values())))
    with torch.inference_mode():
        features = network.backbone(network.normalise(to_pixels(photo[None])))
    return [round(value, 2) for value in features[0, ::20].tolist()]


if __name__ == "__main__":
    FILE.write_text(json.dumps(chelsea()) + "\n", encoding="utf-8")
    print(f"{FILE} is written. What has changed: git diff")
