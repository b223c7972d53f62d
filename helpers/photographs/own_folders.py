"""A learner's own photographs: a folder that holds one folder for each class."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from helpers.photographs.photos import PhotoError, open_square

NO_PHOTOS = {".txt", ".md", ".csv", ".json", ".db", ".ini", ".py", ".ipynb"}  # left out silently
HIDDEN = re.compile(r"\.|__")  # what programs keep for themselves
LEAST = 4  # photographs of a class
HEIC = "HEIC is not read here; save it as JPEG (iPhone: Settings, Camera, Most Compatible)"


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


def own_photographs(folder: str | Path, size: int = 224) -> OwnPhotographs:
    """Read every photograph in the class folders of `folder`; each folder's name is a class.

    Any format that Pillow reads will do; each photograph is decoded completely and turned upright
    as the camera noted. Files that are no photographs are skipped and listed with the reason.
    So are copies, which must not be on both sides of the split. Every third photograph of a
    class, in the order of the names, is kept for the test. Nothing in the folder is changed.
    Raises FolderError when there are fewer than 2 classes, or one has fewer than 4 photographs.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise FolderError(f"There is no folder {folder}. Write its full path, or None.")
    classes = sorted(path for path in folder.iterdir() if path.is_dir())
    classes = [path for path in classes if not HIDDEN.match(path.name)]
    if len(classes) < 2:
        raise FolderError(
            f"{folder} holds {len(classes)} folders, and at least 2 are needed: one for each "
            "class, with the photographs inside. Point to the folder above the class folders."
        )
    paths, photos, labels, skipped, known = [], [], [], [], {}
    for label, home in enumerate(classes):
        for path in _pictures(home):
            name = path.relative_to(folder).as_posix()
            try:
                photo = open_square(path, size)
                if (twin := known.setdefault(photo.tobytes(), name)) != name:
                    raise PhotoError(f"the same picture as {twin}")
            except (PhotoError, OSError) as error:
                heic = path.suffix.lower() in (".heic", ".heif")
                skipped.append((name, HEIC if heic else str(error)))
                continue
            paths.append(path)
            photos.append(photo)
            labels.append(label)
    names = [home.name for home in classes]
    sizes = [labels.count(label) for label in range(len(classes))]
    few = [f"{name} has {count}" for name, count in zip(names, sizes, strict=True) if count < LEAST]
    if few:
        reasons = "".join(f"\n  {name}: {reason}" for name, reason in skipped[:5])
        raise FolderError(
            f"Every class in {folder} needs at least {LEAST} photographs, and {', '.join(few)}. "
            "Add photographs, or move the folder elsewhere if it is no class."
            + (f" These files were skipped:{reasons}" if reasons else "")
        )
    test = np.concatenate([np.arange(size) % 3 == 2 for size in sizes])
    return OwnPhotographs(np.stack(photos), np.array(labels), names, paths, test, skipped)


def _pictures(home: Path) -> list[Path]:
    """Return what may be a photograph in a class folder, also in folders inside it."""
    found = sorted(path for path in home.rglob("*") if path.is_file())
    found = [path for path in found if path.suffix.lower() not in NO_PHOTOS]
    return [p for p in found if not any(map(HIDDEN.match, p.relative_to(home).parts))]
