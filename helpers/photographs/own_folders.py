"""A learner's own photographs: a folder that holds one folder for each class."""

import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from helpers.photographs.photos import PhotoError, open_photo, square

NO_PHOTOS = {".txt", ".md", ".csv", ".json", ".db", ".ini", ".py", ".ipynb"}  # left out silently


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
        """Say in plain words what was found and what was skipped."""
        counts = Counter(self.labels.tolist())
        lines = [f"{name}: {counts[i]} photographs" for i, name in enumerate(self.class_names)]
        return "\n".join(lines + [f"skipped {name}: {reason}" for name, reason in self.skipped])


def own_photographs(folder: str | Path, size: int = 224, least: int = 4) -> OwnPhotographs:
    """Read every photograph in the class folders of `folder`; each folder's name is a class.

    Any format that Pillow reads will do; each photograph is decoded completely and turned upright
    as the camera noted. Files that are no photographs are skipped and listed with the reason.
    So are copies, which must not be on both sides of the split. Every third photograph of a
    class, in the order of the names, is kept for the test. Nothing in the folder is changed.

    Raises FolderError when there are fewer than two classes, or fewer than `least` photographs in
    one of them.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise FolderError(f"There is no folder {folder}. Write its full path, or None.")
    classes = sorted(path for path in folder.iterdir() if path.is_dir() and _visible(path))
    if len(classes) < 2:
        raise FolderError(
            f"{folder} holds {len(classes)} folders, and at least 2 are needed: one for each "
            "class, with the photographs inside. Point to the folder above the class folders."
        )
    skipped: list[tuple[str, str]] = []
    known: dict[bytes, str] = {}
    found = [_read_class(path, size, skipped, known) for path in classes]
    _check_counts(folder, classes, found, skipped, least)
    return OwnPhotographs(
        photos=np.stack([photo for group in found for photo in group.values()]),
        labels=np.repeat(np.arange(len(found)), [len(group) for group in found]),
        class_names=[path.name for path in classes],
        paths=[path for group in found for path in group],
        test=np.concatenate([np.arange(len(group)) % 3 == 2 for group in found]),
        skipped=skipped,
    )


def _visible(path: Path) -> bool:
    return not path.name.startswith((".", "__"))


def _read_class(folder: Path, size: int, skipped: list, known: dict) -> dict[Path, np.ndarray]:
    photos = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        hidden = not all(_visible(part) for part in [path, *path.parents][: -len(folder.parts)])
        if hidden or path.suffix.lower() in NO_PHOTOS:
            continue
        name = f"{folder.name}/{path.name}"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                photo = square(open_photo(path, min_side=size * 256 // 224), size)
        except (PhotoError, OSError) as error:
            skipped.append((name, _reason(path, error)))
            continue
        first = known.setdefault(photo.tobytes(), name)
        if first == name:
            photos[path] = photo
        else:
            skipped.append((name, f"the same picture as {first}"))
    return photos


def _reason(path: Path, error: Exception) -> str:
    if path.suffix.lower() in (".heic", ".heif"):
        return "HEIC is not read here; save it as JPEG (iPhone: Settings, Camera, Most Compatible)"
    return str(error)


def _check_counts(folder, classes, found, skipped, least: int) -> None:
    few = {path.name: len(group) for path, group in zip(classes, found, strict=True)}
    few = {name: count for name, count in few.items() if count < least}
    if not few:
        return
    counts = ", ".join(f"{name} has {count}" for name, count in few.items())
    reasons = "".join(f"\n  {name}: {reason}" for name, reason in skipped[:5])
    raise FolderError(
        f"Every class in {folder} needs at least {least} photographs, and {counts}. Add "
        "photographs, or move the folder elsewhere if it is no class."
        + (f" These files were skipped:{reasons}" if reasons else "")
    )
