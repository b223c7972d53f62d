"""Checks of tasks 4 to 7: a network from scratch, features, a head, fine-tuning.

They do not look at what a learner has trained. They train with the learner's functions, on data of
their own choice: with exchanged labels, so that whoever knows the true ones is found out.
"""

import inspect
import json
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import numpy as np
from scipy.special import log_softmax, softmax
from scipy.stats import binomtest, mannwhitneyu, spearmanr

from helpers.networks.names import FEATURES
from helpers.photographs.photos import load_squares, sample_photos, square
from lab.checks.verdicts import Wrong, call, chance, check_of, wrong_if

# Every 20th feature of Chelsea, the cat; `lab/make_chelsea.py` writes it.
CHELSEA = np.array(json.loads(Path(__file__).with_name("chelsea.json").read_text("utf-8")))

HEAD = r"(^|[./])head[./]"  # names of its tensors
LEARNED = "the photographs it learned from"
SAME = 0.005  # probabilities of one head, learned twice, are nearer: only rounding differs


@check_of(4)
def scratch(cnn, logits_of, scratch_accuracy, small, labels, learn, validation) -> str:
    """Task 4: `logits_of(photos)` gives (n, breeds), by `cnn`; the accuracy is that of validation.

    `small` are all photographs, `uint8 (n, 64, 64, 3)`.
    """
    labels, breeds, photos = np.asarray(labels), int(np.max(labels)) + 1, small[validation]
    logits = _scores(in_parts(logits_of, photos), len(photos), breeds)
    _judge_steady(logits_of, photos, logits)
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
    passes = _passes(cnn, len(learn))
    if passes < 5:
        raise Wrong(f"""Batch norm saw learn {passes:.1f} times while it learned, and the task says
            30. Is the generator made anew for each epoch? Is cnn in training mode in each?""")
    known = softmax(in_parts(logits_of, small[learn]), axis=1)
    learned, right = _share(known, labels[learn]), _share(logits, labels[validation])
    others = _outside(labels, np.r_[learn, validation])  # nobody learned from these
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
        raise Wrong(f"""{learned:.0%} of learn are right, and {_share(turned, labels[learn]):.0%} of
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


def _passes(cnn, count: int) -> float:
    """Return how often batch norm saw `count` photographs in training mode: PyTorch counts it."""
    numbers = dict(cnn.named_buffers()) if hasattr(cnn, "named_buffers") else {}
    steps = [int(n) for name, n in numbers.items() if name.endswith("num_batches_tracked")]
    return 32 * min(steps) / count if steps else math.inf


def _fresh(cnn) -> list[tuple]:
    """Return the shapes of the weights that are still as PyTorch or Keras made them.

    Rows begin with one number in all places; tables with numbers of a uniform distribution, and
    the largest of many lies just below its bound. Training moves some numbers beyond.
    """
    found = []
    for weight in _weights(cnn):
        value = weight.numpy() if hasattr(weight, "assign") else weight.detach().cpu().numpy()
        if value.ndim < 2:
            fresh = value.size > 1 and np.ptp(value) == 0
        else:
            outputs, inputs = value.shape[:-3:-1] if hasattr(weight, "assign") else value.shape[:2]
            into, out_of = value.size / outputs, value.size / inputs
            full = np.abs(value).max() / np.sqrt([1 / into, 6 / into, 6 / (into + out_of)])
            fresh = ((1 - 5 / value.size < full) & (full < 1 + 1e-6)).any()
        found += [tuple(weight.shape)] if fresh else []
    return found


def _judge_source(cnn, logits_of, photos, logits) -> None:
    """What tells photographs apart must come through few convolutions, and through nothing else."""
    kernels = [weight for weight in _weights(cnn) if len(weight.shape) == 4]
    if not 3 <= len(kernels) <= 10:  # a convolution in two parts has two
        raise Wrong(f"cnn has {len(kernels)} convolutions, and the task says three or four.")

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
    _judge_steady(extract, photos, result)
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
    found = _judged(ask, validation, breeds)
    known = _judged(ask, learn, breeds)
    learned = _share(known, labels[learn])
    _judge_quality(found, held, f"of validation, and {learned:.0%} of learn")
    # Where a head's loss is smallest, the mean probability of each breed is the share of the breed.
    shares = np.bincount(labels[learn], minlength=breeds) / len(learn)
    if (off := np.abs(known.mean(axis=0) - shares).sum() / 2) > 0.05:  # honest heads: up to 0.02
        lost = breeds - len(np.unique(known.argmax(axis=1)))
        raise Wrong(f"""On learn, {off:.0%} of the mean probabilities are not where the breeds are,
            and {lost} of {breeds} breeds are never the answer. Did all inputs come, up to the last?
            Was the head trained to the end? Do both functions do the same to the inputs?""")
    _judge_steady(ask, validation, found, "a mean or a spread of the photographs that are asked")
    _judge_linear(ask, features[_outside(labels, validation)], breeds)
    _judge_spread(train, _some_of_each(learn, labels, 4), labels, features, breeds)
    others = _outside(labels, learn)
    known = _judged(ask, others, breeds)
    if np.abs(_judged(ask, features[others] * 1.001, breeds) - known).max() > 0.1:  # honest: 0.02
        raise Wrong("""Features that are larger by a thousandth get quite another answer. Does the
            head know these photographs, or does it learn from what they look like?""")
    try:
        with _instead(features, np.setdiff1d(np.arange(len(labels)), learn), np.nan):
            once_more = train(learn, labels[learn])
        runs = [found, _judged(once_more, validation, breeds)]
    except Wrong:
        raise Wrong("""While train_head learned, the check spoiled the features of all photographs
            outside learn: the head was spoiled. It learns from what it was not given.""") from None
    for _ in range(2):  # one disguise may do as well by chance
        order = exchange(breeds)
        disguised = train(learn, order[labels[learn]], mixed(features))
        hidden, held_out = _judged(disguised, others, breeds)[:, order], np.isin(others, validation)
        parts = [part for part in (held_out, ~held_out) if part.any()]  # nobody hides behind one
        if any(is_better(known[part], hidden[part], labels[others][part]) for part in parts):
            raise Wrong("""With other labels, and features in another order, train_head knows the
                photographs outside learn less well. It learns from what it was not given.""")
    runs.append(_judged(disguised, validation, breeds)[:, order])
    if not np.allclose(_judged(ask, validation, breeds), found, atol=SAME):
        raise Wrong("""After other heads were trained, the first one gives other answers. What do
            the heads share? train_head must begin anew in every call.""")
    if not np.allclose(runs[1:], found, atol=SAME):  # another head in every run: how far apart?
        runs.append(_judged(train(learn, labels[learn]), validation, breeds))
    some = learn[labels[learn] < 5]  # for as many classes as came: the challenge has other numbers
    _judged(train(some, labels[some]), validation, 5)
    low, *_, high = sorted(_share(run, held) for run in runs)
    slack = len(held) * (high - low) / 2 + 2 * (len(runs) > 3)
    judge_claim(frozen_accuracy, (low + high) / 2, slack, {LEARNED: learned}, len(held))
    return f"{_share(found, held):.0%} of {len(held)} validation photographs."


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
    breeds, others = int(labels.max()) + 1, _outside(labels, learn)
    few, order = _some_of_each(learn, labels, 3), exchange(breeds)
    targets, rows = order[labels[few]], np.arange(len(few))

    def ask(asked):
        return call(tuned_probabilities_of, asked)

    def start(targets):  # the answers about others that fine-tuning starts from
        head = call(train_head, features[few], targets)
        return np.asarray(call(probabilities_of, head, features[others])).argmax(axis=1)

    put_back(original)
    asked_maps.clear()
    call(fine_tune, few.copy(), targets.copy(), gives=False)
    asked, tuned_once = list(asked_maps), snapshot()
    size = _judge_moves(original, tuned_once)
    asked_maps.clear()
    found, outside = _judged(ask, few, breeds), _judged(ask, others, breeds).argmax(axis=1)
    _judge_steady(ask, few, found)
    later = list(asked_maps)
    if later and _asked(later)[0].all():
        raise Wrong("The answers come from mirror images alone. Which maps are asked for?")
    if moved := _moved(tuned_once, snapshot()):
        raise Wrong(f"Asking changed {len(moved)} tensors, {moved[0]} first: see the mode of top.")
    true = (outside == labels[others]).mean()
    if true > max(0.1, 2.5 / breeds):
        raise Wrong(f"""The check exchanged the targets, and {true:.0%} of the photographs outside
            learn got their true breed. fine_tune learns from what it was not given.""")
    _judge_quality(found, targets, "of the photographs that it learned from")
    _judge_asked(asked, few)
    put_back(original)
    if (kept := _share(_judged(ask, few, breeds), targets)) > max(0.2, 4 / breeds):
        raise Wrong(f"After put_back(original) {kept:.0%} are still right: not top alone answers.")
    _judge_features(ask, features, put_back, original, breeds)
    first = start(targets)
    # Again, with a target for each photograph alone.
    targets, known = chance().permutation(targets), inspect.signature(fine_tune).parameters
    rate = known["rate"].default / 1000 if "rate" in known else None

    def train_once(targets=targets, **named):
        put_back(original)
        asked_maps.clear()
        named = {name: value for name, value in named.items() if name in known}
        call(partial(fine_tune, **named), few.copy(), targets.copy(), gives=False)
        return snapshot()

    # With the true labels, too: some learn from more only then.
    away = np.setdiff1d(np.arange(len(labels)), few)
    spoiled = "the check spoiled maps and features of all photographs that it was not given"
    try:
        with _instead(maps, (slice(None), away), np.nan), _instead(features, away, np.nan):
            broken = _broken(train_once(labels[few], epochs=1))
    except Wrong as wrong:
        raise Wrong(f"While fine_tune learned, {spoiled}. {wrong}") from None
    wrong_if(
        broken, f"While fine_tune learned, {spoiled}: top was spoiled. From what does it learn?"
    )

    # The mirror image of each photograph keeps a channel that all else loses: it alone can move it.
    channels = np.moveaxis(maps, 2 + np.argmax(maps.shape[2:]), 2)  # a view: (2, n, channels, …)
    own = np.ones((2, len(few), channels.shape[2]), maps.dtype)
    own[:, :, : len(few)] = 0
    own[1, :, : len(few)] = np.eye(len(few))
    own = own.reshape(*own.shape, *[1] * (maps.ndim - 3))
    with _instead(channels, (slice(None), few), channels[:, few] * own):
        after = train_once(epochs=1)
    mirrored, indices = _asked(asked_maps)
    came = np.isin(few, indices[mirrored.astype(bool)])
    _judge_reached(original, after, channels.shape[2], came)
    with suppress(Wrong), _instead(maps, (slice(None), few[0]), np.nan):
        train_once(epochs=1, rate=rate)
    after = train_once(epochs=1, rate=rate)
    if broken := _broken(after):  # NaN is left from the call before
        raise Wrong(f"""{broken[0]} holds NaN in a call of fine_tune that saw none: the call before
            left something, such as old gradients. Must each step not be by its batch alone?""")
    far = _far(original, after)
    if rate and far > 0.02 * _far(original, tuned_once):
        raise Wrong(f"With rate={rate:.0e} a tensor moved by {far:.1%}. How is rate used?")
    first_head, other_head = start(targets), start(targets)
    same = (_judged(ask, others, breeds).argmax(axis=1) == first_head).mean()

    def helps(after, asked):  # does the way of the backbone help these answers? do they change?
        step, wide = {n: after[n] - original[n] for n in after}, max(1, 0.003 / (far + 1e-9))
        sure = []
        for far_as in (wide, -wide):
            by = {n: (far_as - 1) * step[n] * (not re.search(HEAD, n)) for n in after}
            put_back({n: after[n] + by[n] for n in after})
            sure.append(_judged(ask, asked, breeds)[rows, targets])
        return sure[0] > sure[1], sure[0] != sure[1]

    helped, moved = (found.mean() for found in helps(after, few))
    # Strangers in place of the mirror images: what is learned from them must help them.
    strangers = np.resize(chance().permutation(others), len(few))
    with _instead(maps, (1, few), maps[0, strangers]):
        after = train_once(epochs=1, rate=rate)
    mirrored, indices = _asked(asked_maps)
    turned = helps(after, strangers)[0][np.isin(few, indices[mirrored.astype(bool)])].mean()
    gain = np.mean(outside == order[labels[others]]) - np.mean(first == order[labels[others]])
    put_back(original)
    again = (other_head == first_head).mean()  # two such heads: 0.9 or more
    if same < (again - 0.15 if rate else 0.5):  # without its bias: 0.65 to 0.76
        raise Wrong(f"""With a rate near 0, {same:.0%} of the answers are those of a head of task 6
            on the same photographs; another such head has {again:.0%} alike. What does fine-tuning
            start from? Are weights and bias both those of that head?""")
    if moved < 0.5:
        raise Wrong(f"""The check moved what top learned, and {1 - moved:.0%} of the answers stay
            exactly as they are. Do the answers come from maps, through top?""")
    if helped < 0.85:  # honest ways: 0.97 or more
        raise Wrong(f"""The backbone moved in a direction that helps {helped:.0%} of what it learned
            from: chance. Does the loss decide it? Do maps and targets fit together?""")
    if turned < 0.5:  # honest ways: 0.7 or more; mirror images that hardly count: 0.3
        raise Wrong(f"""The backbone moved in a direction that helps {turned:.0%} of the mirror
            images, not more than chance. Do they count as much as the others in the loss?""")
    if gain > 0.1:
        raise Wrong(f"""{gain:.0%} more of other photographs are right after fine_tune: too much. It
            learns from what it was not given.""")
    return size


def _asked(asked_maps) -> np.ndarray:
    """Return what `maps_of` was asked for: a row of sides, 1 is mirrored, and a row of indices."""
    wrong_if(not asked_maps, "fine_tune did not ask `maps_of`. What does it learn from?")
    return np.concatenate([np.reshape(part, (2, -1)) for part in asked_maps], axis=1)


def _judge_asked(asked, given) -> None:
    """Judge what `maps_of` was asked for while it trained."""
    mirrored, indices = _asked(asked)
    if len(more := np.setdiff1d(indices, given)):
        raise Wrong(f"fine_tune asks for maps of {len(more)} photographs that it was not given.")
    if len(missed := np.setdiff1d(given, indices)):
        raise Wrong(f"{len(missed)} of {len(given)} never came. Do all come in every epoch?")
    share, times = mirrored.astype(bool).mean(), (indices == given[:, None]).sum(axis=1)
    turned = ((indices == given[:, None]) & mirrored.astype(bool)).sum(axis=1)
    one_side = ((turned == 0) | (turned == times)).sum()
    by_chance = (0.5 ** (times - 1)).mean()
    if not 0.1 < share < 0.9 or binomtest(one_side, len(given), by_chance, "greater").pvalue < 1e-4:
        raise Wrong(f"""{share:.0%} of what it learned from was mirrored, and {one_side} of
            {len(given)} photographs came from one side only. How is each to be shown?""")


def _judge_reached(before, after, channels, asked) -> None:
    """Did each photograph reach the weights? Photograph i alone has something in channel i."""
    name = next(name for name in before if "blocks.6.0.conv_pw" in name)  # it reads the maps
    axis = before[name].shape.index(channels)
    old, new = (np.moveaxis(part[name], axis, 0).reshape(channels, -1) for part in (before, after))
    step, size = new - old, (old**2).sum(axis=1, keepdims=True) + 1e-9
    step = step - old * (step * old).sum(axis=1, keepdims=True) / size  # weight decay moves all
    moved = np.abs(step).max(axis=1) > 5e-7 * np.abs(old).max()  # more than rounding
    lost = (asked & ~moved[: len(asked)]).sum()
    if moved.any() and lost > 0.1 * asked.sum():
        raise Wrong(f"""maps_of gave {asked.sum()} mirror images, and {lost} of them moved no
            weight. Does each one reach the loss, and the loss the weights?""")


def _judge_features(ask, features, put_back, original, breeds) -> None:
    """With weights by chance in the head, the answers from `maps` tell what features they have."""
    asked, numbers = chance().permutation(len(features))[:300], dict(original)
    (weights,) = (n for n in original if re.search(HEAD, n) and original[n].ndim == 2)
    (bias,) = (n for n in original if re.search(HEAD, n) and original[n].ndim == 1)
    numbers[weights] = chance().normal(0, 0.05, original[weights].shape).astype(np.float32)
    numbers[bias] = np.zeros_like(original[bias])
    put_back(numbers)
    found = np.log(_judged(ask, asked, breeds) + 1e-12)
    table = numbers[weights] if numbers[weights].shape[1] == breeds else numbers[weights].T
    pairs = zip(found, features[asked] @ table, strict=True)
    alike = np.array([np.corrcoef(*pair)[0, 1] for pair in pairs])
    if alike.min() < 0.95:  # with mirror images, too: 0.98; a photograph much alike: up to 0.93
        raise Wrong(f"""Photograph {asked[alike.argmin()]}: its features do not fit its maps. Are
            both of that photograph, and in the order of pets.names?""")


@contextmanager
def _instead(array, place, value) -> Iterator[None]:
    """Write a value into an array for a while."""
    kept = array[place].copy()
    array[place] = value
    try:
        yield
    finally:
        array[place] = kept


def _judged(ask, asked, breeds) -> np.ndarray:
    """Return probabilities (n, breeds) for these photographs; Wrong when none."""
    return shares(in_parts(ask, asked), len(asked), breeds)


def shares(table, count: int, breeds: int) -> np.ndarray:
    """Return a table of probabilities; Wrong when it is none."""
    table = _scores(table, count, breeds)
    low, high, first = table.min(), table.max(), table[0].sum()
    if low < -1e-6 or high > 1 + 1e-6:
        raise Wrong(f"Values go from {low:.3g} to {high:.3g}: logits, not probabilities.")
    if not np.allclose(table.sum(axis=1), 1, atol=1e-2):
        raise Wrong(f"The first row sums to {first:.3g}. Exactly one breed is right: the sum is 1.")
    return table


def _judge_linear(ask, inputs, breeds) -> None:
    """The scores of a linear head, for the mean of two inputs, are the mean of their scores."""
    parts = inputs, (inputs + inputs[::-1]) / 2
    ends, middle = (np.log(_judged(ask, part, breeds) + 1e-9) for part in parts)
    pairs = zip((ends + ends[::-1]) / 2, middle, strict=True)
    if (likeness := np.median([np.corrcoef(*pair)[0, 1] for pair in pairs])) < 0.6:  # linear: 0.9
        raise Wrong(f"""For the mean of two photographs' features, the answers are not between those
            for the two (correlation {likeness:.2f}). Is the head linear?""")


def _judge_spread(train, photographs, labels, features, breeds) -> None:
    """A head that learned from invented features, all of one spread, knows no other spread."""
    invented = chance().random(features.shape, np.float32)
    ask = train(photographs, chance().permutation(labels[photographs]), invented)
    rows = np.full((features.shape[1] + 1, features.shape[1]), 0.5, np.float32)
    np.fill_diagonal(rows, 1)  # one feature larger in each row, none in the last
    found = np.log(shares(ask(rows), len(rows), breeds) + 1e-12)
    found -= found.mean(axis=1, keepdims=True)
    counts = ((found[:-1] - found[-1]) ** 2).sum(axis=1)  # how much each feature counts
    alike = spearmanr(counts, features.std(axis=0)).statistic
    if abs(alike) > 0.3:  # honest heads: 0.05; scaled by all photographs: 0.5 or more
        raise Wrong(f"""The check invented features that all vary alike. How much each one counts
            in this head still follows how it varies in the photographs (correlation {alike:.2f}).
            What does the head use that train_head was not given?""")


def _judge_quality(table, labels, where: str) -> None:
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


def _outside(labels, part) -> np.ndarray:
    """Return at most some hundred photographs that are not in this part."""
    others = np.setdiff1d(np.arange(len(labels)), part)
    return others[:: max(1, len(others) // 300)]


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
    if not any("blocks.6" in name for name in moved):
        raise Wrong("The last convolution moved, but stage 7 did not. See what is in top.")
    largest = _far(before, after)
    if largest > 0.5:
        raise Wrong(f"""A tensor changed by {largest:.0%}: what ImageNet taught is lost. A lower
            learning rate?""")
    if largest < 0.001:  # honest ways move some tensor by 1 % or more
        raise Wrong("""No convolution moved by a thousandth of its size: that is not training yet.
            Look at the learning rate and at the number of steps.""")
    return f"{len(moved)} of {len(before)} tensors moved, by at most {largest:.0%} of their size."


def _broken(tensors) -> list[str]:
    return [name for name, value in tensors.items() if not np.isfinite(value).all()]


def _moved(before, after) -> list[str]:
    return [name for name in before if not np.array_equal(before[name], after[name])]


def _far(before, after) -> float:
    """Return how far the tensor of the backbone that moved most went, as a part of its size."""
    sizes = {n: np.linalg.norm(v) + 1e-9 for n, v in before.items() if np.ndim(v) > 1}
    far = [np.linalg.norm(after[n] - before[n]) / sizes[n] for n in sizes if not re.search(HEAD, n)]
    return max(far, default=0.0)


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


def _some_of_each(photographs, labels, count: int) -> np.ndarray:
    """Return at most `count` photographs of each breed, the breeds mixed."""
    groups = [photographs[labels[photographs] == k][:count] for k in np.unique(labels)]
    return np.random.default_rng(0).permutation(np.concatenate(groups))


def _share(table, labels) -> float:
    return float((table.argmax(axis=1) == labels).mean())


def _scores(result, count: int, breeds: int) -> np.ndarray:
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


def in_parts(function, photos) -> np.ndarray:
    """Call a function for 9 to 32 photographs at a time, by chance: none may count on their number.

    Thousands at once would need too much memory.
    """
    cuts = np.cumsum(chance().integers(9, 33, size=len(photos) // 9))
    parts = np.split(photos, cuts[cuts < len(photos)])
    return np.concatenate([np.asarray(call(function, part)) for part in parts])


def _judge_steady(function, photos, together, used="") -> None:
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
