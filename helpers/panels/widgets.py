"""Panels: widgets in a notebook that also read well without a running notebook."""

from pathlib import Path

from IPython.display import display

SCRIPT = Path(__file__).with_name("panel.js").read_text(encoding="utf-8")
ASLEEP = (
    "This is a picture of an interactive panel. To use it, open the notebook in JupyterLab and "
    "choose <i>Run</i> → <i>Run All Cells</i> in the menu."
)
# Either the widget is seen or, where none lives, the still form: not both, and no error message
# in the place of a widget that is gone.
STYLE = """<style>
body:has(.{mark}) .{mark}-still {{ display: none; }}
.jp-OutputArea-child:has(.{mark}-still) + .jp-OutputArea-child:not(:has(.{mark})) {{
  display: none; }}
.course-panel :is(.jupyter-widgets, .widget-html-content, img) {{ max-width: 100%; }}
.course-panel .widget-inline-hbox {{ max-width: calc(100% - 4px); }}
</style>"""


def show_widget(widget, static_html: str) -> None:
    """Display `widget` or, where no Python answers, `static_html`.

    The second is what a reader finds on a page made by `make html`, and in a notebook that was
    saved and opened again. Both stand in the output; a style sheet shows the right one.
    """
    mark = f"course-{widget.model_id}"
    for name in ("course-panel", mark):
        widget.add_class(name)
    still = f'<div class="{mark}-still"><p><em>{ASLEEP}</em></p>{static_html}</div>'
    page = f"{STYLE.format(mark=mark)}{still}<script>{SCRIPT}</script>"
    display({"text/html": page, "text/plain": "An interactive panel."}, raw=True)
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    display({"application/vnd.jupyter.widget-view+json": view, "text/plain": ""}, raw=True)
