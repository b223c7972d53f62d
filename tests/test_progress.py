"""Progress bars: one finished line in a notebook, nothing where nobody reads."""

import sys

import pytest

from helpers.progress import progress


@pytest.fixture
def notebook(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipykernel", sys)  # as in a notebook


def last_line(text):
    """Return what a notebook shows: after a carriage return the line is written anew."""
    return text.rstrip("\n").rpartition("\r")[2].strip()


def test_a_bar_ends_as_one_line_with_its_name(notebook, capsys):
    assert list(progress(range(3), "features")) == [0, 1, 2]
    out, err = capsys.readouterr()
    assert last_line(out).startswith("features: 100%") and "3/3" in last_line(out)
    assert out.count("\n") == 1 and err == ""


def test_the_bar_of_work_that_failed_goes_away(notebook, capsys):
    with pytest.raises(ValueError, match="too large"):
        for _ in progress(range(3), "pixels"):
            raise ValueError("too large")
    out, err = capsys.readouterr()
    assert last_line(out) == "" and "\n" not in out and err == ""


def test_a_total_can_be_given(notebook, capsys):
    list(progress(iter("ab"), "photographs", total=2))
    assert "2/2" in last_line(capsys.readouterr().out)


def test_without_a_reader_there_is_no_bar(monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    assert list(progress(range(3), "features")) == [0, 1, 2]
    assert capsys.readouterr().out == ""
