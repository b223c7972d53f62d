"""The copies that a learner works on: nothing of the learner's is lost, nothing old is kept."""

import os
import posixpath
import re
import subprocess
import sys

import pytest

from helpers.settings import REPOSITORY

sys.path.append(str(REPOSITORY / "jupyter"))
import open_lab  # noqa: E402

LESSON = "notebooks/01_feature_extraction_pytorch.ipynb"


@pytest.fixture
def course(monkeypatch, tmp_path):
    """A small course of one lesson and a README."""
    monkeypatch.setattr(open_lab, "REPOSITORY", tmp_path)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / LESSON).write_text("first version", encoding="utf-8")
    (tmp_path / "README.md").write_text("read me", encoding="utf-8")
    return tmp_path


def copy(course):
    return open_lab.copy_course(course / "my_course")


def test_every_page_is_copied_once(course):
    assert copy(course) == [] == copy(course)
    assert (course / "my_course" / LESSON).read_text(encoding="utf-8") == "first version"
    assert (course / "my_course" / "README.md").exists()


def test_links_of_the_pages_lead_to_copies():
    names = {name.as_posix() for name in open_lab.course_files()}
    for page in [name for name in names if name.endswith(".md")]:
        text = (REPOSITORY / page).read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!http)([^)#]+)", text):
            assert posixpath.normpath(f"{posixpath.dirname(page)}/{target}").lstrip("/") in names


def test_a_newer_lesson_takes_the_place_of_an_unchanged_copy(course):
    copy(course)
    (course / LESSON).write_text("second version", encoding="utf-8")
    assert copy(course) == []
    assert (course / "my_course" / LESSON).read_text(encoding="utf-8") == "second version"


def test_the_work_of_a_learner_is_kept(course):
    copy(course)
    mine = course / "my_course" / LESSON
    mine.write_text("my work", encoding="utf-8")
    assert copy(course) == [], "no newer version: nothing to say"
    (course / LESSON).write_text("second version", encoding="utf-8")
    for _ in range(2):  # said at every start, until it is settled
        assert copy(course) == [LESSON] and mine.read_text(encoding="utf-8") == "my work"
    mine.rename(mine.with_name("mine.ipynb"))
    assert copy(course) == []
    assert mine.read_text(encoding="utf-8") == "second version"
    assert mine.with_name("mine.ipynb").read_text(encoding="utf-8") == "my work"


@pytest.mark.parametrize("memory", [None, "{", "[]"])
def test_without_its_memory_nothing_is_overwritten(course, memory):
    copy(course)
    mine, file = course / "my_course" / LESSON, course / "my_course" / ".originals.json"
    mine.write_text("my work", encoding="utf-8")
    file.unlink() if memory is None else file.write_text(memory, encoding="utf-8")
    assert copy(course) == [LESSON] and mine.read_text(encoding="utf-8") == "my work"


def test_a_folder_that_cannot_be_written_gives_one_answer(course, monkeypatch, capsys):
    (course / "my_course").write_text("a file in the way", encoding="utf-8")
    monkeypatch.setattr(open_lab, "COPIES", course / "my_course")
    monkeypatch.setattr(open_lab.copy_course, "__defaults__", (course / "my_course",))
    assert open_lab.main() == 1
    assert "folder of your own" in capsys.readouterr().out


@pytest.mark.skipif(os.name != "posix", reason="elsewhere JupyterLab is another process")
def test_of_a_course_that_can_only_be_read_the_copies_lie_in_the_data_folder(course, monkeypatch):
    """A kernel there finds the course by PYTHONPATH."""
    data, started = course / "data of mine", []
    monkeypatch.setenv("COURSE_DATA", str(data))
    monkeypatch.setattr(open_lab, "COPIES", course / "my_course")
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    monkeypatch.setattr(os, "execve", lambda *call: started.append(call))
    monkeypatch.setattr(subprocess, "run", lambda *call, **_: subprocess.CompletedProcess(call, 0))
    open_lab.main()
    ((_, command, environment),) = started
    assert (data / "my_course" / LESSON).exists() and not (course / "my_course").exists()
    assert f"--ServerApp.root_dir={data / 'my_course'}" in command
    assert environment["PYTHONPATH"].split(os.pathsep)[0] == str(course)


def test_git_does_not_see_the_copies():
    run = subprocess.run(["git", "check-ignore", "my_course/x.ipynb", "site/x", ".site/x"],
                         cwd=REPOSITORY, capture_output=True, text=True)  # fmt: skip
    if run.returncode == 128:
        pytest.skip("no git repository")
    assert len(run.stdout.split()) == 3


def test_make_calls_the_script():
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    assert "lab: .venv/ready\n\t.venv/bin/python jupyter/open_lab.py\n" in makefile
