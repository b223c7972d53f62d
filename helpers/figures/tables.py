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
    Without `columns` no names stand above the rows.
    """
    heads = [_cell("th", name, 'scope="col"') if name else "<td></td>" for name in columns]
    lines = ["".join(heads)] if columns else []
    for first, *values in rows:
        look, space = "; font-weight: normal", ""
        if grouped and first.startswith(" "):
            look += "; padding-left: 16px"
        elif grouped:
            look, space = "; font-weight: bold; white-space: nowrap", "; padding-top: 12px"
        cells = [_cell("th", first, 'scope="row"', look + space)]
        cells += [_cell("td", value, look=space) for value in values]
        lines.append("".join(cells))
    caption = f'<caption style="{STYLE}; font-weight: bold">{html.escape(heading)}</caption>'
    lines = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table>{caption if heading else ''}{lines}</table>"


def to_text(columns: Sequence[str], rows: Sequence[Sequence], heading: str = "") -> str:
    """Return a table as lines of text."""
    cells = [list(map(str, row)) for row in (columns, *rows) if row]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]
    return "\n".join([heading] * bool(heading) + lines)


def show_table(columns: Sequence[str], rows: Sequence[Sequence], heading: str = "") -> None:
    """Display a table: the names of its columns, and rows of as many cells each."""
    table = (columns, rows, heading)
    display({"text/html": to_html(*table), "text/plain": to_text(*table)}, raw=True)


def _cell(tag: str, content, attribute: str = "", look: str = "") -> str:
    return f'<{tag} {attribute} style="{STYLE}{look}">{html.escape(str(content))}</{tag}>'
