import copy
import json
import subprocess
import sys

import pytest

from helpers import quiz
from helpers.quiz_panel import QuizPanel
from helpers.settings import REPOSITORY

NAMES = sorted(path.stem for path in quiz.QUIZZES.glob("*.json"))
SMALL = [
    {
        "question": "Is `1 < 2`?",
        "type": "multiple_choice",
        "answers": [
            {"answer": "yes", "correct": True, "feedback": "One is less."},
            {"answer": "no", "correct": False, "feedback": "Count again."},
        ],
    },
    {
        "question": "Which are even?",
        "type": "many_choice",
        "answers": [
            {"answer": "2", "correct": True, "feedback": "Two."},
            {"answer": "3", "correct": False, "feedback": "Three is odd."},
            {"answer": "4", "correct": True, "feedback": "Four."},
        ],
    },
    {
        "question": "A half?",
        "type": "numeric",
        "answers": [
            {"value": 0.5, "correct": True, "feedback": "Right, a half."},
            {"range": [1, 3], "correct": False, "feedback": "That is too much."},
            {"type": "default", "correct": False, "feedback": "Divide 1 by 2."},
        ],
    },
]


@pytest.mark.parametrize("name", NAMES)
def test_quiz_files_are_valid_and_cannot_be_guessed(name):
    questions = quiz.load_quiz(name)
    assert len(questions) >= 4
    longest, places = 0, set()
    choices = [q for q in questions if q["type"] != "numeric"]
    for question in choices:
        answers = question["answers"]
        right = [i for i, answer in enumerate(answers) if answer["correct"]]
        lengths = [len(answer["answer"]) for answer in answers]
        longest += lengths.index(max(lengths)) in right
        places.add(right[0])
    assert longest <= len(choices) / 2, "the longest answer is too often the right one"
    assert len(places) > 1, "the right answer is always at the same place"


def test_there_is_a_quiz_for_the_first_lesson():
    assert "01_feature_extraction" in NAMES


def test_single_choice_shows_the_explanation_of_the_chosen_answer_only():
    panel = QuizPanel(SMALL)
    question = panel.questions[0]
    question.inputs[0].value = 1
    question.check.click()
    assert "✗ Not right" in question.feedback.value and "Count again." in question.feedback.value
    assert "One is less." not in question.feedback.value
    question.inputs[0].value = 0
    question.check.click()
    assert "✓ Right" in question.feedback.value and question.right is True


def test_many_choice_needs_every_right_answer():
    question = QuizPanel(SMALL).questions[1]
    for chosen, right in [((1, 0, 0), False), ((1, 1, 1), False), ((1, 0, 1), True)]:
        for box, value in zip(question.inputs, chosen, strict=True):
            box.value = bool(value)
        question.check.click()
        assert question.right is right
        assert ("Not complete" in question.feedback.value) == (chosen == (1, 0, 0))


@pytest.mark.parametrize(
    ("typed", "feedback", "right"),
    [
        ("0,5", "a half", True),
        (" .5 ", "a half", True),
        ("2", "too much", False),
        ("−7", "Divide", False),
        ("half", "Nothing to check", None),
    ],
)
def test_numeric(typed, feedback, right):
    question = QuizPanel(SMALL).questions[2]
    question.inputs[0].value = typed
    question.check.click()
    assert feedback in question.feedback.value and question.right is right


def test_nothing_chosen_is_not_wrong_and_the_score_counts():
    panel = QuizPanel(SMALL)
    panel.questions[0].check.click()
    assert "Nothing to check yet" in panel.questions[0].feedback.value
    assert "0 of 3 right" in panel.score.value and "3 not checked" in panel.score.value
    panel.questions[0].inputs[0].value = 0
    panel.questions[0].check.click()
    assert "1 of 3 right" in panel.score.value and "2 not checked" in panel.score.value


def test_texts_are_escaped_and_backticks_become_code():
    assert quiz.to_html("`a<b` & c") == "<code>a&lt;b</code> &amp; c"
    form = quiz.static_form(SMALL)
    assert "<code>1 &lt; 2</code>" in form and form.count("<details>") == 3
    for question in SMALL:
        assert all(answer["feedback"] in form for answer in question["answers"])


def test_one_output_carries_widget_and_static_form(monkeypatch):
    shown = []
    monkeypatch.setattr("helpers.panels.display", lambda data, raw: shown.append(data))
    quiz.show_quiz("01_feature_extraction")
    assert {"application/vnd.jupyter.widget-view+json", "text/html"} <= shown[0].keys()


def test_without_ipywidgets_the_static_form_is_shown(monkeypatch):
    shown = []
    monkeypatch.setattr(quiz, "display", lambda form: shown.append(form.data))
    monkeypatch.setitem(sys.modules, "helpers.quiz_panel", None)
    quiz.show_quiz("01_feature_extraction")
    assert "<details>" in shown[0]


def test_importing_the_quiz_loads_no_framework():
    code = (
        "import sys, helpers.quiz_panel; sys.exit(bool({'torch', 'tensorflow'} & {*sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY).returncode == 0


def test_an_unknown_quiz_names_the_known_ones():
    with pytest.raises(ValueError, match="01_feature_extraction"):
        quiz.load_quiz("no_such_quiz")


def _broken(change):
    question = copy.deepcopy(SMALL[0])
    change(question)
    return [question]


@pytest.mark.parametrize(
    ("questions", "message"),
    [
        ([], "not empty"),
        (["text"], 'question 1: it needs a text "question"'),
        (_broken(lambda q: q.update(type="essay")), '"type" must be one of'),
        (_broken(lambda q: q["answers"].pop()), "at least two answers"),
        (_broken(lambda q: q["answers"][1].pop("feedback")), 'answer 2 needs a "feedback"'),
        (_broken(lambda q: q["answers"][0].pop("answer")), 'answer 1 needs an "answer"'),
        (_broken(lambda q: q["answers"][0].pop("correct")), 'answer 1 needs "correct"'),
        (_broken(lambda q: q["answers"][1].update(correct=True)), "2 answers are marked"),
        (_broken(lambda q: q["answers"][0].update(correct=False)), "0 answers are marked"),
        (_broken(lambda q: q["answers"][1].update(answer="yes")), "two answers are the same"),
    ],
)
def test_a_broken_file_gives_one_clear_error(questions, message, monkeypatch, tmp_path):
    monkeypatch.setattr(quiz, "QUIZZES", tmp_path)
    (tmp_path / "small.json").write_text(json.dumps(questions), encoding="utf-8")
    with pytest.raises(ValueError, match="small.json") as caught:
        quiz.load_quiz("small")
    assert message in str(caught.value)


def test_a_file_that_is_no_json(monkeypatch, tmp_path):
    monkeypatch.setattr(quiz, "QUIZZES", tmp_path)
    (tmp_path / "small.json").write_text("[{", encoding="utf-8")
    with pytest.raises(ValueError, match="small.json is not valid JSON"):
        quiz.load_quiz("small")


@pytest.mark.parametrize(("value", "word"), [("-0.98", "Right"), ("-0.99", "black pixel")])
def test_white_and_black_are_told_apart(value, word):
    question = QuizPanel(quiz.load_quiz("01_feature_extraction")).questions[1]
    assert question.inputs[0].description == "answer"
    question.inputs[0].value = value
    question.check.click()
    assert word in question.feedback.value and question.right is (word == "Right")
