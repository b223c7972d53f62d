"""Panels: widgets in a notebook that also read well without a running notebook."""

import html
import itertools
import json
from collections.abc import Callable, Mapping
from pathlib import Path

from IPython.display import display

from helpers.settings import for_pages

STYLE, SCRIPT = (
    Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("panel.css", "panel.js")
)
ASLEEP = (
    "This is a picture of an interactive panel. To use it, open the notebook in JupyterLab and "
    "choose <i>Run</i> → <i>Run All Cells</i> in the menu."
)


def show_widget(
    widget, static_html: str, render: Callable | None = None, choices: Mapping | None = None
) -> None:
    """Display `widget` or, where no Python answers, `static_html`.

    The second is what a reader finds on a page made by `make html`, and in a notebook that was
    saved and opened again. Both stand in the output; a style sheet shows the right one. On a page
    a choice among results takes the place of `static_html`, all computed before: `choices` maps
    names to (text → value, number of the text to begin with), and `render(*values)` returns the
    HTML of one combination.
    """
    mark = f"course-{widget.model_id}"
    for name in ("course-panel", mark):
        widget.add_class(name)
    still = f"<p><em>{ASLEEP}</em></p>{static_html}"
    if render and for_pages():
        still = _all_results(render, choices)
    still = f'<div class="{mark}-still">{still}</div>'
    page = f"<style>{STYLE.replace('MARK', mark)}</style>{still}<script>{SCRIPT}</script>"
    display({"text/html": page, "text/plain": "An interactive panel."}, raw=True)
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    display({"application/vnd.jupyter.widget-view+json": view, "text/plain": ""}, raw=True)


def _all_results(render: Callable[..., str], choices: Mapping) -> str:
    """Return all results, in the order of the values; the one to begin with is seen.

    `jupyter/site/static/course.js` makes the controls.
    """
    begin = tuple(first for _, first in choices.values())
    controls = json.dumps([[name, [*texts], first] for name, (texts, first) in choices.items()])
    results = ""
    for chosen in itertools.product(*(enumerate(texts.values()) for texts, _ in choices.values())):
        numbers, values = zip(*chosen, strict=True)
        results += f"<div{' hidden' * (numbers != begin)}>{render(*values)}</div>"
    return f'<div class="course-frames" data-controls="{html.escape(controls)}">{results}</div>'
