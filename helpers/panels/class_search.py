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
    names = class_names()
    text = str(wanted).strip()
    number = text.partition(":")[0].strip()
    if number.lstrip("-").isdecimal():
        if 0 <= int(number) < len(names):
            return int(number)
        raise ValueError(f"There is no class {number}. Class numbers go from 0 to 999.")
    lower = [name.lower() for name in names]
    text = text.lower()
    for fits in (text.__eq__, lambda name: text in name):
        found = [index for index, name in enumerate(lower) if text and fits(name)]
        if len(found) == 1:
            return found[0]
        if found:
            raise ValueError(_too_many(str(wanted).strip(), [label_of(i) for i in found]))
    close = difflib.get_close_matches(text, lower, n=3, cutoff=0.6)
    hint = f" Close names: {', '.join(close)}." if close else ""
    raise ValueError(f"No class has {str(wanted).strip()!r} in its name.{hint}")


class ClassSearch(widgets.VBox):
    """A search box over the class names. `value` is the index of the class; observe it.

    `box` takes the text, `message` says what is wrong with it. A text that fits no class, or
    several, leaves `value` as it is.
    """

    value = traitlets.Int()

    def __init__(self, value: str | int = 281, label: str = "target class"):
        self.box = widgets.Combobox(
            options=[label_of(index) for index in range(len(class_names()))],
            description=label,
            placeholder="number, name, or part of a name",
            continuous_update=False,  # search when Enter is pressed, not at every letter
            style={"description_width": "initial"},
            layout=widgets.Layout(width="320px"),
        )
        self.message = widgets.HTML()
        super().__init__([self.box, self.message], value=find_class(value))
        self._show()
        self.box.observe(self._search, names="value")
        self.observe(self._show, names="value")

    @traitlets.validate("value")
    def _check(self, proposal):
        return find_class(proposal["value"])

    def _search(self, change) -> None:
        try:
            self.value = find_class(change["new"])
        except ValueError as error:
            self.message.value = str(error)
        else:
            self._show()  # also when the class is the same as before

    def _show(self, _change=None) -> None:
        self.message.value = ""
        self.box.value = label_of(self.value)


def _too_many(text: str, labels: list[str]) -> str:
    rest = f", and {len(labels) - SHOWN} more" if len(labels) > SHOWN else ""
    return f"{text!r} fits {len(labels)} classes: {', '.join(labels[:SHOWN])}{rest}. Choose one."
