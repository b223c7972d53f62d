"""The quiz at the end of a lesson, as a panel or a static form. A quiz is a JSON file.

`notebooks/quizzes/<lesson>.json` is a list of questions. The format is that of the package
jupyterquiz. A question has
- `question`: a text; words between backticks become code
- `type`: "multiple_choice" (one answer is right), "many_choice" (one or more), or "numeric"
- `answers`: two or more, each with `correct` (true or false), `feedback` (why), and `answer`, a
  text. The place of an answer in the file does not matter.
In "numeric", an answer has instead of the text `value` (a number), `range` ([low, high]) or
`"type": "default"` (any other number, so it stands last). The first that covers what was typed
counts.
"""

import hashlib
import json
from functools import partial

from helpers.course.quiz_panel import KINDS, QuizPanel, answer_text, to_html, verdict
from helpers.course.results import keep_score
from helpers.panels.widgets import show_widget
from helpers.settings import REPOSITORY

QUIZZES = REPOSITORY / "notebooks" / "quizzes"


def show_quiz(name: str) -> None:
    """Show the quiz `notebooks/quizzes/<name>.json`, and keep its score for the results board.

    Running the cell again begins a new try; the board shows the best one. Raises ValueError, with
    the place in the file, when there is no such quiz or it is not valid.
    """
    questions = load_quiz(name)
    show_widget(QuizPanel(questions, partial(keep_score, name)).box, static_form(questions))


def load_quiz(name: str) -> list[dict]:
    """Read a quiz and shuffle the answers of each question; ValueError when it is not valid."""
    path = QUIZZES / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in QUIZZES.glob("*.json"))) or "none"
        raise ValueError(f"There is no quiz {name!r} in {QUIZZES}. Quizzes there: {known}.")
    try:
        questions = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.name} is not valid JSON: {error}") from error
    if not isinstance(questions, list) or not questions:
        raise ValueError(f"{path.name}: a quiz is a list of questions, and not empty.")
    for number, question in enumerate(questions, 1):
        if problem := find_problem(question):
            raise ValueError(f"{path.name}, question {number}: {problem}.")
    return [shuffled(question) for question in questions]


def shuffled(question: dict) -> dict:
    """Return the question with its answers in an order that its own words decide.

    It is the same in every run, on every machine and in both forms of the quiz, wherever the
    right answer stands in the file. Numbers keep their order.
    """
    if question["type"] == "numeric":
        return question

    def place(answer):
        words = f"{question['question']}\n{answer_text(answer)}"
        return hashlib.sha256(words.encode()).digest()

    return question | {"answers": sorted(question["answers"], key=place)}


def find_problem(question: dict) -> str | None:
    """Say what is wrong with one question of a quiz file, or return None."""
    if not isinstance(question, dict) or not question.get("question"):
        return 'it needs a text "question"'
    if question.get("type") not in KINDS:
        return f'"type" must be one of {", ".join(KINDS)}'
    answers = question.get("answers")
    if not isinstance(answers, list) or len(answers) < 2:
        return 'it needs a list "answers" with at least two answers'
    for number, answer in enumerate(answers, 1):
        if not isinstance(answer, dict) or not answer.get("feedback"):
            return f'answer {number} needs a "feedback"'
        if not answer_text(answer):
            return f'answer {number} needs an "answer" (a number: "value", "range" or default)'
        if not isinstance(answer.get("correct"), bool):
            return f'answer {number} needs "correct": true or false'
    right = sum(answer["correct"] for answer in answers)
    if right == 0 or (right > 1 and question["type"] == "multiple_choice"):
        return f"{right} answers are marked as right"
    if len({answer_text(answer) for answer in answers}) < len(answers):
        return "two answers are the same"
    return None


def static_form(questions: list[dict]) -> str:
    """Return the quiz as HTML without widgets: questions, answers, folded explanations."""
    return f"<ol>{''.join(map(_static_question, questions))}</ol>"


def _static_question(question: dict) -> str:
    answers = question["answers"]
    lines = "".join(f"<li>{to_html(answer_text(answer))}</li>" for answer in answers)
    choices = "" if question["type"] == "numeric" else f'<ol type="A">{lines}</ol>'
    verdicts = "".join(f"<li>{verdict(answer)}</li>" for answer in answers)
    return (
        f"<li><p><b>{to_html(question['question'])}</b> <i>{KINDS[question['type']]}</i></p>"
        f"{choices}<details><summary>Solution and explanations</summary>"
        f'<ol type="A">{verdicts}</ol></details><br></li>'
    )
