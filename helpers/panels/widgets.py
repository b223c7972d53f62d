"""Panels: widgets in a notebook that also read well without a running notebook."""

from collections.abc import Callable, Mapping
from pathlib import Path

from IPython.display import display

from helpers.panels import frames
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
    `choices` among the results of `render` take the place of `static_html`, as in `frames.to_html`.
    """
    mark = f"course-{widget.model_id}"
    for name in ("course-panel", mark):
        widget.add_class(name)
    still = f"<p><em>{ASLEEP}</em></p>{static_html}"
    if render and for_pages():
        still = frames.to_html(render, choices)
    still = f'<div class="{mark}-still">{still}</div>'
    page = f"<style>{STYLE.replace('MARK', mark)}</style>{still}<script>{SCRIPT}</script>"
    display({"text/html": page, "text/plain": "An interactive panel."}, raw=True)
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    display({"application/vnd.jupyter.widget-view+json": view, "text/plain": ""}, raw=True)
