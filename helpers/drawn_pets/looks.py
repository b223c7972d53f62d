"""The looks of a drawn pet: coat, pattern, proportions, eyes, collar.

Cats and dogs take coats, patterns and collars from the same lists, so that colour does not tell
them apart. A coat has three colours: base, markings, light parts. A pattern says which parts
are light, and `_marks` says where on the coat the markings show: how much of the second colour
each pixel takes. The markings are a function of the place on the body, so that stripes follow
the pet when it turns.
"""

import numpy as np
from PIL import Image

from helpers.drawn_pets.camera import FINE, Camera
from helpers.drawn_pets.light import planes, texture
from helpers.drawn_pets.solids import FUR, PARTS, SHINY

COATS = [  # base, markings, light parts
    [(46, 43, 44), (98, 88, 82), (235, 230, 224)],
    [(112, 114, 122), (58, 58, 66), (226, 226, 228)],
    [(206, 130, 62), (146, 74, 30), (246, 226, 196)],
    [(150, 108, 72), (70, 48, 34), (226, 202, 170)],
    [(232, 222, 206), (94, 72, 60), (250, 246, 240)],
    [(96, 64, 46), (46, 32, 26), (206, 168, 128)],
    [(222, 190, 142), (150, 104, 66), (250, 238, 214)],
    [(176, 176, 172), (78, 78, 80), (244, 242, 238)],
    [(160, 76, 42), (84, 38, 24), (238, 208, 176)],
    [(236, 233, 228), (204, 128, 64), (250, 248, 244)],
]
PATTERNS = {  # the parts that take the light colour
    "plain": [],
    "tabby": ["muzzle"],
    "spots": ["muzzle"],
    "patches": ["muzzle", "chest", "paw"],
    "tuxedo": ["muzzle", "chest", "paw"],
    "points": [],
    "saddle": ["muzzle"],
}
MARKED = ("tabby", "spots", "patches", "saddle")  # patterns with a second colour on the coat
COLLARS = [(190, 40, 44), (40, 90, 170), (40, 130, 80), (225, 170, 40), (120, 60, 140)]
CAT_EYES = [(196, 178, 60), (130, 172, 84), (118, 168, 208), (200, 134, 56)]


def choose_looks(species: str, rng) -> dict:
    """Choose everything that belongs to the animal and not to the picture."""
    looks = {
        "coat": rng.integers(len(COATS)),
        "pattern": rng.choice(list(PATTERNS)),
        "fluffy": rng.choice([0.3, 0.6, 1.3]),
        "girth": rng.uniform(0.85, 1.15),
        "head": rng.uniform(1.1, 1.3),
        "collar": rng.integers(len(COLLARS)) if rng.random() < 0.4 else None,
        "ear size": rng.uniform(0.8, 1.2),
    }
    if species == "cat":
        more = {"leg": rng.uniform(0.26, 0.32), "tail": "long", "eyes": CAT_EYES[rng.integers(4)]}
        return looks | more | {"slit": rng.choice([0.22, 0.4])}
    more = {"leg": rng.uniform(0.22, 0.42), "tail": rng.choice(["sabre", "curl", "plume"])}
    more |= {"eyes": (78, 48, 28), "snout": rng.uniform(0.09, 0.2)}
    return looks | more | {"ears": rng.choice(["floppy", "floppy", "folded", "upright"])}


def breed_coat(breed: int) -> dict:
    """Coat and pattern of a breed: no two breeds of a species share both."""
    return {"coat": breed * 3 % len(COATS), "pattern": list(PATTERNS)[breed % len(PATTERNS)]}


def surface(part, depth, looks, camera, rng) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Colour `(3, 224, 224)`, cover and shine `(224, 224)` of the pet in each pixel.

    Cover is 1 inside the pet and 0 outside. Shine is how little the light changes the colour.
    """
    names = Image.fromarray(part)
    cover = _look_up(names, _cover_and_shine()) / 255
    plain, marked = _palette(looks)
    colour = _look_up(names, plain)
    if looks["pattern"] in MARKED:
        marks = _marks(looks["pattern"], depth, camera, rng)
        colour += (_look_up(names, marked) - colour) * marks
    return colour, cover[0], cover[1]


def _look_up(names, table) -> np.ndarray:
    """The table's colour for each fine pixel, reduced: `float32 (3, 224, 224)`, antialiased."""
    names.putpalette(table.astype(np.uint8).tobytes())
    return planes(names.convert("RGB").reduce(2))


def _cover_and_shine() -> np.ndarray:
    """Cover and shine of each part as if they were red and green, for `_look_up`."""
    ids = np.arange(256)
    shiny = (ids >= len(FUR)) & (ids < len(FUR + SHINY))
    return np.c_[255 * (ids < len(PARTS)), 200 * shiny, 0 * ids]


def _palette(looks) -> np.ndarray:
    """Colours of the parts, without and with marks: `(2, 256, 3)`, black where no part is."""
    base, mark, light = np.array(COATS[looks["coat"]], float)
    pattern = looks["pattern"]
    fixed = _fixed_colours(looks, base)
    colours = np.zeros((2, 256, 3))
    for i, name in enumerate(PARTS):
        fur = light if name in PATTERNS[pattern] else base
        if pattern == "points":
            fur = mark if name in ("ear", "muzzle", "paw", "tail") else 0.6 * light + 0.4 * base
        colours[:, i] = fixed.get(name, fur)
        if pattern in MARKED and name in ("coat", "ear", "tail"):
            colours[1, i] = mark
    return colours


def _fixed_colours(looks, base) -> dict[str, tuple]:
    """Colours of the parts without fur."""
    dark_nose = base.mean() < 140 or looks["tail"] != "long"  # cats alone have long tails
    return {
        "inner": (214, 158, 146),
        "nose": (56, 44, 44) if dark_nose else (196, 120, 116),
        "iris": looks["eyes"],
        "pupil": (16, 14, 16),
        "glint": (255, 255, 255),
        "mouth": (62, 38, 38),
        "rim": (44, 34, 32),
        "tongue": (226, 120, 128),
        "tag": (222, 190, 90),
        "collar": COLLARS[looks["collar"] or 0],
    }


def _marks(pattern, depth, camera, rng) -> np.ndarray:
    """How much of the marking colour shows, 0–1, in each pixel: `(224, 224)`."""
    x, y, z = _places(depth, camera)
    cloud = texture("clouds", rng)
    if pattern == "tabby":
        value = np.sin(44 * (0.8 * x + 0.5 * y + 0.3 * np.abs(z)) + 0.8 * cloud) - 0.1
    elif pattern == "spots":
        value = 2 * (texture("spots", rng) - 0.9)
    elif pattern == "patches":
        value = 6 * (texture("patches", rng) - 0.3)
    else:  # saddle: the back
        value = 14 * (y - 0.36) + 0.7 * cloud
    return np.clip(0.5 + 2 * value, 0, 1)


def _places(depth, camera: Camera) -> np.ndarray:
    """Where on the body each pixel is: x, y, z as `(3, 224, 224)`. `Camera.place` backwards."""
    right, up = np.meshgrid(*[np.arange(0, FINE, 2, np.float32)] * 2)
    near = np.where(np.isfinite(depth), depth, 0)
    picture = np.stack([right, up, near]) - camera.shift.astype(np.float32)[:, None, None]
    back = camera.view.T / camera.scale
    return np.tensordot(back.astype(np.float32), picture, 1)
