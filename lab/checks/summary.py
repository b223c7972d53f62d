"""The table for the instructor: every answer is judged anew, and every number counted anew."""

import contextlib
import hashlib
from collections.abc import Mapping
from datetime import date

import numpy as np
from IPython import get_ipython
from scipy.stats import binomtest

from helpers.course import results
from helpers.figures.tables import show_table, to_text
from lab.checks.data import in_imagenet, official
from lab.checks.verdicts import CHECKS, SIGNS, TASKS, Verdict, worst

GOAL = (0.84, 0.95)  # of the test: right, and among the first three
FINAL = ("breeds", "test_images", "test_accuracy", "top3_accuracy", "test_interval")  # saved
NO_NAME = "(write your name)"


def interval(right: int, count: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share."""
    return tuple(binomtest(int(right), int(count)).proportion_ci(method="wilson"))


def judge(notebook: Mapping) -> tuple[dict[int, str], list[Verdict]]:
    """Judge every check again, with the objects that the notebook has now.

    Returns the state of each task, the worst of its checks, and the verdicts. The states come from
    these verdicts alone: so the table cannot contradict itself.
    """
    verdicts = [check.again(notebook) for check in CHECKS]
    found = [(check.task, verdict.state) for check, verdict in zip(CHECKS, verdicts, strict=True)]
    return {task: worst(s for t, s in found if t == task) for task in TASKS}, verdicts


def numbers(notebook: Mapping, states: Mapping[int, str]) -> dict[str, str]:
    """Return what the test says, counted from a notebook's objects; nothing before task 8."""
    if "wrong" in (states[5], states[6]) or {states[t] for t in (1, 2, 8)} != {"right"}:
        return {}
    labels, rank = _ranks(notebook)
    known = np.array([in_imagenet(name) for name in notebook["class_names"]])[labels]
    measured = {}
    for name, right in {"Test accuracy": rank < 1, "Among the first three": rank < 3}.items():
        low, high = interval(right.sum(), len(right))
        measured[name] = f"{right.mean():.1%} of {len(right)} ({low:.1%} to {high:.1%})"
    for name, part in {"Breeds of ImageNet": known, "Other breeds": ~known}.items():
        if part.any():
            measured[name] = f"{(rank < 1)[part].mean():.1%} of {part.sum()}"
    measured["Goal: 84 % and 95 %"] = goal_of((rank < 1).sum(), (rank < 3).sum(), len(rank))
    return measured


def final_numbers(notebook: Mapping) -> dict[str, object]:
    """Return what the results board saves of the test, counted from `test_probabilities`."""
    labels, rank = _ranks(notebook)
    values = [len(np.unique(labels)), len(labels), (rank < 1).mean(), (rank < 3).mean()]
    values.append(list(interval((rank < 1).sum(), len(rank))))
    return dict(zip(FINAL, values, strict=True))


def _ranks(notebook: Mapping) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels of the official test, and how many breeds got more than the right one."""
    _, labels, test = official()
    labels, table = labels[test], np.asarray(notebook["test_probabilities"])
    return labels, (table > table[np.arange(len(labels)), labels][:, None]).sum(axis=1)


def goal_of(right: int, among: int, count: int) -> str:
    """Say whether the goal is reached. A bar inside the interval counts: chance explains it."""
    pairs = list(zip((right, among), GOAL, strict=True))
    if any(interval(n, count)[1] < bar for n, bar in pairs):
        return "not reached"
    short = any(n / count < bar for n, bar in pairs)
    return "reached: it lies inside the interval" if short else "reached"


def rows(notebook: Mapping, states: Mapping, verdicts: list[Verdict]) -> list[tuple[str, str]]:
    """Return the table: who, on what, which tasks are right, what to look at, the numbers."""
    pets = notebook["pets"]
    lines = [("Learner", notebook["LEARNER"] or NO_NAME), ("Date", f"{date.today()}")]
    lines += [("Data", pets.origin)]
    lines += [(f"{t}. {TASKS[t]}", f"{SIGNS[s]} {s}") for t, s in states.items()]
    lines += [("Look at", verdict.message) for verdict in verdicts if verdict.state == "wrong"]
    if states[10] == "right":
        lines.append(("Explanation", " ".join(notebook["explanation"].split())))
    lines += [(f"Quiz: {name}", score) for name, *_, score in results.progress_rows()[0] if score]
    return lines + list(numbers(notebook, states).items())


def fingerprint(sources: list[str], table: str) -> str:
    """Return a number for the cells that ran, in their order, and the table that they gave."""
    text = "\n\n".join([*(source.strip() for source in sources), table])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def summary(notebook: Mapping) -> dict[int, str]:
    """Show one table: who, on what, which tasks are right *now*, the numbers, a fingerprint.

    `notebook` is `globals()`. Returns the state of each task. `python -m lab.hand_in FILE` compares
    the fingerprint. The start page shows the largest number of right tasks so far.
    """
    states, verdicts = judge(notebook)
    lines, count = rows(notebook, states, verdicts), list(states.values()).count("right")
    with contextlib.suppress(OSError):  # where nothing can be written, the summary is shown
        results.keep_score(f"pet_breeds_{notebook['framework']}", count, len(TASKS), len(TASKS))
    name = {"pytorch": "PyTorch", "tensorflow": "TensorFlow"}[notebook["framework"]]
    heading = f"Pet breeds with {name}: {count} of {len(TASKS)} tasks right"
    shell = get_ipython()
    ran = shell.history_manager.input_hist_raw if shell else []
    mark = fingerprint(list(filter(None, ran)), to_text((), lines, heading))
    show_table((), [*lines, ("Fingerprint", mark)], heading)
    return states
