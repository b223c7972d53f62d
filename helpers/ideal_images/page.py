"""What the panel of ideal images shows of a run: the image, the meters and the curve, as HTML."""

import html
import io
from collections.abc import Sequence

from PIL import Image

from helpers.figures.plots import COLOURS, image_tag
from helpers.ideal_images.run import Run
from helpers.networks.names import class_names, label_of

INK = "color: var(--jp-ui-font-color1, inherit)"  # readable in the light and the dark theme
SIDE = 320  # pixels on the screen
# The curve fills a box whose sides are step and p; the words stand around it, in HTML.
CURVE = f"""<div style="line-height: 1.6; {INK}"><div>p(target) of the views: 0 to 100 %</div>
<svg role="img" aria-label="{{words}}" viewBox="0 0 {{last}} 1" width="{SIDE}" height="120"
preserveAspectRatio="none" style="max-width: 100%; border: solid; border-width: 1px 0">
<polyline points="{{points}}" fill="none" stroke="{COLOURS[0]}" stroke-width="2"
vector-effect="non-scaling-stroke"/></svg><div>step 0 to {{last}}</div></div>"""


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
    alt = f"Ideal image, target class {name}, {step}, {p}"
    words = [name, step, p.replace("of the views ", "")]  # one line, so the page does not jump
    words += [f"{now.seconds:.1f} s"] if now.seconds else []
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
    points = " ".join(f"{step},{1 - p:.3f}" for step, p in enumerate(curve, 1))
    words = f"p(target) of the views against the steps: {len(curve)} steps"
    words += f", now {curve[-1]:.1%}" if curve else ""
    return CURVE.format(words=words, last=max(steps, len(curve)), points=points)
