"""The pages of `make html`, opened from a folder with the network cut."""

import subprocess
import sys

import nbformat
import pytest
from test_jupyterlab import ATTACK_PANEL, IDEAL_PANEL, PHOTO_PANEL, QUIZ, SET_UP

FORMULA = r"""# Panels

A formula of the lessons: $$TV(x) = \operatorname{mean} |x_{i+1,\,j} - x_{i,\,j}|$$
[The start page](00_start_here.ipynb)"""
PAGES = ["README", "data/README", "lab/README", "notebooks/00_start_here", "notebooks/00_panels",
         "notebooks/00_lecture_quizzes", "notebooks/README", "notebooks/README.vi"]  # fmt: skip


@pytest.fixture(scope="module")
def site(browser, course):
    """Pages of the texts, of the start page, and of a notebook with every kind of panel."""
    code = [SET_UP.replace("../..", ".."), PHOTO_PANEL, QUIZ, ATTACK_PANEL, IDEAL_PANEL]
    cells = [nbformat.v4.new_markdown_cell(FORMULA), *map(nbformat.v4.new_code_cell, code)]
    path = course / "notebooks" / "00_panels.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    command = [sys.executable, "jupyter/make_pages.py", "README", "notebooks/00"]
    run = subprocess.run(command, cwd=course, capture_output=True, text=True)
    path.unlink()
    assert run.returncode == 0, run.stdout + run.stderr
    return course / "site"


@pytest.fixture(params=PAGES)
def page(browser, site, request):
    context = browser.new_context(offline=True, viewport={"width": 800, "height": 900})
    made = context.new_page()
    made.seen = []
    made.on("request", lambda request: made.seen.append(request.url))
    made.on("console", lambda message: made.seen.append(f"{message.type}: {message.text}"))
    made.on("pageerror", lambda error: made.seen.append(f"error: {error}"))
    made.goto((site / f"{request.param}.html").as_uri())
    yield made
    context.close()


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
            name = target.partition("/site/")[2].removesuffix(".html")
            made = [f"site/{name}.html", f"{name}.ipynb", f"{name}.md"]  # not all are made here
            assert any((site.parent / file).exists() for file in made), name
    assert page.evaluate("document.documentElement.scrollWidth") <= 800


@pytest.mark.parametrize("page", ["notebooks/00_panels"], indirect=True)
def test_panels_stand_still(page):
    """Quiz, pictures and formula are there; nothing is said twice, and no widget is missed."""
    text = page.locator("main").inner_text()
    assert "$$" not in text and page.locator("math").is_visible()
    assert text.count("This is a picture of an interactive panel") == 4
    assert text.count("a bar") == 2, "in the code, and one finished line"
    assert "model not found" not in text and "VBox(" not in text
    for picture in ("A photograph.", "The original, ", "Ideal image, target class 281"):
        assert page.locator(f'img[alt^="{picture}"]').first.is_visible()
    page.locator("summary").first.click()
    assert page.locator("details[open]").count() == 1


@pytest.mark.parametrize("page", ["notebooks/00_lecture_quizzes"], indirect=True)
def test_a_quiz_in_two_languages_stands_still(page):
    """The Vietnamese form opens by keyboard; the English one is there at once."""
    assert page.get_by_text("Solution and explanations").first.is_visible()
    hidden = page.get_by_text("Đáp án và giải thích").first
    assert not hidden.is_visible()
    page.locator("summary", has_text="Tiếng Việt").first.focus()
    page.keyboard.press("Enter")
    assert hidden.is_visible()
