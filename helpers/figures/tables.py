"""A table on a page, with a plain form for pages without HTML."""

import html
from collections.abc import Sequence

from IPython.display import display

STYLE = "text-align: left; vertical-align: top; padding: 3px 18px 3px 0"


def to_html(columns: Sequence[str], rows: Sequence[Sequence], heading: str = "") -> str:
    """Return a table as HTML. The first cell of each row is the name of the row."""
    lines = ["".join(f'<th scope="col" style="{STYLE}">{_text(name)}</th>' for name in columns)]
    for first, *values in rows:
        line = f'<th scope="row" style="{STYLE}; font-weight: normal">{_text(first)}</th>'
        lines.append(line + "".join(f'<td style="{STYLE}">{_text(v)}</td>' for v in values))
    caption = f'<caption style="{STYLE}; font-weight: bold">{_text(heading)}</caption>'
    lines = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table>{caption if heading else ''}{lines}</table>"


def to_text(columns: Sequence[str], rows: Sequence[Sequence], heading: str = "") -> str:
    """Return a table as lines of text."""
    cells = [list(map(str, row)) for row in (columns, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]
    return "\n".join([heading] * bool(heading) + lines)


def show_table(columns: Sequence[str], rows: Sequence[Sequence], heading: str = "") -> None:
    """Display a table: the names of its columns, and rows of as many cells each."""
    table = (columns, rows, heading)
    display({"text/html": to_html(*table), "text/plain": to_text(*table)}, raw=True)


def _text(cell) -> str:
    return html.escape(str(cell))
