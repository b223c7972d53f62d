"""The class search: numbers and names give one class, everything else one clear message."""

import pytest

from helpers.networks.names import class_names, label_of
from helpers.panels.class_search import ClassSearch, find_class


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (281, 281),
        ("0", 0),
        (" 999 ", 999),
        ("tabby", 281),
        ("Tiger Cat", 282),
        ("persian", 283),
        ("340: zebra", 340),
        ("airliner", 404),
    ],
)
def test_found(wanted, index):
    assert find_class(wanted) == index


@pytest.mark.parametrize("wanted", [1000, -1, "1000", "-1: zebra"])
def test_number_out_of_range(wanted):
    with pytest.raises(ValueError, match="from 0 to 999"):
        find_class(wanted)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("cat", "'cat' fits 8 classes: 143: oystercatcher, 282: tiger cat.*Choose one"),
        ("dog", "and [0-9]+ more"),
        ("zebbra", "No class has 'zebbra' in its name. Close names: zebra"),
        ("qqqqq", "No class has 'qqqqq' in its name.$"),
        ("", "No class"),
        (2.5, "No class has '2.5'"),
    ],
)
def test_not_one_class(wanted, message):
    with pytest.raises(ValueError, match=message):
        find_class(wanted)


def test_every_class_is_found_by_its_label():
    assert [find_class(label_of(index)) for index in range(1000)] == list(range(1000))


def test_every_name_that_occurs_once_is_found():
    names = class_names()
    for index, name in enumerate(names):
        if [other.lower() for other in names].count(name.lower()) == 1:
            assert find_class(name) == index


def test_search_box():
    search, seen = ClassSearch("zebra"), []
    search.observe(lambda change: seen.append(change["new"]), names="value")
    assert (search.value, search.box.value, search.box.description) == (
        340,
        "340: zebra",
        "target class",
    )
    search.box.value = "toaster"
    assert search.value == 859 and search.box.value == "859: toaster" and seen == [859]
    search.box.value = "cat"
    assert search.value == 859 and "Choose one" in search.message.value and seen == [859]
    search.box.value = "859"
    assert search.message.value == "" and search.box.value == "859: toaster" and seen == [859]
    search.value = 281
    assert search.box.value == "281: tabby" and seen == [859, 281]


def test_search_box_refuses_a_wrong_number():
    with pytest.raises(ValueError, match="0 to 999"):
        ClassSearch(1000)
