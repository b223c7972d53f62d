"""A folder of hand-ins, made by functions: no kernel runs here."""

import csv
import json
import shutil

import nbformat
import pytest

from helpers.figures.tables import to_html, to_text
from helpers.settings import REPOSITORY
from lab import hand_in
from lab.checks.summary import NO_NAME, fingerprint

ACCURACY = "87.8% of 74 (78.5% to 93.5%)"


def made(name="Ada", framework="pytorch", tasks=10, accuracy=ACCURACY, data="", quizzes=()):
    """Return a notebook as a learner hands it in: all cells ran in order, the last one sums up."""
    path = REPOSITORY / "lab" / f"pet_breeds_{framework}.ipynb"
    book = nbformat.read(path, as_version=4)
    cells = hand_in.code_cells(book)
    for number, cell in enumerate(cells, 1):
        cell.execution_count = number
        cell.outputs = [nbformat.v4.new_output("stream", text="ran")]
    lines = [("Learner", name), ("Date", "2026-11-26"), ("Data", data or "259 photographs")]
    lines += [("1. Read the names", "✓ right")]
    lines += [(f"Quiz: {quiz}", "5 of 8 right") for quiz in quizzes]
    lines += [("Test accuracy", accuracy)] * bool(accuracy)
    title = {"pytorch": "PyTorch", "tensorflow": "TensorFlow"}[framework]
    heading = f"Pet breeds with {title}: {tasks} of 10 tasks right"
    mark = fingerprint([cell.source for cell in cells], to_text((), lines, heading))
    table = ((), [*lines, ("Fingerprint", mark)], heading)
    data = {"text/plain": to_text(*table), "text/html": to_html(*table)}
    cells[-1].outputs = [nbformat.v4.new_output("display_data", data)]
    return book


def better(book):
    data = hand_in.code_cells(book)[-1].outputs[0].data
    for kind in data:
        data[kind] = data[kind].replace("4 of 10", "10 of 10")


def other_answer(book):
    next(c for c in hand_in.code_cells(book) if "# your code" in c.source).source += "\n# better"


def shuffled(book):
    hand_in.code_cells(book)[3].execution_count = 90


def cleared(book):
    for cell in hand_in.code_cells(book):
        cell.outputs = []


def check_hidden(book):
    next(c for c in hand_in.code_cells(book) if c.source.startswith("checks.")).outputs = []


def given_changed(book):
    next(c for c in hand_in.code_cells(book) if "def cross_validate" in c.source).source = "pass"


def chosen_by_the_test(book):
    source = "C = max(Cs, key=lambda c: fit(c).score(features[test], labels[test]))"
    next(c for c in book.cells if c.source.startswith("frozen_accuracy = ...")).source = source


def without_ids(book):
    """As Colab saves it."""
    book.nbformat_minor = 0
    for cell in book.cells:
        del cell["id"]


# File: how it is made, what changes it, and then its row: name, tasks, in order, words of the mark.
HANDED_IN = {
    "a_good": (dict(quizzes=["Before the lecture", "02 Fine-tuning"]), None, "10 of 10", "yes", ""),
    "b_tensorflow": (dict(name="Bo", framework="tensorflow"), None, "10 of 10", "yes", "same"),
    "c_colab": (dict(name="Cy"), without_ids, "10 of 10", "yes", ""),
    "d_twice": (dict(name="bo"), None, "10 of 10", "yes", "same name"),
    "e_skipped": (dict(name="Eve", tasks=4, accuracy=""), None, "4 of 10", "yes", ""),
    "f_better": (dict(name="Flo", tasks=4), better, "10 of 10", "yes", "after the run"),
    "g_answer": (dict(name="Gil"), other_answer, "10 of 10", "yes", "after the run"),
    "h_shuffled": (dict(name="Hal"), shuffled, "10 of 10", "no", "top to bottom"),
    "i_cleared": (dict(name="Ida"), cleared, "", "yes", "outputs are missing"),
    "j_hidden": (dict(name="Jo"), check_hidden, "10 of 10", "yes", "Outputs of 1 checks"),
    "k_given": (dict(name="Kim"), given_changed, "10 of 10", "yes", "which was given"),
    "k_test": (dict(name="Ky"), chosen_by_the_test, "10 of 10", "yes", "before task 8"),
    "l_drawn": (dict(name="=1+1", data="370 drawn pets"), None, "10 of 10", "yes", "drawn pets"),
    "m_nobody": (dict(name=NO_NAME), None, "10 of 10", "yes", ""),
    "n_nobody": (dict(name=NO_NAME), None, "10 of 10", "yes", ""),
}
BROKEN = {
    "v_empty.ipynb": b"", "w_list.ipynb": b"[1]", "x_report.pdf": b"%PDF-1.7",
    "y_other.ipynb": b'{"cells": 3, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("handed in")
    for name, (facts, change, *_) in HANDED_IN.items():
        book = made(**facts)
        if change:
            change(book)
        (folder / f"{name}.ipynb").write_text(json.dumps(book), encoding="utf-8")
    for name, content in BROKEN.items():
        (folder / name).write_bytes(content)
    (folder / "sub").mkdir()
    lesson = REPOSITORY / "notebooks" / "01_feature_extraction_pytorch.ipynb"
    shutil.copy(lesson, folder / "sub" / "z_lesson.ipynb")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "a_good.ipynb").write_text("{}")
    (folder / "sub" / ".DS_Store").write_bytes(b"\0")
    return folder


def test_a_folder_gives_one_row_for_each_file(folder, tmp_path, capsys):
    target = tmp_path / "class.csv"
    hand_in.main([str(folder), "--csv", str(target)])
    said = capsys.readouterr().out
    with target.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["File"]: row for row in csv.DictReader(file)}
    assert len(rows) == len(HANDED_IN) + len(BROKEN) + 1 and all(name in said for name in rows)
    for name, (facts, _, tasks, order, words) in HANDED_IN.items():
        row = rows[f"{name}.ipynb"]
        assert (row["Tasks"], row["In order"]) == (tasks, order), row
        assert row["Framework"] == facts.get("framework", "pytorch")
        assert words in row["Marks"] and bool(words) == bool(row["Marks"].strip()), row
    good = rows["a_good.ipynb"]
    assert (good["Name"], good["Test accuracy"]) == ("Ada", "87.8% of 74")
    assert good["Quizzes"] == "Before the lecture: 5 of 8 right; 02 Fine-tuning: 5 of 8 right"
    assert rows["e_skipped.ipynb"]["Test accuracy"] == ""
    assert rows["l_drawn.ipynb"]["Name"] == "'=1+1", "a spreadsheet would compute it"
    assert all("no notebook" in rows[name]["Marks"] for name in BROKEN)
    assert "no summary" in rows["z_lesson.ipynb"]["Marks"]


def test_one_file_also_shows_its_summary(folder, capsys):
    hand_in.main([str(folder / "e_skipped.ipynb")])
    assert "Pet breeds with PyTorch: 4 of 10 tasks right\nLearner" in capsys.readouterr().out


def test_a_new_run_is_what_counts(folder, monkeypatch):
    """Its numbers replace those of the hand-in, and an old summary does not survive it."""

    def execute(client, env):
        assert not any(cell.outputs for cell in hand_in.code_cells(client.nb))
        assert env["COURSE_RESULTS"] == client.resources["metadata"]["path"] != str(folder)
        if new:
            client.nb.cells[-1:] = [hand_in.code_cells(new)[-1]]
        else:
            raise TimeoutError

    monkeypatch.setattr(hand_in.NotebookClient, "execute", execute)
    for new, tasks, words in (
        (made(tasks=7, accuracy="70.0% of 74 (59% to 79%)"), "7 of 10", "10 of 10, 87.8% of 74"),
        (None, "", "stopped by TimeoutError"),
    ):
        row, text = hand_in.row_of(folder / "a_good.ipynb", run=True)
        assert row[3] == tasks and words in " ".join(row[-1]) and bool(text) == bool(new)
        assert row[1] == "Ada" and row[5] == "yes" and row[6]
