"""Checks of tasks 8 to 10: measures, the test, species, hardest pairs, the challenge."""

import numpy as np

from lab.checks.challenge import ChallengeSet
from lab.checks.check_models import judge_claim, judge_probabilities
from lab.checks.verdicts import Wrong, call, check_of


@check_of(8)
def measures(top_k_accuracy, confusion) -> str:
    """Task 8: `top_k_accuracy(probabilities, labels, k)` and `confusion(labels, found, count)`."""
    table, labels = _made_up()
    rank = (table > table[np.arange(len(table)), labels][:, None]).sum(axis=1)
    truth = {k: (rank < k).mean() for k in (1, 2, 3, 5)}
    found = {k: call(top_k_accuracy, table.copy(), labels.copy(), k) for k in truth}
    _judge_top(found, truth, table, labels)
    guesses = table.argmax(axis=1)
    matrix = np.asarray(call(confusion, labels.copy(), guesses.copy(), table.shape[1]))
    _judge_confusion(matrix, labels, guesses, table.shape[1])
    return "top-k accuracy and confusion matrix are right on made-up answers."


def _made_up() -> tuple[np.ndarray, np.ndarray]:
    """200 answers about 7 classes; class 6 is never right and never the answer."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 7, 200)
    logits = rng.normal(size=(200, 7))
    logits[np.arange(200), labels] += 1.5
    logits[:, 6] = -9
    return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), labels


def _judge_top(found, truth, table, labels) -> None:
    for value in found.values():
        if np.shape(value) != ():
            raise Wrong(f"top_k_accuracy gives an array of shape {np.shape(value)}, not one share.")
        if value > 1:
            raise Wrong(f"top_k_accuracy gives {value:.4g}. A share lies between 0 and 1.")
    if all(abs(found[k] - truth[k]) < 1e-6 for k in truth):
        return
    if found[5] < found[1] - 1e-6 or len({float(value) for value in found.values()}) == 1:
        raise Wrong("A larger k must find more, never less: the right class is among more guesses.")
    worst = np.argsort(table, axis=1)[:, :3]
    if abs(found[3] - (worst == labels[:, None]).any(axis=1).mean()) < 1e-6:
        raise Wrong("These are the classes with the smallest probabilities. Look at the sorting.")
    if abs(found[2] - truth[3]) < 1e-6 or abs(found[3] - truth[2]) < 1e-6:
        raise Wrong("k is off by one: k = 3 must look at three classes.")
    wrong = next(k for k in truth if abs(found[k] - truth[k]) >= 1e-6)
    raise Wrong(
        f"On 200 made-up answers, k = {wrong} gives {found[wrong]:.3f}, which is not the share of "
        "photographs with their class among the best k. What do you divide by?"
    )


def _judge_confusion(matrix, labels, guesses, count) -> None:
    truth = np.zeros((count, count), int)
    np.add.at(truth, (labels, guesses), 1)
    if matrix.shape != truth.shape:
        raise Wrong(
            f"confusion gives the shape {matrix.shape} for {count} classes. A class that does not "
            "occur has a row and a column too."
        )
    if np.array_equal(matrix, truth):
        return
    if np.array_equal(matrix, truth.T):
        raise Wrong("Rows and columns are exchanged: a row is a true class.")
    if matrix.max() <= 1:
        raise Wrong(
            "No cell is larger than 1, though many answers fall into the same cell. Were counts "
            "asked, and does each answer add one?"
        )
    if matrix.sum() != len(labels):
        raise Wrong(f"{len(labels)} answers give {matrix.sum()} counts.")
    raise Wrong("Some counts are in the wrong cells.")


@check_of(8)
def final_test(probabilities, labels, test, accuracy, top3) -> str:
    """Task 8: the answers for the test photographs, in their order, and the two shares."""
    labels, probabilities = np.asarray(labels), np.asarray(probabilities)
    test = np.asarray(test)
    test = np.flatnonzero(test) if test.dtype == bool else test
    if len(probabilities) != len(test):
        raise Wrong(
            f"There are answers for {len(probabilities)} photographs; the official test list has "
            f"{len(test)} of the {len(labels)}."
        )
    if probabilities.ndim != 2 or probabilities.shape[1] != labels.max() + 1:
        raise Wrong(f"The shape of the answers is {probabilities.shape}. Look at the head's size.")
    judge_probabilities(probabilities)
    own = probabilities[np.arange(len(test)), labels[test]]
    rank = (probabilities > own[:, None]).sum(axis=1)
    right, among = (rank < 1).mean(), (rank < 3).mean()
    if right < 0.3:
        raise Wrong(
            f"{right:.0%} of the test are right, far less than on validation. Do answers and "
            "labels stand in the same order?"
        )
    if right == 1 and len(test) > 50:
        raise Wrong("All test photographs are right: too good. Did it learn from them?")
    judge_claim(accuracy, right, 0.002, {})
    judge_claim(top3, among, 0.002, {"the first guess alone": right})
    return f"{right:.1%} of {len(test)} test photographs, {among:.1%} among the first three."


@check_of(9)
def species(dog_probability, species_of_class) -> str:
    """Task 9: `dog_probability(probabilities, species)` gives (n,) from a breed model's answers.

    `species_of_class` is the list of "cat" or "dog" for each breed.
    """
    kinds = list(species_of_class)
    if set(kinds) != {"cat", "dog"}:
        raise Wrong(f"species holds {sorted(set(map(str, kinds)))}; 'cat' and 'dog' are expected.")
    rng = np.random.default_rng(2)
    table = rng.dirichlet(np.full(7, 0.6), 50)
    made_up = ["cat", "dog", "dog", "cat", "dog", "dog", "dog"]
    dogs = np.array(made_up) == "dog"
    found = np.asarray(call(dog_probability, table.copy(), made_up))
    if found.shape != (50,):
        raise Wrong(f"50 photographs give the shape {found.shape}; one number each is asked for.")
    truth = table[:, dogs].sum(axis=1)
    if np.allclose(found, truth, atol=1e-5):
        return "the probabilities of all dog breeds count."
    if np.allclose(found, 1 - truth, atol=1e-5):
        raise Wrong("That is the probability of a cat.")
    if np.isin(found, (0, 1)).all():
        raise Wrong(
            "Only 0 and 1: you took the species of the most probable breed. Several unsure dog "
            "breeds together can be a sure dog."
        )
    if np.allclose(found, table[:, dogs].max(axis=1), atol=1e-5):
        raise Wrong("One dog breed counts, the others are forgotten.")
    if (found > 1 + 1e-6).any():
        raise Wrong(f"A probability of {found.max():.3g} is impossible.")
    raise Wrong(
        "The numbers are no probability of a dog: where only dog breeds are possible, it must "
        "be 1. Do you weigh every breed alike?"
    )


@check_of(9)
def pairs(hardest_pairs) -> str:
    """Task 9: `hardest_pairs(matrix, count)` gives (i, j), i < j, the most confused first."""
    matrix = np.diag([30.0, 25, 40, 22, 35])
    for (row, column), value in {
        (0, 1): 5, (1, 0): 1, (2, 3): 4, (3, 2): 4, (4, 0): 7, (1, 4): 2, (4, 1): 1, (3, 0): 1,
    }.items():  # fmt: skip
        matrix[row, column] = value
    found = call(hardest_pairs, matrix.copy(), 3)
    found = [tuple(int(k) for k in pair) for pair in found]
    if len(found) != 3:
        raise Wrong(f"Three pairs were asked for, {len(found)} came.")
    if any(len(pair) != 2 for pair in found):
        raise Wrong("A pair has two classes.")
    if any(i == j for i, j in found):
        raise Wrong("A breed is paired with itself: the diagonal holds the right answers.")
    if len({frozenset(pair) for pair in found}) < 3:
        raise Wrong("A pair comes twice, once in each order: (i, j) and (j, i) are one pair.")
    both = matrix + matrix.T
    values = [both[pair] for pair in found]
    right = [8.0, 7.0, 6.0]
    if values == right:
        if any(i > j for i, j in found):
            raise Wrong("The right pairs. Write the smaller number first in each.")
        return "both directions count, and each pair comes once."
    if [max(matrix[i, j], matrix[j, i]) for i, j in found] == [7, 5, 4]:
        raise Wrong("Only one direction counts: i taken for j, and j taken for i, belong together.")
    if sorted(values) == sorted(right):
        raise Wrong("The right pairs in the wrong order: the most confused pair comes first.")
    raise Wrong(
        "On a made-up matrix these are not the three pairs with the most mistakes. Is the order "
        "from large to small?"
    )


@check_of(10)
def challenge(sets: dict[str, ChallengeSet], predicted, found, explanation) -> str:
    """The challenge: a prediction and the answers for the test pictures of each set, and why.

    `predicted` and `found` have the names of the sets: an accuracy 0–1, and labels (n_test,).
    """
    if set(predicted) != set(sets) or set(found) != set(sets):
        raise Wrong(f"A prediction and answers are needed for each of: {', '.join(sets)}.")
    measured = {}
    for name, pictures in sets.items():
        _judge_guess(name, predicted[name])
        answers, labels = np.asarray(found[name]), pictures.labels[pictures.test]
        if answers.shape != labels.shape:
            raise Wrong(
                f"{name}: answers of shape {answers.shape}, but {len(labels)} test pictures. Are "
                "the training pictures among them, or are these probabilities?"
            )
        measured[name] = (answers == labels).mean()
        if measured[name] < 1.5 / len(pictures.class_names):
            raise Wrong(f"{name}: {measured[name]:.0%} is hardly more than guessing. Same order?")
    if all(abs(predicted[name] - measured[name]) < 0.0005 for name in sets):
        raise Wrong("Every prediction is exact: was it written down after measuring?")
    if not isinstance(explanation, str) or len(explanation.split()) < 25:
        raise Wrong("The explanation is short: 25 words or more. Why these, and not others?")
    return "; ".join(f"{n}: predicted {predicted[n]:.0%}, measured {measured[n]:.0%}" for n in sets)


def _judge_guess(name, guess) -> None:
    number = isinstance(guess, int | float | np.number) and not isinstance(guess, bool)
    if not number or not 0 <= guess <= 1:
        raise Wrong(f"{name}: the prediction is {guess!r}. Write a share between 0 and 1.")
