"""Quizzes, as a panel or a static form. Their files and format: `notebooks/quizzes/README.md`."""

import hashlib
import json
from functools import partial

from helpers.course.quiz_panel import WORDS, QuizPanel, answer_text, in_language, to_html, verdict
from helpers.course.results import keep_score
from helpers.panels.widgets import show_widget
from helpers.settings import REPOSITORY

QUIZZES = REPOSITORY / "notebooks" / "quizzes"


def show_quiz(name: str) -> None:
    """Show the quiz `notebooks/quizzes/<name>.json`, and keep the best score of all tries.

    Running the cell again begins a new try. Raises FileNotFoundError for an unknown name.
    """
    questions = load_quiz(name)
    show_widget(QuizPanel(questions, partial(keep_score, name)).box, static_form(questions))


def load_quiz(name: str) -> list[dict]:
    """Read a quiz, and shuffle the answers of each question."""
    return [*map(shuffled, json.loads((QUIZZES / f"{name}.json").read_text(encoding="utf-8")))]


def shuffled(question: dict) -> dict:
    """Return the question with its answers in an order that its English words decide.

    So it is the same in every run, language and form of the quiz, wherever the right answer stands
    in the file. Numbers keep their order.
    """

    if question["type"] == "numeric":
        return question

    def place(answer):
        return hashlib.sha256(f"{question['question']}\n{answer['answer']}".encode()).digest()

    return question | {"answers": sorted(question["answers"], key=place)}


def static_form(questions: list[dict]) -> str:
    """Return the quiz as HTML without widgets; explanations, and a second language, are folded."""
    form = f'<ol lang="en">{"".join(_static_question(q, WORDS["en"]) for q in questions)}</ol>'
    for language in (name for name in WORDS if f"question_{name}" in questions[0]):
        said = [_static_question(in_language(language, q), WORDS[language]) for q in questions]
        title = f"<summary><b>{WORDS[language]['language']}</b></summary>"
        form = f'<details lang="{language}">{title}<ol>{"".join(said)}</ol></details>{form}'
    return form


def _static_question(question: dict, words: dict[str, str]) -> str:
    answers, kind = question["answers"], question["type"]
    texts = [to_html(answer_text(answer, words)) for answer in answers if kind != "numeric"]
    choices, solution = (
        f'<ol type="A">{"".join(f"<li>{line}</li>" for line in lines)}</ol>' if lines else ""
        for lines in (texts, [verdict(answer, words) for answer in answers])
    )
    return (
        f"<li><p><b>{to_html(question['question'])}</b> <i>{words[kind]}</i></p>{choices}"
        f"<details><summary>{words['solution']}</summary>{solution}</details><br></li>"
    )
