"""Ask a learner's functions, and judge what comes: for the checks of tasks 4 to 10."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from scipy.stats import binomtest

from lab.checks.verdicts import Wrong, call, chance, wrong_if

LEARNED = "the photographs it learned from"
SAME = 0.005  # probabilities of one head, learned twice, are nearer: only rounding differs


def in_parts(function, photos, *first) -> np.ndarray:
    """Call a function for 9 to 32 photographs at a time, by chance: none may count on their number.

    Thousands at once would need too much memory. `first` are arguments before the photographs.
    """
    cuts = np.cumsum(chance().integers(9, 33, size=len(photos) // 9))
    parts = np.split(photos, cuts[cuts < len(photos)])
    return np.concatenate([np.asarray(call(function, *first, part)) for part in parts])


def judged(ask, asked, breeds) -> np.ndarray:
    """Return probabilities (n, breeds) for these photographs; Wrong when none."""
    return shares(in_parts(ask, asked), len(asked), breeds)


def shares(table, count: int, breeds: int) -> np.ndarray:
    """Return a table of probabilities; Wrong when it is none."""
    table = scores(table, count, breeds)
    low, high, first = table.min(), table.max(), table[0].sum()
    if low < -1e-6 or high > 1 + 1e-6:
        raise Wrong(f"Values go from {low:.3g} to {high:.3g}: logits, not probabilities.")
    if not np.allclose(table.sum(axis=1), 1, atol=1e-2):
        raise Wrong(f"The first row sums to {first:.3g}. Exactly one breed is right: the sum is 1.")
    return table


def scores(result, count: int, breeds: int) -> np.ndarray:
    """Return logits or probabilities as floats, (count, breeds); Wrong for another shape or NaN."""
    result = np.asarray(result)
    if result.ndim == 2 and len(result) != count and result.shape[1] == breeds:
        raise Wrong(f"{count} photographs give {len(result)} rows. One for each is asked for.")
    if result.shape == (count,):
        raise Wrong(f"One number for each photograph, up to {result.max():.3g}: are these labels?")
    if result.shape != (count, breeds):
        raise Wrong(f"""{count} photographs give the shape {result.shape}. One number for each of
            the {breeds} breeds is asked for. Has the head the right size?""")
    if not np.isfinite(result).all():
        raise Wrong("Some values are no numbers (NaN or infinite). Was the rate too high?")
    return result.astype(float)


def judge_steady(function, photos, together, used="") -> None:
    """A photograph must get the same answer alone and in company, and on every call.

    `used` is what a function that is no network may have used.
    """
    few = photos[:1]
    alone, again = (np.asarray(call(function, few)).astype(float)[0] for _ in range(2))
    spread = np.std(together.astype(float)) + 1e-9
    if np.abs(alone - again).max() > 0.02 * spread:
        raise Wrong("""The same photograph gets another answer in the second call. Is it in training
            mode? Dropout, for example, is awake then.""")
    pair, turned = (np.asarray(call(function, two)) for two in (photos[:2], photos[[1, 0]]))
    if np.abs(pair - turned[::-1]).max() > 0.5 * spread:
        raise Wrong("""Two photographs, asked in the other order, exchange their answers. Row i must
            be of photograph i.""")
    if np.abs(alone - together[0]).max() > 0.5 * spread:
        other = "A photograph gets another answer alone than among others"
        wrong_if(used, f"{other}. Is {used} used?")
        raise Wrong(f"""{other}: is a mean over the photographs taken, or is batch norm in training
            mode? Switch to inference mode before you predict. Running statistics that have moved
            stay as they are: build or load the network anew.""")


def judge_quality(table, labels, where: str) -> None:
    """Most answers must be right. `where` says which photographs these are."""
    # Softmax of q: log p = q + constant. If q was a softmax itself, its sum 1 gives the constant,
    # and then no q is negative. A flat but honest head has no q near 1.
    logs = np.log(table + 1e-12)
    inner = logs + (1 - logs.sum(axis=1, keepdims=True)) / table.shape[1]
    if inner.min() > -1e-4 and inner.max() > 4 / table.shape[1]:
        raise Wrong(f"No probability is above {table.max():.0%}: a softmax of a softmax is flat.")
    found = table.argmax(axis=1)
    for step in (-1, 1):
        if (found == labels + step).mean() > 0.4:
            raise Wrong(f"The answers are shifted by {step:+d} against the labels.")
    if (right := (found == labels).mean()) < 0.4:
        raise Wrong(f"""Only {right:.0%} {where} are right. A head on good features does much
            better. Same order of inputs and labels? Did it learn enough? Does it start well?""")


def judge_claim(claim, right: float, slack: float, others: dict[str, float], count: int) -> None:
    """Compare the accuracy that a learner states with the one that was counted.

    `others` are the accuracies that are mistaken for it, by their names. `slack` is a number of
    photographs, of `count`.
    """
    claim = np.asarray(claim)
    if claim.shape != () or not np.issubdtype(claim.dtype, np.number):
        raise Wrong(f"The accuracy must be one number, not {claim.dtype} {claim.shape}.")
    wrong_if(claim > 1, f"The accuracy is {claim:.4g}. Give a share between 0 and 1.")
    photos, near = claim * count, max(0.2, 0.002 * count)  # learners round, too
    whole = abs(photos - round(float(photos))) <= near
    if whole and abs(photos - right * count) <= slack + near:
        return
    for name, other in others.items():
        if abs(claim - other) <= 0.005:
            raise Wrong(f"{claim:.1%} is as good as on {name}. What was counted, what learned?")
    wrong_if(not whole, f"{claim:.1%} of {count} photographs is no whole number. What was counted?")
    raise Wrong(f"You state {claim:.1%}; counting your answers gives another number.")


def exchange(breeds: int) -> np.ndarray:
    """Return for each label another one, by chance: breed k is called `exchange(breeds)[k]`."""
    mixed = chance().permutation(breeds)
    return np.roll(mixed, 1)[np.argsort(mixed)]


def mixed(features) -> np.ndarray:
    """Return the features in another order, which tells a head nothing and hides who is who."""
    return features[:, chance().permutation(features.shape[1])]


def is_better(ours, theirs, labels, bar: float = 0.005) -> bool:
    """Return True when answers know the right breeds better than others do, beyond chance."""
    rows = np.arange(len(labels))
    surer = ours[rows, labels] - theirs[rows, labels]
    if np.median(surer) > 0.002 and (surer > 0).mean() > 0.85:
        return True
    return p_of(*(table.argmax(axis=1) == labels for table in (ours, theirs))) < bar


def p_of(right, other) -> float:
    """Return how likely chance gives `right` so many answers that are not right in `other`."""
    more, fewer = (right & ~other).sum(), (other & ~right).sum()
    return binomtest(more, more + fewer, alternative="greater").pvalue if more else 1.0


def outside(labels, part) -> np.ndarray:
    """Return at most some hundred photographs that are not in this part."""
    others = np.setdiff1d(np.arange(len(labels)), part)
    return others[:: max(1, len(others) // 300)]


def some_of_each(photographs, labels, count: int) -> np.ndarray:
    """Return at most `count` photographs of each breed, the breeds mixed."""
    groups = [photographs[labels[photographs] == k][:count] for k in np.unique(labels)]
    return np.random.default_rng(0).permutation(np.concatenate(groups))


def share(table, labels) -> float:
    """Return the share of the rows whose largest number stands at their label."""
    return float((table.argmax(axis=1) == labels).mean())


@contextmanager
def instead(array, place, value) -> Iterator[None]:
    """Write a value into an array for a while."""
    kept = array[place].copy()
    array[place] = value
    try:
        yield
    finally:
        array[place] = kept
