"""Write what was measured as a page with tables and a chart."""

from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

HEAD = """# How fast is the course?

`make bench` measures the course beside other ways, on one machine in one run, and writes this
page; `make bench PARTS="features attack"` measures some parts. Other ways need the packages in
`requirements.txt` of this folder; a row whose package is missing is left out.

A number is the **median of the rounds**, in brackets the smallest and the largest. In each
round every row is measured once, one after another, so that a busy moment harms all alike.
Differences smaller than the range say nothing. Absolute numbers hold for the machine that is
named below each table: compare within a table.
"""
TITLES = {
    "features": "Features a second",
    "start": "From the start of the kernel to the first answer",
    "attack": "The attack of lesson 04",
    "ideal cat": "The ideal cat of lesson 03",
    "fine-tuning": "An epoch of lesson 02",
    "growth": "How cost grows",
    "scale": "Several processes",
    "notebooks": "Each notebook",
}
WORDS = {
    "features": """\
Photographs a second through the backbone of EfficientNet-Lite0 at 224 pixels, in batches of 16.
*Ours* runs the cells of lesson 01. The *plain loop* is that of many tutorials: `DataLoader` and
`torch.no_grad`, `load_img` and `predict`. *OpenVINO* is Intel's engine for networks that only
compute: about the limit of this processor; it gets our decoding.""",
    "start": """\
Seconds from the start of lesson 01's kernel to the cell with the first answer, and to the
accuracy on test photographs. *First time*: with an empty data folder, so the photographs are
fetched (here from the mirror, if there is one) and the weights are converted. *Later*: both are
kept. The lesson that this course grows out of fetches 825 MB of photographs and 528 MB of
weights.""",
    "attack": """\
One level of 255, target tabby, the PNG's 8 bits judged. Rows take more and more gradients until
all dogs but one are tabbies; for the other libraries the better of two step sizes (0.25 and 0.5
levels), without a random start. Foolbox and torchattacks run on PyTorch.""",
    "ideal cat": """\
Seconds for one tabby, and what it is worth once it is a file: p(tabby) as it is, shifted and scaled
(mean of 16), as JPEG at quality 75, and in the witness, which had no part in it. The other
libraries get the time of our slow setting, with their own Fourier images: horama with crops of 0.6
to 0.9 of the image, torch-lucent without its rotation, xplique as it is. Each round of ours has
another seed.""",
    "fine-tuning": """\
Seconds of an epoch of lesson 02 through the whole network, and through its top only, from what
the frozen trunk gave once.""",
    "growth": """\
Features of so many photographs (600 + 600, repeated), with decoding, written to a file batch
after batch. One round. GB is the largest memory of the process: it must not grow.""",
    "scale": """\
The job of [docs/scale.md](../docs/scale.md) on this machine, each process with one thread: features
of 600 + 600 photographs with decoding, and a head. The head is compared with that of one process,
relative to its largest weight.""",
    "notebooks": """\
Each notebook run once from the start of its kernel, in this order, with one data folder. GB is
the largest memory of its kernel.""",
}
CHART = "features.svg"


def brief(value: float) -> str:
    """Return a number with three digits, or all of its digits before the point."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def cell(values: list[float] | None) -> str:
    """Return the median, and the range in brackets when there is one."""
    if not values or values[0] is None:
        return "–"
    middle, low, high = (brief(float(f(values))) for f in (np.median, min, max))
    return middle if low == high else f"{middle} ({low}–{high})"


def table(part: str, result: dict) -> str:
    """Return one part of the page."""
    names = list(dict.fromkeys(name for row in result["rows"].values() for name in row))
    lines = ["| way | " + " | ".join(names) + " |", "| --- |" + " --: |" * len(names)]
    for row, values in result["rows"].items():
        lines.append(f"| {row} | {' | '.join(cell(values.get(name)) for name in names)} |")
    missing = [f"{row} ({reason})" for row, reason in result["missing"].items()]
    after = f"\n\nNot measured: {'; '.join(missing)}." if missing else ""
    return f"{WORDS[part]}\n\n" + "\n".join(lines) + after


def write_report(results: dict, folder: Path) -> None:
    """Write README.md, and the chart of the features beside it."""
    pages = [HEAD]
    for part, result in results.items():
        pages.append(f"## {TITLES[part]}\n\n{table(part, result)}\n")
        if part == "features":
            draw(result["rows"], folder / CHART)
            what = "Bars of the table: photographs a second of each row, decoding included."
            pages.append(f"![{what}]({CHART})\n")
        pages.append(f"*{result['date']}, {result['machine']}*\n")
    (folder / "README.md").write_text("\n".join(pages), encoding="utf-8")


def draw(rows: dict, path: Path) -> None:
    """Draw photographs a second as bars; a line shows the range of the rounds."""
    figure = Figure((8, 0.6 + 0.4 * len(rows)), layout="constrained")
    ax = figure.subplots()
    for name, values in rows.items():
        rates = values["decoding included"]
        middle = np.median(rates)
        around = [[middle - min(rates)], [max(rates) - middle]]
        colour = "#0072B2" if name.startswith("ours") else "#999999"
        ax.barh(name, middle, color=colour, xerr=around)
    ax.invert_yaxis()
    ax.set_xlabel("photographs a second, decoding included")
    ax.spines[["top", "right"]].set_visible(False)
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "course"}):
        figure.savefig(path, metadata={"Date": None})
