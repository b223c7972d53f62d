"""The page for instructors follows the lessons and the commands that it names."""

import re
import shlex
import sys

import pytest
from test_notebooks import PYTORCH, sources

from helpers.settings import REPOSITORY
from lab import hand_in

sys.path.append(str(REPOSITORY / "jupyter"))
import mirror  # noqa: E402

PAGE = (REPOSITORY / "docs" / "instructors.md").read_text(encoding="utf-8")
ANSWERS = dict(re.findall(r"(?ms)^### Lesson (\d\d)\n(.+?)(?=^##|\Z)", PAGE))


@pytest.mark.parametrize("lesson", ANSWERS)
def test_every_prompt_and_exercise_has_an_answer(lesson):
    (book,) = (path for path in PYTORCH if path.stem.startswith(lesson))
    text = "\n".join(sources(book, "markdown"))
    prompts = re.findall(r"\*\*Predict, then run:\*\*", text)
    exercises = text.partition("## Exercises")[2].partition("## Further reading")[0]
    numbers = re.findall(r"(?m)^(\d)\. ", exercises)
    assert len(re.findall(r"(?m)^- \*\*Predict, ", ANSWERS[lesson])) == len(prompts)
    assert re.findall(r"(?m)^- \*\*Exercise (\d):", ANSWERS[lesson]) == numbers


def test_the_page_is_short_and_its_links_lead_somewhere():
    assert len(ANSWERS) >= 4 and len(re.findall(r"\S*\w\S*", PAGE)) <= 1800
    for target in re.findall(r"\]\((?!http)([^)#]+)", PAGE):
        assert (REPOSITORY / "docs" / target).exists(), target


def test_its_line_for_a_mirror_is_understood():
    (line,) = re.findall(r"(?m)^python jupyter/mirror\.py (.+)$", PAGE)
    options = mirror.read_options(shlex.split(line))
    assert options.serve and not options.confirmed and options.photographs == 600
    assert f"`{mirror.CONFIRM}`" in PAGE
    for sentence in ("export COURSE_MIRROR={}", '$env:COURSE_MIRROR = "{}"'):
        assert sentence.format("http://192.168.1.20:8000") in PAGE
        assert sentence.format("{0}") in mirror.PASTE


def test_its_line_for_the_lab_gives_a_table(tmp_path, capsys):
    (line,) = re.findall(r"(?m)^python -m lab\.hand_in (.+)$", PAGE)
    folder, table = tmp_path / "FOLDER", tmp_path / "table.csv"
    folder.mkdir()
    (folder / "essay.txt").write_text("no notebook", encoding="utf-8")
    hand_in.main(line.replace("FOLDER", str(folder)).replace("table.csv", str(table)).split())
    printed, written = capsys.readouterr().out, table.read_text("utf-8")
    assert "It is no notebook" in printed and "essay.txt" in written
