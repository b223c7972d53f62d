"""The website of `make html`: its settings, and its pages in a browser with the network cut.

Of the notebooks only the small ones are executed here; the start page has every kind of panel, too.
"""

import os
import re
import subprocess
import sys

import nbformat
import pytest
from test_jupyterlab import (
    ATTACK_PANEL,
    CHOICE_PANEL,
    IDEAL_PANEL,
    PATIENCE,
    PHOTO_PANEL,
    QUIZ,
    SET_UP,
    expect,
)
from test_notebooks import ADDRESS as REPOSITORY_ADDRESS

from helpers.settings import REPOSITORY

FORMULA = r"""## Panels

A formula of the lessons: $$TV(x) = \operatorname{mean} |x_{i+1,\,j} - x_{i,\,j}|$$"""
# Each result of the attack takes half a second.
FEW = """
from helpers.adversarial_images import panel
panel.BUDGETS, panel.MORE_TARGETS = (1, 2), (340,)
"""
PAGES = [
    "README",
    "benchmarks/README",
    "data/README",
    "lab/README",
    "notebooks/00_start_here",
    "notebooks/00_lecture_quizzes",
    "notebooks/README",
    "notebooks/README.vi",
    "search",
]
PAGES += [f"docs/{path.stem}" for path in sorted((REPOSITORY / "docs").glob("*.md"))]
KINDS = (".ipynb", ".md")
# Whatever photographs are at hand, the pages are to be made without them.
SOURCE = "from helpers.datasets import cats_and_dogs\nprint('source:', cats_and_dogs(3).source)"
OUTSIDE = re.compile(r"""<(?!a\b|form\b)\w+\b[^>]*?\s(?:src|href|data|action)=["'](?:https?:)?//""")


@pytest.fixture(scope="module")
def site(course):
    """The website, with panels on the start page; that of `make html` but for long notebooks."""
    pytest.importorskip("myst_nb", reason="see jupyter/site/requirements.txt")
    first = course / "notebooks" / "00_start_here.ipynb"
    text = first.read_text(encoding="utf-8")
    assert "per_class=600" in text and ">= 100," in text
    few = text.replace("per_class=600", "per_class=12").replace(">= 100,", ">= 12,")
    book = nbformat.reads(few, as_version=4)  # to draw 1200 pets takes a minute
    set_up = SET_UP.replace("../..", "..") + FEW
    code = [set_up, PHOTO_PANEL, QUIZ, ATTACK_PANEL, IDEAL_PANEL, CHOICE_PANEL, SOURCE]
    book.cells += [nbformat.v4.new_markdown_cell(FORMULA), *map(nbformat.v4.new_code_cell, code)]
    nbformat.write(book, first)
    command = re.search(r"-m sphinx .*", (REPOSITORY / "Makefile").read_text("utf-8"))[0]
    words = re.sub(r"\$\(if.*\)", "", command).split()
    skip = "notebooks/0[1-9]* lab/*.ipynb"
    run = subprocess.run(
        [sys.executable, *words, "-D", "suppress_warnings=toc"],
        cwd=course, env=os.environ | {"COURSE_SKIP": skip}, capture_output=True, text=True
    )  # fmt: skip
    first.write_text(text, encoding="utf-8")
    assert run.returncode == 0, run.stdout + run.stderr
    return course / "site"


@pytest.fixture(scope="module")
def window(browser):
    """One window for all pages: the second one opens sooner."""
    context = browser.new_context(offline=True)
    context.set_default_timeout(PATIENCE)
    made = context.new_page()
    made.seen = []
    made.on("request", lambda request: made.seen.append(request.url))
    made.on("pageerror", lambda error: made.seen.append(f"error: {error}"))
    yield made
    context.close()


@pytest.fixture
def page(window, site, request):
    window.goto("about:blank")
    window.seen.clear()
    window.set_viewport_size({"width": 800, "height": 900})
    window.goto((site / f"{request.param}.html").as_uri())
    return window


def test_every_notebook_and_text_is_in_the_table_of_contents(site):
    """A new lesson or text of the course stands there without anybody listing it."""
    contents = (site / "README.html").read_text(encoding="utf-8").partition("<main")[0]
    folders = ("notebooks", "lab", "docs")
    texts = [p for folder in folders for p in (REPOSITORY / folder).glob("*") if p.suffix in KINDS]
    assert len(texts) > 15
    for path in [*texts, REPOSITORY / "data" / "README.md", REPOSITORY / "CONTRIBUTING.md"]:
        name = path.relative_to(REPOSITORY).with_suffix(".html").as_posix()
        assert f'href="{name}"' in contents and (site / name).is_file(), name
    assert not (site / "lab" / "solutions").exists(), "nor does the search know them"
    lesson = (site / "notebooks" / "01_feature_extraction_pytorch.html").read_text("utf-8")
    assert re.search(r'right-next"\s+href="02_fine_tuning_pytorch', lesson), "not the twin"


def test_no_page_asks_anything_of_the_internet(site):
    """Links apart. The buttons lead to the account that publishes the course."""
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not OUTSIDE.search(text), path.name
        assert str(site.parent) not in text, f"{path.name} tells where it was made"
    lesson = (site / "notebooks" / "01_feature_extraction_pytorch.html").read_text("utf-8")
    for place in ("mybinder.org/v2/gh", "colab.research.google.com/github"):
        assert place + REPOSITORY_ADDRESS.removeprefix("https://github.com") in lesson


@pytest.mark.parametrize("page", PAGES, indirect=True)
def test_a_page_asks_nothing_and_reads_well(page, site):
    """No request, no error, no broken rule of accessibility, no broken link, no scrolling aside."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"resultTypes": ["violations"]})
    outside = [seen for seen in page.seen if not seen.startswith(("file:", "data:"))]
    assert outside == []
    assert found.violations_count == 0, found.generate_report()
    links = page.locator("a[href]").evaluate_all("nodes => nodes.map(node => node.href)")
    for target in {link.partition("#")[0] for link in links if link.startswith("file:")}:
        assert (site / target.partition("/site/")[2]).exists(), target
    for width in (800, 380):  # a small window, a phone
        page.set_viewport_size({"width": width, "height": 900})
        narrow = "width => innerWidth === width && document.documentElement.scrollWidth <= width"
        page.wait_for_function(narrow, arg=width)


@pytest.mark.parametrize("page", ["notebooks/00_start_here"], indirect=True)
def test_panels_answer_without_python(page):
    """By keyboard: each choice shows its own result, and screen readers hear which."""
    panels = page.locator("#panels")
    photo, attack, film, tricks = map(panels.locator(".course-frames").nth, range(4))
    expect(film.get_by_role("slider")).to_be_visible()  # the script has made the controls work
    expect(panels.locator("math")).to_be_visible()
    text = panels.inner_text()
    assert "$$" not in text
    assert "source: drawn" in text
    assert text.count("This is a picture of an interactive panel") == 1, "the quiz"
    assert text.count("a bar") == 2, "in the code, and one finished line"
    assert "model not found" not in text and "VBox(" not in text
    assert "jupyter.widget-state" not in page.content()
    assert all(box.inner_text().strip() for box in panels.locator("div.cell_output pre").all())
    expect(panels.locator(".course-frames")).to_have_count(4)
    picture = photo.locator("img:visible")
    expect(picture).to_have_attribute("alt", re.compile("layer: stem$"))
    photo.get_by_label("stem").press("ArrowRight")
    expect(picture).to_have_attribute("alt", re.compile("layer: stage 1$"))
    expect(photo.locator("[role=status]")).to_have_text(re.compile("layer: stage 1$"))
    expect(attack).to_contain_text("✓ The network now says tabby", use_inner_text=True)
    attack.get_by_label("2", exact=True).press("ArrowLeft")
    expect(attack.get_by_label("1", exact=True)).to_be_checked()
    expect(attack).to_contain_text("✗ The attack fails", use_inner_text=True)
    expect(attack).not_to_contain_text("Egyptian", use_inner_text=True)
    attack.get_by_label("zebra").check()
    expect(attack).to_contain_text("not zebra", use_inner_text=True)
    expect(attack.locator("img:visible")).to_have_count(2)
    step, images = film.get_by_role("slider"), set()
    for text in ("120", "115", "110"):
        expect(step).to_have_attribute("aria-valuetext", text)
        alt = re.compile(f"281: tabby, step {text}, ")
        expect(film.locator("img:visible")).to_have_attribute("alt", alt)
        images.add(film.locator("img:visible").get_attribute("src"))
        step.press("ArrowLeft")
    assert len(images) == 3
    tricks.get_by_label("dropout, share: 2").press("ArrowDown")
    expect(tricks.locator("img:visible")).to_have_attribute("alt", "Two: decay; rate: 3")


@pytest.mark.parametrize("page", ["notebooks/00_lecture_quizzes"], indirect=True)
def test_a_quiz_in_two_languages_stands_still(page):
    """The Vietnamese form opens by keyboard; the English one is there at once."""
    expect(page.get_by_text("Solution and explanations").first).to_be_visible()
    hidden = page.get_by_text("Đáp án và giải thích").first
    expect(hidden).to_be_hidden()
    page.locator("summary", has_text="Tiếng Việt").first.focus()
    page.keyboard.press("Enter")
    expect(hidden).to_be_visible()


@pytest.mark.parametrize("page", ["README"], indirect=True)
def test_the_search_works_from_a_folder(page):
    page.get_by_role("button", name="Search").first.click()
    page.keyboard.type("total variation")
    page.keyboard.press("Enter")
    expect(page.locator("#search-results a[href*='03_ideal_cat']").first).to_be_visible()
