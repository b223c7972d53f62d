"""The camera that looks at a drawn pet: which solid is seen in which pixel, and how near it is.

The camera looks along -z: its x points right, y up, z towards it. Lengths are fine pixels (`FINE`,
twice the size of the picture; the picture is reduced at the end, which makes smooth outlines).
An ellipsoid is kept as the matrix S = A Aᵀ of its half-axes A. Seen along z it is an ellipse
with the upper left 2×2 part of S, so each solid is worked out only in a small window around
that ellipse. Where several solids meet in a pixel, the nearest wins. The shadow on the floor is
the same drawing once more: all solids pressed flat along the light.
"""

from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy.ndimage import uniform_filter

from helpers.drawn_pets.solids import FUR, Pet

SIZE = 224  # pixels of a picture, before it is resized
FINE = 2 * SIZE


class Camera(NamedTuple):
    """From the pet to the picture: `scale * view @ point + shift`, in fine pixels."""

    view: np.ndarray  # rotation (3, 3)
    scale: float  # fine pixels per unit
    shift: np.ndarray  # (3,)

    def place(self, points) -> np.ndarray:
        """Points of the pet `(n, 3)` in the picture, `(n, 3)`."""
        return self.scale * points @ self.view.T + self.shift


def aim(pet: Pet, view: np.ndarray, portrait: bool, rng) -> Camera:
    """Choose distance and direction so that the pet, or its head, is in the frame."""
    axes, centres = view @ pet.axes, pet.centres @ view.T
    reach = np.linalg.norm(axes, axis=2)
    framed = slice(pet.head_start if portrait else 0, None)
    low, high = (centres - reach)[framed, :2].min(0), (centres + reach)[framed, :2].max(0)
    fill = rng.uniform(0.5, 0.72) if portrait else rng.uniform(0.66, 0.94)
    scale = fill * FINE / (high - low).max()
    corner = (FINE - scale * (high - low)) * rng.uniform(0.25, 0.75, 2)
    return Camera(view, scale, np.r_[corner - scale * low, 0])


def nearest(pet: Pet, camera: Camera, hair: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the nearest solid in each fine pixel: part numbers (255: none) and depth (-inf: none).

    `hair (FINE, FINE)` makes the outline of fur rough.
    """
    part = np.full((FINE, FINE), 255, np.uint8)
    depth = np.full((FINE, FINE), -np.inf, np.float32)
    axes, centres = camera.scale * camera.view @ pet.axes, camera.place(pet.centres)
    shapes = axes @ axes.transpose(0, 2, 1)
    surfaces = _surfaces(centres, shapes, pet.parts).tolist()
    solids = zip(_windows(centres, shapes, FINE), surfaces, pet.parts.tolist(), strict=True)
    with np.errstate(invalid="ignore"):  # outside a solid z is nan, and never nearer
        for (window, x, y, inside), (z0, lean_x, lean_y, thick, tuft), name in solids:
            if tuft:
                rough = tuft * hair[window]
                rough += inside
                inside = rough
            z = np.sqrt(inside, out=inside)
            z *= thick
            z += (z0 + lean_x * x) + lean_y * y
            seen = depth[window]
            new = z > seen
            np.copyto(seen, z, where=new)
            np.copyto(part[window], name, where=new)
    return part, depth


def shadow(pet: Pet, camera: Camera, lamp: np.ndarray) -> np.ndarray:
    """Shadow on the floor, `(224, 224)` in 0–1: each solid is moved along the light to y = 0."""
    size = FINE // 4  # a shadow is soft: a quarter of the detail is enough
    flat = np.eye(3)
    flat[:, 1] -= lamp @ camera.view / (lamp @ camera.view)[1]
    cast = camera.scale / 4 * camera.view @ flat
    fur = pet.parts < len(FUR)
    axes, centres = cast @ pet.axes[fur], pet.centres[fur] @ cast.T + camera.shift / 4
    mask = np.zeros((size, size), bool)
    # Pressed flat, a solid may become thinner than a pixel: the unit matrix adds one.
    for window, _, _, inside in _windows(centres, axes @ axes.transpose(0, 2, 1) + np.eye(3), size):
        mask[window] |= inside > 0
    soft = Image.fromarray(np.uint8(uniform_filter(mask * np.float32(255), 5)))
    return np.asarray(soft.resize((SIZE, SIZE), Image.Resampling.BILINEAR), np.float32) / 255


def _windows(centres, shapes, size):
    """For each ellipsoid: its window, x, y, and `1 - (distance / outline)²` in that window.

    Plain Python numbers: NumPy works faster with them than with its own single numbers.
    """
    inverses = np.linalg.inv(shapes[:, :2, :2]).astype(np.float32).tolist()
    reach = np.sqrt(np.diagonal(shapes, axis1=1, axis2=2)[:, :2])
    starts = np.clip(np.floor(centres[:, :2] - reach), 0, size).astype(int).tolist()
    stops = np.clip(np.ceil(centres[:, :2] + reach) + 1, 0, size).astype(int).tolist()
    pixels = np.arange(size, dtype=np.float32)
    centres = centres.astype(np.float32).tolist()
    for centre, ((a, b), (_, c)), (x0, y0), (x1, y1) in zip(
        centres, inverses, starts, stops, strict=True
    ):
        x, y = pixels[x0:x1] - centre[0], (pixels[y0:y1] - centre[1])[:, None]
        inside = (1 - a * x * x) - c * y * y
        inside -= (2 * b * x) * y
        yield (slice(y0, y1), slice(x0, x1)), x, y, inside


def _surfaces(centres, shapes, parts) -> np.ndarray:
    """For each solid: middle depth, its lean along x and y, half its thickness, roughness.

    Along the line of sight an ellipsoid with matrix S behaves like a Gaussian with covariance
    S: its middle leans with x and y, and half its thickness is the conditional deviation.
    """
    lean = np.einsum("ni,nij->nj", shapes[:, 2, :2], np.linalg.inv(shapes[:, :2, :2]))
    thick = np.sqrt(shapes[:, 2, 2] - (lean * shapes[:, 2, :2]).sum(1))
    # Divided by the width, hair is as long on a small solid as on a large one.
    tufts = (1 / np.sqrt(shapes[:, 0, 0])) * (parts < len(FUR))
    return np.c_[centres[:, 2], lean, thick, tufts].astype(np.float32)
