"""The first hour in JupyterLab: links, first cells, panels and quizzes by mouse and by keyboard.

A page changes while a test reads it, and cells far from the screen are not drawn: what a test wants
to see it waits for, with `expect` or `settle`. Nothing is read once, and no wait has a fixed time.
"""

import json
import re
import time
import urllib.request
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

sync_api = pytest.importorskip("playwright.sync_api", reason="see tests/browser/requirements.txt")
expect = sync_api.expect
PATIENCE = 60_000  # milliseconds: the machine may be busy
expect.set_options(timeout=PATIENCE)
SET_UP = """
import os, sys, time
sys.path[:0] = [os.path.abspath("../..")]
from types import SimpleNamespace
import numpy as np
from helpers import figures
from helpers.figures import plots
from helpers.panels import choice_panel, photo as limits
from helpers.adversarial_images.panel import Attacked, attack_panel
from helpers.ideal_images.panel import ideal_panel
from helpers.panels.photo import photo_panel
from helpers.photographs.photos import sample_photos
from helpers.progress import progress
from helpers.course.quiz import show_quiz
limits.MEGABYTES = 1
"""
# The panels of the lessons, each with a small function in the place of a network.
PHOTO_PANEL = """
for _ in progress(range(5), "a bar"):
    time.sleep(0.02)
draw = lambda photo, layer: plots.draw_photos([photo], [f"{layer}, mean {photo.mean():.0f}"])
photo_panel(draw, sample_photos(), alt="A photograph.", layer=["stem", "stage 1", "last"])
"""
QUIZ = 'show_quiz("01_feature_extraction")'
TWO_LANGUAGES = 'show_quiz("before_the_lecture")'
ATTACK_PANEL = """
def examine(photo, target, budget, steps):
    view, logits, said = photo[:64, :64], np.zeros(1000), target if budget >= 2 else 207
    logits[said] = 20
    changed = np.clip(view.astype(int) + budget, 0, 255).astype(np.uint8)
    before = np.roll(logits, 207 - said)
    return Attacked(view, changed, before, logits, [("saved as PNG", 0.98, "tabby")])
attack_panel(examine, sample_photos(), {}, target=281)
"""
IDEAL_PANEL = """
def climb(settings):
    for step in range(1000):
        yield np.full((64, 64, 3), min(255, 2 * step), np.uint8), min(1, step / 50)
        time.sleep(2 if step % 120 > 10 and os.path.exists("slow") else 0)
        if settings.total_variation > 500:
            raise ValueError("The image is spoiled.")
ideal_panel(
    climb, SimpleNamespace(target=281, total_variation=10, waves=True),
    lambda image, target: {"this network": target / 1000}, np.full((64, 64, 3), 200, np.uint8),
    [0.1, 0.5, 0.9], {"waves and colours": "waves"}, steps=120,
);
"""
CHOICE_PANEL = """
draw = lambda trick, value: figures.draw_lines({trick: ([1, 2], [0, value])}, trick, "x", "y")
choice_panel(draw, "trick", {"dropout": ("share", [1, 2]), "decay": ("rate", [3, 4])}, alt="Two:")
"""
FRONT = ".jp-NotebookPanel:not(.lm-mod-hidden)"  # the notebook in front
IDLE = f'{FRONT} .jp-Notebook-ExecutionIndicator[data-status="idle"]'
PROMPTS = (
    f"[...document.querySelectorAll('{FRONT} .jp-CodeCell .jp-InputPrompt')]"
    ".map(node => node.textContent)"
)
WAITS = f"{PROMPTS}.some(text => text.includes('*'))"  # a cell has a star until its turn is over


def write_notebook(path: Path, *cells: str) -> None:
    """Write a notebook with these code cells; the first finds the course."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    book.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path.write_text(json.dumps(book), encoding="utf-8")


def sessions(page):
    """Return (path, state of the kernel, pages connected to it) of each notebook that runs."""
    with urllib.request.urlopen(re.match(r"\w+://[^/]+", page.url)[0] + "/api/sessions") as answer:
        found = [(entry["path"], entry["kernel"]) for entry in json.load(answer)]
    return [(path, kernel["execution_state"], kernel["connections"]) for path, kernel in found]


def open_tab(page, name):
    """Open a notebook from the list of files beside the one in front."""
    page.locator(f'.jp-DirListing-item[title*="Name: {name}"]').dblclick()
    wait_for_kernel(page, name)


def wait_for_kernel(page, name):
    page.locator(f"{FRONT} .jp-Cell").first.wait_for()
    # Before it has a kernel, the page says idle, too, and a cell that is run asks which to take.
    settle(page, lambda: (f"notebooks/{name}", "idle", 1) in sessions(page), True)
    page.wait_for_selector(IDLE)


def close_tab(page, name):
    """Close the tab in front. Where the kernel wrote its version into a notebook, discard that."""
    tab = page.locator(".lm-DockPanel-tabBar .lm-mod-current", has_text=name)
    discard = page.get_by_role("button", name="Discard")
    insist(
        page, tab.locator(".lm-TabBar-tabCloseIcon").click,
        lambda: bool(discard.count()) or not tab.count(),
    )  # fmt: skip
    if discard.count():
        discard.click()
    expect(tab).to_have_count(0)


def close_notebook(page, name):
    """Close its tab, and wait until its kernel has ended: a setting of `open_lab.py`."""
    close_tab(page, name)
    settle(page, lambda: any(name in path for path, *_ in sessions(page)), False)


def settle(page, read, wanted):
    """Wait until `read()` returns `wanted`."""
    end = time.monotonic() + PATIENCE / 1000
    while (found := read()) != wanted and time.monotonic() < end:
        page.wait_for_timeout(50)
    assert found == wanted


def insist(page, action, done):
    """Do `action` until `done()`. While it is busy, JupyterLab drops some of what it is told."""
    for _ in range(4):
        assert (said := page.locator(".jp-Dialog").all_inner_texts()) == [], said
        action()
        end = time.monotonic() + PATIENCE / 4000
        while time.monotonic() < end:
            if done():
                return
            page.wait_for_timeout(50)
    raise AssertionError("four times nothing happened")


def check(page, action, verdict):
    """Do `action`, which asks for a verdict, until it is seen.

    A widget sends a click at once and its value when the last one was answered: on a busy machine
    the newer value may come after the click, and takes the verdict away.
    """
    insist(page, action, verdict.is_visible)


def start_cells(page, action):
    """Do `action` until a cell begins: a star stands there, or a new number."""
    before = page.evaluate(PROMPTS)
    insist(page, action, lambda: page.evaluate(WAITS) or page.evaluate(PROMPTS) != before)


def wait_for_cells(page):
    """Wait until no cell waits. Before the first one begins, the kernel is idle, too."""
    page.wait_for_function(f"!{WAITS}", timeout=3 * PATIENCE)
    page.wait_for_selector(IDLE)


def run_all(page):
    """Choose Run → Run All Cells."""

    def choose():
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()

    start_cells(page, choose)
    wait_for_cells(page)
    assert page.evaluate(f"{PROMPTS}.every(text => /[0-9]/.test(text))")


def save(page):
    page.keyboard.press("Control+s")
    page.wait_for_selector(".jp-mod-dirty", state="detached")


@pytest.fixture(scope="module")
def start(browser, lab, course):
    """The start page. All tests use this window: to load JupyterLab takes seconds."""
    path = course / "my_course" / "notebooks" / "panels.ipynb"
    write_notebook(path, SET_UP, PHOTO_PANEL, QUIZ, ATTACK_PANEL, IDEAL_PANEL, TWO_LANGUAGES,
                   CHOICE_PANEL)  # fmt: skip
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.set_default_timeout(PATIENCE)
    page.goto(lab)
    wait_for_kernel(page, "00_start_here.ipynb")
    yield page
    page.close()


@pytest.fixture(scope="module")
def panels(start):
    """A notebook with every kind of panel, run from its first to its last cell."""
    close_notebook(start, "00_start_here")
    open_tab(start, "panels.ipynb")
    run_all(start)
    return start


def reach(page, selector):
    """Scroll to an element. JupyterLab may keep only the cells near the screen in the page."""
    found = page.locator(f"{FRONT} {selector}").first
    scroll = (
        "node => node.scrollTop + node.clientHeight < node.scrollHeight - 1"
        " ? node.scrollBy(0, 400) : node.scrollTo(0, 0)"
    )
    end = time.monotonic() + PATIENCE / 1000
    while not found.count() and time.monotonic() < end:
        page.locator(f"{FRONT} .jp-WindowedPanel-outer").evaluate(scroll)
        page.wait_for_timeout(50)
    found.scroll_into_view_if_needed()
    return found


def cell(page, number):
    return reach(page, f'.jp-Cell[data-windowed-list-index="{number}"]')


def live(page, number):
    """Return the panel of a cell: the widgets, not the still form."""
    cell(page, number)
    return page.locator(f'.jp-Cell[data-windowed-list-index="{number}"] .course-panel').first


def tab_to(page, selector):
    """Press Tab until the focus is on an element that fits `selector`."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(f"document.activeElement.matches({selector!r})"):
            return
    raise AssertionError(f"{selector} cannot be reached with the Tab key")


def select(page, number):
    """Make a cell the active one, and return what JupyterLab's own keys would change."""
    cell(page, number).locator(".jp-InputPrompt").click()
    wanted = [str(number), f"Cell {number + 1}/{page.locator('.jp-Notebook-cell').count()}"]
    settle(page, lambda: state(page), wanted)
    return wanted


def state(page):
    """Return which cell is active, and its place among how many."""
    return page.evaluate(
        "[document.querySelector('.jp-Notebook .jp-mod-active')?.dataset.windowedListIndex,"
        "document.querySelector('.jp-StatusBar-Widget')?.textContent.match(/Cell [0-9/]+/)?.[0]]"
    )


def test_nothing_asks_for_news(start):
    expect(start.locator(".Toastify__toast")).to_have_count(0)


def test_every_link_of_the_start_page_opens(start, course):
    """Pages, shown as pages and not as their source, a lesson and the lab; all others are there."""
    book = nbformat.read(course / "notebooks" / "00_start_here.ipynb", as_version=4)
    texts = [cell.source for cell in book.cells if cell.cell_type == "markdown"]
    links = start.locator(".jp-MarkdownOutput a:not(.jp-InternalAnchorLink)")
    expect(links).to_have_count(len(re.findall(r"\]\(", "\n".join(texts))))
    found = "links => links.map(link => link.getAttribute('href'))"
    settle(start, lambda: all("/files/" in to for to in links.evaluate_all(found)), True)
    targets = links.evaluate_all(found)
    assert len([t for t in targets if ".ipynb" in t]) >= 10 and any("README" in t for t in targets)
    opened = {course / "my_course" / "notebooks"}  # by the test below
    for target in dict.fromkeys(targets):
        path = course / "my_course" / re.search(r"/files/([^?#]+)", target)[1]
        assert path.is_file(), target
        name, kind = path.name, ".jp-MarkdownViewer"
        if path.suffix == ".ipynb":
            kind = ".jp-NotebookPanel"
            if path.parent in opened:
                continue  # of one folder, one notebook: each starts a kernel
            opened.add(path.parent)
        start.locator(f'.jp-MarkdownOutput a[href="{target}"]').first.click()
        start.wait_for_function(
            "name => document.querySelector('.lm-DockPanel-tabBar .lm-TabBar-tab.lm-mod-current')"
            "?.textContent.startsWith(name)", arg=name,
        )  # fmt: skip
        start.locator(f"{kind}:not(.lm-mod-hidden)").first.wait_for()
        expect(start.locator(".jp-Dialog")).to_have_count(0)
        close_tab(start, name)
        start.locator(".lm-TabBar-tab", has_text="00_start_here").first.click()
    assert len(opened) == 2


def test_the_words_open_at_their_heading(start):
    """JupyterLab names headings in its own way: the link needs an anchor in the page."""
    start.locator('.jp-MarkdownOutput a[href*="#words-we-use"]').first.click()
    start.wait_for_function(
        "() => { const top = [...document.querySelectorAll('.jp-MarkdownViewer h2')].find(node => "
        "node.textContent.startsWith('Words we use'))?.getBoundingClientRect().top;"
        "return top > 0 && top < 300; }"
    )
    start.locator(".lm-TabBar-tab.lm-mod-current .lm-TabBar-tabCloseIcon").first.click()
    start.locator(".lm-TabBar-tab", has_text="00_start_here").first.click()


def test_first_cells_of_a_lesson_run(start):
    """From the link to the first numbers of a network, and no line in red."""
    page, name = start, "01_feature_extraction_pytorch.ipynb"
    page.locator(f'.jp-MarkdownOutput a[href*="{name}"]').first.click()
    wait_for_kernel(page, name)

    def run_first():
        page.locator(f"{FRONT} .jp-CodeCell .jp-InputPrompt").first.click()
        page.keyboard.press("Shift+Enter")

    start_cells(page, run_first)
    for _ in range(9):
        page.keyboard.press("Shift+Enter")
    wait_for_cells(page)
    reach(page, "img[alt^='A cat']")
    reach(page, "pre:has-text('inputs: shape')")
    for red in ("error", "stderr"):
        expect(page.locator(f'[data-mime-type="application/vnd.jupyter.{red}"]')).to_have_count(0)
    close_notebook(page, name)
    page.locator(".lm-TabBar-tab", has_text="00_start_here").first.click()


def test_the_bar_is_one_finished_line(panels):
    bar = cell(panels, 1).locator(".jp-OutputArea pre", has_text="a bar")
    expect(bar).to_have_count(1)
    expect(bar).to_have_text(re.compile(r"^a bar: 100%(?!.*a bar)", re.DOTALL))


def test_a_live_panel_hides_its_still_form(panels):
    for number in (1, 2, 3, 4):
        live(panels, number).wait_for()
        still = cell(panels, number).get_by_text("This is a picture of")
        expect(still).to_have_count(1)
        expect(still).to_be_hidden()


FITS = """(panel, width) =>
innerWidth === width && panel.clientWidth > 0 && panel.getBoundingClientRect().right <= width"""
TOO_WIDE = """panel => [panel, ...panel.querySelectorAll('*')].filter(node =>
['auto', 'scroll'].includes(getComputedStyle(node).overflowX) &&
node.scrollWidth > node.clientWidth + 1).map(node => node.className)"""


@pytest.mark.parametrize("width", [1280, 800, 640])  # 640: a laptop at 200 % zoom
def test_nothing_in_a_panel_scrolls(panels, width):
    panels.set_viewport_size({"width": width, "height": 1000})
    for number in (1, 2, 3, 4, 6):
        panel = live(panels, number)
        settle(panels, lambda panel=panel: panel.evaluate(FITS, width), True)
        settle(panels, lambda panel=panel: panel.evaluate(TOO_WIDE), [])
    panels.set_viewport_size({"width": 1280, "height": 1000})


def test_keys_of_a_quiz_stay_in_the_quiz(panels):
    """Arrow keys choose, letters do nothing; the notebook keeps its cells and its place."""
    quiz, before = live(panels, 2), select(panels, 2)
    tab_to(panels, ".course-quiz input[type=radio]")
    panels.keyboard.press("Space")
    first = panels.evaluate("document.activeElement.value")
    panels.keyboard.press("ArrowDown")
    settle(panels, lambda: panels.evaluate("document.activeElement.value") != first, True)
    for key in ("a", "b", "d", "d", "x", "ArrowUp", "ArrowDown"):
        panels.keyboard.press(key)
    assert state(panels) == before
    tab_to(panels, ".course-quiz button")
    verdict = quiz.get_by_text(re.compile("Right|Not right")).first
    check(panels, lambda: panels.keyboard.press("Space"), verdict)
    panels.keyboard.press("Escape")
    panels.keyboard.press("ArrowDown")
    settle(panels, lambda: state(panels) != before, True)  # the keys are JupyterLab's again


def test_quiz_by_mouse(panels):
    quiz = live(panels, 2)
    question = quiz.locator(".course-question").nth(1)  # a number
    question.locator("input").fill("7")
    check(panels, question.locator("button").click, question.get_by_text("Not right: 7"))
    question.locator("input").fill("seven")
    check(panels, question.locator("button").click, question.get_by_text("is not a number"))
    question.locator("input").fill("8")
    question.get_by_text("is not a number").wait_for(state="detached")


def test_quiz_in_vietnamese_by_keyboard(panels):
    quiz = live(panels, 5)
    select(panels, 5)
    tab_to(panels, ".course-quiz input[type=radio]")
    panels.keyboard.press("ArrowDown")
    quiz.get_by_text("Kiểm tra câu 1", exact=True).wait_for()
    panels.keyboard.press("Tab")
    panels.keyboard.press("Space")
    tab_to(panels, ".course-quiz button")
    verdict = quiz.get_by_text(re.compile("✓ Đúng|✗ Chưa đúng")).first
    check(panels, lambda: panels.keyboard.press("Space"), verdict)
    panels.wait_for_function("document.querySelector('.course-question[lang=vi]')")
    quiz.get_by_label("English").check()
    quiz.get_by_text(re.compile("✓ Right|✗ Not right")).first.wait_for()


def test_photo_panel_by_mouse_and_keyboard(panels):
    panel = live(panels, 1)
    panel.locator("select").select_option(index=1)
    panel.locator("img[alt*='dog; layer: stem']").wait_for()
    before = select(panels, 1)
    tab_to(panels, ".course-panel .noUi-handle")
    panels.keyboard.press("ArrowRight")
    panel.locator("img[alt*='dog; layer: stage 1']").wait_for()
    panel.locator("select").focus()
    panels.keyboard.press("ArrowUp")
    panel.locator("img[alt*='Chelsea, a cat; layer: stage 1']").wait_for()
    assert state(panels) == before
    expect(panel.locator(".noUi-handle")).to_have_attribute("aria-label", "layer")
    expect(panels.locator('.course-panel [title="null"]')).to_have_count(0)


def test_choice_panel_by_keyboard(panels):
    panel, before = live(panels, 6), select(panels, 6)
    tab_to(panels, ".course-panel .noUi-handle")
    panels.keyboard.press("ArrowRight")
    panel.locator("img[alt='Two: dropout; share: 2']").wait_for()
    panel.locator("select").focus()
    panels.keyboard.press("ArrowDown")
    panel.locator("img[alt='Two: decay; rate: 3']").wait_for()
    tab_to(panels, ".course-panel .noUi-handle")
    panels.keyboard.press("ArrowRight")
    panel.locator("img[alt='Two: decay; rate: 4']").wait_for()
    expect(panel.locator(".noUi-handle")).to_have_attribute("aria-label", "rate")
    assert state(panels) == before


def picture(folder, side):
    """Write a picture of 3 · `side` · `side` bytes; return its path."""
    pixels = np.random.default_rng(0).integers(0, 255, (side, side, 3), np.uint8)
    Image.fromarray(pixels).save(folder / f"{side}.png", compress_level=0)
    return folder / f"{side}.png"


def upload(page, panel, file):
    with page.expect_file_chooser() as chooser:
        panel.locator("button", has_text="own photograph").click()
    chooser.value.set_files(file)


def test_uploads(panels, tmp_path):
    """A photograph, a broken one, one beyond the limit, one beyond JupyterLab's usual 10 MB."""
    panel = live(panels, 1)
    upload(panels, panel, picture(tmp_path, 40))
    panel.locator("img[alt*='own photograph']").wait_for()
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    upload(panels, panel, broken)
    panel.get_by_text("This file cannot be shown").wait_for()
    expect(panel.get_by_text("(0)")).to_be_visible()  # the button does not count what was refused
    expect(panel.locator("img[alt*='own photograph']")).to_be_visible()
    for sample, side in enumerate((800, 1900)):  # 2 and 11 MB
        upload(panels, panel, picture(tmp_path, side))
        panel.get_by_text("at most 1 are taken").wait_for()
        panel.locator("select").select_option(index=sample)
        panel.get_by_text("at most 1 are taken").wait_for(state="detached")


def test_attack_panel(panels):
    panel = live(panels, 3)
    expect(panel.get_by_text("✓ The network now says tabby")).to_be_visible()
    select(panels, 3)
    tab_to(panels, ".course-panel .noUi-handle")
    panels.keyboard.press("ArrowLeft")
    panel.get_by_text("✗ The attack fails").wait_for()
    for number, name in enumerate(("budget (levels)", "steps")):
        expect(panel.locator(".noUi-handle").nth(number)).to_have_attribute("aria-label", name)
    expect(panel.locator(".noUi-handle")).to_have_count(2)
    target = panel.locator("input[type=text]").first
    target.fill("zebra")
    target.press("Enter")
    panel.get_by_text("not zebra").wait_for()


@pytest.fixture
def slow(course):
    """While this file is there, the later steps of the ideal panel are slow: time to press keys."""
    file = course / "my_course" / "notebooks" / "slow"
    file.touch()
    yield file
    file.unlink(missing_ok=True)


def test_ideal_panel(panels, slow):
    panel = live(panels, 4)
    button = lambda name: panel.get_by_role("button", name=name, exact=True)  # noqa: E731
    select(panels, 4)
    tab_to(panels, ".course-panel button")
    slow.unlink()
    panels.keyboard.press("Space")
    panel.get_by_text("120 steps done").wait_for()
    slow.touch()
    expect(panel.get_by_text("p(tabby) of the image at step 120")).to_be_visible()
    target = panel.locator("input[type=text]").first
    target.fill("zebra")
    target.press("Enter")
    panel.get_by_text("A change counts when you resume").wait_for()
    expect(panel.get_by_text("p(tabby) of the image at step 120")).to_be_visible()  # as measured
    panel.get_by_label("waves and colours").uncheck()
    panel.get_by_text("Reset goes back to noise").wait_for()
    button("Resume").click()
    panel.get_by_text("p(zebra)").wait_for()
    button("Pause").click()
    slider = panel.locator(".noUi-handle").first
    slider.press("End")
    button("Resume").click()
    panel.get_by_text("The image is spoiled").wait_for()
    slider.press("Home")
    button("Reset").click()
    panel.get_by_text("340: zebra · step 0").first.wait_for()
    expect(panel.get_by_label("waves and colours")).not_to_be_checked()
    slow.unlink()
    button("Start").click()
    panel.get_by_text("120 steps done").wait_for()


def test_reload_in_mid_run(panels, slow):
    """The run goes on in the kernel, and the panel lives again after the page was loaded anew."""
    panel = live(panels, 4)
    panel.get_by_role("button", name="Reset").click()
    panel.get_by_role("button", name="Start").click()
    panel.get_by_role("button", name="Pause").wait_for()
    save(panels)
    expect(panel.get_by_role("button", name="Pause")).to_be_visible()
    seen = set()

    def load_anew():
        panels.reload()
        panels.wait_for_selector(".jp-NotebookPanel .jp-Cell")
        seen.clear()

    def lives():
        """What a page is told while it loads is lost, and cells move: it lives when steps come.

        The slow steps take longer than all four tries: the run cannot end before.
        """
        caption = live(panels, 4).locator("figcaption")
        seen.update(caption.all_inner_texts())
        return len(seen) > 2

    insist(panels, load_anew, lives)  # on a busy machine a cell may stay empty the first time
    slow.unlink()
    settle(panels, lambda: live(panels, 4).get_by_text("120 steps done").count(), 1)
    panel = live(panels, 4)
    panel.get_by_role("button", name="Reset").click()
    panel.get_by_text("noise").first.wait_for()


def warnings_in(seen):
    """Return what can be read of these words: in a cell that is not drawn, none."""
    return re.findall("Run All Cells|Error displaying|Loading widget", seen.inner_text())


def test_a_saved_notebook_reads_well_the_next_day(panels, lab):
    """No error message in the place of a panel; two clicks bring all of it to life."""
    page, name = panels, "panels.ipynb"
    save(page)
    close_notebook(page, name)
    page.goto(f"{lab}/lab/workspaces/next/tree/notebooks/{name}")
    wait_for_kernel(page, name)
    kept = {1: "img[alt^='A photograph.']", 2: "details", 3: "img", 4: "svg", 6: "img[alt^='Two:']"}
    for number, word in kept.items():
        seen = cell(page, number)
        seen.locator(word).first.wait_for()
        expect(seen).not_to_contain_text("Loading widget")
        settle(page, lambda number=number: warnings_in(cell(page, number)), ["Run All Cells"])
    run_all(page)
    for number in kept:
        cell(page, number).locator(".course-panel").first.wait_for()
        expect(cell(page, number).get_by_text("This is a picture of")).to_be_hidden()
    close_notebook(page, "panels.ipynb")
