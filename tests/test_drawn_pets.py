"""The drawn pets: repeatable, varied, and not to be told apart by raw pixels."""

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression

from helpers.drawn_pets import BREEDS, draw_pet


@pytest.fixture(scope="module")
def pets():
    return {species: [draw_pet(species, number) for number in range(150)] for species in BREEDS}


def difference(first, second):
    return np.abs(first.astype(float) - second).mean()


@pytest.mark.parametrize("species", BREEDS)
def test_same_number_gives_the_same_drawing(pets, species):
    for number in (0, 3, 149):
        np.testing.assert_array_equal(draw_pet(species, number), pets[species][number])


@pytest.mark.parametrize("species", BREEDS)
def test_numbers_differ(pets, species):
    drawings = pets[species][:40]
    assert all(difference(a, b) > 5 for i, a in enumerate(drawings) for b in drawings[:i])


def test_species_differ(pets):
    assert all(difference(*pair) > 5 for pair in zip(pets["cat"], pets["dog"], strict=True))


def test_shape_and_type():
    drawing = draw_pet("dog", 1)
    assert drawing.shape == (224, 224, 3) and drawing.dtype == np.uint8
    assert drawing.flags.writeable


def test_every_drawing_has_contrast(pets):
    assert min(drawing.std() for drawings in pets.values() for drawing in drawings) > 8


def test_colour_light_and_border_are_alike_for_both_species(pets):
    """Means over 150 drawings agree within 3.5 standard errors: no cue beside the shape."""

    def statistics(drawing):
        border = np.concatenate([drawing[:12].reshape(-1, 3), drawing[:, :12].reshape(-1, 3)])
        middle = drawing[64:160, 64:160].reshape(-1, 3)
        return [*border.mean(0), border.std(), *middle.mean(0), *drawing.mean((0, 1))]

    cats, dogs = (np.array([statistics(d) for d in pets[species]]) for species in ("cat", "dog"))
    error = np.sqrt(cats.var(0) / len(cats) + dogs.var(0) / len(dogs))
    assert (np.abs(cats.mean(0) - dogs.mean(0)) < 3.5 * error).all()


def test_raw_pixels_do_not_tell_cats_from_dogs(pets):
    images = [Image.fromarray(d).resize((32, 32)) for s in BREEDS for d in pets[s]]
    pixels = np.array([np.asarray(image).ravel() / 255 for image in images])
    target = np.repeat([0, 1], 150)
    train = np.tile(np.arange(150) < 100, 2)
    model = LogisticRegression(C=0.01, max_iter=200).fit(pixels[train], target[train])
    assert model.score(pixels[~train], target[~train]) < 0.80


def test_breed_fixes_the_looks_and_number_the_picture():
    first, second = draw_pet("cat", 0, breed=3), draw_pet("cat", 1, breed=3)
    assert difference(first, second) > 5
    assert difference(first, draw_pet("cat", 0, breed=4)) > 5
    np.testing.assert_array_equal(first, draw_pet("cat", 0, breed=3))


def test_every_breed_can_be_drawn():
    for species, count in BREEDS.items():
        for breed in range(count):
            assert draw_pet(species, 5, breed).shape == (224, 224, 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("fox", 0), 'species must be "cat" or "dog"'),
        (("cat", -1), "number must be a whole number"),
        (("cat", 1.5), "number must be a whole number"),
        (("cat", 0, 12), "breed of a cat must be 0 to 11"),
        (("dog", 0, 25), "breed of a dog must be 0 to 24"),
        (("dog", 0, -1), "breed of a dog must be 0 to 24"),
    ],
)
def test_bad_input_gives_one_clear_error(arguments, message):
    with pytest.raises(ValueError, match=message):
        draw_pet(*arguments)
