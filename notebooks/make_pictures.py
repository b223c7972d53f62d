"""Make the pictures of the lesson text: python notebooks/make_pictures.py [NAME …]

Each function below makes one file in `notebooks/pictures`; without a NAME all are made. They show
the cat Chelsea (CC0, from scikit-image), pets that the course draws, and what the network gives: no
photograph that may not be passed on. `ideal_cat` takes the files that lesson 03 saved.
"""

import io
import sys
from pathlib import Path

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from PIL import Image
from skimage import data
from sklearn.decomposition import PCA
from torch import nn

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))
from helpers.drawn_pets import draw_pet  # noqa: E402
from helpers.figures import draw_map  # noqa: E402
from helpers.networks import class_names, top_classes  # noqa: E402
from helpers.networks.pytorch import load_network, to_pixels  # noqa: E402
from helpers.photographs import open_photo, square, to_8bit  # noqa: E402
from helpers.settings import data_folder  # noqa: E402

FOLDER = REPOSITORY / "notebooks" / "pictures"
WIDTH = 1400  # pixels: twice the width at which the pictures are read
FROZEN, SLOW, NEW = "#C9D3DC", "#F4B183", "#8FD0B5"


def transfer() -> Figure:
    """Draw the idea: the backbone that others have trained, once with its head, once with ours."""
    figure = Figure((8, 3.2), layout="constrained")
    ax = _canvas(figure, 100, 38)
    rows = {
        27: ("trained by others", "1.3 million\nphotographs", "1000 classes", FROZEN),
        7: ("yours, trained in seconds", None, "cat or dog", NEW),
    }
    for y, (title, source, answer, colour) in rows.items():
        ax.text(0, y + 8, title, fontsize=11, fontweight="bold")
        if source:
            _box(ax, 0, y, 17, source, "white")
        else:
            ax.imshow(square(data.chelsea()), extent=(1.5, 15.5, y - 7, y + 7), zorder=2)
        _box(ax, 27, y, 22, "backbone", FROZEN)
        _box(ax, 56, y, 15, "1280\nfeatures", "white")
        _box(ax, 79, y, 20, f"{'head' if source else 'new head'}\n{answer}", colour)
        for start, end in ((17, 27), (49, 56), (71, 79)):
            _arrow(ax, (start, y), (end, y))
    _arrow(ax, (38, 22), (38, 12))
    ax.text(40, 16.3, "the same weights, frozen", fontsize=10)
    return figure


def layers() -> Figure:
    """Draw Chelsea, and the four maps that vary most of an early, a middle and the last layer."""
    network, photo = load_network(), square(data.chelsea())
    figure = Figure((8, 2.5), layout="constrained")
    parts = figure.subfigures(1, 4)
    ax = parts[0].subplots()
    ax.imshow(photo)
    ax.axis("off")
    parts[0].suptitle("224 × 224 pixels", fontsize=11)
    for part, layer in zip(parts[1:], ("stem", "stage 4", "last"), strict=True):
        maps = network.activations(photo[None], layer)[0]
        height, width, count = maps.shape
        part.suptitle(f"{layer}: {count} maps\nof {height} × {width}", fontsize=11)
        chosen = np.argsort(-maps.std((0, 1)))
        for ax, channel in zip(part.subplots(2, 2).ravel(), chosen, strict=False):
            ax.imshow(maps[..., channel], cmap="gray", vmin=0)
            ax.axis("off")
    return figure


def pets() -> Figure:
    """Draw a map of drawn pets by their features; the two directions know no labels."""
    network, labels = load_network(), np.repeat([0, 1], 30)
    photos = np.stack([draw_pet("dog" if label else "cat", i) for i, label in enumerate(labels)])
    with torch.inference_mode():
        parts = [network.backbone(network.normalise(to_pixels(part))) for part in _parts(photos)]
    points = PCA(2, random_state=0).fit_transform(torch.cat(parts).numpy())
    figure = draw_map(points, photos, labels, ["cat", "dog"])
    figure.set_size_inches(8, 5)
    figure.axes[0].set_title("Drawn pets by their features")
    return figure


def fine_tuning() -> Figure:
    """Draw which parts of the network learn in three ways of training, and how large they are."""
    network = load_network()
    body = network.backbone
    parts = {
        "stem, stages 1–5": [body.conv_stem, body.bn1, *body.blocks[:5]],
        "stages 6, 7, last": [*body.blocks[5:], body.conv_head, body.bn2],
    }
    sizes = {name: sum(map(_parameters, modules)) for name, modules in parts.items()}
    ways = {
        "feature extraction (lesson 01)": (FROZEN, FROZEN, NEW),
        "fine-tuning (lesson 02)": (FROZEN, SLOW, NEW),
        "from scratch": (NEW, NEW, NEW),
    }
    says = {FROZEN: "frozen", SLOW: "learns slowly", NEW: "new, learns"}
    figure = Figure((8, 3.4), layout="constrained")
    ax = _canvas(figure, 100, 45)
    columns = list(zip((0, 35, 70), (33, 33, 30), strict=True))
    heads = [f"{name}\n{size / 1e6:.1f} M parameters" for name, size in sizes.items()]
    heads.append("head, 4 classes\n5124 parameters")
    for (x, width), head in zip(columns, heads, strict=True):
        ax.text(x + width / 2, 40.5, head, ha="center", va="center", fontsize=11)
    for y, (way, colours) in zip((27, 14, 1), ways.items(), strict=True):
        ax.text(0, y + 7.6, way, fontsize=11, fontweight="bold")
        for (x, width), colour in zip(columns, colours, strict=True):
            _box(ax, x, y + 3, width, says[colour], colour, 6)
    return figure


def ideal_cat() -> Figure:
    """Draw the first and the last image of lesson 03, as files, and what two networks say."""
    files = sorted((data_folder() / "ideal").glob("pytorch_image_*.png"))
    if len(files) < 2:
        raise FileNotFoundError("Run notebooks/03_ideal_cat_pytorch.ipynb first: it saves images.")
    tabby, titles = class_names().index("tabby"), []
    images = [open_photo(files[0]), open_photo(files[-1])]
    networks = [load_network(), load_network("efficientnet_lite2")]
    for image, name in zip(images, ("only the gradient", "the whole recipe"), strict=True):
        p = [_probabilities(network, image[None])[0, tabby] for network in networks]
        titles.append(f"{name}\np(tabby) = {p[0]:.2f}, witness {p[1]:.2f}")
    return _row(images, titles, 4.5)


def adversarial() -> Figure:
    """Draw Chelsea, Chelsea changed by one level of 255, and the difference, with the answers."""
    network, photo = load_network(), square(data.chelsea())
    target = torch.tensor([class_names().index("golden retriever")])
    original = to_pixels(photo[None])
    pixels = original.clone()
    for step in range(20):  # the loop of lesson 04, with a budget of one level
        pixels.requires_grad_()
        loss = nn.functional.cross_entropy(network(pixels), target)
        (slope,) = torch.autograd.grad(loss, pixels)
        pixels = pixels.detach() - (1 - step / 20) * slope.sign()
        pixels = pixels.clamp(original - 1, original + 1).clamp(0, 255)
    changed = to_8bit(pixels.permute(0, 2, 3, 1).numpy())[0]
    names = []
    for title, image in {"the photograph": photo, "changed by 1 level of 255": changed}.items():
        p = _probabilities(network, image[None])[0]
        (name, share), *_ = top_classes(np.log(p), 1)
        names.append(f"{title}\n{name}, {share:.0%}")
    difference = 128 + 127 * (changed.astype(int) - photo)  # grey where nothing changed
    return _row([photo, changed, np.uint8(difference)], [*names, "difference × 127"], 3.1)


def _row(images: list[np.ndarray], titles: list[str], height: float) -> Figure:
    figure = Figure((8, height), layout="constrained")
    for ax, image, title in zip(figure.subplots(1, len(images)), images, titles, strict=True):
        ax.imshow(image)
        ax.set_title(title, fontsize=11)
        ax.axis("off")
        ax.set_anchor("S")
    return figure


def _parts(photos: np.ndarray) -> list[np.ndarray]:
    return np.array_split(photos, -(-len(photos) // 16))


@torch.inference_mode()
def _probabilities(network: nn.Module, photos: np.ndarray) -> np.ndarray:
    return network(to_pixels(photos)).softmax(1).numpy()


def _parameters(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


def _canvas(figure: Figure, width: float, height: float) -> Axes:
    ax = figure.subplots()
    ax.set(xlim=(-1, width + 1), ylim=(0, height), aspect="equal")
    ax.axis("off")
    return ax


def _box(ax: Axes, x: float, y: float, width: float, text: str, colour: str, height=9) -> None:
    """Draw a box with a text; `y` is its middle."""
    shape = FancyBboxPatch(
        (x, y - height / 2), width, height, "round,pad=0,rounding_size=1", fc=colour, ec="#404040"
    )
    ax.add_patch(shape)
    ax.text(x + width / 2, y, text, ha="center", va="center", fontsize=11)


def _arrow(ax: Axes, start: tuple, end: tuple) -> None:
    ax.annotate("", end, start, arrowprops=dict(arrowstyle="-|>", color="#404040", lw=1.5))


PICTURES = (transfer, layers, pets, fine_tuning, ideal_cat, adversarial)


def main(wanted: list[str]) -> None:
    """Make the wanted pictures, or all, as WebP files on white, readable in dark mode too."""
    FOLDER.mkdir(exist_ok=True)
    for make in PICTURES:
        if wanted and make.__name__ not in wanted:
            continue
        figure, file = make(), io.BytesIO()
        figure.savefig(file, dpi=WIDTH / figure.get_size_inches()[0], facecolor="white")
        path = FOLDER / f"{make.__name__}.webp"
        Image.open(file).convert("RGB").save(path, quality=70, method=6)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
