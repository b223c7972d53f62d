"""Cats and dogs drawn by code, so that every lesson runs without a photograph.

A pet is a list of solids (ellipsoids) in three dimensions. A camera looks at them from any
side, the nearest solid wins in every pixel, and a lamp shades the surface. Cats and dogs
share colours, coat patterns, poses, backgrounds, light and size: only the shape differs.
"""

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from scipy.ndimage import gaussian_filter, uniform_filter

BREEDS = {"cat": 12, "dog": 25}  # as many as in the Oxford-IIIT Pet data
SIZE = 224
FINE = 2 * SIZE  # outlines are found at twice the size, then reduced
FUR = ["coat", "chest", "muzzle", "paw", "ear", "tail"]
SHINY = ["iris", "pupil", "glint"]
PARTS = FUR + SHINY + ["rim", "inner", "nose", "mouth", "tongue", "collar", "tag"]
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


def draw_pet(species: str, number: int, size: int = 224, breed: int | None = None) -> np.ndarray:
    """Draw one cat or dog: `uint8 (size, size, 3)`, RGB, the same on every call.

    `species` is "cat" or "dog". `number` (0, 1, 2, …) chooses pose, background and light, and
    without `breed` also the looks. `breed` (cats 0–11, dogs 0–24) fixes the looks: coat, ears,
    proportions. Raises ValueError for any other value.
    """
    _check(species, number, size, breed)
    kind = list(BREEDS).index(species)
    looks = _looks(species, np.random.default_rng([kind, number if breed is None else breed, 1]))
    rng = np.random.default_rng([kind, number])
    if breed is not None:  # no two breeds of a species share coat and pattern
        looks |= {"coat": breed * 3 % 10, "pattern": list(PATTERNS)[breed % 7]}
        rng = np.random.default_rng([kind, number, breed])
    image = Image.fromarray(_paint(*_pose(species, looks, rng), looks, rng))
    if size != SIZE:
        image = image.resize((size, size), Image.Resampling.BICUBIC)
    return np.array(image)


def _check(species, number, size, breed) -> None:
    whole = (int, np.integer)
    if species not in BREEDS:
        raise ValueError(f'species must be "cat" or "dog", not {species!r}')
    if not isinstance(number, whole) or number < 0:
        raise ValueError(f"number must be a whole number, 0 or more, not {number!r}")
    if not isinstance(size, whole) or not 16 <= size <= 1024:
        raise ValueError(f"size must be a whole number of pixels, 16 to 1024, not {size!r}")
    if breed is not None and not (isinstance(breed, whole) and 0 <= breed < BREEDS[species]):
        raise ValueError(f"breed of a {species} must be 0 to {BREEDS[species] - 1}, not {breed!r}")


def _looks(species: str, rng) -> dict:
    """Everything that belongs to the animal and not to the picture."""
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


def _turn(yaw: float, pitch: float = 0.0, roll: float = 0.0) -> np.ndarray:
    """Rotation matrix; yaw turns the nose towards the viewer, pitch lifts it. Degrees."""
    (cy, cp, cr), (sy, sp, sr) = (f(np.radians([yaw, pitch, roll])) for f in (np.cos, np.sin))
    about_y = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    about_z = np.array([[cp, -sp, 0], [sp, cp, 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, cr, -sr], [0, sr, cr]])
    return about_y @ about_z @ about_x


class _Pet:
    """The solids of one pet. x points forward, y up, z to its left; the floor is y = 0."""

    def __init__(self):
        self.parts, self.centres, self.axes, self.whiskers = [], [], [], []
        self.turn, self.origin = np.eye(3), np.zeros(3)  # where new solids go

    def add(self, part, centres, axes):
        """Add n ellipsoids: centres `(n, 3)`; half-axes in the columns of `(n, 3, 3)`."""
        self.parts += [PARTS.index(part)] * len(centres)
        self.centres.extend(centres @ self.turn.T + self.origin)
        self.axes.extend(self.turn @ axes)

    def solid(self, part, centre, radii):
        self.add(part, np.array([centre]), np.diag(radii)[None])

    def pair(self, part, centre, radii):
        """The same solid on the left and on the right."""
        for side in (1, -1):
            self.solid(part, np.multiply(centre, (1, 1, side)), radii)

    def chain(self, part, points, radii):
        """A limb: balls along a line through `points`, with a radius at each point."""
        at = np.r_[0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
        where = np.linspace(0, at[-1], int(at[-1] / (0.72 * min(radii))) + 2)
        radius = np.interp(where, at, radii)
        self.add(part, _between(points, at, where), radius[:, None, None] * np.eye(3))

    def blade(self, part, points, widths, across, thick=0.02):
        """An ear or a tongue: flat solids along a line, with a width at each point."""
        at, where = np.linspace(0, 1, len(points)), np.linspace(0, 1, 9)
        centres = _between(points, at, where)
        along = np.gradient(centres, axis=0)
        across = np.broadcast_to(across / np.linalg.norm(across), along.shape)
        normal = np.cross(across, along)
        normal *= thick / np.linalg.norm(normal, axis=1, keepdims=True)
        across = across * np.interp(where, at, widths)[:, None]
        self.add(part, centres, np.stack([across, 1.6 * along, normal], axis=2))


def _between(points, at, where) -> np.ndarray:
    """Points on a line: `points` are given at positions `at`, wanted at positions `where`."""
    return np.stack([np.interp(where, at, axis) for axis in np.transpose(points)], axis=1)


def _pose(species: str, looks: dict, rng):
    """Build the pet in one of four poses; also the camera's rotation and if it is a portrait."""
    poses = {"stand": (_stand, 5, 50), "sit": (_sit, 25, 85), "lie": (_lie, 5, 65)}
    pose = rng.choice(["stand", "sit", "lie", "portrait"])
    build, low, high = poses.get(pose, (_sit, 30, 90))
    yaw = rng.uniform(low, high)
    look = np.clip(yaw + rng.uniform(-15, 60), 35, 95) - yaw
    pet = _Pet()
    neck, head, tail = build(pet, looks, rng)
    pet.chain("coat", neck, [0.135 * looks["girth"], 0.105])
    _tail(pet, looks["tail"], tail, pose == "stand", rng)
    if looks["collar"] is not None:
        _collar(pet, *np.array(neck))
    pet.body = len(pet.parts)  # the solids before this one are not the head
    pet.turn = _turn(look, rng.uniform(-8, 8), rng.uniform(-10, 10)) * looks["head"]
    pet.origin = np.array(head)
    (_cat_head if species == "cat" else _dog_head)(pet, looks, rng)
    pet.parts, pet.centres, pet.axes = map(np.array, (pet.parts, pet.centres, pet.axes))
    return pet, _turn(0, 0, rng.uniform(4, 18)) @ _turn(yaw), pose == "portrait"


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


def _cat_head(pet, looks, rng):
    pet.solid("coat", (0, 0.01, 0), (0.15, 0.14, 0.16))
    pet.pair("coat", (0.035, -0.045, 0.07), (0.1, 0.08, 0.095))
    pet.solid("coat", (0.11, 0.0, 0), (0.055, 0.055, 0.036))
    pet.pair("muzzle", (0.134, -0.058, 0.028), (0.042, 0.034, 0.042))
    pet.solid("muzzle", (0.12, -0.092, 0), (0.036, 0.028, 0.034))
    pet.solid("mouth", (0.15, -0.08, 0), (0.014, 0.008, 0.024))
    pet.solid("nose", (0.168, -0.03, 0), (0.014, 0.012, 0.019))
    _eyes(pet, (0.108, 0.025, 0.07), 0.038, looks["slit"])
    steps = np.array([0, 0.4, 0.7, 1])[:, None]
    for side in (1, -1):
        tip = np.array((-0.01, 0.11 + 0.14 * looks["ear size"], 0.14 * side))
        root, across = np.array((-0.01, 0.075, 0.092 * side)), (-0.4 * side, -0.3 * side, 1)
        pet.blade("ear", [root, tip], [0.092, 0.01], across)
        front = (0.017, -0.004, 0.004 * side)
        inner = [root + front, 0.25 * root + 0.75 * tip + front]
        pet.blade("inner", inner, [0.066, 0.008], across, 0.01)
        for lift in (-0.07, -0.01, 0.05):
            bend = np.c_[-0.06 * steps**2, lift * steps - 0.06 * steps**2, 0.24 * side * steps]
            line = bend + (0.15, lift / 10 - 0.055, 0.05 * side)
            pet.whiskers.append(line @ pet.turn.T + pet.origin)


def _dog_head(pet, looks, rng):
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
    shapes = {  # line from root to tip, widths, direction of the width; for the left ear
        "upright": (
            [(-0.03, 0.08, 0.085), (-0.05, 0.1 + 0.15 * size, 0.115)],
            [0.07, 0.012],
            (-0.55, 0, 1),
        ),
        "folded": (
            [(-0.03, 0.09, 0.085), (-0.02, 0.175, 0.12), (0.04, 0.19, 0.15), (0.09, 0.11, 0.165)],
            [0.055, 0.055, 0.05, 0.012],
            (-0.7, 0, 0.7),
        ),
        "floppy": (
            [
                (-0.01, 0.1, 0.09),
                (0, 0.085, 0.14),
                (0.02, 0.04 - 0.1 * size, 0.16),
                (0.03, 0.05 - 0.22 * size, 0.15),
            ],
            [0.05, 0.07, 0.085, 0.04],
            (0.75, 0, -0.65),
        ),
    }
    path, widths, across = shapes[kind]
    for mirror in ((1, 1, 1), (1, 1, -1)):
        ear, flat = np.multiply(path, mirror), np.multiply(across, mirror)
        pet.blade("ear", ear, widths, flat, 0.022)
        if kind == "upright":
            pet.blade("inner", ear * (1, 0.97, 1) + (0.02, 0, 0), [0.048, 0.006], flat, 0.012)


@lru_cache(1)
def _textures() -> list[np.ndarray]:
    """Noise from fine hair to large clouds: mean 0, standard deviation 1, `(896, 896)` each."""
    rng = np.random.default_rng(7)
    fields = []
    for blur in ((1.8, 0.7), (4, 4), (14, 14), (36, 36)):
        field = gaussian_filter(rng.standard_normal((FINE, FINE)), blur, mode="wrap")
        fields.append(np.tile((field / field.std()).astype(np.float32), (2, 2)))
    return fields


def _texture(number: int, rng, size: int = SIZE) -> np.ndarray:
    """A random window of a texture."""
    row, column = rng.integers(0, FINE, 2)
    return _textures()[number][row : row + size, column : column + size]


def _project(pet, view, close_up, rng):
    """Scale (fine pixels per unit) and shift that put the pet into the frame, y upwards."""
    axes, centres = view @ pet.axes, pet.centres @ view.T
    reach = np.linalg.norm(axes, axis=2)
    framed = slice(pet.body if close_up else 0, None)
    low, high = (centres - reach)[framed, :2].min(0), (centres + reach)[framed, :2].max(0)
    fill = rng.uniform(0.5, 0.72) if close_up else rng.uniform(0.66, 0.94)
    scale = fill * FINE / (high - low).max()
    corner = (FINE - scale * (high - low)) * rng.uniform(0.25, 0.75, 2)
    return scale, np.r_[corner - scale * low, 0]


def _windows(centres, shapes, size):
    """For each ellipsoid: rows, columns, x, y, and `1 - (distance / outline)²` in that window."""
    inverses = np.linalg.inv(shapes[:, :2, :2]).astype(np.float32)
    reach = np.sqrt(np.diagonal(shapes, axis1=1, axis2=2)[:, :2])
    starts = np.clip(np.floor(centres[:, :2] - reach), 0, size).astype(int)
    stops = np.clip(np.ceil(centres[:, :2] + reach) + 1, 0, size).astype(int)
    pixels = np.arange(size, dtype=np.float32)
    solids = zip(centres.astype(np.float32), inverses, starts, stops, strict=True)
    for centre, ((a, b), (_, c)), (x0, y0), (x1, y1) in solids:
        x, y = pixels[x0:x1] - centre[0], (pixels[y0:y1] - centre[1])[:, None]
        inside = (1 - a * x * x) - c * y * y - (2 * b * x) * y
        yield slice(y0, y1), slice(x0, x1), x, y, inside


def _nearest(centres, shapes, parts, hair):
    """The nearest solid in each fine pixel: part numbers (255: none) and depth (-inf: none).

    Along the line of sight an ellipsoid with matrix S behaves like a Gaussian with covariance
    S: its middle leans with x and y, and half its thickness is the conditional deviation.
    """
    part = np.full((FINE, FINE), 255, np.uint8)
    depth = np.full((FINE, FINE), -np.inf, np.float32)
    lean = np.einsum("ni,nij->nj", shapes[:, 2, :2], np.linalg.inv(shapes[:, :2, :2]))
    thick = np.sqrt(shapes[:, 2, 2] - (lean * shapes[:, 2, :2]).sum(1))
    tufts = (1 / np.sqrt(shapes[:, 0, 0])) * (parts < len(FUR))
    numbers = np.c_[centres[:, 2], lean, thick, tufts].astype(np.float32)
    solids = zip(_windows(centres, shapes, FINE), numbers, parts, strict=True)
    with np.errstate(invalid="ignore"):  # outside a solid z is nan, and never nearer
        for (rows, columns, x, y, inside), (z0, lx, ly, t, tuft), name in solids:
            if tuft:  # hair roughens the outline
                inside = inside + tuft * hair[rows, columns]
            z = (z0 + lx * x) + ly * y + t * np.sqrt(inside)
            new = z > depth[rows, columns]
            np.copyto(depth[rows, columns], z, where=new)
            np.copyto(part[rows, columns], name, where=new, casting="unsafe")
    return part, depth


def _shadow(pet, view, lamp, scale, shift):
    """Shadow on the floor, `(224, 224)` in 0–1: each solid is moved along the light to y = 0."""
    size = FINE // 4
    flat = np.eye(3)
    flat[:, 1] -= lamp @ view / (lamp @ view)[1]
    cast = scale / 4 * view @ flat
    fur = pet.parts < len(FUR)
    axes, centres = cast @ pet.axes[fur], pet.centres[fur] @ cast.T + shift / 4
    mask = np.zeros((size, size), np.float32)
    for rows, columns, _, _, inside in _windows(
        centres, axes @ axes.transpose(0, 2, 1) + np.eye(3), size
    ):
        mask[rows, columns][inside > 0] = 255
    mask = Image.fromarray(np.uint8(uniform_filter(mask, 5)))
    return np.asarray(mask.resize((SIZE, SIZE), Image.Resampling.BILINEAR), np.float32) / 255


def _palette(looks) -> np.ndarray:
    """Colours of the parts, without and with marks: `(2, 256, 3)`, black where no part is."""
    base, mark, light = np.array(COATS[looks["coat"]], float)
    pattern = looks["pattern"]
    dark_nose = base.mean() < 140 or looks["tail"] != "long"
    fixed = {"inner": (214, 158, 146), "nose": (56, 44, 44) if dark_nose else (196, 120, 116)}
    fixed |= {"iris": looks["eyes"], "pupil": (16, 14, 16), "glint": (255, 255, 255)}
    fixed |= {"mouth": (62, 38, 38), "rim": (44, 34, 32), "tongue": (226, 120, 128)}
    fixed |= {"tag": (222, 190, 90), "collar": COLLARS[looks["collar"] or 0]}
    colours = np.zeros((2, 256, 3))
    for i, name in enumerate(PARTS):
        fur = light if name in PATTERNS[pattern] else base
        if pattern == "points":
            fur = mark if name in ("ear", "muzzle", "paw", "tail") else 0.6 * light + 0.4 * base
        colours[:, i] = fixed.get(name, fur)
        if pattern in MARKED and name in ("coat", "ear", "tail"):
            colours[1, i] = mark
    return colours


def _marks(pattern, depth, back, shift, rng) -> np.ndarray:
    """How much of the marking colour shows, 0–1, in each pixel: `(224, 224)`.

    `back` and `shift` lead from the picture to places on the body, so that stripes follow it.
    """
    right, up = np.meshgrid(*[np.arange(0, FINE, 2, np.float32)] * 2)
    near = np.where(np.isfinite(depth), depth, 0)
    picture = np.stack([right, up, near]) - shift.astype(np.float32)[:, None, None]
    x, y, z = np.tensordot(back.astype(np.float32), picture, 1)
    cloud = _texture(2, rng)
    if pattern == "tabby":
        value = np.sin(44 * (0.8 * x + 0.5 * y + 0.3 * np.abs(z)) + 0.8 * cloud) - 0.1
    elif pattern == "spots":
        value = 2 * (_texture(1, rng) - 0.9)
    elif pattern == "patches":
        value = 6 * (_texture(3, rng) - 0.3)
    else:
        value = 14 * (y - 0.36) + 0.7 * cloud
    return np.clip(0.5 + 2 * value, 0, 1)


def _lighting(depth, lamp, rng):
    """Light on each pixel: lamp, sky, dark folds, hair. Returns `(224, 224)` about 0.3–1.3."""
    mask = np.isfinite(depth)
    filled, weight = np.where(mask, depth, 0), mask.astype(np.float32)
    soft = gaussian_filter(filled, 1.2) / (gaussian_filter(weight, 1.2) + 1e-4)
    wide = uniform_filter(filled, 17) / (uniform_filter(weight, 17) + 1e-4)
    hair = _texture(0, rng)
    down, right = np.gradient(soft / 2 + 0.2 * hair)
    length = np.sqrt(down**2 + right**2 + 1)
    facing = (lamp[2] - right * lamp[0] - down * lamp[1]) / length
    folds = np.clip((wide - soft) / 60, 0, 0.5)
    light = 0.42 + 0.62 * np.clip(facing, 0, 1) - 0.12 * down / length - folds
    return light * (1 + 0.06 * hair)


def _paint(pet, view, close_up, looks, rng):
    """Render the pet over a background: `uint8 (224, 224, 3)`."""
    lamp = rng.uniform((-0.8, 0.6, 0.5), (0.8, 1.2, 1)).astype(np.float32)
    lamp /= np.linalg.norm(lamp)
    scale, shift = _project(pet, view, close_up, rng)
    axes, centres = scale * view @ pet.axes, scale * pet.centres @ view.T + shift
    hair = 2 * looks["fluffy"] * _texture(0, rng, FINE)
    part, depth = _nearest(centres, axes @ axes.transpose(0, 2, 1), pet.parts, hair)
    light = _lighting(depth[::2, ::2], lamp, rng)[..., None]
    names = Image.fromarray(part)
    ids = np.arange(256)
    shiny = (ids >= len(FUR)) & (ids < len(FUR + SHINY))
    cover = _look_up(names, np.c_[255 * (ids < len(PARTS)), 200 * shiny, 0 * ids]) / 255
    alpha, shine = cover[..., :1], cover[..., 1:2]
    plain, marked = _palette(looks)
    colour = _look_up(names, plain)
    if looks["pattern"] in MARKED:
        marks = _marks(looks["pattern"], depth[::2, ::2], view.T / scale, shift, rng)[..., None]
        colour += (_look_up(names, marked) - colour) * marks
    shadow = 1 - 0.55 * _shadow(pet, view, lamp, scale, shift)[..., None]
    background = _background(rng, SIZE - shift[1] / 2)[::-1]
    picture = background * (shadow * (1 - alpha)) + colour * (light + (1 - light) * shine)
    whiskers = [line @ view.T * scale + shift for line in pet.whiskers]
    return _photograph(_draw_whiskers(picture[::-1], whiskers, depth), rng)


def _look_up(names, table) -> np.ndarray:
    """The table's colour for each fine pixel, reduced: `float32 (224, 224, 3)`, antialiased."""
    names.putpalette(table.astype(np.uint8).tobytes())
    return np.asarray(names.convert("RGB").reduce(2), np.float32)


def _draw_whiskers(picture, whiskers, depth):
    if not whiskers:
        return picture
    veil = Image.new("L", (FINE, FINE))
    for line in whiskers:
        column, row = np.clip(line[0, :2].astype(int), 0, FINE - 1)
        if line[0, 2] > depth[row, column] - 24:  # the root is in view
            ImageDraw.Draw(veil).line([(x, FINE - y) for x, y, _ in line], fill=190, width=2)
    veil = np.asarray(veil.reduce(2), np.float32)[..., None] / 255
    return picture + (248 - picture) * veil


def _photograph(picture, rng) -> np.ndarray:
    """The camera: contrast, brightness, warm or cold light, noise, mirrored or not."""
    bright, contrast, warm = rng.uniform((0.8, 0.8, -0.1), (1.15, 1.15, 0.1)).astype(np.float32)
    gain = bright * np.array([1 + warm, 1, 1 - warm], np.float32)
    picture = picture * (gain * contrast) + gain * (1 - contrast) * 120
    picture += rng.uniform(0, 4) * _texture(0, rng)[..., None]
    picture = picture[:, ::-1] if rng.random() < 0.5 else picture
    return np.uint8(np.clip(picture, 0, 255))


def _background(rng, floor) -> np.ndarray:
    """A room, a meadow, a plain studio or soft spots of light: `float32 (224, 224, 3)`."""
    top, bottom = _shade(rng), _shade(rng)
    steps = np.linspace(0, 1, SIZE)[:, None, None]
    smooth = np.repeat(np.uint8(top + (bottom - top) * steps), SIZE, 1)
    image = Image.fromarray(smooth)
    draw = ImageDraw.Draw(image)
    kind = rng.choice(["room", "meadow", "studio", "spots"])
    blur = rng.uniform(0.4, 2)
    horizon = int(min(rng.uniform(0.4, 0.75) * SIZE, floor - rng.uniform(25, 60)))
    if kind == "room":
        _room(draw, rng, horizon)
    elif kind == "meadow":
        _meadow(draw, rng, horizon)
    elif kind == "spots":
        blur = rng.uniform(5, 12)
        for _ in range(rng.integers(10, 30)):
            _disc(draw, rng.uniform(0, SIZE, 2), rng.uniform(8, 40), _shade(rng))
    picture = np.asarray(image.filter(ImageFilter.GaussianBlur(blur)), np.float32)
    grain = rng.uniform(0, 6) * _texture(1, rng) + rng.uniform(0, 8) * _texture(3, rng)
    return picture + grain[..., None]


def _shade(rng, near=None, spread=40) -> np.ndarray:
    """A random colour, near a given one or any soft one."""
    near = rng.uniform(70, 215) if near is None else np.array(near)
    return np.clip(near + rng.uniform(-spread, spread, 3), 0, 255)


def _fill(colour) -> tuple:
    return tuple(int(value) for value in colour)


def _disc(draw, centre, radius, colour, flat=1.0):
    x, y = centre
    box = x - radius, y - radius * flat, x + radius, y + radius * flat
    draw.ellipse(box, fill=_fill(colour))


def _room(draw, rng, horizon):
    """Wall and floor with planks or a carpet, and some furniture."""
    floor = _shade(rng, (150, 115, 85), 45)
    draw.rectangle((0, horizon, SIZE, SIZE), fill=_fill(floor))
    if rng.random() < 0.6:
        for x in range(-3 * SIZE, 4 * SIZE, rng.integers(40, 80)):
            draw.line((SIZE / 2 + (x - SIZE / 2) / 3, horizon, x, SIZE), fill=_fill(0.85 * floor))
    for _ in range(rng.integers(0, 4)):
        left, wide, high = rng.uniform(-40, SIZE - 20), rng.uniform(35, 100), rng.uniform(30, 80)
        colour, inner = _shade(rng), _shade(rng)
        hangs = rng.random() < 0.5  # a picture or a window; else a cupboard or a sofa
        low = horizon - rng.uniform(20, 50) if hangs else horizon + 8
        box = (left, low - high, left + wide, low)
        draw.rounded_rectangle(box, 0 if hangs else 8, fill=_fill(colour))
        inset = rng.uniform(3, 7)
        for half in (0, 1):
            x = left + inset + half * (wide - inset) / 2
            box = (x, low - high + inset, x + wide / 2 - 1.5 * inset, low - inset)
            draw.rectangle(box, fill=_fill(inner))
    skirting = _fill(_shade(rng, (225, 220, 210), 20))
    if rng.random() < 0.5:
        draw.rectangle((0, horizon - 5, SIZE, horizon), fill=skirting)
    if rng.random() < 0.4:
        centre = rng.uniform(60, 160), rng.uniform(horizon + 20, SIZE)
        _disc(draw, centre, rng.uniform(60, 130), _shade(rng), 0.25)


def _meadow(draw, rng, horizon):
    """Sky with clouds, hills, trees, and grass."""
    draw.rectangle((0, 0, SIZE, horizon), fill=_fill(_shade(rng, (150, 190, 225), 30)))
    for _ in range(rng.integers(0, 4)):
        x, y = rng.uniform(0, SIZE), rng.uniform(0, horizon * 0.7)
        for _ in range(5):
            spot = x + rng.uniform(-22, 22), y + rng.uniform(-4, 4)
            _disc(draw, spot, rng.uniform(8, 18), (238, 242, 246), 0.5)
    green = _shade(rng, (112, 140, 72), 30)
    for _ in range(rng.integers(0, 3)):
        spot = rng.uniform(0, SIZE), horizon + 20
        _disc(draw, spot, rng.uniform(60, 140), _shade(rng, 0.8 * green + 20, 15), 0.4)
    for _ in range(rng.integers(0, 5)):
        x, leaf, r = rng.uniform(0, SIZE), _shade(rng, 0.7 * green, 15), rng.uniform(10, 28)
        draw.rectangle((x - r / 7, horizon - 2 * r, x + r / 7, horizon + 4), fill=(96, 72, 52))
        for _ in range(6):
            spot = np.array([x, horizon - 1.8 * r]) + rng.uniform(-r, r, 2) * 0.7
            _disc(draw, spot, r * 0.6, _shade(rng, leaf, 8))
    draw.rectangle((0, horizon, SIZE, SIZE), fill=_fill(green))
    for x, y, grow in rng.uniform((0, 0, 0.3), (SIZE, 1, 1.3), (90, 3)):
        y = horizon + y * (SIZE - horizon)
        tall = grow * (2 + (y - horizon) / 12)
        blade = _fill(green * (0.7 + 0.45 * grow))
        draw.line((x, y, x + tall * (grow - 0.8), y - tall), fill=blade)
