"""The quiz as widgets. Tab moves between them, Space chooses: everything works without a mouse."""

import html
import math
import re
from collections.abc import Callable
from pathlib import Path

import ipywidgets as widgets

KINDS = {
    "multiple_choice": "Choose one answer.",
    "many_choice": "Choose every answer that is right.",
    "numeric": "Type a number.",
}
STYLE = Path(__file__).with_name("quiz.css").read_text(encoding="utf-8")


class Question:
    """One question: its inputs, the button `check`, and what the learner reads afterwards.

    `right` is True or False after a check, and None before it and after a change of the answer.
    """

    def __init__(self, number: int, question: dict, on_change: Callable[[], None]):
        self.question, self.on_change, self.right = question, on_change, None
        texts = [answer_text(answer).replace("`", "") for answer in question["answers"]]
        if question["type"] == "multiple_choice":
            options = [(text, index) for index, text in enumerate(texts)]
            self.inputs = [widgets.RadioButtons(options=options, value=None)]
        elif question["type"] == "many_choice":
            self.inputs = [widgets.Checkbox(description=text, indent=False) for text in texts]
        else:
            name = f"Answer to question {number}"
            self.inputs = [widgets.Text(description=name, placeholder="a number, like 0.5")]
            self.inputs[0].style.description_width = "initial"
        for entry in self.inputs:
            entry.observe(self.forget_verdict, "value")
        self.check = widgets.Button(description=f"Check question {number}")
        self.check.on_click(self.show_verdict)
        self.feedback = widgets.HTML()
        title = f"<b>{number}. {to_html(question['question'])}</b> <i>{KINDS[question['type']]}</i>"
        title = f'<div role="heading" aria-level="3">{title}</div>'  # screen readers jump to it
        children = [widgets.HTML(title), *self.inputs, self.check, self.feedback]
        self.box = widgets.VBox(children, layout=widgets.Layout(margin="0 0 18px 0"))
        self.box.add_class("course-question")

    def chosen(self) -> list[dict]:
        """Return the answers that the learner chose; an empty list when there are none yet.

        Raises ValueError, with what to type, when a number is asked and the text is none.
        """
        answers = self.question["answers"]
        if self.question["type"] == "many_choice":
            return [answer for answer, box in zip(answers, self.inputs, strict=True) if box.value]
        value = self.inputs[0].value
        if self.question["type"] == "multiple_choice":
            return [] if value is None else [answers[value]]
        return _covering(answers, value.strip())[:1] if value.strip() else []

    def show_verdict(self, _button=None) -> None:
        """Show right or wrong with the explanation of every chosen answer."""
        try:
            chosen = self.chosen()
            problem = f"<b>Nothing to check yet.</b> {KINDS[self.question['type']]}"
        except ValueError as error:
            chosen, problem = [], to_html(str(error))
        if not chosen:
            self._show(None, [("open", problem)])
            return
        typed = self.inputs[0].value.strip() if self.question["type"] == "numeric" else ""
        lines = [
            ("right" if answer["correct"] else "wrong", verdict(answer, typed)) for answer in chosen
        ]
        right = sum(answer["correct"] for answer in self.question["answers"])
        if self.question["type"] == "many_choice" and right > sum(a["correct"] for a in chosen):
            lines.append(("wrong", "<b>✗ Not complete:</b> at least one more answer is right."))
        self._show(all(look == "right" for look, _ in lines), lines)

    def forget_verdict(self, _change=None) -> None:
        """Take the verdict away: it is about an answer that the learner has changed."""
        if self.feedback.value:
            self._show(None, [])

    def _show(self, right, lines):
        self.right = right
        boxes = (f'<div class="course-verdict course-{look}">{text}</div>' for look, text in lines)
        self.feedback.value = f'<div role="alert">{"".join(boxes)}</div>' if lines else ""
        self.on_change()


class QuizPanel:
    """The whole quiz: `questions` (a list of Question), `score` (HTML) and `box` (the widget).

    `keep` is called with the numbers of right, checked and all questions whenever they change.
    """

    def __init__(self, questions: list[dict], keep: Callable[[int, int, int], None]):
        self.questions = [Question(i, q, self.show_score) for i, q in enumerate(questions, 1)]
        self.keep, self.score = keep, widgets.HTML()
        help_text = "With the keyboard: Tab moves on, Space chooses or presses a button."
        parts = [
            widgets.HTML(f"<style>{STYLE}</style>{help_text}"),
            *(q.box for q in self.questions),
            self.score,
        ]
        self.box = widgets.VBox(parts)
        self.box.add_class("course-panel").add_class("course-quiz")
        self.show_score()

    def show_score(self) -> None:
        """Say how many questions are right, and how many are still open. Keep the numbers."""
        total = len(self.questions)
        right = sum(question.right is True for question in self.questions)
        checked = sum(question.right is not None for question in self.questions)
        rest = " You may change answers and check again." if right < checked else ""
        if checked < total:
            rest = f" {total - checked} not checked yet."
        if checked:
            try:
                self.keep(right, checked, total)
            except OSError:  # a folder that cannot be written takes nobody's quiz away
                rest += " The score cannot be saved in your data folder."
        self.score.value = f"<b>Score: {right} of {total} right.</b>{rest}"


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


def verdict(answer: dict, typed: str = "") -> str:
    """Return HTML that says, in words and with a sign, whether this answer is right, and why.

    `typed` is what the learner typed when a number was asked; the verdict is about that.
    """
    sign = "✓ Right" if answer["correct"] else "✗ Not right"
    text = html.escape(typed) or to_html(answer_text(answer))
    return f"<b>{sign}: {text}.</b> {to_html(answer['feedback'])}"


def _covering(answers: list[dict], typed: str) -> list[dict]:
    """Return the answers that cover the number that was typed; ValueError for no number."""
    try:
        number = float(typed.replace(",", ".").replace("−", "-"))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"“{typed}” is not a number. Type digits only, such as 12, 0.5 or -3.")

    def covers(answer):
        low, high = answer.get("range", (-math.inf, math.inf))
        return abs(number - answer.get("value", number)) < 1e-6 and low <= number <= high

    return [answer for answer in answers if covers(answer)]
