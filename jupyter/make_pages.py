"""Execute the notebooks and write them as pages to `site/`: python jupyter/make_pages.py [NAME …]

The pages read well without Python, and ask nothing of the internet: quizzes and panels stand in a
still form, formulas are MathML. A NAME is part of a path, for example `01_feature`; without one,
all pages are made.
"""

import re
import shutil
import sys
import time
from pathlib import Path

import nbformat
from jinja2 import pass_context
from latex2mathml.converter import convert
from nbconvert import HTMLExporter
from nbconvert.preprocessors import CellExecutionError, ExecutePreprocessor
from open_lab import REPOSITORY, course_files

SITE = REPOSITORY / "site"
SECONDS = 600  # for one cell
SOURCES = (".ipynb", ".md")  # other files are pictures, and copied


class Pages(HTMLExporter):
    """nbconvert's pages, with links between them, formulas, and colours that all can read."""

    template_name = "course"
    extra_template_basedirs = [str(Path(__file__).parent / "templates")]
    mathjax_url = require_js_url = mermaid_js_url = ""
    # Widgets need a running notebook: their still form, HTML, is shown instead.
    display_data_priority = ["text/html", "image/png", "text/markdown", "text/plain"]

    @pass_context
    def markdown2html(self, context, source):
        """Return the HTML of a text: formulas as MathML, links to pages instead of notebooks."""
        page = super().markdown2html(context, source)
        page = re.sub(r"\$\$(.+?)\$\$", _formula, page, flags=re.DOTALL)
        return re.sub(r'href="((?!\w+:)[^"#]+)\.(?:ipynb|md)([#"])', r'href="\1.html\2', page)

    def default_filters(self):
        """Register the filter above in the place of nbconvert's."""
        yield from super().default_filters()
        yield "markdown2html", self.markdown2html


def _formula(match: re.Match) -> str:
    text = match[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return convert(text, display="block")


def read(path: Path) -> nbformat.NotebookNode:
    """Return a notebook; a page of text becomes a notebook of one cell."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        return nbformat.reads(text, as_version=4)
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)])


def make_page(name: Path) -> None:
    """Execute a notebook of the course where it lies, and write its page; copy a picture.

    Raises CellExecutionError when a cell fails; then no page is written.
    """
    target = SITE / name.with_suffix(".html")
    target.parent.mkdir(parents=True, exist_ok=True)
    if name.suffix not in SOURCES:
        shutil.copy(REPOSITORY / name, SITE / name)
        return
    book = read(REPOSITORY / name)
    resources = {"metadata": {"path": str((REPOSITORY / name).parent), "name": name.stem}}
    if name.suffix == ".ipynb":
        run = ExecutePreprocessor(
            timeout=SECONDS,
            kernel_name="python3",
            store_widget_state=False,
            coalesce_streams=True,  # a progress bar is its last line
            extra_arguments=["--log-level=ERROR"],
        )
        book, resources = run.preprocess(book, resources)
    titles = (re.search(r"(?m)^# (.+)$", cell.source) for cell in book.cells)
    book.metadata.title = next(title for title in titles if title)[1]
    language = "vi" if name.stem.endswith(".vi") else "en"
    page, _ = Pages(language_code=language).from_notebook_node(book, resources)
    target.write_text(page, encoding="utf-8")


def main(wanted: list[str]) -> int:
    """Make the pages; return 1 when a notebook failed, after the others are made."""
    failed = []
    for name in course_files():
        picture = name.suffix not in SOURCES
        if wanted and not picture and not any(part in name.as_posix() for part in wanted):
            continue
        begin = time.monotonic()
        try:
            make_page(name)
        except CellExecutionError as error:
            failed.append(name.as_posix())
            print(f"{name.as_posix()}: a cell failed, no page is made\n{error}", flush=True)
        else:
            print(f"{name.as_posix()}: {time.monotonic() - begin:.0f} s", flush=True)
    print(f"{len(failed)} notebooks failed: {', '.join(failed)}" if failed else f"Open {SITE}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
