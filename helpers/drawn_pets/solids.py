"""The solids that a drawn pet is made of.

Every solid is an ellipsoid: a centre, three half-axes, and the name of the part of the animal
that it belongs to ("coat", "nose", …), which decides its colour. Round parts are one solid, a
limb is a chain of balls, an ear is a row of flat solids. One unit is about the length of the
trunk. x points forward, y up, z to the animal's left; the floor is y = 0.
"""

import numpy as np

FUR = ["coat", "chest", "muzzle", "paw", "ear", "tail"]
SHINY = ["iris", "pupil", "glint"]
PARTS = FUR + SHINY + ["rim", "inner", "nose", "mouth", "tongue", "collar", "tag"]


class Pet:
    """The solids and whiskers of one pet. New ones are turned by `turn`, then moved by `origin`.

    `head_start` is the number of solids that do not belong to the head; they come first.
    """

    def __init__(self):
        self.parts, self.centres, self.axes, self.whiskers = [], [], [], []
        self.turn, self.origin = np.eye(3), np.zeros(3)
        self.head_start = 0

    def add(self, part, centres, axes):
        """Add n ellipsoids: centres `(n, 3)`; half-axes in the columns of `(n, 3, 3)`."""
        self.parts += [PARTS.index(part)] * len(centres)
        self.centres.extend(centres @ self.turn.T + self.origin)
        self.axes.extend(self.turn @ axes)

    def solid(self, part, centre, radii):
        """Add one ellipsoid with its half-axes along x, y and z."""
        self.add(part, np.array([centre]), np.diag(radii)[None])

    def pair(self, part, centre, radii):
        """Add the same solid on the left and on the right."""
        for side in (1, -1):
            self.solid(part, np.multiply(centre, (1, 1, side)), radii)

    def chain(self, part, points, radii):
        """Add a limb: balls along a line through `points`, with a radius at each point."""
        at = np.r_[0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
        # The balls overlap, so that the limb looks smooth: 0.72 of the smallest radius apart.
        where = np.linspace(0, at[-1], int(at[-1] / (0.72 * min(radii))) + 2)
        radius = np.interp(where, at, radii)
        self.add(part, _between(points, at, where), radius[:, None, None] * np.eye(3))

    def blade(self, part, points, widths, across, thick=0.02):
        """Add an ear or a tongue: flat solids along a line, with a width at each point.

        `across` is the direction of the width.
        """
        at, where = np.linspace(0, 1, len(points)), np.linspace(0, 1, 9)
        centres = _between(points, at, where)
        along = np.gradient(centres, axis=0)
        across = np.broadcast_to(across / np.linalg.norm(across), along.shape)
        normal = np.cross(across, along)
        normal *= thick / np.linalg.norm(normal, axis=1, keepdims=True)
        across = across * np.interp(where, at, widths)[:, None]
        self.add(part, centres, np.stack([across, 1.6 * along, normal], axis=2))

    def whisker(self, points):
        """Add a thin line through `points`, which begins at the skin."""
        self.whiskers.append(points @ self.turn.T + self.origin)


def rotation(yaw: float, pitch: float = 0.0, roll: float = 0.0) -> np.ndarray:
    """Rotation matrix; yaw turns the nose towards the viewer, pitch lifts it. Degrees."""
    (cy, cp, cr), (sy, sp, sr) = (f(np.radians([yaw, pitch, roll])) for f in (np.cos, np.sin))
    about_y = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    about_z = np.array([[cp, -sp, 0], [sp, cp, 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, cr, -sr], [0, sr, cr]])
    return about_y @ about_z @ about_x


def _between(points, at, where) -> np.ndarray:
    """Points on a line: `points` are given at positions `at`, wanted at positions `where`."""
    return np.stack([np.interp(where, at, axis) for axis in np.transpose(points)], axis=1)
