"""Checks of tasks 4 to 6: a network from scratch, features, a head.

They do not look at what a learner has trained. They train with the learner's functions, on data of
their own choice: with exchanged labels, so that whoever knows the true ones is found out.
"""

import json
import math
from itertools import product
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from scipy.special import log_softmax, softmax
from scipy.stats import mannwhitneyu, spearmanr

from helpers.networks.names import DEFAULT, FEATURES
from helpers.networks.weights import shared_weights
from helpers.photographs.photos import load_squares, sample_photos, square
from lab.checks.asking import (
    LEARNED,
    SAME,
    exchange,
    in_parts,
    instead,
    is_better,
    judge_claim,
    judge_quality,
    judge_steady,
    judged,
    mixed,
    outside,
    scores,
    share,
    shares,
    some_of_each,
)
from lab.checks.verdicts import Wrong, call, chance, check_of, wrong_if

# Every 20th feature of Chelsea, the cat; `lab/make_chelsea.py` writes it.
CHELSEA = np.array(json.loads(Path(__file__).with_name("chelsea.json").read_text("utf-8")))


@check_of(4)
def scratch(cnn, logits_of, scratch_accuracy, small, labels, learn, validation) -> str:
    """Task 4: `logits_of(photos)` gives (n, breeds), by `cnn`; the accuracy is that of validation.

    `small` are all photographs, `uint8 (n, 64, 64, 3)`.
    """
    labels, breeds, photos = np.asarray(labels), int(np.max(labels)) + 1, small[validation]
    logits = scores(in_parts(logits_of, photos), len(photos), breeds)
    judge_steady(logits_of, photos, logits)
    if (logits >= 0).all() and np.allclose(logits.sum(axis=1), 1, atol=1e-3):
        raise Wrong("""Each row sums to 1: these are probabilities, not logits. The loss applies
            softmax; a softmax in the network would be the second one.""")
    if (logits >= 0).all() and (logits == 0).mean() > 0.1:
        raise Wrong("No logit is negative, many are exactly 0. What comes after the last weights?")
    wrong_if(np.ptp(logits, axis=0).max() < 1e-6, "The answer is the same for every photograph.")
    _judge_source(cnn, logits_of, photos, logits)
    if fresh := _fresh(cnn):
        raise Wrong(f"""{len(fresh)} of {len(_weights(cnn))} tensors of cnn are still as they were
            made, one has the shape {fresh[0]}. Does the optimiser know them? Are they frozen?""")
    if _knows_imagenet(cnn):
        raise Wrong("""A convolution of cnn has weights that were learned on ImageNet. The baseline
            has never seen anything.""")
    passes = _passes(cnn, len(learn))
    if passes < 5:
        raise Wrong(f"""Batch norm saw learn {passes:.1f} times while it learned, and the task says
            30. Is the generator made anew for each epoch? Is cnn in training mode in each?""")
    known = softmax(in_parts(logits_of, small[learn]), axis=1)
    learned, right = share(known, labels[learn]), share(logits, labels[validation])
    others = outside(labels, np.r_[learn, validation])  # nobody learned from these
    sure = [
        log_softmax(table, axis=1)[np.arange(len(part)), labels[part]]
        for table, part in ((logits, validation), (in_parts(logits_of, small[others]), others))
    ]
    sides = ("greater", "less")
    here, there = (mannwhitneyu(*sure, alternative=side).pvalue < 1e-4 for side in sides)
    if here or there or right > 0.9 * learned > 0.55:
        raise Wrong(f"""{right:.0%} of validation and {learned:.0%} of learn: a network from
            scratch, with few photographs, is not as good, and not as sure, on new ones. Did it
            learn from {"the test" if there else "validation"} too?""")
    # A large network knows most of few photographs; with one step an epoch: 0.3 to 0.44.
    large = len(learn) < 1000 and sum(np.prod(w.shape) for w in _weights(cnn)) > 150_000
    if learned < (0.4 if large else max(0.25, 2 / breeds)):
        raise Wrong(f"""Only {learned:.0%} of the photographs it learned from are right. The loss
            should fall clearly below {math.log(breeds):.1f}, the loss of guessing. How many epochs
            did it see? A generator is empty after one pass. Does each batch make a step? In
            PyTorch: are old gradients cleared before it? Or did training itself report much more?
            Then the pixels may have another scale in logits_of than in training, or the running
            statistics of batch norm lag behind: look at its momentum.""")
    sure = known.max(axis=1)[known.argmax(axis=1) == labels[learn]]
    if learned < 0.8 and np.median(sure) > 0.7:  # whoever learns from all is unsure then: 0.3
        raise Wrong(f"""It is sure of {learned:.0%} of learn, and knows nothing of the rest. Does it
            see all of learn in every epoch? A generator is empty after one pass.""")
    turned = in_parts(logits_of, small[learn][:, :, ::-1].copy())
    if is_better(known, softmax(turned, axis=1), labels[learn], 0.001):
        raise Wrong(f"""{learned:.0%} of learn are right, and {share(turned, labels[learn]):.0%} of
            their mirror images. Were the photographs augmented while it learned?""")
    first, second = np.sort(logits, axis=1)[:, :-3:-1].T  # rounding may turn a close decision
    close = (first - second < 0.001 * logits.std()).sum()
    judge_claim(scratch_accuracy, right, close, {LEARNED: learned}, len(photos))
    usual = " So near is usual with so few." if right < 3 / breeds else ""
    return (
        f"{right:.0%} of {len(photos)} validation photographs; guessing: {1 / breeds:.0%}.{usual}"
    )


def _weights(cnn) -> list:
    return list(cnn.parameters() if hasattr(cnn, "parameters") else getattr(cnn, "weights", []))


def _batch_norms(cnn) -> int:
    """Return how many layers have running statistics, of PyTorch or of Keras."""
    names = [name for name, _ in getattr(cnn, "named_buffers", list)()]
    names += [getattr(weight, "path", "") for weight in getattr(cnn, "weights", [])]
    return sum(name.endswith(("running_mean", "moving_mean")) for name in names)


def _passes(cnn, count: int) -> float:
    """Return how often batch norm saw `count` photographs in training mode: PyTorch counts it."""
    numbers = dict(cnn.named_buffers()) if hasattr(cnn, "named_buffers") else {}
    steps = [int(n) for name, n in numbers.items() if name.endswith("num_batches_tracked")]
    return 32 * min(steps) / count if steps else math.inf


def _arrays(cnn) -> list[np.ndarray]:
    """Return the weights in the order of axes that PyTorch has: outputs first, then inputs."""
    found = []
    for weight in _weights(cnn):
        value = weight.numpy() if hasattr(weight, "assign") else weight.detach().cpu().numpy()
        turn = hasattr(weight, "assign") and value.ndim > 1
        found.append(np.moveaxis(value, (-1, -2), (0, 1)) if turn else value)
    return found


def _fresh(cnn) -> list[tuple]:
    """Return the shapes of the weights that are still as PyTorch or Keras made them.

    Rows begin with one number in all places; tables with numbers of a uniform distribution, and
    the largest of many lies just below its bound. Training moves some numbers beyond.
    """
    found = []
    for weight, value in zip(_weights(cnn), _arrays(cnn), strict=True):
        if value.ndim < 2:
            fresh = value.size > 1 and np.ptp(value) == 0
        else:
            outputs, inputs = value.shape[:2]
            into, out_of = value.size / outputs, value.size / inputs
            full = np.abs(value).max() / np.sqrt([1 / into, 6 / into, 6 / (into + out_of)])
            fresh = ((1 - 5 / value.size < full) & (full < 1 + 1e-6)).any()
        found += [tuple(weight.shape)] if fresh else []
    return found


def _knows_imagenet(cnn) -> bool:
    """Return whether a convolution is, or is a part of, one that learned on ImageNet."""
    known = [part for part in load_file(shared_weights(DEFAULT)).values() if part.ndim == 4]
    for ours, theirs in product((part for part in _arrays(cnn) if part.ndim == 4), known):
        part = theirs[: len(ours), : ours.shape[1]]
        # By chance two kernels of 100 numbers are not alike: correlation up to 0.4.
        if part.shape == ours.shape and ours.size > 100 and np.ptp(ours):
            if np.corrcoef(ours.ravel(), part.ravel())[0, 1] > 0.6:
                return True
    return False


def _judge_source(cnn, logits_of, photos, logits) -> None:
    """What tells photographs apart must come through few convolutions, and through nothing else."""
    kernels = [weight for weight in _weights(cnn) if len(weight.shape) == 4]
    if not 3 <= len(kernels) <= 10:  # a convolution in two parts has two
        raise Wrong(f"cnn has {len(kernels)} convolutions, and the task says three or four.")
    if (norms := _batch_norms(cnn)) < 3:
        raise Wrong(f"cnn has {norms} layers of batch norm. Each convolution has one.")

    def scale(factor):
        for kernel in kernels:  # of Keras, or of PyTorch
            if hasattr(kernel, "assign"):
                kernel.assign(kernel * factor)
            else:
                kernel.data.mul_(factor)

    scale(2.0**-40)  # a power of two: multiplied back, they are what they were
    try:
        blind = in_parts(logits_of, photos)
    finally:
        scale(2.0**40)
    if np.ptp(blind, axis=0).max() > 0.01 * np.ptp(logits, axis=0).max():
        raise Wrong("""With the convolutions of cnn switched off, the answers still tell photographs
            apart. Does something else than cnn answer?""")


@check_of(5)
def features(extract) -> str:
    """Task 5: `extract(photos)`, uint8 (n, 224, 224, 3) in, the backbone's (n, 1280) out."""
    photos = sample_batch()
    result = np.asarray(call(extract, photos.copy()))
    kept = result.copy()
    call(extract, photos[::-1].copy())
    if changed := (result != kept).any(axis=tuple(range(1, result.ndim))).sum():
        raise Wrong(f"""extract was called a second time, and {changed} rows of its first result
            changed. What do both results share?""")
    if result.shape == (4, 1000):
        raise Wrong("1000 numbers a photograph: those are ImageNet's classes. Is the head on?")
    if result.ndim == 4:
        raise Wrong(f"The shape is {result.shape}: a map with places. The mean over them is asked.")
    wrong_if(result.shape != (4, FEATURES), f"The shape is {result.shape}, not (4, {FEATURES}).")
    wrong_if(not np.isfinite(result).all(), "Some features are no numbers (NaN or infinite).")
    if np.ptp(result, axis=1).min() < 1e-6:
        raise Wrong(f"All features of a photograph are the same: {result[0, 0]:.3g}.")
    if np.ptp(result, axis=0).max() < 1e-6:
        raise Wrong("Four different photographs get the same features. Which of them is looked at?")
    judge_steady(extract, photos, result)
    turned = photos.copy()  # first row, sum and histogram stay
    turned[:, 1:] = photos[:, :0:-1]
    if same := np.isclose(call(extract, turned), kept, rtol=1e-4, atol=1e-4).all(axis=1).sum():
        raise Wrong(f"""{same} photographs, turned upside down below their first row, get the same
            features as before. Are features kept from an earlier call? By what are they found?""")
    alike = np.corrcoef(result[0], result[1])[0, 1]
    found, size = result[0, ::20].astype(float), np.linalg.norm(CHELSEA)
    likeness = np.corrcoef(found, CHELSEA)[0, 1]
    difference = np.linalg.norm(found - CHELSEA) / size
    if difference < 0.15:  # bfloat16: 0.03; the smallest mistake seen: 0.3
        return "the features of the sample photographs are those of the network."
    if likeness > 0.98:
        size_of = np.linalg.norm(found) / size
        raise Wrong(f"The right pattern, but {size_of:.2g} times the size. What scales it?")
    if alike > 0.9:
        raise Wrong(f"""A cat and a dog get nearly the same features (correlation {alike:.2f}): the
            backbone hardly sees a picture. Print the range of what enters it. Normalised twice?""")
    raise Wrong(f"""The features of the sample cat differ from the network's own (correlation
        {likeness:.2f}). Print shape and range of what enters the backbone: normalised exactly once?
        Colours red, green, blue? Height before width? Does the mean over places come out?""")


def sample_batch() -> np.ndarray:
    """Return Chelsea the cat, a dog, and the mirror images of both: uint8 (4, 224, 224, 3)."""
    pair = np.stack([square(photo) for photo in sample_photos().values()])
    return np.concatenate([pair, pair[:, :, ::-1]])


@check_of(5)
def feature_table(extract, features, pets) -> str:
    """Task 5: row i of `features` belongs to photograph i."""
    some = chance().permutation(len(pets))[:64]  # others each time: a few wrong rows are seen, too
    photos = load_squares([pets.paths[i] for i in some])
    parts = np.split(photos, range(16, len(photos), 16))
    found = np.concatenate([np.asarray(call(extract, part)).astype(float) for part in parts])
    if np.shape(features) != (len(pets), found.shape[1]):
        raise Wrong(f"features has the shape {np.shape(features)}; there are {len(pets)} rows.")
    noise = np.abs(call(extract, photos[15:16]) - found[15]).max() / np.abs(found[15]).max()
    if noise > 0.1:  # bfloat16: 0.03
        raise Wrong("A photograph gets other features alone than among others. By what?")
    differ = np.linalg.norm(found - features[some], axis=1) / np.linalg.norm(found, axis=1)
    if differ.max() > max(0.01, 4 * noise):
        i = some[differ.argmax()]
        raise Wrong(f"Row {i} of features is not what extract gives for {pets.names[i]}.")
    photos, found = photos[:16], found[:16]
    mirrored = photos[:, :, ::-1].copy()  # nobody has stored these
    plain = call(extract, mirrored)
    for change in (lambda p: p.clip(0, 254) + 1, lambda p: (0.95 * p).astype(np.uint8)):
        both = (call(extract, change(photos)) - found, call(extract, change(mirrored)) - plain)
        here, there = (np.linalg.norm(part, axis=1) for part in both)
        most = (here / (there + 1e-9)).max()
        if most > 4 or np.median(here) > 1.4 * np.median(there):  # honest: 1.6 and 1.0
            raise Wrong(f"""A little more or less light changes a photograph's features {most:.1f}
                times as much as those of its mirror image. Does extract know these photographs?""")
    return f"{len(pets)} rows, each of its photograph."


@check_of(6)
def head(train_head, probabilities_of, frozen_accuracy, features, labels, learn, validation) -> str:
    """Task 6: `train_head(inputs, targets)` gives a head; `probabilities_of(head, inputs)` asks it.

    `frozen_accuracy` is the share of validation that a head made from learn has right.
    """
    labels, learn, validation = map(np.asarray, (labels, learn, validation))

    def train(photographs, targets, inputs=features):
        model = call(train_head, inputs[photographs], targets)

        def ask(asked):
            rows = asked if np.ndim(asked) == 2 else inputs[asked]
            return call(probabilities_of, model, rows)

        return ask

    breeds, held = int(labels.max()) + 1, labels[validation]
    ask = train(learn, labels[learn])
    found = judged(ask, validation, breeds)
    known = judged(ask, learn, breeds)
    learned = share(known, labels[learn])
    judge_quality(found, held, f"of validation, and {learned:.0%} of learn")
    # Where a head's loss is smallest, the mean probability of each breed is the share of the breed.
    due = np.bincount(labels[learn], minlength=breeds) / len(learn)
    if (off := np.abs(known.mean(axis=0) - due).sum() / 2) > 0.05:  # honest heads: up to 0.02
        lost = breeds - len(np.unique(known.argmax(axis=1)))
        raise Wrong(f"""On learn, {off:.0%} of the mean probabilities are not where the breeds are,
            and {lost} of {breeds} breeds are never the answer. Did all inputs come, up to the last?
            Was the head trained to the end? Do both functions do the same to the inputs?""")
    judge_steady(ask, validation, found, "a mean or a spread of the photographs that are asked")
    rest = np.setdiff1d(np.arange(len(labels)), np.union1d(learn, validation))
    if not np.allclose(ask(rest), judged(ask, rest, breeds), atol=SAME):
        raise Wrong(f"""{len(rest)} photographs, asked all at once, get other answers than in parts.
            What do the other rows count for?""")
    _judge_linear(ask, features[outside(labels, validation)], breeds)
    spread = _spread_kept(train, some_of_each(learn, labels, 4), labels, features, breeds)
    if not np.allclose(judged(ask, validation, breeds), found, atol=SAME):
        raise Wrong("""After another head was trained, the first one gives other answers. What do
            the heads share? train_head must begin anew in every call.""")
    if abs(spread) > 0.3:  # honest heads: 0.05; scaled by all photographs: 0.5 or more
        raise Wrong(f"""The check invented features that all vary alike. How much each one counts
            in this head still follows how it varies in the photographs (correlation {spread:.2f}).
            What does the head use that train_head was not given?""")
    others = outside(labels, learn)
    known = judged(ask, others, breeds)
    if np.abs(judged(ask, features[others] * 1.001, breeds) - known).max() > 0.1:  # honest: 0.02
        raise Wrong("""Features that are larger by a thousandth get quite another answer. Does the
            head know these photographs, or does it learn from what they look like?""")
    runs = [found]
    for given in (np.union1d(learn, validation), learn):  # some learn from more only at the end
        try:
            with instead(features, np.setdiff1d(np.arange(len(labels)), given), np.nan):
                once_more = train(given, labels[given])
            again = judged(once_more, validation, breeds)
        except Wrong:
            raise Wrong("""While train_head learned, the check spoiled the features of all
                photographs that it was not given: the head was spoiled. From what does it
                learn?""") from None
    runs.append(again)
    for _ in range(2):  # one disguise may do as well by chance
        order = exchange(breeds)
        disguised = train(learn, order[labels[learn]], mixed(features))
        hidden, held_out = judged(disguised, others, breeds)[:, order], np.isin(others, validation)
        parts = [part for part in (held_out, ~held_out) if part.any()]  # nobody hides behind one
        if any(is_better(known[part], hidden[part], labels[others][part]) for part in parts):
            raise Wrong("""With other labels, and features in another order, train_head knows the
                photographs outside learn less well. It learns from what it was not given.""")
    runs.append(judged(disguised, validation, breeds)[:, order])
    if not np.allclose(runs[1:], found, atol=SAME):  # another head in every run: how far apart?
        runs.append(judged(train(learn, labels[learn]), validation, breeds))
    some = learn[labels[learn] < 5]  # for as many classes as came: the challenge has other numbers
    judged(train(some, labels[some]), validation, 5)
    low, *_, high = sorted(share(run, held) for run in runs)
    slack = len(held) * (high - low) / 2 + 2 * (len(runs) > 3)
    judge_claim(frozen_accuracy, (low + high) / 2, slack, {LEARNED: learned}, len(held))
    return f"{share(found, held):.0%} of {len(held)} validation photographs."


def _judge_linear(ask, inputs, breeds) -> None:
    """The scores of a linear head, for the mean of two inputs, are the mean of their scores."""
    parts = inputs, (inputs + inputs[::-1]) / 2
    ends, middle = (np.log(judged(ask, part, breeds) + 1e-9) for part in parts)
    pairs = zip((ends + ends[::-1]) / 2, middle, strict=True)
    if (likeness := np.median([np.corrcoef(*pair)[0, 1] for pair in pairs])) < 0.6:  # linear: 0.9
        raise Wrong(f"""For the mean of two photographs' features, the answers are not between those
            for the two (correlation {likeness:.2f}). Is the head linear?""")


def _spread_kept(train, photographs, labels, features, breeds) -> float:
    """Return how what a head counts follows the spread of features that it never saw.

    It learned from invented ones, all of one spread.
    """
    invented = chance().random(features.shape, np.float32)
    ask = train(photographs, chance().permutation(labels[photographs]), invented)
    rows = np.full((features.shape[1] + 1, features.shape[1]), 0.5, np.float32)
    np.fill_diagonal(rows, 1)  # one feature larger in each row, none in the last
    found = np.log(shares(ask(rows), len(rows), breeds) + 1e-12)
    found -= found.mean(axis=1, keepdims=True)
    counts = ((found[:-1] - found[-1]) ** 2).sum(axis=1)  # how much each feature counts
    return spearmanr(counts, features.std(axis=0)).statistic
