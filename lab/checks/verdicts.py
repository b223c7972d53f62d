"""A check's verdict: right, wrong with the symptom, or not done yet; and the lab's summary."""

import functools
import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from IPython.display import display

from helpers.figures.tables import show_table

TASKS = {
    1: "Read the names",
    2: "Labels and split from the official lists",
    3: "Validation part, augmentation, batches",
    4: "A network from scratch",
    5: "Features of a frozen backbone",
    6: "A new head",
    7: "Fine-tuning",
    8: "The test",
    9: "Cat or dog, and the hardest pairs",
    10: "The challenge",
}
SIGNS = {"right": "✓", "wrong": "✗", "not done yet": "○"}
COLOURS = {"right": "#009E73", "wrong": "#D55E00", "not done yet": "#777777"}
_states: dict[tuple[int, str], str] = {}  # (task, check) → state of the last call


class Wrong(Exception):
    """An answer is wrong. The message names the symptom, never the answer."""


class NotDone(Exception):
    """There is no answer yet."""


@dataclass(frozen=True)
class Verdict:
    """`state` is "right", "wrong" or "not done yet"; `message` says what to look at."""

    state: str
    message: str


def check_of(task: int) -> Callable:
    """Make a check of a function that raises Wrong or NotDone, or returns what it found right.

    The check displays its verdict, remembers it for `done` and `summary`, and returns None, so
    that a cell may end with it. The plain function stays reachable as `.judge`: it returns the
    verdict and displays nothing.
    """

    def wrap(function):
        def judge(*answers, **named) -> Verdict:
            try:
                if any(is_missing(answer) for answer in (*answers, *named.values())):
                    raise NotDone
                return Verdict("right", function(*answers, **named))
            except NotDone:
                return Verdict("not done yet", "Fill the gaps above, then run this cell again.")
            except Wrong as wrong:
                return Verdict("wrong", str(wrong))
            except Exception as error:  # an answer of a kind that the check cannot read
                reason = f"{type(error).__name__}: {error}"
                return Verdict("wrong", f"Look at the type and shape of the answer ({reason}).")

        @functools.wraps(function)
        def check(*answers, **named) -> None:
            verdict = judge(*answers, **named)
            _states[task, function.__name__] = verdict.state
            text = f"{SIGNS[verdict.state]} Task {task}, {verdict.state}: {verdict.message}"
            style = f"border-left: 4px solid {COLOURS[verdict.state]}; padding-left: 8px"
            page = f'<div style="{style}">{html.escape(text)}</div>'
            display({"text/html": page, "text/plain": text}, raw=True)

        check.judge = judge
        return check

    return wrap


def is_missing(answer) -> bool:
    """Return True for a gap: None, `...`, or a tuple, list or dict that holds one."""
    if isinstance(answer, Mapping):
        return is_missing(list(answer.values()))
    if isinstance(answer, tuple | list):
        return any(is_missing(part) for part in answer)
    return answer is None or answer is ...


def call(function: Callable, *arguments, **named):
    """Call a learner's function. NotDone when it gives nothing, Wrong when it raises."""
    if not callable(function):
        raise Wrong(f"A function is needed here, not {type(function).__name__}.")
    try:
        result = function(*arguments, **named)
    except (Wrong, NotDone):
        raise
    except Exception as error:
        name = getattr(function, "__name__", "your function")
        raise Wrong(f"{name} stopped with {type(error).__name__}: {error}") from error
    if is_missing(result):
        raise NotDone
    return result


def done(*tasks: int) -> bool:
    """Return True when every check of these tasks said "right"; else say what is waited for."""
    missing = [task for task in tasks if task_state(task) != "right"]
    if missing:
        kind = "task" if len(missing) == 1 else "tasks"
        print(f"This cell waits for {kind} {' and '.join(map(str, missing))}.")
    return not missing


def task_state(task: int) -> str:
    """Return the state of a task: the worst of its checks, "not done yet" without any."""
    states = [state for (number, _), state in _states.items() if number == task]
    order = ["wrong", "not done yet", "right"]
    return min(states, key=order.index, default="not done yet")


def forget() -> None:
    """Forget all verdicts, as a restart of the kernel does."""
    _states.clear()


def summary(learner: str, framework: str, origin: str, numbers: Mapping[str, str]) -> None:
    """Show one table for the instructor: who, on what, which tasks are right, the numbers."""
    states = {task: task_state(task) for task in TASKS}
    count = sum(state == "right" for state in states.values())
    name = {"pytorch": "PyTorch", "tensorflow": "TensorFlow"}.get(framework, framework)
    head = f"Pet breeds with {name}: {count} of {len(TASKS)} tasks right"
    rows = [("Learner", learner or "(write your name)"), ("Date", f"{date.today()}")]
    rows += [("Data", origin)]
    rows += [(f"{t}. {TASKS[t]}", f"{SIGNS[s]} {s}") for t, s in states.items()]
    rows += list(numbers.items())
    show_table((), rows, head)
