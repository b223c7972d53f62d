"""The heads of drawn cats and dogs: skull, muzzle, nose, eyes, ears and whiskers.

A head is a list of solids (`solids`) around the origin, with the nose along x. The caller
sets `pet.turn` and `pet.origin` first, so that the head lands on the neck, looks aside and has
its size. Here the species differ most: a cat has a short muzzle, large eyes with upright pupils,
ears that stand, and whiskers; a dog has a longer muzzle, small eyes, and ears of three kinds.
"""

import numpy as np


def cat_head(pet, looks, rng):
    """Add the head of a cat. It uses no random number, but takes `rng` as `dog_head` does."""
    pet.solid("coat", (0, 0.01, 0), (0.15, 0.14, 0.16))
    pet.pair("coat", (0.035, -0.045, 0.07), (0.1, 0.08, 0.095))
    pet.solid("coat", (0.11, 0.0, 0), (0.055, 0.055, 0.036))
    pet.pair("muzzle", (0.134, -0.058, 0.028), (0.042, 0.034, 0.042))
    pet.solid("muzzle", (0.12, -0.092, 0), (0.036, 0.028, 0.034))
    pet.solid("mouth", (0.15, -0.08, 0), (0.014, 0.008, 0.024))
    pet.solid("nose", (0.168, -0.03, 0), (0.014, 0.012, 0.019))
    _eyes(pet, (0.108, 0.025, 0.07), 0.038, looks["slit"])
    for side in (1, -1):
        _cat_ear(pet, looks["ear size"], side)
        _cat_whiskers(pet, side)


def _cat_ear(pet, size, side):
    tip = np.array((-0.01, 0.11 + 0.14 * size, 0.14 * side))
    root, across = np.array((-0.01, 0.075, 0.092 * side)), (-0.4 * side, -0.3 * side, 1)
    pet.blade("ear", [root, tip], [0.092, 0.01], across)
    front = (0.017, -0.004, 0.004 * side)
    inner = [root + front, 0.25 * root + 0.75 * tip + front]
    pet.blade("inner", inner, [0.066, 0.008], across, 0.01)


def _cat_whiskers(pet, side):
    t = np.array([0, 0.4, 0.7, 1])[:, None]
    for lift in (-0.07, -0.01, 0.05):
        line = np.c_[-0.06 * t**2, lift * t - 0.06 * t**2, 0.24 * side * t]
        pet.whisker(line + (0.15, lift / 10 - 0.055, 0.05 * side))


def dog_head(pet, looks, rng):
    """Add the head of a dog; its mouth is closed, or open with the tongue out."""
    pants = rng.random() < 0.45
    end, drop = 0.12 + looks["snout"], 0.035 * pants
    pet.solid("coat", (-0.01, 0.015, 0), (0.15, 0.135, 0.135))
    pet.pair("coat", (0.04, -0.035, 0.055), (0.1, 0.085, 0.075))
    pet.chain("muzzle", [(0.09, -0.035, 0), (end, -0.045, 0)], [0.072, 0.052])
    pet.pair("muzzle", (end - 0.03, -0.068, 0.026), (0.055, 0.042, 0.034))
    pet.chain("muzzle", [(0.07, -0.095, 0), (end - 0.035, -0.108 - drop, 0)], [0.05, 0.034])
    gap = (end / 2 - 0.05, 0.016 + drop / 2, 0.043)
    pet.solid("mouth", (0.05 + end / 2, -0.092 - drop / 2, 0), gap)
    if pants:
        tongue = [(end - 0.05, -0.1, 0), (end + 0.012, -0.115, 0), (end + 0.022, -0.2, 0)]
        pet.blade("tongue", tongue, [0.028, 0.032, 0.024], (0, 0, 1), 0.012)
    pet.solid("nose", (end + 0.04, -0.018, 0), (0.028, 0.026, 0.036))
    pet.pair("coat", (0.1, 0.072, 0.055), (0.035, 0.024, 0.036))
    _eyes(pet, (0.116, 0.035, 0.06), 0.027, 0.65)
    _dog_ears(pet, looks["ears"], looks["ear size"])


def _dog_ears(pet, kind, size):
    path, widths, across = _left_dog_ear(kind, size)
    for mirror in ((1, 1, 1), (1, 1, -1)):
        ear, flat = np.multiply(path, mirror), np.multiply(across, mirror)
        pet.blade("ear", ear, widths, flat, 0.022)
        if kind == "upright":
            pet.blade("inner", ear * (1, 0.97, 1) + (0.02, 0, 0), [0.048, 0.006], flat, 0.012)


def _left_dog_ear(kind, size):
    """Line from root to tip, widths along it, and the direction of the width."""
    if kind == "upright":
        path = [(-0.03, 0.08, 0.085), (-0.05, 0.1 + 0.15 * size, 0.115)]
        return path, [0.07, 0.012], (-0.55, 0, 1)
    if kind == "folded":
        path = [(-0.03, 0.09, 0.085), (-0.02, 0.175, 0.12), (0.04, 0.19, 0.15), (0.09, 0.11, 0.165)]
        return path, [0.055, 0.055, 0.05, 0.012], (-0.7, 0, 0.7)
    middle, tip = (0.02, 0.04 - 0.1 * size, 0.16), (0.03, 0.05 - 0.22 * size, 0.15)  # floppy
    path = [(-0.01, 0.1, 0.09), (0, 0.085, 0.14), middle, tip]
    return path, [0.05, 0.07, 0.085, 0.04], (0.75, 0, -0.65)


def _eyes(pet, centre, radius, slit):
    """Both eyes: a dark rim, a ball, a pupil in front of it (cats: upright, narrow), a glint."""
    x, y, z = centre
    pet.pair("rim", (x - 0.3 * radius, y, z), np.multiply(radius, (1, 1.2, 1.25)))
    pet.pair("iris", centre, [radius] * 3)
    pupil = (x + 0.6 * radius, y, z + 0.1 * radius)
    pet.pair("pupil", pupil, np.multiply(radius, (0.5, 0.75, slit)))
    for side in (z, -z):
        glint = (x + 0.95 * radius, y + 0.35 * radius, side + 0.25 * radius)
        pet.solid("glint", glint, [0.25 * radius] * 3)
