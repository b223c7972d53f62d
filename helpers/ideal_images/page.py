"""What the panel of ideal images shows of a run: the image, the meters and the curve, as HTML."""

import html
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from helpers.figures.plots import COLOURS, image_tag
from helpers.ideal_images.run import Run
from helpers.networks.names import class_names, label_of

INK = "color: var(--jp-ui-font-color1, inherit)"  # readable in the light and the dark theme
SIDE = 320  # pixels on the screen
LEFT, RIGHT, TOP, FLOOR = 52, 366, 26, 168  # edges of the curve's axes, in pixels
CURVE = f"""<svg role="img" aria-label="{{words}}" viewBox="0 0 380 210" width="380" height="210"
font-size="12" fill="currentColor" text-anchor="middle" style="max-width: 100%; {INK}">
<path d="M52 26 H366 M52 97 H366 M52 168 H366" stroke="currentColor" opacity="0.3"/>
<g text-anchor="end"><text x="46" y="30">100%</text><text x="46" y="101">50%</text>
<text x="46" y="172">0%</text><text x="366" y="186">{{last}}</text></g>
<text x="52" y="186">0</text><text x="209" y="202">step</text>
<text x="209" y="14">p(target) of the views at each step</text>
<polyline points="{{points}}" fill="none" stroke="{COLOURS[0]}" stroke-width="2"/></svg>"""


def page_html(now: Run, steps: int) -> str:
    """Return image, meters and curve side by side, or below each other where room is short."""
    box = '<div style="display: flex; flex-wrap: wrap; gap: 2px 18px">'
    side = f"<div>{meters_html(now)}{curve_html(now.curve, steps)}</div>"
    return f"{box}{image_html(now)}{side}</div>"


def image_html(now: Run) -> str:
    """Return the image with its alternative text, and under it target, step, p and seconds."""
    file = io.BytesIO()
    Image.fromarray(now.image).save(file, "JPEG", quality=92, subsampling=0)
    name, step = label_of(now.target), f"step {len(now.curve)}"
    p = f"p of the views {now.curve[-1]:.1%}" if now.curve else "noise"
    words = [name, step, p] + ([f"{now.seconds:.1f} s"] if now.seconds else [])
    alt = f"Ideal image, target class {name}, {step}, {p}"
    # Decoded at once: a new image does not flash.
    look = f'width="{SIDE}" height="{SIDE}" decoding="sync"'
    look += ' style="display: block; max-width: 100%; height: auto"'
    return (
        f'<figure style="margin: 0; width: {SIDE}px; max-width: 100%; {INK}">'
        f"{image_tag(file.getvalue(), alt, look, 'image/jpeg')}"
        f"<figcaption>{html.escape(' · '.join(words))}</figcaption></figure>"
    )


def meters_html(now: Run) -> str:
    """Return the meters as HTML: a bar, a percentage and a name each; empty without any."""
    if not now.meters:
        return ""
    step, target = now.judged
    title = html.escape(f"p({class_names()[target]}) of the image at step {step}")
    lines = [
        f'<div><meter min="0" max="1" value="{p:.4f}" style="width: 110px"></meter> '
        f"<b>{p:.1%}</b> {html.escape(name)}</div>"
        for name, p in now.meters.items()
    ]
    return f'<div style="line-height: 1.6; {INK}"><div>{title}</div>{"".join(lines)}</div>'


def curve_html(curve: Sequence[float], steps: int) -> str:
    """Return p(target), 0–1, against the steps as SVG. The axis has room for `steps` steps."""
    last = max(steps, len(curve))
    x = LEFT + np.arange(1, len(curve) + 1) * (RIGHT - LEFT) / last
    y = FLOOR - np.asarray(curve, dtype=float) * (FLOOR - TOP)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    words = f"p(target) of the views against the steps: {len(curve)} steps"
    words += f", now {curve[-1]:.1%}" if curve else ""
    return CURVE.format(words=words, last=last, points=points)
