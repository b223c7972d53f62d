"""Drawn pets as PNG files in the data folder: written once, used again on the next call."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

from helpers.downloads.http import DownloadError
from helpers.drawn_pets import draw_pet
from helpers.files import locked, write_whole
from helpers.photographs.photos import save_png
from helpers.progress import progress
from helpers.settings import data_folder


def draw_set(kinds: list[tuple], count: int) -> list[str]:
    """Draw `count` pictures of each kind (class name, species, breed) into `drawn_pets`.

    Returns the file names below that folder, such as "cat/0001.png". Raises DownloadError when
    the folder cannot be written.
    """
    folder = data_folder() / "drawn_pets"
    pictures = {}
    for _, species, breed in kinds:
        where = species if breed is None else f"{species}_breed_{breed + 1:02d}"
        for number in range(1, count + 1):
            pictures[f"{where}/{number:04d}.png"] = (species, number, breed)
    try:
        _draw_missing(folder, pictures)
    except OSError as error:
        raise DownloadError(
            f"Pictures cannot be written to {folder}: {error}.\n"
            "Set COURSE_DATA to a folder that you may write to."
        ) from error
    return list(pictures)


def _draw_missing(folder: Path, pictures: dict[str, tuple]) -> None:
    if not _missing(folder, pictures):
        return
    with locked(folder), ThreadPoolExecutor(2) as pool:
        missing = _missing(folder, pictures)  # another notebook may have drawn some meanwhile
        drawing = pool.map(lambda name: _draw(folder / name, *pictures[name]), missing)
        for _ in progress(drawing, "drawing pets", len(missing)):
            pass


def _draw(path: Path, species: str, number: int, breed: int | None) -> None:
    # Each breed has numbers of its own: no two breeds share pose and background.
    photo = draw_pet(species, number + 1000 * (breed or 0), breed=breed)
    buffer = BytesIO()
    save_png(buffer, photo, compression=1)  # four times as fast, and 10 % larger
    write_whole(path, buffer.getvalue())


def _missing(folder: Path, pictures: dict[str, tuple]) -> list[str]:
    return [name for name in pictures if not (folder / name).is_file()]
