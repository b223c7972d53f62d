"""A panel that answers without Python: every result is computed before, and the reader chooses."""

import html
import itertools
from collections.abc import Callable, Mapping

NUMBERS = itertools.count()  # the buttons of each choice on a page need a name of their own
MOST = 4  # values; more of them become a slider
WORDS = "Choose: the results were computed before. In JupyterLab the notebook computes new ones."


def to_html(render: Callable[..., str], choices: Mapping[str, tuple[Mapping, int]]) -> str:
    """Return the results of all combinations of `choices` as HTML, of which one is seen at a time.

    `choices` maps names to (text → value, number of the text to begin with); `render(*values)`
    returns the HTML of one combination, and is called in the order of the values.
    `jupyter/site/course.js` makes the controls work; where it does not run they stay hidden.
    """
    begin = tuple(first for _, first in choices.values())
    rows = (_control(name, [*texts], first) for name, (texts, first) in choices.items())
    form = f'<form hidden><p><em>{WORDS}</em></p>{"".join(rows)}<p role="status"></p></form>'
    parts = ""
    for chosen in itertools.product(*(enumerate(texts.values()) for texts, _ in choices.values())):
        numbers, values = zip(*chosen, strict=True)
        hidden = "" if numbers == begin else " hidden"
        parts += f"<div{hidden}>{render(*values)}</div>"
    return f'<div class="course-frames">{form}{parts}</div>'


def _control(name: str, texts: list[str], first: int) -> str:
    name, texts = html.escape(name), [*map(html.escape, texts)]
    group = f"frames{next(NUMBERS)}"
    if len(texts) > MOST:
        slider = f'type="range" max="{len(texts) - 1}" value="{first}"'
        slider += f' aria-valuetext="{texts[first]}" data-texts="{"|".join(texts)}"'
        return f"<label>{name} <input {slider}><output>{texts[first]}</output></label>"
    buttons = "".join(
        f'<label><input type="radio" name="{group}" value="{i}"{" checked" * (i == first)}> '
        f"{text}</label>"
        for i, text in enumerate(texts)
    )
    return f"<fieldset><legend>{name}</legend>{buttons}</fieldset>"
