"""The panel of lesson 03, with a small run instead of a network."""

import asyncio
import base64
import contextlib
import io
import re
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from helpers.ideal_images import page as ideal_page
from helpers.ideal_images import panel as ideal_panel
from helpers.ideal_images import run as ideal_run
from helpers.ideal_images.panel import IdealPanel
from helpers.ideal_images.run import Run

SWITCHES = {"random views": "shifts", "Fourier space": "fourier"}
FIRST = np.full((16, 16, 3), 9, np.uint8)


def noise_plus(level):
    noise = np.random.default_rng(0).integers(0, 50, (16, 16, 3), dtype=np.uint8)
    return noise + np.uint8(level)


def small_run(settings, log, rise=1):
    """Every step makes the image one level lighter, and notes what it was made with."""
    thread, level = threading.get_ident(), 0
    while True:
        yield noise_plus(rise * level), level / 200
        if settings.total_variation > 500:
            raise ValueError("The image <diverges>.")
        level += 1
        log.append(SimpleNamespace(**vars(settings), threads={thread, threading.get_ident()}))


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    monkeypatch.setattr(IdealPanel, "active", None)
    monkeypatch.setattr(ideal_panel, "LEAST_REST", 0.001)


@pytest.fixture
def loop():
    """The event loop that runs the cells of a notebook."""
    loop = asyncio.new_event_loop()
    yield loop
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


@pytest.fixture
def new_panel(loop):
    """Return a function that makes a panel; `log` has the settings of every step it made."""

    def new(steps=20, **changes):
        settings = SimpleNamespace(target=281, total_variation=0)
        vars(settings).update(shifts=False, fourier=True, **changes)
        log, judged = [], []

        def judge(image, target):
            judged.append((int(image[0, 0, 0]), target))
            return {"this network": 0.9, "wit<ness>": 0.25}

        first = Run(FIRST, 281, [0.1, 0.2], meters={"this network": 0.5}, judged=(2, 281))
        make = lambda settings: small_run(settings, log)  # noqa: E731
        made = IdealPanel(make, settings, judge, first, SWITCHES, steps, ["fourier"])
        made.log, made.judged = log, judged
        return made

    return new


def in_a_cell(loop, function, *arguments, **named):
    async def cell():
        return function(*arguments, **named)

    return loop.run_until_complete(cell())


@pytest.fixture
def panel(loop, new_panel):
    return in_a_cell(loop, new_panel)


def button(panel, name):
    buttons = panel.box.children[0].children
    return next(button for button in buttons if button.description == name)


def click(panel, name):
    """Click, and let the event loop do what the button asks for."""
    button(panel, name).click()
    panel.loop.run_until_complete(asyncio.sleep(0))


def advance(panel, steps):
    """Press Start or Resume and wait for the end of `steps` steps."""
    panel.steps = steps
    panel.start_or_pause()
    if panel.task is not None:
        with contextlib.suppress(asyncio.CancelledError):  # so an error ends it
            panel.loop.run_until_complete(panel.task)


async def until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        await asyncio.sleep(0.001)


def points(page):
    return re.search(r'<polyline points="([^"]*)"', page)[1].split()


def linked(panel):
    return base64.b64decode(re.search(r'href="data:[^,]*,([^"]*)"', panel.message.value)[1])


def test_first_page_shows_the_run_that_was_made_before(panel):
    assert (
        "281: tabby, step 2, p of the views 20.0%" in panel.page.value
        and len(points(panel.page.value)) == 2
    )
    assert 'value="0.5000"' in panel.page.value and "step 2" in panel.page.value
    assert panel.first.description == "Start" and panel.log == [] and panel.judged == []


def test_the_rest_grows_with_the_step(panel, monkeypatch):
    """A page that is loaded anew asks for hundreds of things: they are answered in the rests."""
    ends, rests = [], []

    def step(last):
        rests.extend(time.perf_counter() - end for end in ends[-1:])
        time.sleep(0.2)
        ends.append(time.perf_counter())

    monkeypatch.setattr(panel, "_step", step)
    advance(panel, 4)
    assert len(rests) == 3 and min(rests) > 0.045 * 0.2


@pytest.mark.parametrize(
    ("change", "attribute", "before", "after"),
    [
        (lambda p: setattr(p.controls["target"].box, "value", "zebra"), "target", 281, 340),
        (lambda p: setattr(p.controls["total_variation"], "value", 100), "total_variation", 0, 100),
        (lambda p: setattr(p.controls["shifts"], "value", True), "shifts", False, True),
    ],
)
def test_a_control_counts_from_the_next_step(panel, change, attribute, before, after):
    advance(panel, 2)
    change(panel)
    advance(panel, 1)
    assert [getattr(step, attribute) for step in panel.log] == [before, before, after]


def test_a_new_target_is_named(panel):
    advance(panel, 1)
    panel.controls["target"].box.value = "zebra"
    assert "281: tabby, step 1" in panel.page.value
    advance(panel, 1)
    assert "340: zebra, step 2" in panel.page.value and "p(zebra)" in panel.page.value
    assert panel.judged[-1] == (noise_plus(2)[0, 0, 0], 340)


def test_some_switches_lead_back_to_noise(panel):
    advance(panel, 2)
    panel.controls["fourier"].value = False
    panel.loop.run_until_complete(asyncio.sleep(0))
    assert panel.state == "new" and panel.run.curve == []
    advance(panel, 1)
    assert [step.fourier for step in panel.log] == [True, True, False]
    assert np.array_equal(panel.run.image, noise_plus(1))


def test_the_slider_starts_at_the_settings(new_panel, loop):
    slider = in_a_cell(loop, new_panel, total_variation=7).controls["total_variation"]
    labels = [label for label, _ in slider.options]
    assert slider.value == 7
    assert labels == ["0", "1", "2", "5", "7", "10", "20", "50", "100", "200", "500", "1000"]


def test_every_step_is_a_point_and_some_are_judged(panel):
    advance(panel, 25)
    assert panel.run.curve == [level / 200 for level in range(1, 26)]
    assert (
        len(points(panel.page.value)) == 25 and "step 25, p of the views 12.5%" in panel.page.value
    )
    assert [level for level, _ in panel.judged] == [noise_plus(n)[0, 0, 0] for n in (24, 25)]
    assert '<meter min="0" max="1" value="0.2500"' in panel.page.value
    assert "25.0%" in panel.page.value and "wit&lt;ness&gt;" in panel.page.value


def test_the_curve_fits_its_axes():
    page = ideal_page.curve_html([0, 1], 4)
    assert points(page) == ["1,1.000", "2,0.000"] and 'viewBox="0 0 4 1"' in page
    page = ideal_page.curve_html([0.5] * 9, 4)
    assert points(page)[-1] == "9,0.500" and 'viewBox="0 0 9 1"' in page and "to 9<" in page


def test_start_pause_resume(new_panel, loop):
    async def use():
        panel = new_panel()
        panel.first.click()
        await until(lambda: len(panel.log) > 3)
        assert panel.first.description == "Pause"
        panel.first.click()
        await until(lambda: panel.first.description == "Resume")
        steps = len(panel.log)
        assert steps < 20 and panel.run.judged[0] == steps
        await asyncio.sleep(0.02)
        assert len(panel.log) == steps
        panel.first.click()
        await until(lambda: panel.state == "paused" and len(panel.log) > steps)
        return panel, steps

    panel, steps = loop.run_until_complete(use())
    assert len(panel.log) == steps + 20 == len(panel.run.curve), "one loop, 20 more steps"
    assert f">{steps + 20} steps done" in panel.message.value, "of the whole run"
    assert panel.run.judged[0] == steps + 20 and panel.first.description == "Resume"
    assert np.array_equal(panel.run.image, noise_plus(steps + 20)) and panel.run.seconds > 0


def test_reset_while_it_runs(new_panel, loop):
    async def use():
        panel = new_panel(steps=1000)
        panel.first.click()
        await until(lambda: len(panel.log) > 3)
        button(panel, "Reset").click()
        await until(lambda: panel.state == "new")
        steps = len(panel.log)
        await asyncio.sleep(0.02)
        assert len(panel.log) == steps and panel.first.description == "Start"
        assert panel.run.curve == [] and "<meter" not in panel.page.value
        assert np.array_equal(panel.run.image, noise_plus(0)) and "noise" in panel.page.value
        assert points(panel.page.value) == [] and panel.run.seconds == 0
        assert len(panel.run.frames) == 1
        panel.start_or_pause()
        await until(lambda: len(panel.log) > steps)
        assert panel.run.curve[0] == 1 / 200, "from the beginning"
        panel.start_or_pause()

    loop.run_until_complete(use())


def test_buttons_in_a_second_thread_do_nothing_there(new_panel, loop):
    """JupyterLab answers widgets in a thread of their own; a run must never see two threads."""

    async def use():
        panel = new_panel(steps=1000)
        await asyncio.to_thread(panel.first.click)
        await until(lambda: len(panel.log) > 3)
        await asyncio.to_thread(button(panel, "Reset").click)
        await until(lambda: panel.state == "new")
        await asyncio.to_thread(panel.first.click)
        await until(lambda: len(panel.run.curve) > 3)
        await asyncio.to_thread(panel.first.click)
        await until(lambda: panel.state == "paused")
        assert set().union(*(step.threads for step in panel.log)) == {threading.get_ident()}

    loop.run_until_complete(use())


def test_a_second_panel_stops_the_first(new_panel, loop):
    async def use():
        first = new_panel(steps=1000)
        first.start_or_pause()
        await until(lambda: len(first.log) > 3)
        second = new_panel(steps=1000)
        steps = len(first.log)
        await asyncio.sleep(0.02)
        assert len(first.log) == steps and first.first.description == "Resume"
        assert "another panel" in first.message.value
        second.start_or_pause()
        await until(lambda: len(second.log) > 3)
        first.start_or_pause()
        assert second.state == "paused" and first.state == "running"

    loop.run_until_complete(use())


def test_an_error_stops_the_run_and_is_shown(new_panel, loop):
    async def use():
        panel = new_panel(steps=1000)
        panel.start_or_pause()
        await until(lambda: len(panel.log) > 3)
        panel.controls["total_variation"].value = 1000
        await until(lambda: panel.state == "new")
        return panel

    panel = loop.run_until_complete(use())
    steps = len(panel.log)
    assert "The image &lt;diverges&gt;." in panel.message.value
    assert panel.first.description == "Start" and len(panel.run.curve) == steps
    assert np.array_equal(panel.run.image, noise_plus(steps))
    assert f"step {steps}," in panel.page.value
    panel.save(".png")
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(linked(panel)))), noise_plus(steps))
    panel.controls["total_variation"].value = 100
    advance(panel, 1)
    assert panel.run.curve == [1 / 200], "a new run"


@pytest.mark.parametrize("name", ["make", "judge"])
def test_no_error_is_lost(panel, name):
    """Also a mistake in the notebook's code is shown: a task would keep it to itself."""

    def broken(*_):
        raise TypeError("two <arguments>")

    setattr(panel, name, broken)
    advance(panel, 5)
    assert "TypeError: two &lt;arguments&gt;" in panel.message.value and panel.state == "new"


def test_nothing_to_save_before_the_first_step(panel, tmp_path):
    click(panel, "Save as PNG")
    assert "nothing to save" in panel.message.value
    panel.reset()
    panel.save(".webp")
    assert "nothing to save" in panel.message.value and not (tmp_path / "ideal").exists()


def test_saved_image_is_equal_and_not_overwritten(panel, tmp_path):
    advance(panel, 3)
    click(panel, "Save as PNG")
    panel.controls["target"].value = 340  # this image was still made for the tabby
    click(panel, "Save as PNG")
    advance(panel, 1)
    click(panel, "Save as PNG")
    for name, level in {"281_tabby": 3, "281_tabby_2": 3, "340_zebra": 4}.items():
        saved = np.asarray(Image.open(tmp_path / "ideal" / f"{name}.png"))
        assert np.array_equal(saved, noise_plus(level))
    assert str(tmp_path / "ideal" / "340_zebra.png") in panel.message.value
    assert 'download="340_zebra.png"' in panel.message.value
    assert linked(panel) == (tmp_path / "ideal" / "340_zebra.png").read_bytes()


def test_film(panel, tmp_path):
    panel.make = lambda settings: small_run(settings, [], rise=30)
    advance(panel, 6)
    click(panel, "Save as film")
    film = Image.open(tmp_path / "ideal" / "281_tabby.webp")
    assert film.n_frames >= 7 and film.size == (16, 16), "the noise and 6 steps"
    light = []
    for frame in range(film.n_frames):
        film.seek(frame)
        light.append(np.asarray(film.convert("RGB")).mean())
    assert light[0] < light[3] < light[6], "it goes forward"
    assert linked(panel) == (tmp_path / "ideal" / "281_tabby.webp").read_bytes()


def test_a_full_film_is_spread_over_all_steps():
    film = Run.begin(((np.array(step), 0.5) for step in range(2000)), 281)
    for _ in range(1000):
        film.step(281)
    assert 30 <= len(film.frames) < 60
    assert set(np.diff(film.frames)) == {film.every} and film.frames[0] == 0
    assert film.frames[-1] > 1000 - film.every - 1


def test_without_a_folder_the_link_remains(panel, monkeypatch):
    def refuse(*_):
        raise PermissionError("read-only")

    monkeypatch.setattr(ideal_run, "write_new", refuse)
    advance(panel, 1)
    panel.save(".png")
    assert "cannot be written: read-only" in panel.message.value
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(linked(panel)))), noise_plus(1))


def test_long_class_names_make_plain_file_names(tmp_path):
    assert ideal_run.write_new(920, ".png", b"x").name == "920_traffic_light.png"
    for target in range(1000):
        name = ideal_run.write_new(target, ".webp", b"x").name
        assert re.fullmatch(rf"{target}(_[a-z0-9]+)+\.webp", name)


def test_the_image_is_drawn_at_most_twenty_times_a_second(panel, monkeypatch):
    now = iter(np.arange(0, 1000, 0.01))
    monkeypatch.setattr(ideal_panel.time, "perf_counter", lambda: float(next(now)))
    drawn = []
    panel.page.observe(lambda change: drawn.append(change["new"]), names="value")
    advance(panel, 100)  # each step reads the clock at least three times: 3 seconds
    assert 36 <= len(drawn) <= 80


@pytest.fixture
def arguments(panel):
    settings = SimpleNamespace(target=281, total_variation=0, shifts=True, fourier=True)
    return panel.make, settings, panel.judge, FIRST, [0.1, 0.4], SWITCHES, 10


def check_static(page):
    assert '<img src="data:image/jpeg' in page
    assert 'alt="Ideal image, target class 281: tabby, step 2, p of the views 40.0%"' in page
    assert page.count("<meter") == 2 and len(points(page)) == 2 and "image at step 2<" in page


def test_the_static_page_travels_with_the_widgets(loop, arguments, monkeypatch):
    shown = []
    monkeypatch.setattr(ideal_panel, "show_widget", lambda *output: shown.append(output))
    made = in_a_cell(loop, ideal_panel.ideal_panel, *arguments)
    assert shown[0][0] is made.box and made.run.curve == [0.1, 0.4]
    check_static(shown[0][1])
    _, _, page_at, choices = shown[0]  # on a page without Python: one more run, step by step
    steps, last = choices["step"]
    pages = [page_at(step) for step in steps.values()]
    assert last == len(pages) - 1 and f"step {made.steps}, " in pages[last] and "noise" in pages[0]
    assert len(set(pages)) == len(pages) and f"image at step {made.steps}<" in pages[last]


def test_settings_must_be_complete(arguments):
    del arguments[1].fourier, arguments[1].total_variation
    with pytest.raises(ValueError, match="no total_variation, fourier"):
        ideal_panel.ideal_panel(*arguments)


def test_meters_keep_the_class_they_were_measured_for(panel):
    """After a change of target the old probabilities are not those of the new class."""
    advance(panel, 10)
    assert "p(tabby)" in panel.page.value
    panel.controls["target"].value = 340
    advance(panel, 1)
    assert "340: zebra" in panel.page.value and panel.run.judged[0] == 11
    panel.controls["target"].value = 281
    panel.run.target = 281
    panel.draw()
    assert "p(zebra)" in panel.page.value, "measured for the zebra"


def test_reset_keeps_the_settings(panel):
    panel.controls["total_variation"].value = 1000  # spoils the run
    panel.controls["shifts"].value = True
    advance(panel, 1)
    assert "Stopped" in panel.message.value
    panel.controls["total_variation"].value = 10
    advance(panel, 2)
    panel.controls["shifts"].value = False
    assert "Reset" in panel.message.value, "what was made stays in the image: say so"
    click(panel, "Reset")
    assert vars(panel.settings) == dict(target=281, total_variation=10, shifts=False, fourier=True)
    assert panel.run.curve == [] and "Stopped" not in panel.message.value
