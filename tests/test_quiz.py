import html
import json
import re
import subprocess
import sys
from itertools import permutations
from statistics import fmean
from string import Formatter

import numpy as np
import pytest
from scipy.stats import binomtest

from helpers.course import quiz, quiz_panel, results
from helpers.course.quiz_panel import WORDS, QuizPanel
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


def ignore(*score):
    """Keep no score."""


EN, VI = "", "_vi"  # what the names of a text end with in each language
TRANSLATED = [
    name for name in NAMES if '_vi"' in (quiz.QUIZZES / f"{name}.json").read_text("utf-8")
]
TEXTS = [*((name, EN) for name in NAMES), *((name, VI) for name in TRANSLATED)]
by_text = pytest.mark.parametrize(("name", "language"), TEXTS, ids="".join)


# Ways to choose one of the answers as they are shown, without reading. Of equal lengths: the first.
GUESSES = {
    **{f"always {letter}": lambda texts, i=i: i for i, letter in enumerate("ABCD")},
    "always the longest": lambda texts: texts.index(max(texts, key=len)),
    "always the shortest": lambda texts: texts.index(min(texts, key=len)),
}


def single_choices(name):
    return [q for q in quiz.load_quiz(name) if q["type"] == "multiple_choice"]


def hits(guess, questions, language=EN):
    answers = [question["answers"] for question in questions]
    places = [GUESSES[guess]([a[f"answer{language}"] for a in some]) for some in answers]
    return sum(some[place]["correct"] for some, place in zip(answers, places, strict=True))


@pytest.mark.parametrize("guess", GUESSES)
def test_a_guess_is_no_better_than_chance(guess):
    """Over all quizzes together: one-sided binomial test on the 5 % level.

    Chance is the mean of 1 / (number of answers). "Always A" is also "always the first".
    """
    questions = [question for name in NAMES for question in single_choices(name)]
    chance = fmean(1 / len(question["answers"]) for question in questions)
    right, n = hits(guess, questions), len(questions)
    better = binomtest(right, n, chance, alternative="greater").pvalue
    assert better > 0.05, f"{guess}: {right} of {n} right, chance gives {chance * n:.1f}"


@pytest.mark.parametrize("guess", GUESSES)
@by_text
def test_a_guess_gets_half_of_a_quiz_at_most(name, language, guess):
    questions = single_choices(name)
    assert len(questions) >= 4
    assert hits(guess, questions, language) <= len(questions) / 2


@by_text
def test_nothing_is_missing_in_a_quiz(name, language):
    """What only authors can do wrong. The same file holds both languages, and what is right."""
    kinds = {"multiple_choice", "many_choice", "numeric"}
    for number, question in enumerate(quiz.load_quiz(name), 1):
        place, answers = f"{name}, question {number}", question["answers"]
        assert question["type"] in kinds, f'{place}: "type" must be one of {kinds}'
        assert question[f"question{language}"].strip(), f'{place}: "question{language}" is empty'
        for answer in answers:
            assert type(answer["correct"]) is bool, f'{place}: "correct" is true or false'
            assert answer[f"feedback{language}"].strip(), f'{place}: "feedback{language}" is empty'
        if question["type"] == "numeric":
            assert all({"value", "range", "type"} & {*answer} for answer in answers), place
            assert answers[-1].get("type") == "default", f"{place}: the default stands last"
            texts = [quiz_panel.answer_text(answer, WORDS["en"]) for answer in answers]
        else:
            texts = [answer[f"answer{language}"].strip() for answer in answers]
        assert all(texts) and len({*texts}) == len(texts) >= 2, f"{place}: empty or equal answers"
        right = sum(answer["correct"] for answer in answers)
        assert right == 1 or right > 1 and question["type"] != "multiple_choice", place


@pytest.mark.parametrize("name", ["before_the_lecture", "after_the_lecture"])
def test_the_lecture_has_two_quizzes_in_two_languages(name):
    assert name in TRANSLATED and len(quiz.load_quiz(name)) >= 8


def parts(questions):
    return [*questions, *(answer for question in questions for answer in question["answers"])]


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_translation_has_the_numbers_and_the_code_of_its_text(name):
    """Vietnamese writes 0,5 for 0.5 and 1.280 for 1,280: the digits are the same."""
    for part in parts(quiz.load_quiz(name)):
        for key in part.keys() & {"question", "answer", "feedback"}:
            ours, theirs = part[key], part[f"{key}{VI}"]
            assert theirs != ours and re.search("[à-ỹ]", theirs.lower()), theirs
            assert re.findall("`[^`]+`", ours) == re.findall("`[^`]+`", theirs)
            digits = [sorted(re.findall(r"\d+", re.sub("`[^`]+`", "", t))) for t in (ours, theirs)]
            assert digits[0] == digits[1], theirs


def test_the_panel_says_the_same_in_both_languages():
    fields = [
        {name: [field for _, field, _, _ in Formatter().parse(text) if field is not None]
         for name, text in words.items()} for words in WORDS.values()
    ]  # fmt: skip
    assert fields[0] == fields[1]
    same = [name for name, text in WORDS["en"].items() if text == WORDS["vi"][name]]
    assert same == [] and all(text.strip() for words in WORDS.values() for text in words.values())


@by_text
def test_answers_are_short_and_alike_in_form(name, language):
    """An answer that is much shorter than the others is thrown away, or chosen, at a glance."""
    for question in quiz.load_quiz(name):
        if question["type"] != "numeric":
            texts = [answer[f"answer{language}"] for answer in question["answers"]]
            assert len(texts) >= 4
            assert len(max(texts, key=len)) <= 1.6 * len(min(texts, key=len)), question["question"]
            assert all(len(text.split()) <= 20 for text in texts)


def test_the_words_of_a_question_decide_the_order():
    """The order of the file does not matter, and it is the same on every machine."""
    question = {"question": "Which letter?", "type": "multiple_choice"}
    answers = [{"answer": letter} for letter in "abcd"]
    for given in permutations(answers):
        shown = quiz.shuffled(question | {"answers": list(given)})["answers"]
        assert "".join(answer["answer"] for answer in shown) == "dbac"


def test_numbers_keep_their_order():
    """The first answer that covers a number counts, and the default must stay the last."""
    for name in NAMES:
        file = json.loads((quiz.QUIZZES / f"{name}.json").read_text(encoding="utf-8"))
        for raw, loaded in zip(file, quiz.load_quiz(name), strict=True):
            assert raw["type"] != "numeric" or raw == loaded


@pytest.mark.parametrize("name", NAMES)
def test_both_forms_show_the_same_order(name, monkeypatch):
    bundles, panels = [], []
    monkeypatch.setattr(quiz, "QuizPanel", lambda *a: panels.append(QuizPanel(*a)) or panels[-1])
    monkeypatch.setattr(quiz, "show_widget", lambda *bundle: bundles.append(bundle))
    quiz.show_quiz(name)
    english = bundles[0][1][bundles[0][1].index('<ol lang="en">') :]
    forms = english.split("</details>")[:-1]
    for question, still in zip(panels[0].questions, forms, strict=True):
        kind, first = question.kind, question.inputs[0]
        if kind != "numeric":
            words = html.unescape(re.sub("</?code>", "", still))
            shown = [text for text, _ in first.options] if kind == "multiple_choice" else None
            shown = shown or [box.description for box in question.inputs]
            assert re.findall("<li>([^<]*)</li>", words) == shown  # the choices
            assert re.findall("ight: ([^<]*)[.]</b>", words) == shown  # the explanations


STRIPES = np.arange(224) % 2 * np.ones((224, 1))


@pytest.mark.parametrize(
    ("name", "number", "value"),
    [
        ("01_feature_extraction", 2, (255 / 255 - 127) / 128),
        ("02_fine_tuning", 1, np.zeros((3, 1280)).size + np.zeros(3).size),
        ("03_ideal_cat", 3, sum(abs(np.diff(STRIPES, axis=axis)).mean() for axis in (0, 1))),
        ("before_the_lecture", 6, 100 * np.mean(np.repeat(["cat", "dog"], [90, 10]) == "cat")),
        ("after_the_lecture", 2, (255 / 255 - 0.5) / 0.25),
        ("after_the_lecture", 3, 1000 * 20 / 1000),
        ("after_the_lecture", 9, 100 * (80 - 20) / (100 - 20)),
        ("after_the_lecture", 11, 1 + np.argmin([0.60, 0.45, 0.40, 0.42, 0.41, 0.43])),
    ],
)
def test_numbers_are_right_when_computed(name, number, value):
    question = QuizPanel(quiz.load_quiz(name), ignore).questions[number - 1]
    question.inputs[0].value = str(value)
    question.check.click()
    assert question.right is True


def test_every_number_is_computed_here():
    mark = next(
        mark
        for mark in test_numbers_are_right_when_computed.pytestmark
        if mark.name == "parametrize"
    )
    asked = {
        (name, number)
        for name in NAMES
        for number, question in enumerate(quiz.load_quiz(name), 1)
        if question["type"] == "numeric"
    }
    message = "list each numeric question, with its number computed, in the test above"
    assert asked == {case[:2] for case in mark.args[1]}, message


def test_single_choice_shows_the_explanation_of_the_chosen_answer_only():
    panel = QuizPanel(SMALL, ignore)
    question = panel.questions[0]
    question.inputs[0].value = 1
    question.check.click()
    assert "✗ Not right" in question.feedback.value and "Count again." in question.feedback.value
    assert "One is less." not in question.feedback.value
    question.inputs[0].value = 0
    question.check.click()
    assert "✓ Right" in question.feedback.value and question.right is True


def test_many_choice_needs_every_right_answer():
    question = QuizPanel(SMALL, ignore).questions[1]
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
        (" ", "Nothing to check", None),
        ("half", "“half” is not a number. Type", None),
        ("<b>", "“&lt;b&gt;” is not a number. Type", None),
        ("nan", "“nan” is not a number. Type", None),
    ],
)
def test_numeric(typed, feedback, right):
    question = QuizPanel(SMALL, ignore).questions[2]
    question.inputs[0].value = typed
    question.check.click()
    assert feedback in question.feedback.value and question.right is right


@pytest.mark.parametrize("typed", ["0,5", "2", "−7", "12345678.9"])
def test_the_verdict_is_about_the_number_that_was_typed(typed):
    question = QuizPanel(SMALL, ignore).questions[2]
    question.inputs[0].value = f" {typed} "
    question.check.click()
    assert f"ight: {typed}.</b>" in question.feedback.value
    assert "any other number" not in question.feedback.value


def test_a_value_that_a_click_overtook_is_judged(monkeypatch):
    """A busy browser sends a click at once, and the newest value after it."""
    monkeypatch.setattr(quiz_panel, "LATE", 1000)
    panel = QuizPanel(SMALL, ignore)
    for question, old, new in zip(panel.questions, (1, True, "2"), (0, False, "0.5"), strict=True):
        question.inputs[0].value = old
        question.check.click()
        question.inputs[0].value = new
    one, many, number = panel.questions
    assert "✓ Right: yes" in one.feedback.value and "✓ Right: 0.5" in number.feedback.value
    assert "Nothing to check" in many.feedback.value
    assert "2 of 3 right" in panel.score.value and "1 not checked" in panel.score.value


def test_a_changed_answer_takes_its_verdict_away(monkeypatch):
    monkeypatch.setattr(quiz_panel, "LATE", 0)
    panel = QuizPanel(SMALL, ignore)
    for question, first, second in zip(
        panel.questions, (0, True, "0.5"), (1, False, ""), strict=True
    ):
        entry = question.inputs[0]
        entry.value = first
        question.check.click()
        assert "course-verdict" in question.feedback.value and question.right is not None
        before = panel.score.value
        entry.value = second
        assert question.feedback.value == "" and question.right is None
        assert panel.score.value != before
    assert "0 of 3 right" in panel.score.value and "3 not checked" in panel.score.value


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def test_right_and_wrong_look_different_and_can_be_read():
    """Words, sign, and border; the boxes bring their own colours, so the theme does not matter."""
    question = QuizPanel(SMALL, ignore).questions[1]
    question.inputs[0].value = question.inputs[1].value = True
    question.check.click()
    looks = re.findall(
        r'class="course-verdict (course-\w+)"><b>(. [^:]*):', question.feedback.value
    )
    assert looks == [
        ("course-right", "✓ Right"),
        ("course-wrong", "✗ Not right"),
        ("course-wrong", "✗ Not complete"),
    ]
    style = dict(re.findall(r"\.([\w-]+) {([^}]*)}", quiz_panel.STYLE))
    text = luminance(re.search(r"color: (#\w+)", style["course-verdict"])[1])
    borders = []
    for name in ("course-right", "course-wrong"):
        ground = luminance(re.search(r"background: (#\w+)", style[name])[1])
        assert (ground + 0.05) / (text + 0.05) >= 4.5
        borders.append(re.search(r"border: \d+px (\w+)", style[name])[1])
    assert borders == ["solid", "dashed"]


def test_a_question_is_named_for_those_who_do_not_see_it():
    panel = QuizPanel(SMALL, ignore)
    assert {"course-panel", "course-quiz"} <= {*panel.box._dom_classes}
    for number, question in enumerate(panel.questions, 1):
        assert "course-question" in question.box._dom_classes
        assert 'role="heading"' in question.box.children[0].value
        assert question.check.description == f"Check question {number}"


def test_the_best_score_is_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    shown = []
    monkeypatch.setattr(quiz, "load_quiz", lambda name: SMALL)
    monkeypatch.setattr(quiz, "QuizPanel", lambda *a: shown.append(QuizPanel(*a)) or shown[-1])
    monkeypatch.setattr(quiz, "show_widget", lambda *bundle: None)
    for answer, right in ((1, 0), (0, 1), (1, 1)):  # each time a new try
        quiz.show_quiz("small")
        assert right == 0 or results.load("quiz_small")  # showing a quiz takes nothing away
        first = shown[-1].questions[0]
        first.inputs[0].value = answer
        first.check.click()
        assert results.load("quiz_small") == {"right": right, "checked": 1, "total": 3}
    assert [file.name for file in (tmp_path / "results").iterdir()] == ["quiz_small.json"]


def test_a_folder_that_cannot_be_written_does_not_stop_the_quiz():
    def keep(*score):
        raise PermissionError("read-only")

    panel = QuizPanel(SMALL, keep)
    panel.questions[0].inputs[0].value = 0
    panel.questions[0].check.click()
    assert "✓ Right" in panel.questions[0].feedback.value
    assert "1 of 3 right" in panel.score.value and "cannot be saved" in panel.score.value


def test_nothing_chosen_is_not_wrong_and_the_score_counts():
    panel = QuizPanel(SMALL, ignore)
    panel.questions[0].check.click()
    assert "Nothing to check yet" in panel.questions[0].feedback.value
    assert "0 of 3 right" in panel.score.value and "3 not checked" in panel.score.value
    panel.questions[0].inputs[0].value = 0
    panel.questions[0].check.click()
    assert "1 of 3 right" in panel.score.value and "2 not checked" in panel.score.value


def test_texts_are_escaped_and_backticks_become_code():
    assert quiz_panel.to_html("`a<b` & c") == "<code>a&lt;b</code> &amp; c"
    form = quiz.static_form(SMALL)
    assert "<code>1 &lt; 2</code>" in form and form.count("<details>") == 3
    for question in SMALL:
        assert all(answer["feedback"] in form for answer in question["answers"])


def test_the_quiz_has_a_still_form(monkeypatch):
    shown = []
    monkeypatch.setattr("helpers.panels.widgets.display", lambda data, raw: shown.append(data))
    quiz.show_quiz("01_feature_extraction")
    assert "<details>" in shown[0]["text/html"] and len(shown) == 2


def test_importing_the_quiz_loads_no_framework():
    code = (
        "import sys, helpers.course.quiz; sys.exit(bool({'torch', 'tensorflow'} & {*sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY).returncode == 0


def test_an_unknown_quiz_is_named():
    with pytest.raises(FileNotFoundError, match="no_such_quiz.json"):
        quiz.load_quiz("no_such_quiz")


@pytest.fixture
def switch():
    """Give the switch of the languages; English again at the end: all quizzes share it."""
    yield quiz_panel.language_switch()
    quiz_panel.language_switch().value = "en"


BOTH = [
    question
    | {"question_vi": f"Câu: {question['question']}"}
    | {
        "answers": [
            answer | {"answer_vi": f"Vâng {i}", "feedback_vi": f"Vì thế {i}."}
            for i, answer in enumerate(question["answers"])
        ]
    }
    for question in SMALL
]


def test_the_language_changes_and_what_was_done_stays(switch):
    scores = []
    panel = QuizPanel(BOTH, lambda *score: scores.append(score))
    assert panel.box.children[0] is switch
    for question, value in zip(panel.questions, (0, True, "2"), strict=True):
        question.inputs[0].value = value
    panel.questions[0].check.click()
    panel.questions[2].check.click()
    before = panel.score.value
    switch.value = "vi"
    one, many, number = panel.questions
    assert [one.inputs[0].value, many.inputs[0].value, number.inputs[0].value] == [0, True, "2"]
    assert [text for text, _ in one.inputs[0].options] == ["Vâng 0", "Vâng 1"]
    assert "✓ Đúng: Vâng 0.</b> Vì thế 0." in one.feedback.value and one.right is True
    assert many.feedback.value == "" and many.check.description == "Kiểm tra câu 2"
    assert "✗ Chưa đúng: 2.</b> Vì thế 1." in number.feedback.value
    assert (
        "Câu: A half?" in number.box.children[0].value
        and 'lang="vi"' in number.box.children[0].value
    )
    assert "đúng 1 trên 3" in panel.score.value and scores[-1] == (1, 2, 3)
    switch.value = "en"
    assert panel.score.value == before and "One is less." in panel.questions[0].feedback.value


@pytest.mark.parametrize(
    ("wanted", "first"), {"": "en", "vi": "vi", " VI_VN.UTF-8": "vi", "fr": "en"}.items()
)
def test_the_first_language_is_set_in_one_place(monkeypatch, wanted, first):
    monkeypatch.setenv("COURSE_LANGUAGE", wanted)
    assert quiz_panel.language_switch.__wrapped__().value == first


def test_one_switch_for_all_quizzes_and_none_without_a_translation(switch):
    switch.value = "vi"
    assert "Kết quả" in QuizPanel(BOTH, ignore).score.value
    alone = QuizPanel(SMALL, ignore)
    assert "Score" in alone.score.value and switch not in alone.box.children


@pytest.mark.parametrize("name", TRANSLATED)
def test_the_still_form_has_both_languages(name):
    questions = quiz.load_quiz(name)
    form = html.unescape(re.sub("</?code>", "", quiz.static_form(questions)))
    for part in parts(questions):
        for key in part.keys() - {"type", "correct", "answers", "value", "range"}:
            assert part[key].replace("`", "") in form
    assert form.count("Đáp án và giải thích") == form.count("Solution and") == len(questions)


@pytest.mark.parametrize(("value", "word"), [("-0.98", "Right"), ("-0.99", "black pixel")])
def test_white_and_black_are_told_apart(value, word):
    question = QuizPanel(quiz.load_quiz("01_feature_extraction"), ignore).questions[1]
    assert question.inputs[0].description == "Answer to question 2"
    question.inputs[0].value = value
    question.check.click()
    assert word in question.feedback.value and question.right is (word == "Right")
