"""Every check of the lab: right answers pass, typical wrong ones are refused by their symptom.

Each case of a wrong answer has a word or two that the message must contain.
"""

import json
import subprocess
import sys

import numpy as np
import pytest
from scipy.special import softmax

from helpers.photographs.photos import load_squares, save_png
from helpers.settings import REPOSITORY
from lab import checks
from lab.checks import verdicts
from lab.checks.challenge import ChallengeSet
from lab.checks.check_data import EXAMPLES
from lab.checks.data import LabPets

BREEDS = ["Abyssinian", "american_bulldog", "Bengal", "pug", "Russian_Blue", "saint_bernard"]
COUNT = 10  # photographs of each breed, of them 4 for the test


def judged(check, *answers, **named):
    return check.judge(*answers, **named)


def assert_right(check, *answers):
    verdict = judged(check, *answers)
    assert verdict.state == "right", verdict.message


def assert_wrong(check, words, *answers):
    verdict = judged(check, *answers)
    assert verdict.state == "wrong", verdict
    assert words in verdict.message, verdict.message


def table(cases):
    return pytest.mark.parametrize("case", cases.values(), ids=cases.keys())


@pytest.fixture(scope="module")
def pets(tmp_path_factory):
    """Sixty small pictures, each different, with names and lists of the official form."""
    folder, rng = tmp_path_factory.mktemp("pets"), np.random.default_rng(0)
    names, parts = [], {"trainval": [], "test": []}
    for number, breed in enumerate(BREEDS, 1):
        for k in range(COUNT):
            names.append(f"{breed}_{k + 1}")
            kind = 1 if breed[0].isupper() else 2
            part = "test" if k % 5 in (1, 3) else "trainval"
            parts[part].append(f"{names[-1]} {number} {kind} 1")
    paths = [folder / f"{name}.png" for name in names]
    for path in paths:
        rough = rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)
        save_png(path, rough.repeat(16, axis=0).repeat(16, axis=1))
    # The official lists have an order of their own.
    return LabPets(names, paths, sorted(parts["trainval"]), sorted(parts["test"]), "photos", "")


LABELS = np.repeat(np.arange(6), COUNT)
TEST = np.tile(np.isin(np.arange(COUNT) % 5, (1, 3)), 6)
CLASS_NAMES = [breed.replace("_", " ") for breed in BREEDS]
GROUPS = [np.flatnonzero(~TEST & (LABELS == k)) for k in range(6)]
VALIDATION = np.concatenate([group[::5] for group in GROUPS])[:12]
LEARN = np.setdiff1d(np.flatnonzero(~TEST), VALIDATION)


# Task 1


def breed_of(name):
    return name.rpartition("_")[0].replace("_", " ")


def species_of(name):
    return "cat" if name[0].isupper() else "dog"


def test_names_right():
    assert_right(checks.names, breed_of, species_of)
    assert_right(checks.names, lambda n: " ".join(n.split("_")[:-1]), species_of)


@table(
    {
        "first word only": (lambda n: n.split("_")[0], species_of, "is lost"),
        "last word only": (lambda n: n.split("_")[-2], species_of, "is lost"),
        "number kept": (lambda n: n.replace("_", " "), species_of, "number"),
        "underscores kept": (lambda n: n.rpartition("_")[0], species_of, "Underscores"),
        "lower case": (lambda n: breed_of(n).lower(), species_of, "case"),
        "fixed length": (lambda n: n[:-4].replace("_", " "), species_of, "gives"),
        "blank at the end": (lambda n: breed_of(n) + " ", species_of, "blank"),
        "stripped letters": (
            lambda n: n.strip("_0123456789n").replace("_", " "),
            species_of,
            "lost",
        ),
        "a list": (lambda n: n.split("_")[:-1], species_of, "text"),
        "an error": (lambda n: n["breed"], species_of, "stopped with TypeError"),
        "all dogs": (breed_of, lambda n: "dog" if n.lower() else "cat", "every name"),
        "exchanged": (
            breed_of,
            lambda n: "dog" if n[0].isupper() else "cat",
            "every cat for a dog",
        ),
        "a number": (breed_of, lambda n: 1, "must be 'cat' or 'dog'"),
        "by words": (breed_of, lambda n: "dog" if "terrier" in n else "cat", "first letter"),
    }
)
def test_names_wrong(case):
    *answers, words = case
    assert_wrong(checks.names, words, *answers)


# Task 2


def lists(pets, labels=LABELS, class_names=CLASS_NAMES, trainval=~TEST, test=TEST):
    return pets, labels, class_names, trainval, test


def test_lists_right(pets):
    assert_right(checks.lists, *lists(pets))
    indices = np.flatnonzero(TEST)[::-1]  # indices instead of masks, in any order
    assert_right(checks.lists, *lists(pets, LABELS.tolist(), tuple(CLASS_NAMES), ~TEST, indices))


def one_wrong():
    labels = LABELS.copy()
    labels[[3, 27]] = labels[[27, 3]]
    labels[5] = 4
    return labels


ALPHABETICAL = np.array([sorted(BREEDS).index(BREEDS[k]) for k in LABELS])
RANDOM = np.random.default_rng(0).permutation(TEST)
LIST_ORDER = np.concatenate([np.repeat(np.arange(6), 6), np.repeat(np.arange(6), 4)])


@table(
    {
        "shifted by one": (dict(labels=LABELS + 1), "shifted by one"),
        "order of the lists": (dict(labels=LIST_ORDER), "another order"),
        "order of the lists, shifted": (dict(labels=LIST_ORDER + 1), "and shifted by one"),
        "own numbers": (dict(labels=ALPHABETICAL), "number the breeds yourself"),
        "species": (dict(labels=(LABELS > 2).astype(int)), "2 different numbers"),
        "not whole": (dict(labels=LABELS.astype(float)), "float64"),
        "one too few": (dict(labels=LABELS[:-1]), "shape"),
        "some labels wrong": (dict(labels=one_wrong()), "labels are wrong"),
        "names sorted": (dict(class_names=sorted(CLASS_NAMES)), "another breed"),
        "names twice": (dict(class_names=CLASS_NAMES * 2), "12 names"),
        "random split": (dict(trainval=~RANDOM, test=RANDOM), "official test list"),
        "test in training": (dict(trainval=np.ones(60, bool)), "both parts"),
        "exchanged": (dict(trainval=TEST, test=~TEST), "exchanged"),
        "no test": (dict(trainval=np.ones(60, bool), test=np.zeros(60, bool)), "test holds no"),
        "some forgotten": (dict(trainval=~TEST & (np.arange(60) > 9)), "neither part"),
        "mask of the lists": (dict(trainval=np.ones(36, bool)), "60 places"),
        "twice": (dict(test=np.r_[np.flatnonzero(TEST), 1]), "twice"),
    }
)
def test_lists_wrong(pets, case):
    named, words = case
    assert_wrong(checks.lists, words, *lists(pets, **named))


# Task 3


def test_validation_right():
    assert_right(checks.validation_part, LABELS, ~TEST, LEARN, VALIDATION)
    rng = np.random.default_rng(3)
    other = np.concatenate([rng.permutation(group)[:2] for group in GROUPS])
    mask = np.isin(np.arange(60), other)
    assert_right(checks.validation_part, LABELS, ~TEST, ~TEST & ~mask, mask)


TRAINVAL = np.flatnonzero(~TEST)
HALF = np.concatenate([group[:3] for group in GROUPS])


@table(
    {
        "first fifth": (TRAINVAL[7:], TRAINVAL[:7], "breeds have no photograph in validation"),
        "from all": (np.arange(0, 60)[np.arange(60) % 5 > 0], np.arange(0, 60, 5), "test photo"),
        "overlap": (TRAINVAL, VALIDATION, "in learn and in validation"),
        "lost": (LEARN[1:], VALIDATION, "in neither part"),
        "half": (np.setdiff1d(TRAINVAL, HALF), HALF, "About 20 %"),
        "a breed never learned": (
            np.setdiff1d(TRAINVAL, np.r_[GROUPS[0], GROUPS[1][0], GROUPS[2][0], GROUPS[3][0],
                         GROUPS[4][0], GROUPS[5][0]]),
            np.r_[GROUPS[0], GROUPS[1][0], GROUPS[2][0], GROUPS[3][0], GROUPS[4][0], GROUPS[5][0]],
            "in learn",
        ),
        "shares instead of indices": (np.array([0.8]), np.array([0.2]), "row of indices"),
    }
)  # fmt: skip
def test_validation_wrong(case):
    learn, validation, words = case
    assert_wrong(checks.validation_part, words, LABELS, ~TEST, learn, validation)


def augment(photos, rng):
    mirrored = rng.random(len(photos)) < 0.5
    return np.where(mirrored[:, None, None, None], photos[:, :, ::-1], photos)


def mirror_and_shift(photos, rng):
    made = []
    for photo in photos:
        photo = photo[:, ::-1] if rng.integers(2) else photo
        dy, dx = rng.integers(0, 9, 2)
        padded = np.pad(photo, ((4, 4), (4, 4), (0, 0)), mode="reflect")
        made.append(padded[dy : dy + 64, dx : dx + 64])
    return np.stack(made)


def mirror_and_brighten(photos, rng):
    factor = rng.uniform(0.8, 1.2, (len(photos), 1, 1, 1))
    return (augment(photos, rng) * factor).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("right", [augment, mirror_and_shift, mirror_and_brighten])
def test_augmentation_right(right):
    for _ in range(5):  # with random numbers of its own: not by luck of one seed
        assert_right(
            checks.augmentation, lambda photos, rng: right(photos, np.random.default_rng())
        )


def in_place(photos, rng):
    photos[::2] = photos[::2, :, ::-1]
    return photos


@table(
    {
        "normalised": (lambda p, r: augment(p, r) / 255, "second time"),
        "in place": (in_place, "changes the photographs that it was given"),
        "upside down": (lambda p, r: np.where(r.random((len(p), 1, 1, 1)) < 0.5, p[:, ::-1], p),
                        "upside down"),
        "all or none": (lambda p, r: p[:, :, ::-1] if r.random() < 0.5 else p, "alike"),
        "nothing": (lambda p, r: p.copy(), "changes nothing"),
        "axes moved": (lambda p, r: p.transpose(0, 3, 1, 2), "turns (16"),
        "colours": (lambda p, r: augment(p, r)[..., ::-1], "colours"),
        "rarely": (lambda p, r: np.concatenate([p[:1, :, ::-1], p[1:]]), "same way"),
        "half of the batch dropped": (lambda p, r: augment(p, r)[::2], "turns (16"),
        "overflow": (lambda p, r: (augment(p, r) // 8).astype(np.uint8), "washes"),
    }
)  # fmt: skip
def test_augmentation_wrong(case):
    wrong, words = case
    assert_wrong(checks.augmentation, words, wrong)


class Batches:
    """Right batches; a test turns one thing wrong."""

    def __init__(self, pets, fault=""):
        self.pets, self.fault, self.rng = pets, fault, np.random.default_rng(0)

    def __call__(self, indices, training):
        rng = np.random.default_rng(0) if self.fault == "restarted" else self.rng
        given = indices
        if training and self.fault == "drawn with replacement":
            indices = rng.choice(indices, len(indices))
        elif training and self.fault == "shuffled in place":
            rng.shuffle(indices)
        elif training and self.fault != "not shuffled":
            indices = rng.permutation(indices)
        end = len(indices) - 8 if self.fault == "last one dropped" else len(indices)
        for start in range(0, end, 8):
            chosen = indices[start : start + 8]
            photos = load_squares([self.pets.paths[i] for i in chosen], 64)
            augmented = training if self.fault != "never augmented" else False
            if augmented or self.fault == "always augmented":
                photos = augment(photos, rng)
            if self.fault == "normalised":
                photos = photos / 255
            if self.fault == "channels first":
                photos = photos.transpose(0, 3, 1, 2)
            labels = LABELS[chosen]
            if self.fault == "labels not shuffled":
                labels = LABELS[given[start : start + 8]]
            yield photos if self.fault == "no labels" else (photos, labels)


def test_batches_right(pets):
    assert_right(checks.batches, pets, LABELS, LEARN, Batches(pets))
    right = Batches(pets)
    assert_right(checks.batches, pets, LABELS, LEARN, lambda i, t: [list(p) for p in right(i, t)])


@table(
    {
        name: (name, words)
        for name, words in {
            "restarted": "same order",
            "drawn with replacement": "twice",
            "not shuffled": "order of the breeds",
            "shuffled in place": "Shuffle a copy",
            "last one dropped": "left out",
            "never augmented": "not augmented",
            "always augmented": "Validation and test photographs are not augmented",
            "normalised": "uint8",
            "channels first": "(n, size, size, 3)",
            "labels not shuffled": "belong together",
            "no labels": "pair",
        }.items()
    }
)
def test_batches_wrong(pets, case):
    fault, words = case
    assert_wrong(checks.batches, words, pets, LABELS, LEARN, Batches(pets, fault))


def test_endless_batches_are_cut(pets):
    def endless(indices, training):
        while True:
            yield from Batches(pets)(indices, training)

    assert_wrong(checks.batches, "came", pets, LABELS, LEARN, endless)


# Tasks 4 and 6: a model that knows a noisy version of the labels

PHOTOS = np.random.default_rng(1).integers(0, 256, (80, 8, 8, 3), dtype=np.uint8)
PHOTOS[:, 0, 0, 0] = np.arange(80)  # the number of the photograph
MANY = np.tile(np.arange(10), 8)
ANSWERS = 6 * np.eye(10)[MANY] + np.random.default_rng(2).normal(size=(80, 10))
ANSWERS[60:72] = np.roll(ANSWERS[60:72], 3, axis=1)  # 12 of the last 20 are wrong
ANSWERS[:6] = np.roll(ANSWERS[:6], 3, axis=1)  # 6 of the first 60
LEARNED, HELD_OUT = (PHOTOS[:60], MANY[:60]), (PHOTOS[60:], MANY[60:])
SHARES = [(ANSWERS[part].argmax(1) == MANY[part]).mean() for part in (slice(60), slice(60, 80))]


def known(photos):
    return ANSWERS[photos[:, 0, 0, 0]]


def in_training_mode(photos):
    logits = known(photos)
    return (logits - logits.mean(0)) / (logits.std(0) + 1e-3)


def test_scratch_right():
    assert SHARES == [0.9, 0.4]
    assert_right(checks.scratch, known, SHARES[1], LEARNED, HELD_OUT)
    assert_right(checks.scratch, lambda p: known(p).astype(np.float32), 0.4, LEARNED, HELD_OUT)


@table(
    {
        "softmax in the network": (lambda p: softmax(known(p), axis=1), 0.4, "second one"),
        "head of ImageNet": (lambda p: np.zeros((len(p), 1000)), 0.4, "right size"),
        "head for species": (lambda p: known(p)[:, :2], 0.4, "right size"),
        "head with 35": (lambda p: np.c_[known(p), known(p)][:, :11], 0.4, "right size"),
        "training mode": (in_training_mode, 0.4, "inference mode"),
        "dropout awake": (lambda p: known(p) * np.random.random(10), 0.4, "second call"),
        "the same for all": (
            lambda p: np.tile(np.arange(10.0), (len(p), 1)),
            0.1,
            "same for every",
        ),
        "not a number": (lambda p: known(p) * np.nan, 0.4, "NaN"),
        "not trained": (lambda p: np.roll(known(p), 1, axis=1), 0.0, "learned from are right"),
        "accuracy on training": (known, 0.9, "learned from"),
        "percent": (known, 40.0, "between 0 and 1"),
        "another accuracy": (known, 0.6, "another number"),
        "an array": (known, np.array([True, False]), "one number"),
    }
)
def test_scratch_wrong(case):
    model, accuracy, words = case
    assert_wrong(checks.scratch, words, model, accuracy, LEARNED, HELD_OUT)


def probabilities(inputs):
    return softmax(known(inputs), axis=1)


def test_head_right():
    assert_right(checks.head, probabilities, 0.4, LEARNED, HELD_OUT)
    flat = softmax(known(PHOTOS) / 3, axis=1)  # strong regularisation: unsure, but right
    assert_right(checks.head, lambda p: flat[p[:, 0, 0, 0]], 0.4, LEARNED, HELD_OUT)


KNOWS_ALL = softmax(6 * np.eye(10)[MANY], axis=1)


@table(
    {
        "logits": (known, 0.4, "logits"),
        "softmax twice": (lambda p: softmax(probabilities(p), axis=1), 0.4, "nearly flat"),
        "softmax over photographs": (lambda p: softmax(known(p), axis=0), 0.4, "not over the"),
        "sigmoid": (lambda p: 1 / (1 + np.exp(-known(p))), 0.4, "sums to"),
        "head of ImageNet": (lambda p: np.full((len(p), 1000), 1e-3), 0.4, "right size"),
        "labels shifted": (lambda p: np.roll(KNOWS_ALL[p[:, 0, 0, 0]], 1, 1), 0.0, "shifted by +1"),
        "mixed order": (lambda p: probabilities(p[::-1]), 0.1, "Same order"),
        "accuracy on training": (probabilities, 0.9, "learned from"),
        "percent": (probabilities, 40, "between 0 and 1"),
        "validation learned": (lambda p: KNOWS_ALL[p[:, 0, 0, 0]], 1.0, "among them"),
    }
)
def test_head_wrong(case):
    model, accuracy, words = case
    assert_wrong(checks.head, words, model, accuracy, LEARNED, HELD_OUT)


def by_index(table):
    """Task 7: a fine-tuned network is asked by the indices of photographs."""
    return lambda indices: table[indices]


INDICES = [(np.arange(60), MANY[:60]), (np.arange(60, 80), MANY[60:])]


def test_tuned_right():
    assert_right(checks.tuned, by_index(softmax(ANSWERS, axis=1)), 0.4, *INDICES)


@table(
    {
        "logits": (by_index(ANSWERS), 0.4, "logits"),
        "softmax twice": (by_index(softmax(softmax(ANSWERS, 1), 1)), 0.4, "nearly flat"),
        "accuracy on training": (by_index(softmax(ANSWERS, 1)), 0.9, "learned from"),
        "old head": (by_index(np.full((80, 1000), 0.001)), 0.4, "right size"),
        "knowledge lost": (by_index(softmax(ANSWERS[::-1], 1)), 0.05, "learn enough"),
        "indices of trainval": (lambda i: softmax(ANSWERS, 1)[i - 55], 0.1, "Same order"),
    }
)
def test_tuned_wrong(case):
    model, accuracy, words = case
    assert_wrong(checks.tuned, words, model, accuracy, *INDICES)


# Task 5, with the real network, in a process of its own

FEATURES = """
import json
import numpy as np
import torch
from lab import checks
from helpers.networks.pytorch import load_network, to_pixels

network = load_network("efficientnet_lite0")
normalise, backbone = network.normalise, network.backbone
body = torch.nn.Sequential(*list(backbone.children())[:-2])


def case(function, precision=torch.float32, training=False):
    def extract(photos):
        network.train(training)
        with torch.inference_mode(), torch.autocast("cpu", precision, precision != torch.float32):
            return function(to_pixels(photos)).float().numpy()
    return extract


cases = {
    "right": case(lambda x: backbone(normalise(x))),
    "right, bfloat16": case(lambda x: backbone(normalise(x)), torch.bfloat16),
    "right, by hand": case(lambda x: backbone(x / 127.5 - 1)),
    "right, with its mirror image": case(
        lambda x: (backbone(normalise(x)) + backbone(normalise(x.flip(3)))) / 2
    ),
    "normalised twice": case(lambda x: backbone(normalise(normalise(x)))),
    "divided, then normalised": case(lambda x: backbone(normalise(x / 255))),
    "divided by 255": case(lambda x: backbone(x / 255)),
    "not normalised": case(lambda x: backbone(x)),
    "blue and red exchanged": case(lambda x: backbone(normalise(x.flip(1)))),
    "head still on": case(lambda x: network(x)),
    "map with places": case(lambda x: backbone.forward_features(normalise(x))),
    "an earlier layer": case(lambda x: normalise(x).flatten(1)[:, :1280]),
    "scaled": case(lambda x: backbone(normalise(x)) / 10),
    "all zero": lambda photos: np.zeros((len(photos), 1280)),
    "not done": lambda photos: None,
    # The last one: it moves the running statistics for good.
    "training mode": case(lambda x: backbone(normalise(x)), training=True),
}
found = {name: checks.features.judge(extract) for name, extract in cases.items()}
print("FOUND", json.dumps({name: [v.state, v.message] for name, v in found.items()}))
"""


def test_features():
    run = subprocess.run(
        [sys.executable, "-c", FEATURES], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr[-2000:]
    found = json.loads(run.stdout.rpartition("FOUND")[2])
    words = {
        "normalised twice": "Normalised twice?",
        "divided, then normalised": "hardly sees a picture",
        "divided by 255": "Print the range",
        "not normalised": "Print the range",
        "blue and red exchanged": "colours",
        "head still on": "head",
        "training mode": "inference mode",
        "map with places": "places",
        "an earlier layer": "differ",
        "scaled": "scales",
        "all zero": "are the same",
    }
    for name, (state, message) in found.items():
        if name.startswith("right"):
            assert state == "right", (name, message)
        elif name in words:
            assert state == "wrong" and words[name] in message, (name, state, message)
    assert found["not done"][0] == "not done yet"
    assert len(found) == len(words) + 5


# Task 7


def tensors(**changes):
    rng = np.random.default_rng(0)
    names = {
        "backbone.conv_stem.weight": (8, 3), "backbone.blocks.0.0.bn1.running_mean": (8,),
        "backbone.blocks.2.0.conv_pw.weight": (8, 8), "backbone.blocks.6.0.conv_pw.weight": (8, 8),
        "backbone.blocks.6.0.bn1.weight": (8,), "backbone.blocks.6.0.bn1.running_mean": (8,),
        "backbone.conv_head.weight": (8, 8), "head.weight": (6, 8), "head.bias": (6,),
    }  # fmt: skip
    values = {name: rng.normal(size=shape) for name, shape in names.items()}
    for part, step in changes.items():
        for name in names:
            if f".{part.replace('__', '.')}" in f".{name}":
                values[name] = values[name] + step
    return values


LATE = dict(blocks__6__0__conv=0.01, conv_head=0.01, head__weight=0.3, head__bias=0.1)


def test_fine_tuning_right():
    assert_right(checks.fine_tuning, tensors(), tensors(**LATE))
    scale_too = LATE | {"blocks__6__0__bn1__weight": 0.01}
    assert_right(checks.fine_tuning, tensors(), tensors(**scale_too))
    keras = [
        {
            f"sequential/{n.removeprefix('backbone.').replace('.weight', '')}/kernel": v
            for n, v in part.items()
        }
        for part in (tensors(), tensors(**LATE))
    ]
    assert_right(checks.fine_tuning, *keras)


SAME = tensors(**LATE)


@table(
    {
        "the same object": (SAME, SAME, "Two snapshots"),
        "a view, or nothing trained": (tensors(), tensors(), "Nothing moved"),
        "backbone still frozen": (tensors(), tensors(head__weight=0.1), "Only the head moved"),
        "head frozen": (tensors(), tensors(conv_head=0.01), "the head did not"),
        "batch norm in training mode": (
            tensors(),
            tensors(**LATE, blocks__6__0__bn1__running=0.1),
            "training mode",
        ),
        "all unfrozen": (tensors(), tensors(**LATE, conv_stem=0.01), "early tensors"),
        "rate too high": (tensors(), tensors(**LATE | {"conv_head": 2.0}), "learning rate"),
        "NaN": (tensors(), tensors(**LATE | {"conv_head": np.nan}), "NaN"),
        "another head": (tensors(), tensors(**LATE) | {"head.weight": np.ones((9, 8))}, "shape"),
        "another network": (tensors(), {"head.weight": np.ones((6, 8))}, "same network"),
    }
)
def test_fine_tuning_wrong(case):
    before, after, words = case
    assert_wrong(checks.fine_tuning, words, before, after)


# Task 8


def top_k(table, labels, k):
    return (np.argsort(-table, axis=1)[:, :k] == labels[:, None]).any(axis=1).mean()


def confusion(labels, found, count):
    matrix = np.zeros((count, count), int)
    np.add.at(matrix, (labels, found), 1)
    return matrix


def test_measures_right():
    assert_right(checks.measures, top_k, confusion)

    def by_rank(table, labels, k):
        own = np.take_along_axis(table, labels[:, None], axis=1)
        return float(np.mean([(row > o).sum() < k for row, o in zip(table, own, strict=True)]))

    def by_counting(labels, found, count):
        pairs = list(zip(labels.tolist(), found.tolist(), strict=True))
        return [[pairs.count((i, j)) for j in range(count)] for i in range(count)]

    assert_right(checks.measures, by_rank, by_counting)
    single = [lambda *a: np.float32(top_k(*a)), lambda *a: confusion(*a).astype(float)]
    assert_right(checks.measures, *single)


def without_repeats(labels, found, count):
    matrix = np.zeros((count, count), int)
    matrix[labels, found] += 1  # the mistake: a cell counts once
    return matrix


@table(
    {
        "ascending": (lambda t, y, k: (np.argsort(t, 1)[:, :k] == y[:, None]).any(1).mean(),
                      confusion, "smallest"),
        "k off by one": (lambda t, y, k: top_k(t, y, k + 1), confusion, "off by one"),
        "k too small": (lambda t, y, k: top_k(t, y, k - 1), confusion, "off by one"),
        "percent": (lambda t, y, k: 100 * top_k(t, y, k), confusion, "between 0 and 1"),
        "k forgotten": (lambda t, y, k: top_k(t, y, 1), confusion, "larger k"),
        "always three": (lambda t, y, k: top_k(t, y, 3), confusion, "larger k"),
        "divided by k": (lambda t, y, k: top_k(t, y, k) / k, confusion, "larger k"),
        "mean over a table": (lambda t, y, k: (np.argsort(-t, 1)[:, :k] == y[:, None]).mean(),
                              confusion, "larger k"),
        "one each": (lambda t, y, k: (np.argsort(-t, 1)[:, :k] == y[:, None]).any(1),
                     confusion, "one share"),
        "transposed": (top_k, lambda y, f, n: confusion(f, y, n), "exchanged"),
        "repeats lost": (top_k, without_repeats, "each answer add one"),
        "shares": (top_k, lambda y, f, n: confusion(y, f, n) / len(y), "counts"),
        "class missing": (top_k, lambda y, f, n: confusion(y, f, n)[:6, :6], "does not"),
        "mistakes only": (top_k, lambda y, f, n: confusion(y, f, n) * (1 - np.eye(n, dtype=int)),
                          "counts"),
    }
)  # fmt: skip
def test_measures_wrong(case):
    *answers, words = case
    assert_wrong(checks.measures, words, *answers)


ALL = softmax(ANSWERS, axis=1)
IS_TEST = np.arange(80) >= 20
TESTED = ALL[IS_TEST]
FIRST, THREE = (top_k(TESTED, MANY[IS_TEST], k) for k in (1, 3))


def test_final_test_right():
    assert FIRST < THREE < 1 or FIRST < THREE
    assert_right(checks.final_test, TESTED, MANY, IS_TEST, FIRST, THREE)
    assert_right(checks.final_test, TESTED, MANY, np.flatnonzero(IS_TEST), FIRST, THREE)


@table(
    {
        "all photographs": ((ALL, FIRST, THREE), "official test list has 60"),
        "the training part": ((ALL[~IS_TEST], FIRST, THREE), "official test list has 60"),
        "another order": ((TESTED[::-1], FIRST, THREE), "same order"),
        "logits": ((ANSWERS[IS_TEST], FIRST, THREE), "logits"),
        "classes": ((TESTED[:, :9], FIRST, THREE), "head's size"),
        "accuracy of the rest": ((TESTED, 0.7, THREE), "another number"),
        "percent": ((TESTED, 100 * FIRST, THREE), "between 0 and 1"),
        "first guess twice": ((TESTED, FIRST, FIRST), "first guess alone"),
        "learned": ((KNOWS_ALL[IS_TEST], 1.0, 1.0), "too good"),
    }
)
def test_final_test_wrong(case):
    (answers, first, three), words = case
    assert_wrong(checks.final_test, words, answers, MANY, IS_TEST, first, three)


# Task 9

KINDS = ["cat", "dog", "dog"]


def dog(table, species):
    return table[:, np.array(species) == "dog"].sum(axis=1)


def test_species_right():
    assert_right(checks.species, dog, KINDS)
    by_loop = [lambda t, s: [sum(p for p, k in zip(r, s, strict=True) if k == "dog") for r in t]]
    assert_right(checks.species, by_loop[0], np.array(KINDS))


@table(
    {
        "the cat": (lambda t, s: 1 - dog(t, s), "of a cat"),
        "most probable breed": (lambda t, s: np.array(s)[t.argmax(1)] == "dog", "0 and 1"),
        "largest": (lambda t, s: t[:, np.array(s) == "dog"].max(1), "forgotten"),
        "mean": (lambda t, s: t[:, np.array(s) == "dog"].mean(1), "no probability"),
        "mean against mean": (
            lambda t, s: (
                t[:, np.array(s) == "dog"].mean(1)
                / (t[:, np.array(s) == "dog"].mean(1) + t[:, np.array(s) == "cat"].mean(1))
            ),
            "weigh every breed alike",
        ),
        "percent": (lambda t, s: 100 * dog(t, s), "impossible"),
        "one number": (lambda t, s: dog(t, s).mean(), "one number each"),
        "a table": (lambda t, s: t[:, np.array(s) == "dog"], "one number each"),
    }
)
def test_species_wrong(case):
    wrong, words = case
    assert_wrong(checks.species, words, wrong, KINDS)


def test_species_names():
    assert_wrong(checks.species, "are expected", dog, ["Cat", "Dog"])


def hardest(table, count):
    both = np.triu(table + table.T, k=1)
    order = np.argsort(-both, axis=None)[:count]
    return list(zip(*np.unravel_index(order, both.shape), strict=True))


def by_sorting(table, count):
    n = range(len(table))
    pairs = [(table[i, j] + table[j, i], i, j) for i in n for j in n if i < j]
    return [[i, j] for _, i, j in sorted(pairs, reverse=True)[:count]]


def off_diagonal(table):
    return table * (1 - np.eye(len(table)))


def one_way(table, count):
    order = np.argsort(-off_diagonal(table), axis=None)[:count]
    return [
        tuple(sorted((i, j))) for i, j in zip(*np.unravel_index(order, table.shape), strict=True)
    ]


@pytest.mark.parametrize("right", [hardest, by_sorting])
def test_pairs_right(right):
    assert_right(checks.pairs, right)


@table(
    {
        "diagonal": (lambda t, n: [(2, 2), (4, 4), (0, 0)], "itself"),
        "one way": (one_way, "one direction"),
        "both ways listed": (
            lambda t, n: [p for i, j in hardest(t, n) for p in ((i, j), (j, i))][:n],
            "twice",
        ),
        "ascending": (lambda t, n: hardest(t, n)[::-1], "wrong order"),
        "fewest": (lambda t, n: by_sorting(t, 10)[:-4:-1], "large to small"),
        "larger first": (lambda t, n: [(j, i) for i, j in hardest(t, n)], "smaller number first"),
        "all": (lambda t, n: hardest(t, 10), "10 came"),
        "breeds, not pairs": (lambda t, n: [(0,), (3,), (4,)], "two classes"),
    }
)
def test_pairs_wrong(case):
    wrong, words = case
    assert_wrong(checks.pairs, words, wrong)


# The challenge

PICTURES = ChallengeSet(PHOTOS, MANY, list("0123456789"), IS_TEST)
SETS = {"digits": PICTURES, "textures": PICTURES}
GUESS, FOUND = {"digits": 0.9, "textures": 0.5}, {name: TESTED.argmax(1) for name in SETS}
WHY = "The pictures are different, " * 10


def test_challenge_right():
    assert_right(checks.challenge, SETS, GUESS, FOUND, WHY)
    lists = {name: answers.tolist() for name, answers in FOUND.items()}
    assert_right(checks.challenge, SETS, {"digits": 1, "textures": 0}, lists, WHY)


@table(
    {
        "percent": ({"predicted": {"digits": 90, "textures": 50}}, "between 0 and 1"),
        "a word": ({"predicted": {"digits": "good", "textures": 0.5}}, "between 0 and 1"),
        "one set": ({"predicted": {"digits": 0.9}}, "for each of"),
        "all pictures": ({"found": {n: ALL.argmax(1) for n in SETS}}, "training pictures"),
        "probabilities": ({"found": {n: TESTED for n in SETS}}, "probabilities"),
        "another order": ({"found": {n: FOUND[n][::-1] for n in SETS}}, "Same order"),
        "after measuring": ({"predicted": {n: FIRST for n in SETS}}, "after measuring"),
        "no explanation": ({"explanation": "Because."}, "25 words"),
    }
)
def test_challenge_wrong(case):
    change, words = case
    answers = {"predicted": GUESS, "found": FOUND, "explanation": WHY} | change
    assert_wrong(checks.challenge, words, SETS, *answers.values())


# Gaps, messages and the summary


GAPS = {
    "names": (lambda name: None, lambda name: ...),
    "lists": (None, ..., ..., ..., ...),
    "validation_part": (LABELS, ~TEST, ..., ...),
    "augmentation": (lambda photos, rng: None,),
    "batches": (None, LABELS, LEARN, lambda indices, training: None),
    "scratch": (lambda photos: None, ..., LEARNED, HELD_OUT),
    "features": (lambda photos: None,),
    "head": (lambda inputs: None, 0.4, LEARNED, HELD_OUT),
    "fine_tuning": (..., ...),
    "tuned": (lambda indices: None, 0.4, LEARNED, HELD_OUT),
    "measures": (lambda *_: None, lambda *_: None),
    "final_test": (..., MANY, IS_TEST, ..., ...),
    "species": (lambda *_: None, KINDS),
    "pairs": (lambda *_: None,),
    "challenge": (SETS, {"digits": ..., "textures": ...}, {}, ...),
}


@pytest.mark.parametrize("name", checks.__all__)
def test_gaps_are_not_done_yet(name, capsys):
    assert judged(getattr(checks, name), *GAPS[name]).state == "not done yet"


@pytest.mark.parametrize(
    "answers",
    [
        (checks.lists, LABELS, "abc", CLASS_NAMES, ~TEST, TEST),
        (checks.validation_part, LABELS, ~TEST, "learn", "validation"),
        (checks.scratch, lambda photos: "cat", 0.4, LEARNED, HELD_OUT),
        (checks.fine_tuning, {"head.weight": "a"}, {"head.weight": "b"}),
        (checks.measures, lambda *_: "all", confusion),
        (checks.pairs, lambda *_: [1, 2, 3]),
        (checks.final_test, "all", MANY, IS_TEST, FIRST, THREE),
    ],
    ids=lambda answers: answers[0].__name__,
)
def test_an_answer_of_another_kind_is_wrong(answers):
    check, *answers = answers
    assert_wrong(check, "", *answers)


def test_the_display_says_the_verdict_in_words(capsys):
    verdicts.forget()
    assert checks.pairs(hardest) is None
    checks.names(breed_of, lambda name: "bird")
    shown = capsys.readouterr().out
    assert "✓ Task 9, right" in shown and "✗ Task 1, wrong: species_of" in shown
    assert verdicts.task_state(9) == "right" and verdicts.task_state(1) == "wrong"


def test_a_task_is_done_when_all_its_checks_are(capsys):
    verdicts.forget()
    checks.pairs(hardest)
    checks.species(lambda *_: None, KINDS)
    assert not verdicts.done(9) and "waits for task 9" in capsys.readouterr().out
    checks.species(dog, KINDS)
    assert verdicts.done(9) and not verdicts.done(9, 2)
    verdicts.summary("Ada <i>", "pytorch", "74 photographs", {"Test accuracy": "86.5 %"})
    shown = capsys.readouterr().out
    assert "1 of 10 tasks right" in shown and "Ada" in shown and "86.5 %" in shown


def test_examples_do_not_give_the_answers_away():
    """No message of a wrong answer contains the right one."""
    for name, (breed, _) in EXAMPLES.items():
        message = judged(checks.names, lambda n: n.split("_")[0] + "?", species_of).message
        assert breed not in message.replace(name, ""), message
