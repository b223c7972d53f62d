"""The text of the lecture says the same in two languages, and what the course has measured."""

import ast
import json
import re

import pytest
from PIL import Image

from helpers.networks import NETWORKS
from helpers.settings import REPOSITORY

FOLDER = REPOSITORY / "notebooks"
NAMES = {"en": "README.md", "vi": "README.vi.md"}
TEXTS = {language: (FOLDER / name).read_text("utf-8") for language, name in NAMES.items()}
PICTURE = r"!\[([^\]]*)\]\(([^)\s]+)\)"
LINK = r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)"

by_language = pytest.mark.parametrize("language", TEXTS)


def plain(language):
    """Return a text without pictures and addresses; numbers as English has them: 1.5, 47397."""
    text = re.sub(r"\]\([^)]+\)", "]", re.sub(PICTURE, "", TEXTS[language]))
    commas = (r"(?<=\d),(?=\d{3}\b)", "") if language == "en" else (r"(?<=\d),(?=\d)", ".")
    return re.sub(*commas, text)


def test_both_languages_have_the_same_parts():
    def parts(text):
        headings = [len(marks) for marks in re.findall(r"(?m)^(#+) ", text)]
        links = [target for target in re.findall(LINK, text) if target not in NAMES.values()]
        rows = [line.count("|") for line in text.splitlines() if line.startswith("|")]
        return headings, [target for _, target in re.findall(PICTURE, text)], links, rows

    assert parts(TEXTS["en"]) == parts(TEXTS["vi"])


def test_both_languages_have_the_same_numbers():
    first, second = (set(re.findall(r"\d+(?:\.\d+)?", plain(language))) for language in TEXTS)
    assert first == second


@by_language
def test_links_lead_somewhere_and_pictures_have_a_text(language):
    text = TEXTS[language]
    for target in re.findall(LINK, text) + [target for _, target in re.findall(PICTURE, text)]:
        if "://" not in target:
            name, _, part = target.partition("#")
            assert (FOLDER / name).is_file(), target
            assert not part or f'<a id="{part}"></a>' in (FOLDER / name).read_text("utf-8")
    assert all(len(words.split()) >= 8 for words, _ in re.findall(PICTURE, text))
    assert set(NAMES.values()) - {NAMES[language]} <= set(re.findall(LINK, text))
    assert f"](notebooks/{NAMES[language]})" in (REPOSITORY / "README.md").read_text("utf-8")


@by_language
def test_length(language):
    """Vietnamese writes each syllable apart: about three for two words."""
    count = len(re.findall(r"\w[\w.'’-]*", plain(language)))
    assert 1200 <= (count if language == "en" else count * 2 / 3) <= 1900


def test_every_picture_is_made_by_the_script_and_small():
    script = ast.parse((FOLDER / "make_pictures.py").read_text("utf-8"))
    (made,) = [node for node in script.body if ast.unparse(node).startswith("PICTURES = ")]
    shown = [target for _, target in re.findall(PICTURE, TEXTS["en"])]
    assert shown == [f"pictures/{name.id}.webp" for name in made.value.elts]
    files = sorted((FOLDER / "pictures").iterdir())
    assert files == sorted(FOLDER / name for name in shown)
    assert sum(file.stat().st_size for file in files) <= 1_000_000
    for file in files:
        with Image.open(file) as image:
            assert image.width == 1400 and image.mode == "RGB", "on white, for dark pages"


def test_numbers_of_others_are_those_of_the_catalogue():
    rows = re.findall(r"(?m)^\| (\S+) \| (\d{4} .*) \|$", TEXTS["en"])
    table = {name: row.split(" | ") for name, row in rows}
    compared = [net for net in NETWORKS.values() if net.title in table]
    assert len(compared) == 4
    for net in compared:
        assert table[net.title] == [
            str(net.year),
            f"{net.parameters / 1e6:.1f} M",
            f"{net.file_megabytes:.1f} MB",
            f"{net.multiply_adds / 1e9:.2f} G",
            f"{100 * net.top1_accuracy:.1f} %",
        ]


def test_what_is_said_about_attacks_is_in_the_stored_table():
    stored = json.loads((REPOSITORY / "data" / "attack_table.json").read_text("utf-8"))
    for counts in stored.values():
        for name in ("1 level, 20 steps", "JPEG-aware, 4 levels, after JPEG 75"):
            assert counts[name] == [60, 60]
        assert counts["random noise, 4 levels"] == [0, 60]
        assert counts["plain, 4 levels, after JPEG 75"][0] <= 6
    assert TEXTS["en"].count("60 of 60") == 2 and TEXTS["vi"].count("60 trên 60") == 2
