"""Checks of tasks 1 to 3: names, labels, split, validation part, augmentation, batches."""

import re

import numpy as np
from scipy.stats import binomtest

from lab.checks.data import LabPets, official
from lab.checks.verdicts import NotDone, Wrong, call, chance, check_of, is_missing, wrong_if

EXAMPLES = (
    "american_pit_bull_terrier_103", "Egyptian_Mau_5", "Abyssinian_201", "pug_52",
    "British_Shorthair_167",
)  # fmt: skip


@check_of(1)
def names(breed_of, species_of) -> str:
    """Task 1: two functions that read a file's name."""
    asked = [*EXAMPLES, *_invented()]
    breeds = {name: call(breed_of, name) for name in asked}
    for name in asked:  # now, not before: a function that searches the check finds no answers
        _judge_breed(name, breeds[name], name.rpartition("_")[0].replace("_", " "))
    found = {name: call(species_of, name) for name in asked}
    for function, first in ((breed_of, breeds), (species_of, found)):
        if changed := [name for name in asked if call(function, name) != first[name]]:
            name = changed[0]
            raise Wrong(f"""{name!r}, asked twice, gives {first[name]!r}, then something else. What
                is kept from call to call?""")
    for name, value in found.items():
        if value not in ("cat", "dog"):
            raise Wrong(f"species_of({name!r}) gives {value!r}. It must be 'cat' or 'dog'.")
    wrong = [name for name in asked if found[name] != ("cat" if name[0].isupper() else "dog")]
    wrong_if(len(wrong) == len(asked), "species_of takes every cat for a dog, every dog for a cat.")
    if len(set(found.values())) == 1:
        raise Wrong(f"species_of says {found[wrong[0]]!r} to every name. Was the case kept?")
    if wrong:
        said = f"species_of({wrong[0]!r}) gives {found[wrong[0]]!r}"
        raise Wrong(f"{said}. Look at the case of the first letter, not at the words.")
    return f"breed and species are right for {len(asked)} names, some of them invented."


def _invented() -> list[str]:
    """Return names that are in no list, others in every call."""
    rng, names = chance(), []
    for species in ("cat", "dog", "cat", "dog"):
        words = ["".join(rng.choice(list("abdeiklmnorstu"), 5)) for _ in range(rng.integers(1, 4))]
        name = "_".join([*words, str(rng.integers(1, 300))])
        names.append(name.capitalize() if species == "cat" else name)
    return names


def _judge_breed(name, found, breed) -> None:
    said = f"breed_of({name!r}) gives {found!r}."
    wrong_if(not isinstance(found, str), f"{said} It must be a text.")
    if found == breed:
        return
    wrong_if("_" in found, f"{said} Underscores are left; a breed is written with spaces.")
    wrong_if(re.search(r"\d", found), f"{said} The photograph's number is no part of the breed.")
    wrong_if(found.lower() == breed.lower(), f"{said} The case changed, which tells the species.")
    wrong_if(found.strip() == breed, f"{said} There is a space too many at one end.")
    lost = breed.startswith(found) or breed.endswith(found)
    wrong_if(lost, f"{said} Part of the breed is lost: breeds have one to four words.")
    raise Wrong(f"{said} That is not the part of the name before the number.")


@check_of(2)
def lists(pets: LabPets, labels, class_names, trainval, test) -> str:
    """Task 2: labels (n,), 37 names, and the two parts, as the official lists say."""
    given, truth, is_test = official()
    for name in ("names", "trainval_lines", "test_lines"):
        changed = getattr(pets, name) != getattr(given, name)
        wrong_if(changed, "pets is not what `open_pets()` gives. Run the first cells again.")
    _judge_labels(pets, np.asarray(labels), truth)
    breeds = [name.rpartition("_")[0].replace("_", " ") for name in pets.names]
    listed = dict(zip(truth.tolist(), breeds, strict=True))
    count = len(listed)
    wrong_if(len(class_names) != count, f"class_names holds {len(class_names)} names, not {count}.")
    for k, breed in listed.items():
        other = str(class_names[k]).replace("_", " ") != breed
        wrong_if(other, f"class_names[{k}] is {class_names[k]!r}, but label {k} is another breed.")
    trainval, test = _mask("trainval", trainval, len(pets)), _mask("test", test, len(pets))
    _judge_parts(trainval, test, is_test, pets.names)
    return f"{count} breeds, {trainval.sum()} photographs to learn from, {test.sum()} to test."


def _judge_labels(pets, labels, truth) -> None:
    if labels.shape != truth.shape:
        raise Wrong(f"labels has the shape {labels.shape}: not one for each of {len(pets)}.")
    whole = np.issubdtype(labels.dtype, np.integer)
    wrong_if(not whole, f"labels are {labels.dtype}. A class is a whole number.")
    if np.array_equal(labels, truth):
        return
    span = f"labels go from {labels.min()} to {labels.max()}"
    wrong_if(np.array_equal(labels, truth + 1), f"{span}: shifted by one. Count from 0.")
    count, mixed = len(np.unique(labels)), _mixed(labels, truth)
    wrong_if(count != truth.max() + 1, f"labels hold {count} different numbers. How many breeds?")
    for step, shifted in ((0, ""), (1, ", and shifted by one")):
        same = np.array_equal(np.sort(labels), np.sort(truth) + step)
        wrong_if(same and mixed, f"labels are in another order than `pets.names`{shifted}.")
    if not mixed:
        raise Wrong("""Each breed has a number of its own, but not that of the lists. Did you number
            the breeds yourself, for example in alphabetical order?""")
    odd = np.flatnonzero(labels != truth)
    raise Wrong(f"{len(odd)} of {len(pets)} labels are wrong, the first at {pets.names[odd[0]]}.")


def _mixed(labels, truth) -> bool:
    """Return True when one label stands for more than one breed."""
    return len(set(zip(labels.tolist(), truth.tolist(), strict=True))) > len(set(truth.tolist()))


def _judge_parts(trainval, test, is_test, names) -> None:
    for name, part in {"trainval": trainval, "test": test}.items():
        wrong_if(not part.any(), f"{name} holds no photograph.")
    both, neither = (trainval & test).sum(), (~trainval & ~test).sum()
    wrong_if(both, f"{both} photographs are in both parts: the test would be a memory test.")
    wrong_if(neither, f"{neither} photographs are in neither part.")
    wrong_if(np.array_equal(test, ~is_test), "The two parts are exchanged.")
    if len(moved := np.flatnonzero(test != is_test)):
        raise Wrong(f"""{len(moved)} photographs are in the other part than the official lists say,
            the first is {names[moved[0]]}. The lists decide, by each name as a whole.""")


def _mask(name: str, part, count: int) -> np.ndarray:
    """Return a mask `bool (count,)`; Wrong for anything else, such as indices."""
    part = np.asarray(part)
    if part.dtype != bool or part.shape != (count,):
        raise Wrong(f"""{name} is {part.dtype} {part.shape}. A mask is asked for: True or False for
            each of the {count} photographs.""")
    return part


def _indices(name: str, part, count: int) -> np.ndarray:
    """Return a row of indices as a mask; Wrong for anything else, such as a mask."""
    part = np.asarray(part)
    row = part.ndim == 1 and np.issubdtype(part.dtype, np.integer)
    wrong_if(not row, f"{name} is {part.dtype} {part.shape}. A row of indices is asked for.")
    wrong_if(len(np.unique(part)) < len(part), f"A photograph is in {name} twice.")
    inside = not part.size or 0 <= part.min() <= part.max() < count
    wrong_if(not inside, f"An index in {name} is outside 0 to {count - 1}.")
    mask = np.zeros(count, bool)
    mask[part] = True
    return mask


@check_of(3)
def validation_part(labels, trainval, learn, validation) -> str:
    """Task 3: `learn` and `validation` share out trainval, each breed in both."""
    labels = np.asarray(labels)
    trainval = _mask("trainval", trainval, len(labels))
    learn = _indices("learn", learn, len(labels))
    validation = _indices("validation", validation, len(labels))
    changed = not np.array_equal(trainval, ~official()[2])
    wrong_if(changed, "trainval is not that of the official lists. Is task 2 still right?")
    outside, both = (learn | validation) & ~trainval, learn & validation
    lost = trainval & ~learn & ~validation
    wrong_if(outside.any(), f"{outside.sum()} test photographs are in learn or validation.")
    wrong_if(both.any(), f"{both.sum()} photographs are in learn and in validation.")
    wrong_if(lost.any(), f"{lost.sum()} photographs of trainval are in neither part.")
    breeds = np.unique(labels)
    for name, part in {"validation": validation, "learn": learn}.items():
        if missing := len(np.setdiff1d(breeds, labels[part])):
            raise Wrong(f"""{missing} breeds have no photograph in {name}. The photographs lie in
                the order of the breeds: take a share of each breed.""")
    share = validation.sum() / trainval.sum()
    fits = 0.1 <= share <= 0.4
    wrong_if(not fits, f"validation holds {share:.0%} of trainval. About 20 % is asked for.")
    held, of = (np.bincount(labels[part])[breeds] for part in (validation, trainval))
    if (far := np.abs(held - share * of) - np.maximum(2, 0.15 * of)).max() > 0:
        k = far.argmax()
        raise Wrong(f"""validation holds {held[k]} of {of[k]} photographs of one breed, and
            {share:.0%} of all. Take the same share of each.""")
    return f"{learn.sum()} photographs to learn from, {validation.sum()} to choose by."


@check_of(3)
def augmentation(augment) -> str:
    """Task 3: `augment(photos, rng)`, uint8 (n, size, size, 3) in and out."""
    photos = np.repeat(_test_card()[None], 16, axis=0)
    results = []
    for seed in range(32):
        given = photos.copy()
        results.append(np.asarray(call(augment, given, np.random.default_rng(seed))))
        _judge_augmented(photos, given, results[-1])
    card = np.stack(results)  # (calls, photographs, height, width, colours)
    wrong_if((card == photos).all(), "augment changes nothing.")
    if (card[1:] == card[0]).all():
        raise Wrong("augment does the same in every call. Chance comes from `rng`, new each time.")
    if (card[:, :, :16].mean((2, 3, 4)) > card[:, :, -16:].mean((2, 3, 4))).any():
        raise Wrong("augment turns some photographs upside down. Pets stand on their feet.")
    if (card[..., 0].mean((2, 3)) < card[..., 2].mean((2, 3))).any():
        raise Wrong("augment exchanges colours: a ginger cat would become a blue one.")
    _judge_sides(card[..., :20, :].mean((2, 3, 4)) > card[..., -20:, :].mean((2, 3, 4)))
    step = np.abs(np.diff(card.mean(4), axis=3))  # 1 between neighbours, 50 from edge to edge
    if ((step > 40) & (step < 60)).all(axis=2).any():
        raise Wrong("What augment moves out at one side comes in again at the other.")
    if card.std((2, 3, 4)).min() < 0.5 * photos.astype(float).std():
        raise Wrong("augment washes some photographs out: little is left to see.")
    white = np.full_like(photos, 250)
    bright = np.asarray(call(augment, white.copy(), np.random.default_rng(0)))
    if bright.mean(axis=(1, 2, 3)).min() < 90:
        raise Wrong("augment makes white photographs dark: above 255, a uint8 begins at 0 again.")
    return "uint8 as before, about half of the photographs mirrored, none upside down."


def _judge_sides(mirrored) -> None:
    """Judge which photographs were mirrored, (calls, places): each by a chance of its own."""
    if not 0.3 < (share := mirrored.mean()) < 0.7:
        raise Wrong(f"{share:.0%} of the photographs are mirrored. Mirror about half of them.")
    signs = 2 * np.pad(mirrored, ((0, 0), (0, 1)), constant_values=True) - 1  # and one of no chance
    alike = np.abs(signs.T @ signs) * (1 - np.eye(len(signs.T), dtype=int))
    if alike.max() > len(mirrored) - 6:  # honest ways: 1 of 10,000
        raise Wrong(f"""Whether photograph {alike.max(axis=0).argmax()} of a batch is mirrored
            follows from its place, or from another one. Chance decides for each one.""")
    if mirrored.sum(axis=1).var() < len(mirrored.T) / 16:  # a quarter of what chance gives
        raise Wrong("""In each call nearly the same number of photographs is mirrored. Chance
            decides for each one, whatever the others do.""")


def _judge_augmented(photos, given, result) -> None:
    wrong_if(result.shape != photos.shape, f"augment turns {photos.shape} into {result.shape}.")
    if result.dtype != np.uint8:
        raise Wrong(f"""augment gives {result.dtype}, {result.min():.3g} to {result.max():.3g}. It
            must stay uint8: the network normalises, and a second time would be one too many.""")
    wrong_if((given != photos).any(), "augment changes the photographs that it was given. Copy.")


def _test_card() -> np.ndarray:
    """A picture 64 × 64 that shows every turn: bright below, bright at the right, reddish."""
    rows, columns = np.mgrid[:64, :64]
    grey = 40 + 1.6 * rows + 0.8 * columns
    return np.stack([grey + 25, grey, grey - 25], axis=-1).astype(np.uint8)


@check_of(3)
def batches(small, labels, learn, batches) -> str:
    """Task 3: `batches(indices, training)` gives (photos, labels), every photograph once.

    `small` are all photographs, `uint8 (n, 64, 64, 3)`.
    """
    labels = np.asarray(labels)
    few = np.flatnonzero(_indices("learn", learn, len(labels)))
    few = few[:: max(1, len(few) // 160)][:160]
    photos, found = _collect(call(batches, few, False), len(few))
    expected = small[few]
    if photos.shape != expected.shape:
        raise Wrong(f"Photographs have the shape {photos.shape}, not {expected.shape}.")
    if not np.array_equal(found, labels[few]):
        raise Wrong("Without training, the labels do not come in the order of the indices.")
    if np.abs(photos.astype(float) - expected).mean() > 8:
        raise Wrong("""Without training, the photographs are not those of the indices, as they are.
            Validation and test photographs are not augmented.""")
    given = few.copy()
    one, two = (_collect(call(batches, given, True), len(few)) for _ in range(2))
    if not np.array_equal(given, few):
        raise Wrong("batches changes the order of the indices that it was given. Shuffle a copy.")
    orders, sides = zip(*(_nearest(part[0], expected) for part in (one, two)), strict=True)
    for (_, found), order in zip((one, two), orders, strict=True):
        twice = not np.array_equal(np.sort(found), np.sort(labels[few]))
        wrong_if(twice, "In training, some photographs come twice, others never.")
        apart = (found == labels[few][order]).mean() < 0.8
        wrong_if(apart, "In training, photographs and labels do not belong together.")
    if not np.array_equal(small[few], expected):
        raise Wrong("batches changes `small` itself: the next epoch would see other photographs.")
    if np.array_equal(one[1], labels[few]):
        raise Wrong("In training, the photographs come in the order of the breeds. Shuffle them.")
    if np.array_equal(one[1], two[1]):
        raise Wrong("Every epoch has the same order. Does each call begin the random numbers anew?")
    if not all(map(_is_mixed, (*orders, np.argsort(orders[0])[orders[1]]))):
        raise Wrong("""In training, many photographs stay near their places, or beside the same
            neighbours. Can each one come at any place of an epoch?""")
    if np.abs(one[0].astype(float) - expected[orders[0]]).max() == 0:
        raise Wrong("In training, the photographs are not augmented.")
    first, second = (side[np.argsort(order)] for side, order in zip(sides, orders, strict=True))
    for turned in (first, second, first == second):
        if binomtest(turned.sum(), len(few)).pvalue < 1e-6:
            raise Wrong(f"""In training, {first.mean():.0%} of the photographs are mirrored,
                {(first & second).mean():.0%} in two epochs. Does `augment` get each batch anew?""")
    return "each photograph once, shuffled and augmented in training, in order otherwise."


def _collect(pairs, count) -> tuple[np.ndarray, np.ndarray]:
    photos, labels = [], []
    if isinstance(pairs, tuple) and len(pairs) == 2 and np.ndim(pairs[1]) == 1:
        raise Wrong("One pair came, not one after another: `return` ends a function at once.")
    for pair in pairs:
        if is_missing(pair):
            raise NotDone
        if len(pair) != 2 or len(pair[0]) != len(pair[1]):
            raise Wrong("A batch must be a pair: photographs, and as many labels.")
        photos.append(np.asarray(pair[0]))
        labels.append(np.asarray(pair[1]))
    sizes = [len(part) for part in labels]
    total = sum(sizes)
    why = "Is a batch left out?" if total < count else "Which ones are the others?"
    wrong_if(total != count, f"{count} photographs were asked for, {total} came. {why}")
    if max(sizes) > 32 or min(sizes[:-1], default=32) < 32:
        raise Wrong(f"The batches hold {str(sizes)[1:-1]} photographs; 32 at a time are asked for.")
    photos, labels = np.concatenate(photos), np.concatenate(labels)
    said = f"Photographs are {photos.dtype}, up to {photos.max():.3g}. They stay uint8, 0 to 255."
    wrong_if(photos.dtype != np.uint8, said)
    return photos, labels


def _is_mixed(order) -> bool:
    """Return whether the places of an order are random: half as far as chance would be enough."""
    far = np.abs(order - np.arange(len(order))).mean() > len(order) / 6
    return far and np.mean(np.diff(order) == 1) < 0.2


def _nearest(photos, originals) -> tuple[np.ndarray, np.ndarray]:
    """Return which original each augmented photograph is most like, and whether it is mirrored."""
    both = np.concatenate([originals, originals[:, :, ::-1]])
    small, known = (_thumbnails(group) for group in (photos, both))
    found = (small @ known.T).argmax(axis=1)
    return found % len(originals), found >= len(originals)


def _thumbnails(photos) -> np.ndarray:
    cut = photos.shape[1] // 8
    small = photos[:, : 8 * cut, : 8 * cut].reshape(len(photos), 8, cut, 8, cut, 3).mean((2, 4))
    small = small.reshape(len(photos), -1)
    small = small - small.mean(axis=1, keepdims=True)
    return small / (np.linalg.norm(small, axis=1, keepdims=True) + 1e-9)
