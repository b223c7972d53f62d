"""A learner's own photographs: a folder that holds one folder for each class."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from helpers.photographs.photos import PhotoError, open_square
from helpers.progress import progress
from helpers.settings import read_place

NO_PHOTOS = {".txt", ".md", ".csv", ".json", ".db", ".ini", ".py", ".ipynb"}  # left out silently
HIDDEN = re.compile(r"\.|__")  # what programs keep for themselves
LEAST = 4  # photographs of a class
FEW = 10  # with fewer test photographs of a class, one mistake more is over 10 %
PART = re.compile(  # so others call the parts of a set; the last of them is for the test
    r"(?:[a-z]+_)?(?:(train)|(dev|e?val)|(test))(?:ing|val|id|u?ation|idation)?"
    r"(?:[ _-]?(?:set|data|images|split|\d+))?"
)
SIDE = 16  # pixels: so small, a copy that was compressed or made smaller looks the same


class FolderError(ValueError):
    """A folder cannot be used for training. The message says what to change."""


@dataclass(frozen=True, eq=False)
class OwnPhotographs:
    """Squares `uint8 (n, size, size, 3)`, `labels` `int64 (n,)`, and where they are from.

    `test` is True for the photographs that are kept for the test. `skipped` lists (file, reason).
    """

    photos: np.ndarray
    labels: np.ndarray
    class_names: list[str]
    paths: list[Path]
    test: np.ndarray
    skipped: list[tuple[str, str]]

    def report(self) -> str:
        """Say in plain words what was found, how it is divided, and what was skipped."""
        count = len(self.class_names)
        learn = np.bincount(self.labels[~self.test], minlength=count)
        test = np.bincount(self.labels[self.test], minlength=count)
        lines = [
            f"{name}: {a + b} photographs, {a} to learn from and {b} for the test"
            for name, a, b in zip(self.class_names, learn, test, strict=True)
        ]
        most, share = self.class_names[learn.argmax()], test[learn.argmax()] / test.sum()
        lines.append(f"Who always says {most} is right on {share:.0%} of the test.")
        if few := [name for name, size in zip(self.class_names, test, strict=True) if size < FEW]:
            lines.append(f"Few for the test: {', '.join(few)}. One mistake more changes much.")
        return "\n".join(lines + [f"skipped {name}: {reason}" for name, reason in self.skipped])


def own_photographs(folder: str | Path, size: int = 224) -> OwnPhotographs:
    """Read every photograph in the class folders of `folder`; each folder's name is a class.

    A folder that holds nothing but one folder is opened. Where folders are called train and test,
    or otherwise as in `PART`, the class folders inside them are read, and the last part is kept
    for the test. Else every third photograph of a class is, in the order of the names.

    Each photograph is read whole and turned upright as the camera noted. What is no photograph, or
    lies in no class folder, is listed in `skipped`. So are copies, also smaller or compressed ones:
    they must not be on both sides of the split. Nothing in the folder is changed. Raises
    FolderError for fewer than 2 classes, under 4 photographs of one, or a side that lacks a class.
    """
    folder = Path(read_place(folder))
    if not folder.is_dir():
        raise FolderError(f"There is no folder {folder}. Write its full path, or None.")
    folder = _open(folder)
    parts, skipped = [folder], []
    kinds = {p: m.lastindex for p in _folders(folder) if (m := PART.fullmatch(p.name.lower()))}
    if len(set(kinds.values())) > 1:  # a split: what lies beside it, or has no classes, is no part
        parts = [_open(p) for p in sorted(kinds, key=kinds.get) if _folders(p)]
        others = [p.name for p in _folders(folder) if not any(p in (q, *q.parents) for q in parts)]
        skipped = [(name, "no part of the split, or no class folders inside") for name in others]
    loose = [path for home in {folder, *parts} for path in _pictures(home, "*")]
    skipped += [(p.relative_to(folder).as_posix(), "lies in no class folder") for p in loose]
    names = sorted({home.name for part in parts for home in _folders(part)})
    if len(names) < 2:
        raise FolderError(
            f"{folder} holds {len(names)} class folders, and at least 2 are needed: one for each "
            "class, with the photographs inside. Point to the folder above the class folders."
        )
    found = []  # photograph, label, whether it is for the test, file
    files = [(k, p, path) for p in parts for k, n in enumerate(names) for path in _pictures(p / n)]
    for label, part, path in progress(files, "your photographs"):
        try:
            found.append((open_square(path, size), label, part is parts[-1], path))
        except (PhotoError, OSError) as error:
            skipped.append((path.relative_to(folder).as_posix(), str(error)))
    copies = dict(_copies(found))
    for copy, first in copies.items():
        name, twin = (found[i][-1].relative_to(folder).as_posix() for i in (copy, first))
        skipped.append((name, f"the same picture as {twin}"))
    found = [row for i, row in enumerate(found) if i not in copies]
    sizes = np.bincount([label for _, label, *_ in found], minlength=len(names))
    few = [f"{name} has {count}" for name, count in zip(names, sizes, strict=True) if count < LEAST]
    if few:
        reasons = "".join(f"\n  {name}: {reason}" for name, reason in skipped[:5])
        raise FolderError(
            f"Every class in {folder} needs at least {LEAST} photographs, and {', '.join(few)}. "
            "Add photographs, or move the folder elsewhere if it is no class."
            + (f" These files were skipped:{reasons}" if reasons else "")
        )
    photos, labels, test, paths = zip(*found, strict=True)
    photos, labels, test = np.stack(photos), np.array(labels), np.array(test)
    if len(parts) == 1:
        test = np.concatenate([np.arange(size) % 3 == 2 for size in sizes])
    for side, chosen in {"to learn from": ~test, "for the test": test}.items():
        if lacking := set(range(len(names))) - set(labels[chosen]):
            missing = ", ".join(names[label] for label in sorted(lacking))
            raise FolderError(f"In {folder} no photograph {side} shows: {missing}. Add some.")
    return OwnPhotographs(photos, labels, names, list(paths), test, sorted(skipped))


def _copies(found: list[tuple]) -> Iterator[tuple[int, int]]:
    """Yield (copy, first), two places in `found`, for each picture with the shot of an earlier one.

    Compared are 16 × 16 pixels: like mean colours, and details that go together. On 500
    photographs copies of half the size, JPEG quality 50, correlated by 0.99 or more, and different
    ones by 0.81 at most. Less will do where the names agree, as of a raw file and its JPEG.
    """
    small = [Image.fromarray(p).resize((SIDE, SIDE), Image.Resampling.BOX) for p, *_ in found]
    pixels = np.array(small, dtype=np.float32).reshape(-1, SIDE**2, 3)
    colours = pixels.mean(axis=1)
    details = (pixels - colours[:, None]).reshape(-1, SIDE**2 * 3)
    details /= np.maximum(np.linalg.norm(details, axis=1, keepdims=True), 1e-6)
    names, seen = np.array([f"{label}/{path.stem.lower()}" for _, label, _, path in found]), {}
    for i, (photo, *_) in enumerate(found):
        least = np.where(names[:i] == names[i], 0.9, 0.97)
        alike = (details[:i] @ details[i] > least) & (abs(colours[:i] - colours[i]).max(1) < 40)
        first = seen.setdefault(photo.tobytes(), i)  # also without any detail, such as all white
        if first < i or alike.any():
            yield i, first if first < i else int(alike.argmax())


def _open(home: Path) -> Path:
    """Return the first folder, from `home` down, that holds more than one folder."""
    while len(_folders(home)) == 1 and _folders(_folders(home)[0]):
        (home,) = _folders(home)
    return home


def _folders(home: Path) -> list[Path]:
    return sorted(p for p in home.iterdir() if p.is_dir() and not HIDDEN.match(p.name))


def _pictures(home: Path, pattern: str = "**/*") -> list[Path]:
    """Return what may be a photograph in a class folder, also in folders inside it."""
    found = sorted(p for p in home.glob(pattern) if p.suffix.lower() not in NO_PHOTOS)
    found = [p for p in found if not any(map(HIDDEN.match, p.relative_to(home).parts))]
    return [path for path in found if path.is_file()]
