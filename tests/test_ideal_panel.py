"""The panel of lesson 03, with a small run instead of a network."""

import asyncio
import base64
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
from helpers.ideal_images import saving as ideal_files
from helpers.ideal_images.panel import IdealPanel
from helpers.ideal_images.run import Run

SWITCHES = {"random views": "shifts", "Fourier space": "fourier"}
FIRST = np.full((16, 16, 3), 9, np.uint8)


class SmallRun:
    """Every step makes the image one level lighter, and notes what it was made with."""

    def __init__(self, settings, log):
        self.settings, self.log, self.level = settings, log, 0
        self.thread = threading.get_ident()

    def step(self):
        if self.settings.rate > 0.5:
            raise ValueError("The image <diverges>.")
        self.level += 1
        self.log.append(
            SimpleNamespace(**vars(self.settings), threads={self.thread, threading.get_ident()})
        )
        return self.level / 200

    def image(self):
        noise = np.random.default_rng(0).integers(0, 50, (16, 16, 3), dtype=np.uint8)
        return noise + np.uint8(self.level)


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    monkeypatch.setattr(IdealPanel, "active", None)
    monkeypatch.setattr(ideal_panel, "REST", 0.001)


@pytest.fixture
def new_panel():
    """Return a function that makes a panel; `log` has the settings of every step it made."""

    def new(steps=20, **changes):
        settings = SimpleNamespace(target=281, total_variation=0, rate=0.05)
        vars(settings).update(shifts=False, fourier=True, **changes)
        log, judged = [], []

        def judge(image, target):
            judged.append((int(image[0, 0, 0]), target))
            return {"this network": 0.9, "wit<ness>": 0.25}

        first = Run(FIRST, 281, [0.1, 0.2], meters={"this network": 0.5}, judged=(2, 281))
        make = lambda settings: SmallRun(settings, log)  # noqa: E731
        made = IdealPanel(make, settings, judge, first, SWITCHES, steps)
        made.log, made.judged = log, judged
        return made

    return new


@pytest.fixture
def panel(new_panel):
    return new_panel()


async def until(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        await asyncio.sleep(0.001)


def noise_plus(level):
    return SmallRun(None, None).image() + np.uint8(level)


def points(page):
    return re.search(r'<polyline points="([^"]*)"', page)[1].split()


def linked(panel):
    return base64.b64decode(re.search(r'href="data:[^,]*,([^"]*)"', panel.message.value)[1])


def test_first_page_shows_the_run_that_was_made_before(panel):
    assert (
        "281: tabby, step 2, p of the views 20.0%" in panel.image.value
        and len(points(panel.curve.value)) == 2
    )
    assert 'value="0.5000"' in panel.meters.value and "step 2" in panel.meters.value
    assert panel.toggle.description == "Start" and panel.log == [] and panel.judged == []


@pytest.mark.parametrize(
    ("change", "attribute", "before", "after"),
    [
        (lambda p: setattr(p.target.box, "value", "zebra"), "target", 281, 340),
        (lambda p: setattr(p.variation, "value", 100), "total_variation", 0, 100),
        (lambda p: setattr(p.rate, "value", 0.2), "rate", 0.05, 0.2),
        (lambda p: setattr(p.switches["random views"], "value", True), "shifts", False, True),
        (lambda p: setattr(p.switches["Fourier space"], "value", False), "fourier", True, False),
    ],
)
def test_a_control_counts_from_the_next_step(panel, change, attribute, before, after):
    panel.advance(2)
    change(panel)
    panel.advance(1)
    assert [getattr(step, attribute) for step in panel.log] == [before, before, after]


def test_a_new_target_is_named(panel):
    panel.advance(1)
    panel.target.box.value = "zebra"
    assert "tabby" in panel.image.value
    panel.advance(1)
    assert "340: zebra, step 2" in panel.image.value and "p(zebra)" in panel.meters.value
    assert panel.judged[-1] == (noise_plus(2)[0, 0, 0], 340)


def test_sliders_start_at_the_settings(new_panel):
    panel = new_panel(rate=0.03, total_variation=7)
    assert panel.rate.value == 0.03 and panel.variation.value == 7
    labels = [label for label, _ in panel.variation.options]
    assert labels == ["0", "1", "2", "5", "7", "10", "20", "50", "100", "200", "500", "1000"]


def test_every_step_is_a_point_and_every_tenth_is_judged(panel):
    panel.advance(25)
    assert panel.progress.curve == [level / 200 for level in range(1, 26)]
    assert (
        len(points(panel.curve.value)) == 25
        and "step 25, p of the views 12.5%" in panel.image.value
    )
    assert [level for level, _ in panel.judged] == [noise_plus(n)[0, 0, 0] for n in (10, 20, 25)]
    assert '<meter min="0" max="1" value="0.2500"' in panel.meters.value
    assert "25.0%" in panel.meters.value and "wit&lt;ness&gt;" in panel.meters.value


def test_the_curve_fits_its_axes():
    places = [tuple(map(float, p.split(","))) for p in points(ideal_page.curve_html([0, 1], 4))]
    x, y = zip(*places, strict=True)
    floor, right = ideal_page.HEIGHT - ideal_page.BOTTOM, ideal_page.WIDTH - 14
    assert y == (floor, ideal_page.TOP)
    assert x[1] == (ideal_page.LEFT + right) / 2, "step 2 of 4 is in the middle"
    page = ideal_page.curve_html([0.5] * 9, 4)
    assert float(points(page)[-1].split(",")[0]) == right and ">9</text>" in page


def test_start_pause_resume(new_panel):
    async def use():
        panel = new_panel()
        panel.toggle.click()
        await until(lambda: len(panel.log) > 3)
        assert panel.toggle.description == "Pause"
        panel.start()  # it runs already
        panel.toggle.click()
        await until(lambda: panel.toggle.description == "Resume")
        steps = len(panel.log)
        assert steps < 20 and panel.progress.judged == steps
        await asyncio.sleep(0.02)
        assert len(panel.log) == steps
        panel.toggle.click()
        await until(lambda: panel.state == "paused" and len(panel.log) > steps)
        return panel, steps

    panel, steps = asyncio.run(use())
    assert len(panel.log) == steps + 20 == len(panel.progress.curve), "one loop, 20 more steps"
    assert f">{steps + 20} steps done" in panel.message.value, "of the whole run"
    assert panel.progress.judged == steps + 20 and panel.toggle.description == "Resume"
    assert (
        np.array_equal(panel.progress.image, noise_plus(steps + 20)) and panel.progress.seconds > 0
    )


def test_reset_while_it_runs(new_panel):
    async def use():
        panel = new_panel(steps=1000)
        panel.toggle.click()
        await until(lambda: len(panel.log) > 3)
        panel.restored.click()
        await until(lambda: panel.state == "new")
        steps = len(panel.log)
        await asyncio.sleep(0.02)
        assert len(panel.log) == steps and panel.toggle.description == "Start"
        assert panel.progress.curve == [] and panel.meters.value == ""
        assert np.array_equal(panel.progress.image, noise_plus(0)) and "noise" in panel.image.value
        assert points(panel.curve.value) == [] and panel.progress.seconds == 0
        assert len(panel.film.frames) == 1
        panel.start()
        await until(lambda: len(panel.log) > steps)
        assert panel.progress.curve[0] == 1 / 200, "from the beginning"
        panel.pause()

    asyncio.run(use())


def test_buttons_in_a_second_thread_do_nothing_there(new_panel):
    """JupyterLab answers widgets in a thread of their own; a run must never see two threads."""

    async def use():
        panel = new_panel(steps=1000)
        await asyncio.to_thread(panel.toggle.click)
        await until(lambda: len(panel.log) > 3)
        await asyncio.to_thread(panel.restored.click)
        await until(lambda: panel.state == "new")
        await asyncio.to_thread(panel.toggle.click)
        await until(lambda: len(panel.progress.curve) > 3)
        await asyncio.to_thread(panel.toggle.click)
        await until(lambda: panel.state == "paused")
        assert set().union(*(step.threads for step in panel.log)) == {threading.get_ident()}

    asyncio.run(use())


def test_a_second_panel_stops_the_first(new_panel):
    async def use():
        first = new_panel(steps=1000)
        first.start()
        await until(lambda: len(first.log) > 3)
        new_panel()
        steps = len(first.log)
        await asyncio.sleep(0.02)
        assert len(first.log) == steps and first.toggle.description == "Resume"
        assert "another panel" in first.message.value

    asyncio.run(use())


def test_an_error_stops_the_run_and_is_shown(new_panel):
    async def use():
        panel = new_panel(steps=1000)
        panel.start()
        await until(lambda: len(panel.log) > 3)
        panel.rate.value = 1
        await until(lambda: panel.state == "new")
        return panel

    panel = asyncio.run(use())
    steps = len(panel.log)
    assert "The image &lt;diverges&gt;." in panel.message.value
    assert panel.toggle.description == "Start" and len(panel.progress.curve) == steps
    assert np.array_equal(panel.progress.image, noise_plus(steps))
    assert f"step {steps}," in panel.image.value
    panel.save_png()
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(linked(panel)))), noise_plus(steps))
    panel.rate.value = 0.1
    panel.advance(1)
    assert panel.progress.curve == [1 / 200], "a new run"


@pytest.mark.parametrize("name", ["make", "judge"])
def test_no_error_is_lost(panel, name):
    """Also a mistake in the notebook's code is shown: a task would keep it to itself."""

    def broken(*_):
        raise TypeError("two <arguments>")

    setattr(panel, name, broken)
    panel.advance(5)
    assert "TypeError: two &lt;arguments&gt;" in panel.message.value and panel.state == "new"


def test_nothing_to_save_before_the_first_step(panel, tmp_path):
    panel.save_png()
    assert "nothing to save" in panel.message.value
    panel.reset()
    panel.save_film()
    assert "nothing to save" in panel.message.value and not (tmp_path / "ideal").exists()


def test_saved_image_is_equal_and_not_overwritten(panel, tmp_path):
    panel.advance(3)
    panel.png.click()
    panel.target.value = 340  # this image was still made for the tabby
    panel.png.click()
    panel.advance(1)
    panel.png.click()
    for name, level in {"281_tabby": 3, "281_tabby_2": 3, "340_zebra": 4}.items():
        saved = np.asarray(Image.open(tmp_path / "ideal" / f"{name}.png"))
        assert np.array_equal(saved, noise_plus(level))
    assert str(tmp_path / "ideal" / "340_zebra.png") in panel.message.value
    assert 'download="340_zebra.png"' in panel.message.value
    assert linked(panel) == (tmp_path / "ideal" / "340_zebra.png").read_bytes()


def test_film(panel, tmp_path):
    class QuickRun(SmallRun):
        def image(self):
            return noise_plus(30 * self.level)

    panel.make = lambda settings: QuickRun(settings, [])
    panel.advance(6)
    panel.webp.click()
    film = Image.open(tmp_path / "ideal" / "281_tabby.webp")
    assert film.n_frames >= 7 and film.size == (16, 16), "the noise and 6 steps"
    light = []
    for frame in range(film.n_frames):
        film.seek(frame)
        light.append(np.asarray(film.convert("RGB")).mean())
    assert light[0] < light[3] < light[6], "it goes forward"
    assert linked(panel) == (tmp_path / "ideal" / "281_tabby.webp").read_bytes()


def test_a_full_film_is_spread_over_all_steps():
    film = Film()
    for step in range(1000):
        film.add(step)
    assert 30 <= len(film.frames) < 60
    assert set(np.diff(film.frames)) == {film.every} and film.frames[0] == 0
    assert film.frames[-1] > 1000 - film.every - 1


def test_without_a_folder_the_link_remains(panel, monkeypatch):
    def refuse(*_):
        raise PermissionError("read-only")

    monkeypatch.setattr(ideal_files, "write_new", refuse)
    panel.advance(1)
    panel.save_png()
    assert "cannot be written: read-only" in panel.message.value
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(linked(panel)))), noise_plus(1))


def test_long_class_names_make_plain_file_names(tmp_path):
    assert ideal_files.write_new(920, ".png", b"x").name == "920_traffic_light.png"
    for target in range(1000):
        name = ideal_files.write_new(target, ".webp", b"x").name
        assert re.fullmatch(rf"{target}(_[a-z0-9]+)+\.webp", name)


def test_the_image_is_drawn_at_most_ten_times_a_second(panel, monkeypatch):
    now = iter(np.arange(0, 1000, 0.01))
    monkeypatch.setattr(ideal_loop.time, "perf_counter", lambda: float(next(now)))
    drawn = []
    panel.image.observe(lambda change: drawn.append(change["new"]), names="value")
    panel.advance(100)  # each step reads the clock at least three times: 3 seconds
    assert 20 <= len(drawn) <= 40


@pytest.fixture
def arguments(panel):
    settings = SimpleNamespace(target=281, total_variation=0, rate=1, shifts=True, fourier=True)
    return panel.make, settings, panel.judge, FIRST, [0.1, 0.4], SWITCHES, 10


def check_static(page):
    assert '<img src="data:image/jpeg' in page
    assert 'alt="Ideal image, target class 281: tabby, step 2, p of the views 40.0%"' in page
    assert page.count("<meter") == 2 and len(points(page)) == 2 and "image at step 2<" in page


def test_the_static_page_travels_with_the_widgets(arguments, monkeypatch):
    shown = []
    monkeypatch.setattr(ideal_panel, "show_widget", lambda *output: shown.append(output))
    made = ideal_panel.ideal_panel(*arguments)
    assert shown[0][0] is made.box and made.progress.curve == [0.1, 0.4]
    check_static(shown[0][1])


def test_settings_must_be_complete(arguments):
    del arguments[1].fourier, arguments[1].rate
    with pytest.raises(ValueError, match="no rate, fourier"):
        ideal_panel.ideal_panel(*arguments)


def test_meters_keep_the_class_they_were_measured_for(new_panel):
    """After a change of target the old probabilities are not those of the new class."""
    panel = new_panel()
    panel.advance(10)
    assert "p(tabby)" in panel.meters.value
    panel.target.value = 340
    panel.advance(1)
    assert "340: zebra" in panel.image.value and panel.progress.judged == 11
    panel.target.value = 281
    panel.progress.target = 281
    panel.draw()
    assert "p(zebra)" in panel.meters.value, "measured for the zebra"


def test_reset_gives_every_control_its_first_value(new_panel):
    panel = new_panel()
    panel.rate.value = 1  # spoils the run
    panel.switches["random views"].value = True
    panel.target.value = 340
    panel.advance(1)
    assert "Stopped" in panel.message.value
    panel.restored.click()
    assert vars(panel.settings) == dict(
        target=281, total_variation=0, rate=0.05, shifts=False, fourier=True
    )
    panel.advance(2)
    assert len(panel.progress.curve) == 2 and "Stopped" not in panel.message.value


def test_begin_again_keeps_the_settings(new_panel):
    panel = new_panel()
    panel.advance(2)
    panel.switches["random views"].value = True
    assert "Begin again" in panel.message.value, "what was made stays in the image: say so"
    panel.again.click()
    assert panel.settings.shifts is True and panel.progress.curve == []
