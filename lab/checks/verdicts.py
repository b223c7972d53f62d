"""A check's verdict: right, wrong with the symptom, or not done yet."""

import functools
import html
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, is_dataclass
from inspect import isgenerator, signature
from itertools import islice
from types import FunctionType

import numpy as np
from IPython.display import display

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
SEED = None  # of what the checks draw: None is new each time; tests set a number
LOG = "asked_maps"  # grows with every call of `maps_of`: no answer
CHECKS: list[Callable] = []  # all of them, as they were made
_states: dict[tuple[int, str], str] = {}  # (task, name of each check) → state of its last call


def chance() -> np.random.Generator:
    """Return random numbers that a learner's answer cannot know before."""
    return np.random.default_rng(SEED)


class Wrong(Exception):
    """An answer is wrong. The message names the symptom, never the answer; its lines are joined."""

    def __init__(self, message: str):
        super().__init__(re.sub(r"\n\s*", " ", message))


def wrong_if(bad, message: str) -> None:
    if bad:
        raise Wrong(message)


class NotDone(Exception):
    """There is no answer yet."""


@dataclass(frozen=True)
class Verdict:
    """`state` is "right", "wrong" or "not done yet"; `message` says what to look at."""

    state: str
    message: str


def check_of(task: int, trains: bool = False) -> Callable:
    """Make a check of a function that raises Wrong or NotDone, or returns what it found right.

    The check displays its verdict, remembers it for `done`, and returns None, so that a cell may
    end with it. `.judge` returns the verdict and displays nothing. `.again(notebook)` judges the
    objects that a notebook has *now*: parameters have the names of the notebook's variables. Where
    a check `trains` long, answers that are as they were when it said "right" are right still.
    """

    def wrap(function):
        def judge(*answers, **named) -> Verdict:
            try:
                given = signature(function).bind(*answers, **named).arguments
                if is_missing(given):
                    raise NotDone
                before = _sums(given)
                message = function(*answers, **named)
                if changed := [name for name, now in _sums(given).items() if now != before[name]]:
                    raise Wrong(f"While the check ran, one of your functions changed {changed[0]}.")
                return Verdict("right", message)
            except NotDone:
                return Verdict("not done yet", "Fill the gaps above, then run this cell again.")
            except Wrong as wrong:
                return Verdict("wrong", str(wrong))
            except Exception as error:  # an answer of a kind that the check cannot read
                reason = f"{type(error).__name__}: {error}"
                return Verdict("wrong", f"Look at the type and shape of the answer ({reason}).")

        names, last = list(signature(function).parameters), {}

        def verdict_of(answers, looked_at=False) -> Verdict:
            held, given = [], {n: part for n, part in answers.items() if n != LOG}
            now = list(_marks(given, held, set())) if trains else []
            if not (trains and looked_at and now == last.get("marks")):
                last.clear()
                last["verdict"] = judge(**answers)
                if last["verdict"].state == "right":  # `held`: while they live, ids stay theirs
                    last.update(marks=now, held=held)
            _states[task, function.__name__] = last["verdict"].state
            return last["verdict"]

        def again(notebook: Mapping) -> Verdict:
            return verdict_of({name: notebook.get(name) for name in names}, looked_at=True)

        @functools.wraps(function)
        def check(*answers, **named) -> None:
            verdict = verdict_of(dict(zip(names, answers, strict=False)) | named)
            text = f"{SIGNS[verdict.state]} Task {task}, {verdict.state}: {verdict.message}"
            style = f"border-left: 4px solid {COLOURS[verdict.state]}; padding-left: 8px"
            page = f'<div style="{style}">{html.escape(text)}</div>'
            display({"text/html": page, "text/plain": text}, raw=True)

        check.judge, check.again, check.task = judge, again, task
        _states[task, function.__name__] = "not done yet"
        CHECKS.append(check)
        return check

    return wrap


def _sums(given: Mapping) -> dict[str, int]:
    """Return a checksum of each array: a function must not write into what others need."""
    arrays = {name: part for name, part in given.items() if isinstance(part, np.ndarray)}
    return {name: zlib.crc32(part.tobytes()) for name, part in arrays.items()}


def _marks(value, held: list, seen: set) -> Iterator:
    """Yield what tells answers apart: arrays and numbers by value, a notebook's functions by their
    code and what it names, anything else, such as a network, as the object that it is.
    """
    if id(value) in seen:
        return
    if isinstance(value, np.ndarray):
        yield value.shape, zlib.crc32(value.tobytes())
    elif isinstance(value, str | bytes | int | float | np.generic):
        yield repr(value)
    elif isinstance(value, Mapping | list | tuple) or is_dataclass(value):
        seen.add(id(value))
        held.append(value)
        value = vars(value) if is_dataclass(value) else value
        yield type(value), list(map(str, value)) if isinstance(value, Mapping) else len(value)
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _marks(part, held, seen)
    else:
        yield id(value)
        seen.add(id(value))
        held.append(value)
        if isinstance(value, FunctionType) and value.__module__ == "__main__":
            cells = [cell.cell_contents for cell in value.__closure__ or ()]
            yield from _marks([value.__defaults__, cells], held, seen)
            yield from _code_marks(value.__code__, value.__globals__, held, seen)


def _code_marks(code, known: Mapping, held: list, seen: set) -> Iterator:
    yield code.co_code
    for part in code.co_consts:
        inner = hasattr(part, "co_code")
        yield from _code_marks(part, known, held, seen) if inner else [repr(part)]
    for name in code.co_names:
        if name in known and name != LOG:
            yield from _marks(known[name], held, seen)


def is_missing(answer) -> bool:
    """Return True for a gap: None, `...`, or a tuple, list or dict that holds one."""
    if isinstance(answer, Mapping):
        return is_missing(list(answer.values()))
    if isinstance(answer, tuple | list):
        return any(is_missing(part) for part in answer)
    return answer is None or answer is ...


def call(function: Callable, *arguments, gives: bool = True, **named):
    """Call a learner's function. NotDone for a gap; Wrong when it raises or returns nothing.

    `gives` is False for a function that has nothing to return. What a generator gives comes as a
    list, cut where it does not end.
    """
    wrong_if(not callable(function), f"A function is needed here, not {type(function).__name__}.")
    name = getattr(function, "__name__", "your function")
    # A function that looks who calls it must find its notebook, not a check.
    notebook = getattr(function, "__globals__", {})
    given = {"function": function, "arguments": arguments, "named": named, "islice": islice}
    try:
        result = eval("function(*arguments, **named)", notebook, given)
        if isgenerator(result):
            with ThreadPoolExecutor(1) as alone:  # no check is among the callers there
                ask = alone.submit(eval, "[*islice(it, 1000)]", notebook, given | {"it": result})
                result = ask.result()
    except (Wrong, NotDone):
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"[:200]
        raise Wrong(f"{name} stopped with {reason}") from error
    code = getattr(function, "__code__", None)
    idle = code and not code.co_names and code.co_nlocals == len(signature(function).parameters)
    if is_missing(result) and idle:  # its body uses no name: a gap
        raise NotDone
    if is_missing(result) and gives:
        raise Wrong(f"{name} gives back nothing ({result}). `print` shows, `return` gives back.")
    # A text of a learner's own kind may say that it equals every other: only its letters count.
    return str.__str__(result) if isinstance(result, str) else result


def tried(function: Callable, *arguments) -> str:
    """Say what a function gives for arguments so small that a reader can do it by hand."""
    shown = ", ".join(str(a.tolist() if hasattr(a, "tolist") else a) for a in arguments)
    result = call(function, *arguments)
    result = result.tolist() if hasattr(result, "tolist") else result
    return f"{getattr(function, '__name__', 'your function')}({shown}); yours gives {result}"


def done(*tasks: int | str) -> bool:
    """Return True when every check of these tasks said "right"; else say what is waited for.

    Instead of a task's number, the name of one of its checks may stand.
    """
    waits = {}
    for (task, name), state in _states.items():
        if state != "right" and not {task, name}.isdisjoint(tasks):
            waits.setdefault(task, []).append(f"checks.{name}")
    missing = [f"task {task} ({', '.join(names)})" for task, names in waits.items()]
    if missing:
        print(f"This cell waits for {' and '.join(missing)}.")
    return not missing


def task_state(task: int) -> str:
    """Return the state of a task: the worst of its checks."""
    return worst(state for (number, _), state in _states.items() if number == task)


def worst(states) -> str:
    return min(states, key=["wrong", "not done yet", "right"].index)


def forget() -> None:
    """Forget all verdicts, as a restart of the kernel does."""
    _states.update(dict.fromkeys(_states, "not done yet"))
