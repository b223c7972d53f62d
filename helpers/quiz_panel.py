"""The quiz as widgets. Tab moves between them, Space chooses: everything works without a mouse."""

import ipywidgets as widgets

from helpers.quiz import KINDS, answer_text, to_html, verdict

# Long answers wrap; the widgets' own style would give each one line of fixed height.
STYLE = """<style>
.course-quiz .widget-radio, .course-quiz .widget-radio-box { width: auto; max-width: 100%; }
.course-quiz .widget-radio-box label, .course-quiz .widget-checkbox label {
  height: auto; white-space: normal; line-height: 1.45; margin: 3px 0; overflow: visible; }
.course-quiz .widget-checkbox { height: auto; width: auto; }
.course-quiz .widget-html-content { line-height: 1.45; font-size: 14px; white-space: normal; }
.course-quiz input:focus-visible { outline: 2px solid #0072B2; outline-offset: 2px; }
.course-quiz-verdict { border-left: 4px solid; padding-left: 10px; margin: 4px 0; }
</style>"""


class Question:
    """One question: its inputs, the button `check`, and what the learner reads afterwards.

    `right` is None until the first check, then True or False.
    """

    def __init__(self, number: int, question: dict, on_check):
        self.question, self.on_check, self.right = question, on_check, None
        texts = [answer_text(answer).replace("`", "") for answer in question["answers"]]
        if question["type"] == "multiple_choice":
            options = [(text, index) for index, text in enumerate(texts)]
            self.inputs = [widgets.RadioButtons(options=options, value=None)]
        elif question["type"] == "many_choice":
            self.inputs = [widgets.Checkbox(description=text, indent=False) for text in texts]
        else:
            self.inputs = [widgets.Text(description="answer", placeholder="a number, like 0.5")]
        self.check = widgets.Button(description="Check", tooltip=f"Check question {number}")
        self.check.on_click(self.show_verdict)
        self.feedback = widgets.HTML()
        title = f"<b>{number}. {to_html(question['question'])}</b> <i>{KINDS[question['type']]}</i>"
        children = [widgets.HTML(title), *self.inputs, self.check, self.feedback]
        self.box = widgets.VBox(children, layout=widgets.Layout(margin="0 0 18px 0"))

    def chosen(self) -> list[dict]:
        """Return the answers that the learner chose; an empty list when there are none yet."""
        answers = self.question["answers"]
        if self.question["type"] == "many_choice":
            return [answer for answer, box in zip(answers, self.inputs, strict=True) if box.value]
        if self.question["type"] == "multiple_choice":
            return [] if self.inputs[0].value is None else [answers[self.inputs[0].value]]
        try:
            number = float(self.inputs[0].value.replace(",", ".").replace("−", "-"))
        except ValueError:
            return []
        return [answer for answer in answers if _covers(answer, number)][:1]

    def show_verdict(self, _button=None) -> None:
        """Show right or wrong with the explanation of every chosen answer."""
        chosen = self.chosen()
        if not chosen:
            self.feedback.value = f"Nothing to check yet. {KINDS[self.question['type']]}"
            self.right = None
            self.on_check()
            return
        lines = [verdict(answer) for answer in chosen]
        self.right = all(answer["correct"] for answer in chosen)
        if self.question["type"] == "many_choice":
            missing = sum(answer["correct"] for answer in self.question["answers"]) > sum(
                answer["correct"] for answer in chosen
            )
            self.right = self.right and not missing
            if missing:
                lines.append("<b>✗ Not complete:</b> at least one more answer is right.")
        self.feedback.value = "".join(f"<p class='course-quiz-verdict'>{x}</p>" for x in lines)
        self.on_check()


class QuizPanel:
    """The whole quiz: `questions` (a list of Question), `score` (HTML) and `box` (the widget)."""

    def __init__(self, questions: list[dict]):
        self.questions = [Question(i, q, self.show_score) for i, q in enumerate(questions, 1)]
        self.score = widgets.HTML()
        help_text = "With the keyboard: Tab moves on, Space chooses or presses a button."
        parts = [widgets.HTML(STYLE + help_text), *(q.box for q in self.questions), self.score]
        self.box = widgets.VBox(parts)
        self.box.add_class("course-quiz")
        self.show_score()

    def show_score(self) -> None:
        """Say how many questions are right, and how many are still open."""
        total = len(self.questions)
        right = sum(question.right is True for question in self.questions)
        open_ = sum(question.right is None for question in self.questions)
        rest = f" {open_} not checked yet." if open_ else " You may change answers and check again."
        self.score.value = f"<b>Score: {right} of {total} right.</b>{rest if right < total else ''}"


def _covers(answer: dict, number: float) -> bool:
    if "value" in answer:
        return abs(number - answer["value"]) < 1e-6
    if "range" in answer:
        return answer["range"][0] <= number <= answer["range"][1]
    return True
