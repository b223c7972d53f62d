"""The backgrounds of drawn pets: a room, a meadow, a plain studio, or soft spots of light.

A background begins as two colours that run into each other from top to bottom. Rectangles,
discs and lines are drawn over it with Pillow, in random places and colours. Then it is blurred,
as behind an animal in focus, and gets some grain. The horizon is always above the pet's feet.
Scenes know nothing about the species: cats and dogs get the same ones.
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from helpers.drawn_pets.camera import SIZE
from helpers.drawn_pets.light import planes, texture


def background(rng, floor: float) -> np.ndarray:
    """Draw a scene: `float32 (3, 224, 224)`. `floor` is the row where the pet stands."""
    image = _two_colours(rng)
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
            _disc(draw, rng.uniform(0, SIZE, 2), rng.uniform(8, 40), _colour(rng))
    grain = rng.uniform(0, 6) * texture("spots", rng) + rng.uniform(0, 8) * texture("patches", rng)
    return planes(image.filter(ImageFilter.GaussianBlur(blur))) + grain


def _two_colours(rng) -> Image.Image:
    top, bottom = _colour(rng), _colour(rng)
    steps = np.linspace(0, 1, SIZE)[:, None, None]
    return Image.fromarray(np.repeat(np.uint8(top + (bottom - top) * steps), SIZE, 1))


def _colour(rng, near=None, spread=40) -> np.ndarray:
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
    floor = _colour(rng, (150, 115, 85), 45)
    draw.rectangle((0, horizon, SIZE, SIZE), fill=_fill(floor))
    if rng.random() < 0.6:
        for x in range(-3 * SIZE, 4 * SIZE, rng.integers(40, 80)):
            draw.line((SIZE / 2 + (x - SIZE / 2) / 3, horizon, x, SIZE), fill=_fill(0.85 * floor))
    for _ in range(rng.integers(0, 4)):
        _furniture(draw, rng, horizon)
    skirting = _fill(_colour(rng, (225, 220, 210), 20))
    if rng.random() < 0.5:
        draw.rectangle((0, horizon - 5, SIZE, horizon), fill=skirting)
    if rng.random() < 0.4:
        centre = rng.uniform(60, 160), rng.uniform(horizon + 20, SIZE)
        _disc(draw, centre, rng.uniform(60, 130), _colour(rng), 0.25)


def _furniture(draw, rng, horizon):
    """A box with two panes: on the wall a picture or a window, else a cupboard or a sofa."""
    left, wide, high = rng.uniform(-40, SIZE - 20), rng.uniform(35, 100), rng.uniform(30, 80)
    colour, inner = _colour(rng), _colour(rng)
    hangs = rng.random() < 0.5
    low = horizon - rng.uniform(20, 50) if hangs else horizon + 8
    box = (left, low - high, left + wide, low)
    draw.rounded_rectangle(box, 0 if hangs else 8, fill=_fill(colour))
    inset = rng.uniform(3, 7)
    for half in (0, 1):
        x = left + inset + half * (wide - inset) / 2
        box = (x, low - high + inset, x + wide / 2 - 1.5 * inset, low - inset)
        draw.rectangle(box, fill=_fill(inner))


def _meadow(draw, rng, horizon):
    """Sky with clouds, hills, trees, and grass."""
    draw.rectangle((0, 0, SIZE, horizon), fill=_fill(_colour(rng, (150, 190, 225), 30)))
    for _ in range(rng.integers(0, 4)):
        x, y = rng.uniform(0, SIZE), rng.uniform(0, horizon * 0.7)
        for _ in range(5):
            spot = x + rng.uniform(-22, 22), y + rng.uniform(-4, 4)
            _disc(draw, spot, rng.uniform(8, 18), (238, 242, 246), 0.5)
    green = _colour(rng, (112, 140, 72), 30)
    for _ in range(rng.integers(0, 3)):
        spot = rng.uniform(0, SIZE), horizon + 20
        _disc(draw, spot, rng.uniform(60, 140), _colour(rng, 0.8 * green + 20, 15), 0.4)
    for _ in range(rng.integers(0, 5)):
        _tree(draw, rng, horizon, green)
    draw.rectangle((0, horizon, SIZE, SIZE), fill=_fill(green))
    _grass(draw, rng, horizon, green)


def _tree(draw, rng, horizon, green):
    x, leaf, r = rng.uniform(0, SIZE), _colour(rng, 0.7 * green, 15), rng.uniform(10, 28)
    draw.rectangle((x - r / 7, horizon - 2 * r, x + r / 7, horizon + 4), fill=(96, 72, 52))
    for _ in range(6):
        spot = np.array([x, horizon - 1.8 * r]) + rng.uniform(-r, r, 2) * 0.7
        _disc(draw, spot, r * 0.6, _colour(rng, leaf, 8))


def _grass(draw, rng, horizon, green):
    for x, y, grow in rng.uniform((0, 0, 0.3), (SIZE, 1, 1.3), (90, 3)):
        y = horizon + y * (SIZE - horizon)
        tall = grow * (2 + (y - horizon) / 12)  # nearer blades are longer
        blade = _fill(green * (0.7 + 0.45 * grow))
        draw.line((x, y, x + tall * (grow - 0.8), y - tall), fill=blade)
