"""Panels: widgets in a notebook that also read well without a running notebook."""

import sys
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from IPython.display import HTML, display
from matplotlib.figure import Figure

from helpers.plots import to_html


def show_widget(widget, static_html: str) -> None:
    """Display `widget`, together with `static_html` for pages on which no widget can run.

    Both travel in one output. JupyterLab shows the widget. A page made by `make html`, where no
    Python answers, shows the HTML instead.
    """
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    bundle = {"application/vnd.jupyter.widget-view+json": view, "text/plain": "Interactive panel"}
    if "google.colab" not in sys.modules:  # Colab might prefer the HTML to the widget
        bundle["text/html"] = static_html
    display(bundle, raw=True)


def photo_panel(
    draw: Callable[..., Figure],
    samples: Mapping[str, np.ndarray],
    alt: str,
    **choices: Sequence,
) -> None:
    """Show a panel that calls `draw(photo, **values)` and displays the figure that it returns.

    `samples` maps names to photographs, `uint8 (height, width, 3)`; the learner may upload an own
    one. Each of `choices` becomes a slider over its values. The first result is drawn at once;
    without ipywidgets, or on a static page, it is all there is. `alt` describes the figure.
    """
    start = draw(next(iter(samples.values())), **{name: v[0] for name, v in choices.items()})
    static_html = to_html(start, alt)
    try:
        from helpers.photo_panel import PhotoPanel
    except ImportError:
        display(HTML(static_html))
    else:
        show_widget(PhotoPanel(draw, samples, alt, choices, static_html).box, static_html)
