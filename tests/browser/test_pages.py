"""The website of `make html`: its settings, and its pages in a browser with the network cut.

Of the notebooks only the small ones are executed here, with one that holds every kind of panel.
"""

import os
import re
import subprocess
import sys

import nbformat
import pytest
from test_jupyterlab import ATTACK_PANEL, IDEAL_PANEL, PHOTO_PANEL, QUIZ, SET_UP
from test_notebooks import ADDRESS as REPOSITORY_ADDRESS

from helpers.settings import REPOSITORY

FORMULA = r"""# Panels

A formula of the lessons: $$TV(x) = \operatorname{mean} |x_{i+1,\,j} - x_{i,\,j}|$$
[The start page](00_start_here.ipynb)"""
PAGES = ["README", "data/README", "lab/README", "notebooks/00_start_here", "notebooks/00_panels",
         "notebooks/00_lecture_quizzes", "notebooks/README", "notebooks/README.vi",
         "search"]  # fmt: skip
PAGES += [f"docs/{path.stem}" for path in sorted((REPOSITORY / "docs").glob("*.md"))]
KINDS = (".ipynb", ".md")
# Whatever photographs are at hand, the pages are to be made without them.
SOURCE = "from helpers.datasets import cats_and_dogs\nprint('source:', cats_and_dogs(3).source)"
OUTSIDE = re.compile(r"""<(?!a\b|form\b)\w+\b[^>]*?\s(?:src|href|data|action)=["'](?:https?:)?//""")


@pytest.fixture(scope="module")
def site(course):
    """The website, with a page of panels; that of `make html` but for the long notebooks."""
    pytest.importorskip("myst_nb", reason="see jupyter/site/requirements.txt")
    code = [SET_UP.replace("../..", ".."), PHOTO_PANEL, QUIZ, ATTACK_PANEL, IDEAL_PANEL, SOURCE]
    cells = [nbformat.v4.new_markdown_cell(FORMULA), *map(nbformat.v4.new_code_cell, code)]
    path = course / "notebooks" / "00_panels.ipynb"
    book = nbformat.v4.new_notebook(cells=cells)
    book.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(book, path)
    command = re.search(r"-m sphinx .*", (REPOSITORY / "Makefile").read_text("utf-8"))[0]
    words = re.sub(r"\$\(if.*\)", "", command).split()
    skip = "notebooks/0[1-9]* lab/*.ipynb lab/solutions/*.ipynb"
    run = subprocess.run(
        [sys.executable, *words, "-D", "suppress_warnings=toc"],
        cwd=course, env=os.environ | {"COURSE_SKIP": skip}, capture_output=True, text=True
    )  # fmt: skip
    path.unlink()
    assert run.returncode == 0, run.stdout + run.stderr
    return course / "site"


@pytest.fixture
def page(browser, site, request):
    context = browser.new_context(offline=True, viewport={"width": 800, "height": 900})
    made = context.new_page()
    made.seen = []
    made.on("request", lambda request: made.seen.append(request.url))
    made.on("pageerror", lambda error: made.seen.append(f"error: {error}"))
    made.goto((site / f"{request.param}.html").as_uri())
    yield made
    context.close()


def test_every_notebook_and_text_is_in_the_table_of_contents(site):
    """A new lesson or text of the course stands there without anybody listing it."""
    contents = (site / "README.html").read_text(encoding="utf-8").partition("<main")[0]
    folders = ("notebooks", "lab", "lab/solutions", "docs")
    texts = [p for folder in folders for p in (REPOSITORY / folder).glob("*") if p.suffix in KINDS]
    assert len(texts) > 15
    for path in [*texts, REPOSITORY / "data" / "README.md", REPOSITORY / "CONTRIBUTING.md"]:
        name = path.relative_to(REPOSITORY).with_suffix(".html").as_posix()
        assert f'href="{name}"' in contents and (site / name).is_file(), name


def test_no_page_asks_anything_of_the_internet(site):
    """Links apart. The buttons lead to the account that publishes the course."""
    for path in site.rglob("*.html"):
        assert not OUTSIDE.search(path.read_text(encoding="utf-8")), path.name
    lesson = (site / "notebooks" / "01_feature_extraction_pytorch.html").read_text("utf-8")
    for place in ("mybinder.org/v2/gh", "colab.research.google.com/github"):
        assert place + REPOSITORY_ADDRESS.removeprefix("https://github.com") in lesson


@pytest.mark.parametrize("page", PAGES, indirect=True)
def test_a_page_asks_nothing_and_reads_well(page, site):
    """No request, no error, no broken rule of accessibility, no broken link, no scrolling aside."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page)
    outside = [seen for seen in page.seen if not seen.startswith(("file:", "data:"))]
    assert outside == []
    assert found.violations_count == 0, found.generate_report()
    for link in page.locator("a[href]").all():
        target = link.evaluate("node => node.href").partition("#")[0]
        if target.startswith("file:"):
            assert (site / target.partition("/site/")[2]).exists(), target
    for width in (800, 380):  # a small window, a phone
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("page", ["notebooks/00_panels"], indirect=True)
def test_panels_answer_without_python(page):
    """By keyboard: each choice shows its own result, and screen readers hear which."""
    text = page.locator("main").inner_text()
    assert "$$" not in text and page.locator("math").is_visible()
    assert "source: drawn" in text
    assert text.count("This is a picture of an interactive panel") == 1, "the quiz"
    assert text.count("a bar") == 2, "in the code, and one finished line"
    assert "model not found" not in text and "VBox(" not in text
    assert "jupyter.widget-state" not in page.content()
    assert all(box.inner_text().strip() for box in page.locator("div.cell_output pre").all())
    photo, attack, film = page.locator(".course-frames").all()
    assert photo.locator("img:visible").get_attribute("alt").endswith("layer: stem")
    photo.get_by_label("stem").press("ArrowRight")
    assert photo.locator("img:visible").get_attribute("alt").endswith("layer: stage 1")
    assert photo.locator("[role=status]").inner_text().endswith("layer: stage 1")
    assert "✓ The network now says tabby" in attack.inner_text()
    budget = attack.get_by_label("budget (levels)")
    budget.press("ArrowLeft")
    assert budget.get_attribute("aria-valuetext") == "1"
    assert "✗ The attack fails" in attack.inner_text() and "Egyptian" not in attack.inner_text()
    attack.get_by_label("zebra").check()
    assert "not zebra" in attack.inner_text() and attack.locator("img:visible").count() == 2
    step, images = film.get_by_role("slider"), set()
    for text in ("40", "38", "36"):
        assert f"281: tabby, step {text}, " in film.locator("img:visible").get_attribute("alt")
        images.add(film.locator("img:visible").get_attribute("src"))
        step.press("ArrowLeft")
    assert len(images) == 3


@pytest.mark.parametrize("page", ["notebooks/00_lecture_quizzes"], indirect=True)
def test_a_quiz_in_two_languages_stands_still(page):
    """The Vietnamese form opens by keyboard; the English one is there at once."""
    assert page.get_by_text("Solution and explanations").first.is_visible()
    hidden = page.get_by_text("Đáp án và giải thích").first
    assert not hidden.is_visible()
    page.locator("summary", has_text="Tiếng Việt").first.focus()
    page.keyboard.press("Enter")
    assert hidden.is_visible()


@pytest.mark.parametrize("page", ["README"], indirect=True)
def test_the_search_works_from_a_folder(page):
    page.get_by_role("button", name="Search").first.click()
    page.keyboard.type("total variation")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results a")
    assert page.locator("#search-results a[href*='03_ideal_cat']").count()
