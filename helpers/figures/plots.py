"""Figures of photographs, made of NumPy arrays, as matplotlib Figures; `show` displays one."""

import base64
import html
import io
import re
from collections.abc import Mapping, Sequence

import numpy as np
from IPython.display import display
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator
from PIL import Image

from helpers.settings import for_pages

COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#56B4E9")  # safe for colour-blind readers
MARKERS = ("o", "s", "^", "D", "v")  # other signs besides the colour
STYLES = ("-", "--", ":", "-.", (0, (5, 1)))


def show(figure: Figure, alt: str) -> None:
    """Display a figure with its alternative text, which screen readers read aloud."""
    display({"text/html": to_html(figure, alt), "text/plain": alt}, raw=True)


def to_html(figure: Figure, alt: str) -> str:
    """Return a figure as an HTML image that carries its alternative text.

    Names are drawn as they are, dollars too. Letters that the font lacks get a number in brackets,
    and the words stand below. On the website it is a WebP file, of a quarter of the size.
    """
    words, kind = _make_plain(figure), "webp" if for_pages() else "png"
    file = io.BytesIO()
    figure.savefig(file, format=kind, dpi=100, facecolor="white", pil_kwargs={"quality": 90})
    look = 'style="max-width: 100%; height: auto"'
    image = image_tag(file.getvalue(), alt, look, f"image/{kind}")
    legend = " · ".join(f"[{i}] {html.escape(word)}" for i, word in enumerate(words, 1))
    return image + (f"<div>{legend}</div>" if words else "")


def _make_plain(figure: Figure) -> list[str]:
    """Change the texts of a figure as `to_html` says; return the words that it cannot draw."""
    letters, words = get_font(findfont(FontProperties())).get_charmap(), []

    def number(match) -> str:
        if all(ord(letter) in letters for letter in match[0]):
            return match[0]
        if match[0] not in words:
            words.append(match[0])
        return f"[{words.index(match[0]) + 1}]"

    def plain(text: str) -> str:  # matplotlib takes what stands between dollars for mathematics
        return re.sub(r"(?<!\\)\$", r"\$", re.sub(r"[^\x00-\x7f]+", number, text))

    for axis in (axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)):
        if isinstance(axis.get_major_locator(), FixedLocator):  # it makes its texts anew
            axis.set_ticklabels([plain(text.get_text()) for text in axis.get_ticklabels()])
    for text in figure.findobj(Text):
        if "mathdefault" not in text.get_text():  # the numbers of a logarithmic axis
            text.set_text(plain(text.get_text()))
    return words


def image_tag(content: bytes, alt: str, attributes: str, kind: str = "image/png") -> str:
    """Return an image file as HTML, with its alternative text and more attributes."""
    source = data_address(content, kind)
    return f'<img src="{source}" alt="{html.escape(alt)}" {attributes}>'


def data_address(content: bytes, kind: str) -> str:
    """Return an address that holds a whole file, so that it works wherever the notebook runs."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def draw_photos(
    photos: Sequence[np.ndarray], titles: Sequence[str] = (), columns=6, heading="", width=10
) -> Figure:
    """Draw photographs, `uint8 (height, width, 3)`, in rows, each under its title.

    `width` is that of a full row, in inches. ValueError without a photograph.
    """
    if len(photos) == 0:
        raise ValueError("There is no photograph to draw.")
    columns = min(columns, len(photos))
    rows, side = -(-len(photos) // columns), width / max(columns, 3)
    height = (side + 0.3) * rows + bool(heading) * 0.4
    figure = Figure((side * columns, height), layout="constrained")
    figure.suptitle(heading)
    for ax in figure.subplots(rows, columns, squeeze=False).ravel():
        ax.axis("off")
    for i, photo in enumerate(photos):
        figure.axes[i].imshow(photo)
        figure.axes[i].set_title(titles[i] if len(titles) else "", fontsize=9)
    return figure


def draw_top_classes(
    photo: np.ndarray, tops: Mapping[str, Sequence[tuple]], caption="what the network gets"
) -> Figure:
    """Draw a photograph, and beside it bars: title → the most probable classes, best first.

    A class is a tuple that ends with its name and its probability (0–1).
    """
    figure = Figure((2.6 + 3.2 * len(tops), 2.7), layout="constrained")
    first, *others = figure.subplots(1, 1 + len(tops), width_ratios=[1] + [1.1] * len(tops))
    first.imshow(photo)
    first.set_title(caption, fontsize=9)
    first.axis("off")
    for ax, (title, top) in zip(others, tops.items(), strict=True):
        *_, names, probabilities = zip(*top, strict=True)
        bars = ax.barh(range(len(names)), probabilities, color=COLOURS[1], tick_label=names)
        ax.bar_label(bars, [f"{p:.1%}" for p in probabilities], padding=3, fontsize=9)
        ax.tick_params("y", labelsize=8)  # so that the longest name, of 29 letters, has room
        ax.set(xlim=(0, 1.25), xticks=(0, 0.5, 1), xlabel="probability")
        ax.set_title(title, fontsize=10)
        ax.invert_yaxis()
        ax.spines[["top", "right"]].set_visible(False)
    return figure


def draw_activations(photo: np.ndarray, activations: np.ndarray, heading: str) -> Figure:
    """Draw a photograph and the 15 channels of `(height, width, channels)` that vary most.

    A channel that is the same everywhere shows nothing, however large it is. Each map has its own
    grey scale: black is 0, white is its largest value.
    """
    strongest = np.argsort(-activations.std((0, 1)))
    figure = Figure((9.6, 5.0), layout="constrained")
    figure.suptitle(heading)
    left, right = figure.subfigures(1, 2, width_ratios=(2, 5))
    left.subplots().imshow(photo)
    for ax, channel in zip(right.subplots(3, 5).ravel(), strongest, strict=False):
        ax.imshow(activations[..., channel], cmap="gray", vmin=0)
        ax.set_title(f"channel {channel}", fontsize=8)
    for ax in figure.axes:
        ax.axis("off")
    return figure


def draw_map(
    points: np.ndarray, photos: Sequence[np.ndarray], labels: np.ndarray, names: Sequence[str]
) -> Figure:
    """Draw small photographs at their places `(n, 2)`; the frame tells the class by its colour."""
    figure = Figure((10, 7), layout="constrained")
    ax = figure.subplots()
    for label, name in enumerate(names):
        chosen = labels == label
        ax.scatter(*points[chosen].T, s=60, color=COLOURS[label], marker=MARKERS[label], label=name)
    for point, photo, label in zip(points, photos, labels, strict=True):
        small = np.asarray(Image.fromarray(photo).resize((34, 34)))
        frame = dict(edgecolor=COLOURS[label], linewidth=2, linestyle=STYLES[label])
        ax.add_artist(AnnotationBbox(OffsetImage(small), point, pad=0.1, bboxprops=frame))
    ax.set_title("Photographs by their features")
    ax.set(xlabel="first principal component", ylabel="second principal component")
    ax.legend(loc="best", markerscale=1.2)
    return figure
