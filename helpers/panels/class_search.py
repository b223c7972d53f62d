"""Find one of the 1000 ImageNet classes by number or by name; and a search box for panels."""

import difflib

import ipywidgets as widgets
import traitlets

from helpers.networks.names import class_names, label_of

SHOWN = 8  # so many matches are named in a message


def find_class(wanted: str | int) -> int:
    """Return the index, 0–999, of an ImageNet class.

    `wanted` is a number, a name, a part of a name, or "281: tabby" as the search box shows it.
    A whole name goes before a part. Capital letters do not matter.
    Raises ValueError with one message: nothing found (names the closest), or several (lists them).
    """
    names, text = [name.lower() for name in class_names()], str(wanted).strip()
    number, word = text.partition(":")[0].strip(), text.lower()
    if number.lstrip("-").isdecimal():
        if 0 <= int(number) < len(names):
            return int(number)
        raise ValueError(f"There is no class {number}. Class numbers go from 0 to 999.")
    whole = [index for index, name in enumerate(names) if name == word]
    found = whole or [index for index, name in enumerate(names) if word and word in name]
    if len(found) == 1:
        return found[0]
    if not found:
        close = difflib.get_close_matches(word, names, n=3, cutoff=0.6)
        hint = f" Close names: {', '.join(close)}." if close else ""
        raise ValueError(f"No class has {text!r} in its name.{hint}")
    labels = ", ".join(map(label_of, found[:SHOWN]))
    rest = f", and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    raise ValueError(f"{text!r} fits {len(found)} classes: {labels}{rest}. Choose one.")


class ClassSearch(widgets.VBox):
    """A search box over the class names. `value` is the index of the class; observe it.

    `box` takes the text, `message` says what is wrong with it. A text that fits no class, or
    several, leaves `value` as it is. ValueError when the class that it begins with does not exist.
    """

    value = traitlets.Int()

    def __init__(self, value: int):
        self.box = widgets.Combobox(
            options=list(map(label_of, range(len(class_names())))),
            description="target class",
            placeholder="number, name, or part of a name",
            continuous_update=False,  # search when Enter is pressed, not at every letter
            style={"description_width": "initial"},
            layout={"width": "320px"},
        )
        self.message = widgets.HTML()
        super().__init__([self.box, self.message], value=find_class(value))
        self._show()
        self.box.observe(self._search, names="value")
        self.observe(self._show, names="value")

    def _search(self, change) -> None:
        try:
            self.value = find_class(change["new"])
            self._show()  # also when the class is the same as before
        except ValueError as error:
            self.message.value = str(error)

    def _show(self, _change=None) -> None:
        self.message.value, self.box.value = "", label_of(self.value)
