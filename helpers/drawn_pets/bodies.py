"""The body of a drawn pet: trunk, legs, tail and collar, in one of four poses.

A pose is a list of solids (`solids`) with fixed places and a few random numbers, such as
the length of a step. It also says where neck, head and tail begin, and these are added there.
Cats and dogs share the bodies; leg length and tail come from the looks. The head comes last
(`heads`), because a portrait frames the head alone. A portrait is a pet that sits.
"""

import numpy as np

from helpers.drawn_pets.heads import cat_head, dog_head
from helpers.drawn_pets.solids import Pet, rotation


def build_pet(species: str, looks: dict, rng) -> tuple[Pet, np.ndarray, bool]:
    """Build a pet; also the rotation `(3, 3)` of the view, and whether it is a portrait."""
    # Per pose: its function, and the lowest and highest yaw (0: from the side, 90: from ahead).
    poses = {"stand": (_stand, 5, 50), "sit": (_sit, 25, 85), "lie": (_lie, 5, 65)}
    poses["portrait"] = (_sit, 30, 90)
    pose = rng.choice(list(poses))
    body, low, high = poses[pose]
    yaw = rng.uniform(low, high)
    # The head looks towards the camera more often than the body does.
    look = np.clip(yaw + rng.uniform(-15, 60), 35, 95) - yaw
    pet = Pet()
    neck, head, tail = body(pet, looks, rng)
    pet.chain("coat", neck, [0.135 * looks["girth"], 0.105])
    _tail(pet, looks["tail"], tail, pose == "stand", rng)
    if looks["collar"] is not None:
        _collar(pet, *np.array(neck))
    pet.head_start = len(pet.parts)
    pet.turn = rotation(look, rng.uniform(-8, 8), rng.uniform(-10, 10)) * looks["head"]
    pet.origin = np.array(head)
    (cat_head if species == "cat" else dog_head)(pet, looks, rng)
    pet.parts, pet.centres, pet.axes = map(np.array, (pet.parts, pet.centres, pet.axes))
    return pet, rotation(0, 0, rng.uniform(4, 18)) @ rotation(yaw), pose == "portrait"


# Each pose adds its solids and returns the line of the neck, the place of the head, and the
# root of the tail.


def _stand(pet, looks, rng):
    leg, g = looks["leg"], looks["girth"]
    y = leg + 0.1
    pet.solid("coat", (0.24, y, 0), (0.2, 0.19 * g, 0.15 * g))
    pet.solid("coat", (-0.02, y, 0), (0.34, 0.165 * g, 0.145 * g))
    pet.solid("coat", (-0.28, y + 0.01, 0), (0.19, 0.175 * g, 0.14 * g))
    pet.solid("chest", (0.33, y - 0.02, 0), (0.12, 0.15 * g, 0.11 * g))
    swing = rng.uniform(-0.1, 0.1)
    for z, step in ((0.09 * g, swing), (-0.09 * g, -swing)):
        limb = [(0.28, y - 0.02, z), (0.25 + step / 2, leg * 0.55, z), (0.27 + step, 0.06, z)]
        pet.chain("coat", limb, [0.085 * g, 0.056, 0.043])
        pet.solid("paw", (0.3 + step, 0.035, z), (0.065, 0.038, 0.05))
        pet.solid("coat", (-0.29 - step / 3, y - 0.04, z), (0.12, 0.17, 0.075 * g))
        knee, hock = (-0.24 - step * 0.7, leg * 0.6, z), (-0.37 - step, leg * 0.36, z)
        pet.chain("coat", [knee, hock, (-0.35 - step, 0.06, z)], [0.07, 0.045, 0.042])
        pet.solid("paw", (-0.32 - step, 0.035, z), (0.065, 0.038, 0.048))
    return [(0.34, y + 0.08, 0), (0.44, y + 0.24, 0)], (0.48, y + 0.31, 0), (-0.44, y + 0.09, 0)


def _sit(pet, looks, rng):
    g = looks["girth"]
    pet.solid("coat", (-0.1, 0.2, 0), (0.22, 0.2, 0.19 * g))
    pet.chain("coat", [(-0.06, 0.24, 0), (0.12, 0.46, 0)], [0.185 * g, 0.145 * g])
    pet.solid("chest", (0.15, 0.4, 0), (0.12, 0.19, 0.115 * g))
    lean = rng.uniform(-0.02, 0.03)
    for side in (1, -1):
        z = 0.085 * side
        limb = [(0.15, 0.42, z * g), (0.2, 0.2, z), (0.22, 0.06, z + lean)]
        pet.chain("coat", limb, [0.08, 0.054, 0.045])
        pet.solid("paw", (0.26, 0.038, z + lean), (0.07, 0.04, 0.053))
        pet.solid("coat", (-0.01, 0.16, 0.15 * side * g), (0.18, 0.15, 0.085))
        pet.solid("paw", (0.15, 0.04, 0.17 * side * g), (0.1, 0.042, 0.052))
    return [(0.13, 0.5, 0), (0.17, 0.64, 0)], (0.2, 0.7, 0), (-0.29, 0.09, 0)


def _lie(pet, looks, rng):
    g = looks["girth"]
    pet.solid("coat", (0.2, 0.2, 0), (0.2, 0.19 * g, 0.16 * g))
    pet.solid("coat", (-0.04, 0.18, 0), (0.32, 0.18 * g, 0.17 * g))
    pet.solid("coat", (-0.27, 0.17, 0), (0.18, 0.17, 0.17 * g))
    pet.solid("chest", (0.29, 0.2, 0), (0.13, 0.15, 0.12 * g))
    for z in (g, -g):
        reach = rng.uniform(0.46, 0.58)
        limb = [(0.24, 0.15, 0.11 * z), (0.3, 0.06, 0.13 * z), (reach, 0.05, 0.09 * z)]
        pet.chain("coat", limb, [0.085, 0.058, 0.045])
        pet.solid("paw", (reach + 0.04, 0.042, 0.09 * z), (0.07, 0.042, 0.053))
        pet.solid("coat", (-0.2, 0.14, 0.13 * z), (0.18, 0.135, 0.08))
        pet.solid("paw", (-0.04, 0.042, 0.18 * z), (0.1, 0.042, 0.05))
    return [(0.3, 0.28, 0), (0.38, 0.43, 0)], (0.41, 0.49, 0), (-0.42, 0.1, 0)


def _tail(pet, kind, root, up, rng):
    t = np.linspace(0, 1, 12)[:, None]
    side, bend = rng.choice([-1, 1]), rng.uniform(0.6, 1.3)
    if kind == "curl":
        angle = np.pi * (1 - 1.55 * t)
        path = np.c_[0.1 * np.cos(angle) + 0.08, 0.11 * np.sin(angle) + 0.1 * t, 0.08 * t * side]
    elif not up:  # on the floor, round the body
        angle, length = t * 2.2 * bend, 1.2 if kind == "long" else 0.85
        path = length * np.c_[0.2 - np.cos(angle) * 0.2, 0 * t, np.sin(angle) * 0.32 * side]
        path[:, 1] -= 0.045
    elif kind == "long":
        rise = 0.52 * t**1.5 * bend - 0.06 * np.sin(t * 3)
        path = np.c_[-0.3 * np.sin(t * 2.4), rise, 0.1 * t * side]
    else:
        path = np.c_[-0.3 * np.sin(t * 1.6), 0.3 * t**1.4 * (bend - 0.2), 0.06 * t * side]
    t = t[:, 0]
    plume = 0.035 + 0.04 * np.sin(np.pi * np.clip(t, 0.1, 0.93))
    radii = {"long": 0.042 - 0.012 * t, "sabre": 0.052 - 0.03 * t}.get(kind, plume)
    pet.chain("tail", path + root, radii)


def _collar(pet, low, high):
    up = (high - low) / np.linalg.norm(high - low)
    ahead, middle = np.cross(up, (0, 0, 1)), (low + high) / 2
    angles = np.linspace(0, 2 * np.pi, 22)[:, None]
    ring = middle + 0.122 * (np.cos(angles) * ahead + np.sin(angles) * (0, 0, 1))
    pet.add("collar", ring, np.tile(0.02 * np.eye(3), (22, 1, 1)))
    pet.solid("tag", middle + 0.138 * ahead - 0.03 * up, [0.022] * 3)
