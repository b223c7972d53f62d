"""A table on a page, with a plain form for pages without HTML."""

import html
from collections.abc import Sequence

from IPython.display import display

STYLE = "text-align: left; vertical-align: top; padding: 3px 18px 3px 0"


def to_html(
    columns: Sequence[str], rows: Sequence[Sequence], heading: str = "", grouped: bool = False
) -> str:
    """Return a table as HTML. The first cell of each row is the name of the row.

    `grouped`: rows whose names begin with a blank belong to the row above that is their title.
    In a row with fewer cells than columns, the last cell is as wide as those that are missing.
    """
    lines = ["".join(f'<th scope="col" style="{STYLE}">{_text(name)}</th>' for name in columns)]
    for first, *values in rows:
        cell, name = STYLE, "font-weight: normal"
        if grouped and first.startswith(" "):
            name = "font-weight: normal; padding-left: 16px"
        elif grouped:
            cell, name = f"{STYLE}; padding-top: 12px; white-space: nowrap", "font-weight: bold"
        line = f'<th scope="row" style="{cell}; {name}">{_text(first)}</th>'
        spans = [""] * len(values)
        if len(values) + 1 < len(columns):
            spans[-1] = f' colspan="{len(columns) - len(values)}"'
        cells = zip(spans, values, strict=True)
        lines.append(line + "".join(f'<td{s} style="{cell}">{_text(v)}</td>' for s, v in cells))
    caption = f'<caption style="{STYLE}; font-weight: bold">{_text(heading)}</caption>'
    lines = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table>{caption if heading else ''}{lines}</table>"


def to_text(columns: Sequence[str], rows: Sequence[Sequence], heading: str = "") -> str:
    """Return a table as lines of text."""
    short = [len(columns) - len(row) for row in (columns, *rows)]
    cells = [[*map(str, row), *[""] * n] for row, n in zip((columns, *rows), short, strict=True)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]
    return "\n".join([heading] * bool(heading) + lines)


def show_table(columns: Sequence[str], rows: Sequence[Sequence], heading: str = "") -> None:
    """Display a table: the names of its columns, and rows of as many cells each."""
    table = (columns, rows, heading)
    display({"text/html": to_html(*table), "text/plain": to_text(*table)}, raw=True)


def _text(cell) -> str:
    return html.escape(str(cell))
