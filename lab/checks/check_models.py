"""Checks of tasks 4 to 7: a network from scratch, features, a head, fine-tuning."""

import math
import re

import numpy as np

from helpers.networks.names import FEATURES
from helpers.photographs.photos import sample_photos, square
from lab.checks.verdicts import Wrong, call, check_of

# Every 20th feature of Chelsea, the cat, by EfficientNet-Lite0.
CHELSEA = np.array([
    0.10, 0, 0.05, 0, 0, 0.43, 0.44, 0.12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.21, 0, 0, 2.13, 0,
    0.68, 0.26, 0.03, 0, 0, 0, 0.03, 0.05, 0, 0, 0, 0, 0, 0, 0, 0.25, 0.01, 0, 1.14, 0.41, 0.03,
    0, 0, 0.07, 0, 0, 0.16, 0, 0.19, 0.29, 1.23, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
])  # fmt: skip


@check_of(4)
def scratch(logits_of, accuracy, learned, held_out) -> str:
    """Task 4: `logits_of(photos)` gives (n, breeds); `accuracy` is the share of validation.

    `learned` and `held_out` are (photos, labels) of the two parts.
    """
    breeds = _breeds(learned, held_out)
    photos = held_out[0]
    logits = _scores(_in_chunks(logits_of, photos), len(photos), breeds)
    _judge_alone(logits_of, photos, logits)
    if (logits >= 0).all() and np.allclose(logits.sum(axis=1), 1, atol=1e-3):
        raise Wrong(
            "Each row sums to 1: these are probabilities, not logits. The loss applies softmax; a "
            "softmax in the network would be the second one."
        )
    if np.ptp(logits, axis=0).max() < 1e-6:
        raise Wrong("The answer is the same for every photograph.")
    right = [
        (_in_chunks(logits_of, part[0]).argmax(axis=1) == part[1]).mean()
        for part in (learned, held_out)
    ]
    if right[0] < 4 / breeds:
        raise Wrong(
            f"Only {right[0]:.0%} of the photographs it learned from are right. The loss should "
            f"fall clearly below {math.log(breeds):.1f}, the loss of guessing. Did training itself "
            "report much more? Then the running statistics of batch norm lag behind: look at its "
            "momentum."
        )
    _judge_accuracy(accuracy, right, len(photos))
    return f"{accuracy:.0%} of {len(photos)} validation photographs; guessing: {1 / breeds:.0%}."


@check_of(5)
def features(extract) -> str:
    """Task 5: `extract(photos)`, uint8 (n, 224, 224, 3) in, the backbone's (n, 1280) out."""
    cat, dog = (square(photo) for photo in sample_photos().values())
    photos = np.stack([cat, dog, cat[:, ::-1], dog[:, ::-1]])
    result = np.asarray(call(extract, photos.copy()))
    if result.shape == (4, 1000):
        raise Wrong("1000 numbers a photograph: those are ImageNet's classes. Is the head on?")
    if result.ndim == 4:
        raise Wrong(f"The shape is {result.shape}: a map with places. The mean over them is asked.")
    if result.shape != (4, FEATURES):
        raise Wrong(
            f"4 photographs give the shape {result.shape}; {FEATURES} numbers each are asked."
        )
    if not np.isfinite(result).all():
        raise Wrong("Some features are no numbers (NaN or infinite).")
    if np.ptp(result, axis=1).min() < 1e-6:
        raise Wrong(f"All features of a photograph are the same: {result[0, 0]:.3g}.")
    _judge_alone(extract, photos, result)
    alike = np.corrcoef(result[0], result[1])[0, 1]
    found, size = result[0, ::20].astype(float), np.linalg.norm(CHELSEA)
    likeness = np.corrcoef(found, CHELSEA)[0, 1]
    difference = np.linalg.norm(found - CHELSEA) / size
    if difference < 0.15:  # bfloat16: 0.03; the smallest mistake seen: 0.3
        return "the features of the sample photographs are those of the network."
    if likeness > 0.98:
        raise Wrong(
            f"The features have the right pattern but {np.linalg.norm(found) / size:.2g} times "
            "the size. Something scales them."
        )
    if alike > 0.9:
        raise Wrong(
            f"A cat and a dog get nearly the same features (correlation {alike:.2f}): the backbone "
            "hardly sees a picture. Print the range of what enters it. Normalised twice?"
        )
    raise Wrong(
        f"The features of the sample cat differ from the network's own (correlation "
        f"{likeness:.2f}). Print the range of what enters the backbone. Is it normalised exactly "
        "once? Is the order of the colours red, green, blue?"
    )


@check_of(6)
def head(probabilities_of, accuracy, learned, held_out) -> str:
    """Task 6: `probabilities_of(features)` gives (n, breeds); `accuracy` is that of validation.

    `learned` and `held_out` are (features, labels) of the two parts.
    """
    return _judge_classifier(probabilities_of, accuracy, learned, held_out)


@check_of(7)
def tuned(probabilities_of, accuracy, learned, held_out) -> str:
    """Task 7: as `head`, for the fine-tuned network; the parts are (indices, labels)."""
    return _judge_classifier(probabilities_of, accuracy, learned, held_out)


def _judge_classifier(probabilities_of, accuracy, learned, held_out) -> str:
    breeds = _breeds(learned, held_out)
    ours, theirs = (
        _scores(_in_chunks(probabilities_of, part[0]), len(part[0]), breeds)
        for part in (learned, held_out)
    )
    judge_probabilities(theirs)
    own = [p[np.arange(len(p)), part[1]] for p, part in ((ours, learned), (theirs, held_out))]
    right = [
        (p.argmax(axis=1) == part[1]).mean() for p, part in ((ours, learned), (theirs, held_out))
    ]
    if right[0] > 0.8 and max(ours.max(), theirs.max()) < 1.05 * math.e / (math.e + breeds - 1):
        raise Wrong(
            f"No probability is above {theirs.max():.0%}, though the answers are good: softmax of "
            "a softmax is nearly flat."
        )
    for step in (-1, 1):
        if (theirs.argmax(axis=1) == held_out[1] + step).mean() > 0.4:
            raise Wrong(f"The answers are shifted by {step:+d} against the labels.")
    if right[1] < 0.4:
        raise Wrong(
            f"{right[1]:.0%} of validation are right, {right[0]:.0%} of learn. A head on good "
            "features does much better. Same order of inputs and labels? Did it learn enough?"
        )
    if right[1] == right[0] == 1 and abs(own[0].mean() - own[1].mean()) < 0.02:
        raise Wrong(
            "It is as sure of validation as of the photographs it learned from. Were they "
            "among them?"
        )
    _judge_accuracy(accuracy, right, len(theirs))
    return f"{right[1]:.0%} of {len(theirs)} validation photographs."


@check_of(7)
def fine_tuning(before, after) -> str:
    """Task 7: two snapshots, name → array: what moved, and how far?"""
    if before is after or set(before) != set(after) or not before:
        raise Wrong("Two snapshots of the same network are needed, one from before, one after.")
    if any(np.shape(before[n]) != np.shape(after[n]) for n in before):
        raise Wrong("The two snapshots are of different networks: a tensor changed its shape.")
    if broken := [name for name in after if not np.isfinite(after[name]).all()]:
        raise Wrong(f"{broken[0]} holds NaN or infinite numbers. Was the rate too high?")
    moved = [name for name in before if not np.array_equal(before[name], after[name])]
    if not moved:
        raise Wrong(
            "Nothing moved. Is `before` a copy? A view of the weights changes with them. Or was "
            "nothing trained?"
        )
    if drifted := [name for name in moved if re.search("running|moving|num_batches", name)]:
        raise Wrong(
            f"{len(drifted)} running statistics of batch norm moved, {drifted[0]} first: batch "
            "norm was in training mode."
        )
    heads = [name for name in moved if re.search(r"(^|[./])head[./]", name)]
    if len(heads) == len(moved):
        raise Wrong(
            "Only the head moved. Was the backbone unfrozen (count what can be trained), and does "
            "the training know it? "
            "PyTorch: when was the optimiser made? Keras: was the model compiled after unfreezing?"
        )
    if early := [name for name in moved if re.search(r"conv_stem|blocks\.[0-3]\.", name)]:
        raise Wrong(f"{len(early)} early tensors moved, {early[0]} first. Only late layers should.")
    if not heads:
        raise Wrong("The backbone moved, but the head did not. Both must learn.")
    change = {
        name: np.linalg.norm(after[name] - before[name]) / (np.linalg.norm(before[name]) + 1e-9)
        for name in moved
        if name not in heads and np.ndim(before[name]) > 1
    }
    if change and max(change.values()) > 0.5:
        worst = max(change, key=change.get)
        raise Wrong(
            f"{worst} changed by {change[worst]:.0%} of its size: what ImageNet taught is lost. "
            "Look at the learning rate."
        )
    largest = max(change.values(), default=0)
    return f"{len(moved)} of {len(before)} tensors moved, by at most {largest:.0%} of their size."


def judge_claim(claim, right: float, slack: float, others: dict[str, float]) -> None:
    """Compare the accuracy that a learner states with the one that was counted.

    `others` are the accuracies that are mistaken for it, by their names.
    """
    claim = np.asarray(claim)
    if claim.shape != () or not np.issubdtype(claim.dtype, np.number):
        raise Wrong(f"The accuracy must be one number, not {claim.dtype} {claim.shape}.")
    if claim > 1:
        raise Wrong(f"The accuracy is {claim:.4g}. Give a share between 0 and 1.")
    if abs(claim - right) <= slack:
        return
    for name, other in others.items():
        if abs(claim - other) <= 0.005:
            raise Wrong(f"{claim:.1%} is the accuracy on {name}. Which part should be counted?")
    raise Wrong(f"You state {claim:.1%}; counting your answers gives another number.")


def judge_probabilities(table: np.ndarray) -> None:
    """Wrong when rows are no probabilities."""
    if table.min() < -1e-6 or table.max() > 1 + 1e-6:
        raise Wrong(
            f"Values go from {table.min():.3g} to {table.max():.3g}: logits, not probabilities."
        )
    if not np.allclose(table.sum(axis=1), 1, atol=1e-2):
        raise Wrong(
            f"The first row sums to {table[0].sum():.3g}. Exactly one breed is right, so the "
            "probabilities of a photograph sum to 1: softmax over the breeds, not over the "
            "photographs, and no sigmoid."
        )


def _breeds(*parts) -> int:
    return max(int(np.max(labels)) for _, labels in parts) + 1


def _scores(result, count: int, breeds: int) -> np.ndarray:
    result = np.asarray(result)
    if result.shape != (count, breeds):
        raise Wrong(
            f"{count} photographs give the shape {result.shape}. One number for each of the "
            f"{breeds} breeds is asked for. Has the head the right size?"
        )
    if not np.isfinite(result).all():
        raise Wrong("Some values are no numbers (NaN or infinite). Was the rate too high?")
    return result.astype(float)


def _in_chunks(function, photos) -> np.ndarray:
    """Call a function for 64 photographs at a time: thousands would need too much memory."""
    chunks = np.array_split(photos, -(-len(photos) // 64))
    return np.concatenate([np.asarray(call(function, chunk)) for chunk in chunks])


def _judge_alone(function, photos, together) -> None:
    """A photograph must get the same answer alone and in company, and on every call."""
    few = photos[:1]
    alone, again = (np.asarray(call(function, few)).astype(float)[0] for _ in range(2))
    spread = np.std(together.astype(float)) + 1e-9
    if np.abs(alone - again).max() > 0.02 * spread:
        raise Wrong(
            "The same photograph gets another answer in the second call. Is it in training "
            "mode? Dropout, for example, is awake then."
        )
    if np.abs(alone - together[0]).max() > 0.5 * spread:
        raise Wrong(
            "A photograph gets another answer alone than among others: batch norm is in training "
            "mode. Switch to inference mode before you predict. A pretrained network must also be "
            "loaded again: its running statistics have moved."
        )


def _judge_accuracy(accuracy, right, count: int) -> None:
    """Compare a claim with the shares (learned from, held out) that were found on `count`."""
    # One photograph may differ: in other batches, rounding may turn the closest decision.
    judge_claim(accuracy, right[1], 1.01 / count, {"the photographs it learned from": right[0]})
