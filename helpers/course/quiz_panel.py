"""The quiz as widgets. Tab moves between them, Space chooses: everything works without a mouse."""

import html
import json
import math
import os
import re
import time
from functools import cache
from pathlib import Path

import ipywidgets as widgets

STYLE = f"<style>{Path(__file__).with_name('quiz.css').read_text(encoding='utf-8')}</style>"
# By language, then by name: what the panel itself says.
WORDS = json.loads(Path(__file__).with_name("quiz_words.json").read_text(encoding="utf-8"))
NAMES = [(WORDS[name]["language"], name) for name in WORDS]
LATE = 2  # seconds, see Question._change


@cache
def language_switch() -> widgets.RadioButtons:
    """Return the one switch of all quizzes with two languages; `COURSE_LANGUAGE` says the first."""
    wanted = os.environ.get("COURSE_LANGUAGE", "").strip().lower()[:2]  # also vi_VN
    return widgets.RadioButtons(options=NAMES, value=wanted if wanted in WORDS else "en")


class Question:
    """One question: its inputs, the button `check`, and what the learner reads afterwards.

    `right` is True or False after a check, and None before it and after a change of the answer.
    """

    def __init__(self, number: int, question: dict, language: str, on_change):
        question, self.words = in_language(language, question), (words := WORDS[language])
        self.answers, self.kind = question["answers"], question["type"]
        self.on_change, self.right, self.pressed = on_change, None, -math.inf
        texts = [answer_text(answer, words).replace("`", "") for answer in self.answers]
        if self.kind == "multiple_choice":
            options = [(text, index) for index, text in enumerate(texts)]
            self.inputs = [widgets.RadioButtons(options=options, value=None)]
        elif self.kind == "many_choice":
            self.inputs = [widgets.Checkbox(description=text, indent=False) for text in texts]
        else:
            name, style = words["name"].format(number), {"description_width": "initial"}
            self.inputs = [widgets.Text(description=name, placeholder=words["like"], style=style)]
        for entry in self.inputs:
            entry.observe(self._change, "value")
        self.check = widgets.Button(description=words["check"].format(number))
        self.check.on_click(self._press)
        title = f"<b>{number}. {to_html(question['question'])}</b> <i>{words[self.kind]}</i>"
        title = widgets.HTML(f'<div role="heading" aria-level="3" lang="{language}">{title}</div>')
        self.feedback = widgets.HTML()
        self.box = widgets.VBox([title, *self.inputs, self.check, self.feedback])
        self.box.add_class("course-question")

    def show_verdict(self) -> None:
        """Show right or wrong with the explanation of every chosen answer."""
        value, words, typed = self.inputs[0].value, self.words, ""
        if self.kind == "many_choice":
            chosen = [a for a, box in zip(self.answers, self.inputs, strict=True) if box.value]
        elif self.kind == "multiple_choice":
            chosen = [] if value is None else [self.answers[value]]
        else:
            typed = value.strip()
            chosen = [answer for answer in self.answers if covers(answer, typed)][:1]
        lines = [("right" if a["correct"] else "wrong", verdict(a, words, typed)) for a in chosen]
        left = [answer for answer in self.answers if answer["correct"] and answer not in chosen]
        if not chosen:
            problem = words["no_number"] if typed else f"{words['nothing']} {words[self.kind]}"
            lines = [("open", problem.format(html.escape(typed)))]
        elif self.kind == "many_choice" and left:
            lines.append(("wrong", words["incomplete"]))
        self._show(all(look == "right" for look, _ in lines) if chosen else None, lines)

    def _press(self, button):
        self.pressed = time.monotonic()
        self.show_verdict()

    def _change(self, change):
        """Take the verdict away: it is about another answer. While Python is busy, a click may
        overtake the newest value: what comes right after it was meant to be judged."""
        if time.monotonic() < self.pressed + LATE:
            self.show_verdict()
        else:
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

    def __init__(self, texts: list[dict], keep):
        self.texts, self.keep, self.questions, self.score = texts, keep, [], widgets.HTML()
        self.switch = [language_switch()] if "question_vi" in texts[0] else []
        for entry in self.switch:
            entry.observe(lambda change: self.build(), "value")
        self.box = widgets.VBox().add_class("course-panel").add_class("course-quiz")
        self.build()

    def build(self) -> None:
        """Show the quiz in the chosen language; answers and verdicts stay."""
        language, before = self.switch[0].value if self.switch else "en", self.questions
        self.words, texts = WORDS[language], enumerate(self.texts, 1)
        self.questions = [Question(i, text, language, self.show_score) for i, text in texts]
        for question, old in zip(self.questions, before, strict=False):
            for entry, other in zip(question.inputs, old.inputs, strict=True):
                entry.value = other.value
            if old.right is not None:
                question.show_verdict()
        self.show_score()
        start, boxes = widgets.HTML(STYLE + self.words["keyboard"]), [q.box for q in self.questions]
        self.box.children = [*self.switch, start, *boxes, self.score]

    def show_score(self) -> None:
        """Say how many questions are right, and how many are still open. Keep the numbers."""
        checks = [question.right for question in self.questions]
        right, left, total = checks.count(True), checks.count(None), len(checks)
        lines = [f"<b>{self.words['score'].format(right, total)}</b>"]
        if right < total:
            lines.append(self.words["open" if left else "again"].format(left))
        if left < total:
            try:
                self.keep(right, total - left, total)
            except OSError:  # a folder that cannot be written takes nobody's quiz away
                lines.append(self.words["not_saved"])
        self.score.value = " ".join(lines)


def in_language(language: str, part: dict) -> dict:
    """Return a question or an answer with the texts of this language: `answer` is `answer_vi`."""
    said = {key: part.get(f"{key}_{language}", value) for key, value in part.items()}
    answers = [in_language(language, answer) for answer in part.get("answers", [])]
    return said | ({"answers": answers} if answers else {})


def answer_text(answer: dict, words: dict[str, str]) -> str:
    """Return the words of an answer, or the words for the numbers that it covers."""
    if "value" in answer or "range" in answer:
        text = words["from_to"].format(*answer["range"]) if "range" in answer else "{value:g}"
        return text.format(**answer).replace(".", words["point"])
    return answer.get("answer", words["other"])


def to_html(text: str) -> str:
    """Escape a text for HTML; words between backticks become code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


def verdict(answer: dict, words: dict[str, str], typed: str = "") -> str:
    """Return HTML: whether this answer, or the number that was typed, is right, and why."""
    sign = words["right" if answer["correct"] else "wrong"]
    text = html.escape(typed) or to_html(answer_text(answer, words))
    return f"<b>{sign}: {text}.</b> {to_html(answer['feedback'])}"


def covers(answer: dict, typed: str) -> bool:
    """Return whether an answer is about the number that was typed; False when it is no number."""
    try:
        number = float(typed.replace(",", ".").replace("−", "-"))
    except ValueError:
        return False
    low, high = answer.get("range") or [answer.get("value", end) for end in (-math.inf, math.inf)]
    return low - 1e-6 < number < high + 1e-6
