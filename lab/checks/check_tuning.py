"""Check of task 7: fine-tuning.

It fine-tunes a few photographs with the learner's function, several times: with exchanged labels,
at a rate near 0, and with maps that the check has changed. What moves, how far, and by what?
"""

import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import binomtest

from lab.checks.asking import (
    exchange,
    instead,
    judge_quality,
    judge_steady,
    judged,
    outside,
    share,
    some_of_each,
)
from lab.checks.verdicts import Wrong, call, chance, check_of, wrong_if

HEAD = r"(^|[./])head[./]"  # names of its tensors


@check_of(7, trains=True)
def tuned(
    fine_tune, tuned_probabilities_of, train_head, probabilities_of, features, maps, asked_maps,
    snapshot, put_back, original, labels, learn,
) -> str:  # fmt: skip
    """Task 7: `fine_tune(indices, targets)` trains `top`; what moved, how far, and by what?

    `asked_maps` is where `maps_of` writes what it was asked for: pairs (mirrored, indices). It
    reads `maps`, (2, n, …): the check changes them for a while, and looks for what follows.
    """
    labels, learn = np.asarray(labels), np.asarray(learn)
    breeds, others = int(labels.max()) + 1, outside(labels, learn)
    few, order = some_of_each(learn, labels, 3), exchange(breeds)
    trial = _Trial(
        fine_tune, tuned_probabilities_of, few, breeds, asked_maps, snapshot, put_back, original
    )

    def head_answers(targets):  # about others: fine-tuning starts from them
        head = call(train_head, features[few], targets)
        return np.asarray(call(probabilities_of, head, features[others])).argmax(axis=1)

    try:
        targets = order[labels[few]]
        after = trial.train(targets)
        message = _judge_moves(original, after)
        asked = list(asked_maps)
        found = _judge_answers(trial, after)
        answers, renamed = trial.ask(others).argmax(axis=1), order[labels[others]]
        if (true := (answers == labels[others]).mean()) > max(0.1, 2.5 / breeds):
            raise Wrong(f"""The check exchanged the targets, and {true:.0%} of the photographs
                outside learn got their true breed. It learns from what it was not given.""")
        gain = (answers == renamed).mean() - (head_answers(targets) == renamed).mean()
        if gain > 0.1:
            raise Wrong(f"""{gain:.0%} more of other photographs are right after fine_tune: too
                much. It learns from what it was not given.""")
        judge_quality(found, targets, "of the photographs that it learned from")
        _judge_asked(asked, few)
        put_back(original)
        if (kept := share(trial.ask(few), targets)) > max(0.2, 4 / breeds):
            raise Wrong(f"After put_back(original) {kept:.0%} are right: not top alone answers.")
        _judge_features(trial, features)
        _judge_given(trial, learn, labels, maps, features)
        targets = chance().permutation(targets)  # from here on each photograph has its own
        _judge_reached(trial, targets, maps)
        after = _judge_step(trial, targets, maps, _far(original, after))
        _judge_start(trial, others, head_answers(targets), head_answers(targets))
        _judge_direction(trial, targets, after)
        _judge_mirrored(trial, targets, maps, others)
    finally:
        put_back(original)
    return message


@dataclass(frozen=True)
class _Trial:
    """Fine-tuning of a few photographs, each time from the start."""

    fine_tune: Callable
    probabilities_of: Callable
    few: np.ndarray
    breeds: int
    asked_maps: list
    snapshot: Callable
    put_back: Callable
    original: dict[str, np.ndarray]

    def rate(self, part: float) -> float | None:
        """Return a part of the learner's own rate, if it has a name and a number."""
        own = inspect.signature(self.fine_tune).parameters.get("rate")
        return own.default * part if own and isinstance(own.default, float | int) else None

    def train(self, targets, **named) -> dict[str, np.ndarray]:
        """Return the weights after it. What `fine_tune` has no parameter for is left out."""
        known = inspect.signature(self.fine_tune).parameters
        named = {key: value for key, value in named.items() if key in known and value is not None}
        self.put_back(self.original)
        self.asked_maps.clear()
        call(self.fine_tune, self.few.copy(), targets.copy(), gives=False, **named)
        return self.snapshot()

    def ask(self, photographs) -> np.ndarray:
        """Return probabilities (n, breeds)."""
        return judged(self.probabilities_of, photographs, self.breeds)

    def was_mirrored(self) -> np.ndarray:
        """Return which of the few came as a mirror image, too."""
        mirrored, indices = _asked(self.asked_maps)
        return np.isin(self.few, indices[mirrored.astype(bool)])


def _judge_answers(trial, after) -> np.ndarray:
    """Return the answers for what it learned from."""
    trial.asked_maps.clear()
    found = trial.ask(trial.few)
    judge_steady(trial.probabilities_of, trial.few, found)
    if trial.asked_maps and _asked(trial.asked_maps)[0].all():
        raise Wrong("The answers come from mirror images alone. Which maps are asked for?")
    if moved := _moved(after, trial.snapshot()):
        raise Wrong(f"Asking changed {len(moved)} tensors, {moved[0]} first: see the mode of top.")
    return found


def _judge_given(trial, learn, labels, maps, features) -> None:
    """Some learn from more than they are given, and only when the labels are true."""
    away = np.setdiff1d(np.arange(len(features)), learn)
    trial = replace(trial, few=learn)
    spoiled = "the check spoiled maps and features of all photographs that it was not given"
    try:
        with instead(maps, (slice(None), away), np.nan), instead(features, away, np.nan):
            broken = _broken(trial.train(labels[learn]))
    except Wrong as wrong:
        raise Wrong(f"While fine_tune learned, {spoiled}. {wrong}") from None
    if broken:
        raise Wrong(f"""While fine_tune learned, {spoiled}: top was spoiled. From what does it
            learn?""")


def _judge_reached(trial, targets, maps) -> None:
    """The mirror image of each photograph keeps a channel that all else loses: it alone moves it.

    Photograph i of the few has channel i.
    """
    few, channels = trial.few, np.moveaxis(maps, 2 + np.argmax(maps.shape[2:]), 2)  # a view
    count = channels.shape[2]
    own = np.ones((2, len(few), count, *[1] * (maps.ndim - 3)), maps.dtype)
    own[:, :, : len(few)] = 0
    own[1, range(len(few)), range(len(few))] = 1
    with instead(channels, (slice(None), few), channels[:, few] * own):
        after = trial.train(targets, epochs=1)
    name = next(name for name in after if "blocks.6.0.conv_pw" in name)  # it reads the maps
    axis = after[name].shape.index(count)
    both = trial.original[name], after[name]
    old, new = (np.moveaxis(part, axis, 0).reshape(count, -1) for part in both)
    step, size = new - old, (old**2).sum(axis=1, keepdims=True) + 1e-9
    step = step - old * (step * old).sum(axis=1, keepdims=True) / size  # weight decay moves all
    moved = np.abs(step).max(axis=1) > 5e-7 * np.abs(old).max()  # more than rounding
    asked = trial.was_mirrored()
    lost = (asked & ~moved[: len(few)]).sum()
    if moved.any() and lost > 0.1 * asked.sum():
        raise Wrong(f"""maps_of gave {asked.sum()} mirror images, and {lost} of them moved no
            weight. Does each one reach the loss, and the loss the weights?""")


def _judge_step(trial, targets, maps, far_before) -> dict[str, np.ndarray]:
    """Return the weights after an epoch at a rate near 0, which follows one that met NaN."""
    near_0 = trial.rate(0.001)
    with suppress(Wrong), instead(maps, (slice(None), trial.few[0]), np.nan):
        trial.train(targets, epochs=1, rate=near_0)
    after = trial.train(targets, epochs=1, rate=near_0)
    if broken := _broken(after):  # NaN is left from the call before
        raise Wrong(f"""{broken[0]} holds NaN in a call of fine_tune that saw none: the call before
            left something, such as old gradients. Must each step not be by its batch alone?""")
    if near_0 and (far := _far(trial.original, after)) > 0.02 * far_before:
        raise Wrong(f"With rate={near_0:.0e} a tensor moved by {far:.1%}. How is rate used?")
    return after


def _judge_start(trial, others, head, other_head) -> None:
    """After an epoch at a rate near 0 the answers are those of the head that it started from."""
    same = (trial.ask(others).argmax(axis=1) == head).mean()
    again = (other_head == head).mean()  # two such heads: 0.9 or more
    if same < (again - 0.15 if trial.rate(1) else 0.5):  # without its bias: 0.65 to 0.76
        raise Wrong(f"""With a rate near 0, {same:.0%} of the answers are those of a head of task 6
            on the same photographs; another such head has {again:.0%} alike. What does fine-tuning
            start from? Are weights and bias both those of that head?""")


def _judge_direction(trial, targets, after) -> None:
    """Where each tensor goes must help what it learned from."""
    for name in _backbone(trial.original, after):
        sides = _both_ways(trial, after, [name], trial.few)
        on, back = (side[range(len(targets)), targets] for side in sides)
        if (moved := (on != back).mean()) < 0.5:
            raise Wrong(f"""The check moved {name}, and {1 - moved:.0%} of the answers stay exactly
                as they are. Do the answers come from maps, through top?""")
        if (helped := (on > back).mean()) < 0.85:  # honest ways: 0.99 or more
            raise Wrong(f"""{name} moved in a direction that helps {helped:.0%} of what it learned
                from: chance. Does the loss decide it? Do maps and targets fit together?""")


def _judge_mirrored(trial, targets, maps, others) -> None:
    """The mirror images must help to decide where the backbone goes.

    Strangers stand in for them. Two trainings differ by their strangers, and by the sixth of the
    photographs that each leaves out: where they part, each must help its own strangers.
    """
    few, original, rng, pulls = trial.few, trial.original, chance(), []

    def learn_with(some):
        part = some_of_each(rng.permutation(len(few)), targets, 2)  # and half of the others
        part = rng.permutation(np.r_[part, np.setdiff1d(range(len(few)), part)[::2]])
        with instead(maps, (1, few), maps[0, some]):
            most = replace(trial, few=few[part])
            after = most.train(targets[part], epochs=1, rate=trial.rate(0.1))
        return after, trial.was_mirrored()

    for _ in range(6):
        strangers = np.resize(rng.permutation(others), len(few))
        next_ones = np.roll(strangers, 1)
        (first, came), (second, came_too) = learn_with(strangers), learn_with(next_ones)
        names = _backbone(original, first)
        apart = first | {n: original[n] + first[n] - second[n] for n in names}
        for sign, some, asked in ((1, strangers, came), (-1, next_ones, came_too)):
            if not asked.any():  # one coin for a whole batch
                continue
            on, back = _both_ways(trial, apart, names, some[asked])
            pull = sign * (on - back)
            pull -= pull.mean(axis=1, keepdims=True)  # what is alike in all classes or
            pull -= pull.mean(axis=0)  # in all photographs is not the strangers' doing
            own = pull[range(len(pull)), targets[asked]]
            pulls.append(own.mean() / (pull.std() + 1e-12))
        if pulls and np.mean(pulls) > 0.4:
            return
    if not pulls or np.mean(pulls) < 0.17:  # honest: 0.3 or more; hardly counted: up to 0.14
        raise Wrong("""The mirror images hardly decide where the backbone goes. Do they count as
            much as the others in the loss, with the same targets?""")


def _both_ways(trial, after, names, asked) -> Iterator[np.ndarray]:
    """Log probabilities when tensors go further the way that they went, then when they go back."""
    far = {n: after[n] - trial.original[n] for n in names}
    wide = max(1, 0.003 / (_far(trial.original, after) + 1e-9))
    for way in (wide, -wide):
        trial.put_back(after | {n: trial.original[n] + way * far[n] for n in names})
        yield np.log(trial.ask(asked) + 1e-12)


def _backbone(before, after) -> list[str]:
    return [name for name in _moved(before, after) if not re.search(HEAD, name)]


def _judge_moves(before, after) -> str:
    wrong_if(set(before) != set(after), "The snapshots are of different networks.")
    if broken := _broken(after):
        raise Wrong(f"{broken[0]} holds NaN or infinite numbers. Was the rate too high?")
    moved = _moved(before, after)
    wrong_if(not moved, "Nothing moved. Was anything trained?")
    if drifted := [name for name in moved if re.search("running|moving|num_batches", name)]:
        raise Wrong(
            f"{drifted[0]} moved, and {len(drifted) - 1} more: batch norm was in training mode."
        )
    if awake := [name for name in moved if re.search(r"bn\d[./]", name)]:
        raise Wrong(f"{len(awake)} weights of batch norm moved, {awake[0]} first. Freeze them.")
    heads = [name for name in moved if re.search(HEAD, name)]
    if len(heads) == len(moved):
        raise Wrong("""Only the head moved. Was the backbone unfrozen, and does the training know
            it? When was the optimiser made (PyTorch), when was the model compiled (Keras)?""")
    if early := [name for name in moved if re.search(r"conv_stem|blocks\.[0-5]\.", name)]:
        raise Wrong(f"{len(early)} early tensors moved, {early[0]} first. Only late layers should.")
    wrong_if(not heads, "The backbone moved, but the head did not. Both must learn.")
    top = [n for n in before if re.search(r"blocks\.6|conv_head", n) and before[n].ndim > 1]
    if still := [name for name in top if name not in moved]:
        raise Wrong(f"""{len(still)} of {len(top)} convolutions of top did not move, {still[0]}
            first. Does the loop reach every layer inside?""")
    largest = _far(before, after)
    if largest > 0.5:
        raise Wrong(f"""A tensor changed by {largest:.0%}: what ImageNet taught is lost. A lower
            learning rate?""")
    if largest < 0.001:  # honest ways move some tensor by 1 % or more
        raise Wrong("""No convolution moved by a thousandth of its size: that is not training yet.
            Look at the learning rate and at the number of steps.""")
    return f"{len(moved)} of {len(before)} tensors moved, by at most {largest:.0%} of their size."


def _judge_features(trial, features) -> None:
    """With weights by chance in the head, the answers from `maps` tell what features they have."""
    asked, numbers = chance().permutation(len(features))[:300], dict(trial.original)
    heads = [name for name in numbers if re.search(HEAD, name)]
    weights, bias = sorted(heads, key=lambda name: numbers[name].ndim, reverse=True)
    shape = numbers[weights].shape
    numbers[weights] = chance().normal(0, 0.05, shape).astype(np.float32)
    numbers[bias] = np.zeros_like(numbers[bias])
    trial.put_back(numbers)
    found = np.log(trial.ask(asked) + 1e-12)
    table = numbers[weights] if shape[1] == trial.breeds else numbers[weights].T
    pairs = zip(found, features[asked] @ table, strict=True)
    alike = np.array([np.corrcoef(*pair)[0, 1] for pair in pairs])
    if alike.min() < 0.95:  # with mirror images, too: 0.98; a photograph much alike: up to 0.93
        raise Wrong(f"""Photograph {asked[alike.argmin()]}: its features do not fit its maps. Are
            both of that photograph, and in the order of pets.names?""")


def _judge_asked(asked, given) -> None:
    """Judge what `maps_of` was asked for while it trained."""
    mirrored, indices = _asked(asked)
    if len(more := np.setdiff1d(indices, given)):
        raise Wrong(f"fine_tune asks for maps of {len(more)} photographs that it was not given.")
    if len(missed := np.setdiff1d(given, indices)):
        raise Wrong(f"{len(missed)} of {len(given)} never came. Do all come in every epoch?")
    part, times = mirrored.astype(bool).mean(), (indices == given[:, None]).sum(axis=1)
    turned = ((indices == given[:, None]) & mirrored.astype(bool)).sum(axis=1)
    one_side = ((turned == 0) | (turned == times)).sum()
    by_chance = (0.5 ** (times - 1)).mean()
    if not 0.1 < part < 0.9 or binomtest(one_side, len(given), by_chance, "greater").pvalue < 1e-4:
        raise Wrong(f"""{part:.0%} of what it learned from was mirrored, and {one_side} of
            {len(given)} photographs came from one side only. How is each to be shown?""")


def _asked(asked_maps) -> np.ndarray:
    """Return what `maps_of` was asked for: a row of sides, 1 is mirrored, and a row of indices."""
    wrong_if(not asked_maps, "fine_tune did not ask `maps_of`. What does it learn from?")
    return np.concatenate([np.reshape(part, (2, -1)) for part in asked_maps], axis=1)


def _broken(tensors) -> list[str]:
    return [name for name, value in tensors.items() if not np.isfinite(value).all()]


def _moved(before, after) -> list[str]:
    return [name for name in before if not np.array_equal(before[name], after[name])]


def _far(before, after) -> float:
    """Return how far the tensor of the backbone that moved most went, as a part of its size."""
    sizes = {n: np.linalg.norm(v) + 1e-9 for n, v in before.items() if np.ndim(v) > 1}
    far = [np.linalg.norm(after[n] - before[n]) / sizes[n] for n in sizes if not re.search(HEAD, n)]
    return max(far, default=0.0)
