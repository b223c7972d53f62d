"""What the panel of lesson 03 shows of a run: the image, the meters and the curve, as HTML."""

import base64
import html
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from helpers.figures.plots import COLOURS
from helpers.networks.names import class_names, label_of

INK = "color: var(--jp-ui-font-color1, inherit)"  # readable in the light and the dark theme
SIDE = 320  # pixels on the screen
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 380, 210, 52, 26, 42  # of the curve and its margins


@dataclass
class Progress:
    """How far a run is: all that the panel shows of it.

    `image` is `uint8 (height, width, 3)`, `curve` has p(target), 0–1, of every step: the mean over
    its views, in the network whose turn it was. `meters` maps names to probabilities 0–1 of the
    class `judged_target`, measured on the image at step `judged`. `seconds` is the time that the
    steps took, None when nobody measured it.
    """

    image: np.ndarray
    target: int
    curve: list[float] = field(default_factory=list)
    meters: Mapping[str, float] = field(default_factory=dict)
    judged: int = 0
    judged_target: int | None = None
    seconds: float | None = None


def image_html(now: Progress) -> str:
    """Return the image with its alternative text, and under it target, step, p and seconds."""
    file = io.BytesIO()
    Image.fromarray(now.image).save(file, "JPEG", quality=92, subsampling=0)
    data = base64.b64encode(file.getvalue()).decode()
    name, step = label_of(now.target), f"step {len(now.curve)}"
    p = f"p of the views {now.curve[-1]:.1%}" if now.curve else "noise"
    words = [name, step, p] + ([f"{now.seconds:.1f} s"] if now.seconds is not None else [])
    alt = html.escape(f"Ideal image, target class {name}, {step}, {p}")
    # Decoded at once: a new image does not flash.
    return (
        f'<figure style="margin: 0; width: {SIDE}px; max-width: 100%; {INK}">'
        f'<img src="data:image/jpeg;base64,{data}" alt="{alt}" width="{SIDE}" height="{SIDE}" '
        'decoding="sync" style="display: block; max-width: 100%; height: auto">'
        f"<figcaption>{html.escape(' · '.join(words))}</figcaption></figure>"
    )


def meters_html(now: Progress) -> str:
    """Return the meters as HTML: a bar, a name and a percentage each; empty without any."""
    if not now.meters:
        return ""
    title = html.escape(f"p({class_names()[now.judged_target]}) of the image at step {now.judged}")
    lines = [
        f'<div><meter min="0" max="1" value="{p:.4f}" style="width: 110px"></meter> '
        f"<b>{p:.1%}</b> {html.escape(name)}</div>"
        for name, p in now.meters.items()
    ]
    return f'<div style="line-height: 1.6; {INK}"><div>{title}</div>{"".join(lines)}</div>'


def curve_html(curve: Sequence[float], steps: int) -> str:
    """Return p(target), 0–1, against the steps as SVG. The axis has room for `steps` steps."""
    last, right, floor = max(steps, len(curve)), WIDTH - 14, HEIGHT - BOTTOM
    x = LEFT + np.arange(1, len(curve) + 1) * (right - LEFT) / last
    y = floor - np.asarray(curve, dtype=float) * (floor - TOP)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    words = f"p(target) of the views against the steps: {len(curve)} steps"
    words += f", now {curve[-1]:.1%}" if curve else ""

    def text(a, b, content, anchor="middle"):
        return f'<text x="{a}" y="{b}" text-anchor="{anchor}">{content}</text>'

    return (
        f'<svg role="img" aria-label="{words}" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" font-size="12" fill="currentColor" style="max-width: 100%; {INK}">'
        + text((LEFT + right) / 2, 14, "p(target) of the views at each step")
        + "".join(
            f'<path d="M{LEFT} {h} H{right}" stroke="currentColor" opacity="0.3"/>'
            + text(LEFT - 6, h + 4, label, "end")
            for h, label in ((TOP, "100%"), ((TOP + floor) / 2, "50%"), (floor, "0%"))
        )
        + text(LEFT, floor + 18, "0")
        + text(right, floor + 18, last, "end")
        + text((LEFT + right) / 2, floor + 34, "step")
        + f'<polyline points="{points}" fill="none" stroke="{COLOURS[0]}" stroke-width="2"/></svg>'
    )


def page_html(now: Progress, steps: int) -> str:
    """Return image, meters and curve as one static page."""
    box = '<div style="display: flex; flex-wrap: wrap; gap: 20px">'
    side = f"<div>{meters_html(now)}{curve_html(now.curve, steps)}</div>"
    return f"{box}{image_html(now)}{side}</div>"
