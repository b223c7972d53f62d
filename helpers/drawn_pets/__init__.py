"""Cats and dogs drawn by code, so that every lesson runs without a photograph.

1. `looks` chooses the animal: coat, pattern, ears, proportions.
2. `bodies` and `heads` build it from ellipsoids (`solids`).
3. `camera` looks at it from any side; in every pixel the nearest solid wins.
4. `light` shades the surface and lays noise on it, `scenes` draws the background.
Cats and dogs share colours, coat patterns, poses, backgrounds, light and size: only the shape
differs. All random numbers follow from species, number and breed.
"""

import numpy as np
from PIL import Image, ImageDraw

from helpers.drawn_pets.bodies import build_pet
from helpers.drawn_pets.camera import FINE, SIZE, aim, nearest, shadow
from helpers.drawn_pets.light import hang_lamp, photograph, shade, texture
from helpers.drawn_pets.looks import breed_coat, choose_looks, surface
from helpers.drawn_pets.scenes import background

BREEDS = {"cat": 12, "dog": 25}  # as many as in the Oxford-IIIT Pet data


def draw_pet(species: str, number: int, breed: int | None = None) -> np.ndarray:
    """Draw one cat or dog: `uint8 (224, 224, 3)`, RGB, the same on every call.

    `species` is "cat" or "dog". `number` (0, 1, 2, …) chooses pose, background and light, and
    without `breed` also the looks. `breed` (cats 0–11, dogs 0–24) fixes the looks: coat, ears,
    proportions. Raises ValueError for any other value.
    """
    _check(species, number, breed)
    kind = list(BREEDS).index(species)
    # The animal and the picture have random numbers of their own, so that a breed stays itself.
    same = number if breed is None else breed
    looks = choose_looks(species, np.random.default_rng([kind, same, 1]))
    if breed is not None:
        looks |= breed_coat(breed)
    seed = [kind, number] if breed is None else [kind, number, breed]
    return np.array(_paint(species, looks, np.random.default_rng(seed)))


def _check(species, number, breed) -> None:
    whole = (int, np.integer)
    if species not in BREEDS:
        raise ValueError(f'species must be "cat" or "dog", not {species!r}')
    if not isinstance(number, whole) or number < 0:
        raise ValueError(f"number must be a whole number, 0 or more, not {number!r}")
    if breed is not None and not (isinstance(breed, whole) and 0 <= breed < BREEDS[species]):
        raise ValueError(f"breed of a {species} must be 0 to {BREEDS[species] - 1}, not {breed!r}")


def _paint(species, looks, rng) -> np.ndarray:
    """Build the pet, look at it, and lay it over a background: `uint8 (224, 224, 3)`."""
    # The order of these lines is part of every drawing: each takes the next random numbers.
    pet, view, portrait = build_pet(species, looks, rng)
    lamp = hang_lamp(rng)
    camera = aim(pet, view, portrait, rng)
    part, depth = nearest(pet, camera, 2 * looks["fluffy"] * texture("hair", rng, FINE))
    coarse = depth[::2, ::2]
    light = shade(coarse, lamp, rng)
    colour, cover, shine = surface(part, coarse, looks, camera, rng)
    dark = 1 - 0.55 * shadow(pet, camera, lamp)
    # Up to here row 0 is the lowest, as the pet's y points up; in a picture it is the highest.
    scene = background(rng, SIZE - camera.shift[1] / 2)[:, ::-1]
    picture = scene * (dark * (1 - cover)) + colour * (light + (1 - light) * shine)
    whiskers = [camera.place(line) for line in pet.whiskers]
    return photograph(_draw_whiskers(picture[:, ::-1], whiskers, depth), rng)


def _draw_whiskers(picture, whiskers, depth):
    if not whiskers:
        return picture
    veil = Image.new("L", (FINE, FINE))
    for line in whiskers:
        column, row = np.clip(line[0, :2].astype(int), 0, FINE - 1)
        if line[0, 2] > depth[row, column] - 24:  # the root is in view
            ImageDraw.Draw(veil).line([(x, FINE - y) for x, y, _ in line], fill=190, width=2)
    veil = np.asarray(veil.reduce(2), np.float32) / 255
    return picture + (248 - picture) * veil
