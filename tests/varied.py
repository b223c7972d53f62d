"""A mirror with other photographs: fewer, unequal in number, or drawn by a seed."""

import os
import random
import re
from pathlib import Path
from zipfile import ZipFile

from helpers.files import SUMS, checksum

ZIP = "kagglecatsanddogs_5340.zip"
BESIDE = Path(__file__).parents[2] / "shared" / "mirror"


def find_mirror() -> Path | None:
    """Return the folder COURSE_MIRROR, else the mirror beside the repository; None without one."""
    folder = Path(os.environ.get("COURSE_MIRROR") or BESIDE)
    return folder if (folder / ZIP).is_file() else None


def vary(mirror: Path, folder: Path, cats: int, dogs: int, seed: int | None) -> Path:
    """Make `folder` a mirror like `mirror`, with so many cats and dogs; return it.

    `seed` draws them from the lowest 600 numbers of each class; None takes the lowest numbers.
    Raises ValueError when the mirror has too few of them.
    """
    folder.mkdir(parents=True)
    for path in mirror.iterdir():
        if path.name not in (ZIP, SUMS):
            (folder / path.name).symlink_to(path.resolve())
    with ZipFile(mirror / ZIP) as source, ZipFile(folder / ZIP, "w") as target:
        for kind, count in (("Cat", cats), ("Dog", dogs)):
            found = re.findall(rf"(?m)^PetImages/{kind}/(\d+)\.jpg$", "\n".join(source.namelist()))
            numbers = sorted(map(int, found))[:600]
            if len(numbers) < count:
                raise ValueError(f"{mirror / ZIP} has only {len(numbers)} photographs of a {kind}.")
            if seed is not None:
                numbers = random.Random(seed).sample(numbers, count)
            for number in numbers[:count]:
                name = f"PetImages/{kind}/{number}.jpg"
                target.writestr(name, source.read(name))
    text = "".join(f"{checksum(path)}  {path.name}\n" for path in sorted(folder.iterdir()))
    (folder / SUMS).write_text(text, encoding="utf-8")
    return folder
