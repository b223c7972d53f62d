"""The quiz at the end of a lesson: JSON in `data/quizzes`, shown as a panel or as a static form."""

import html
import json
import re

from IPython.display import HTML, display

from helpers.panels import show_widget
from helpers.settings import REPOSITORY

QUIZZES = REPOSITORY / "data" / "quizzes"
KINDS = {  # the names are those of the package jupyterquiz, which reads the same files
    "multiple_choice": "Choose one answer.",
    "many_choice": "Choose every answer that is right.",
    "numeric": "Type a number.",
}


def show_quiz(name: str) -> None:
    """Show the quiz `data/quizzes/<name>.json`; without ipywidgets, as a static form.

    Raises ValueError, with the place in the file, when there is no such quiz or it is not valid.
    """
    questions = load_quiz(name)
    try:
        from helpers.quiz_panel import QuizPanel
    except ImportError:
        display(HTML(static_form(questions)))
    else:
        show_widget(QuizPanel(questions).box, static_form(questions))


def load_quiz(name: str) -> list[dict]:
    """Read and check a quiz file. Raises ValueError when it is missing or not valid."""
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
    return questions


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


def answer_text(answer: dict) -> str:
    """Return the words of an answer, or the words for the numbers that it covers."""
    if "value" in answer:
        return f"{answer['value']:g}"
    if "range" in answer:
        return "from {:g} to {:g}".format(*answer["range"])
    if answer.get("type") == "default":
        return "any other number"
    return answer.get("answer", "")


def to_html(text: str) -> str:
    """Escape a text for HTML; words between backticks become code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


def verdict(answer: dict) -> str:
    """Return HTML that says, in words and with a sign, whether this answer is right, and why."""
    sign = "✓ Right" if answer["correct"] else "✗ Not right"
    return f"<b>{sign}: {to_html(answer_text(answer))}.</b> {to_html(answer['feedback'])}"


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
