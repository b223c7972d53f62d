"""Drawn pets as PNG files in the data folder: written once, used again on the next call."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

from helpers.drawn_pets import draw_pet
from helpers.files import locked, write_whole
from helpers.photographs.photos import save_png
from helpers.progress import progress
from helpers.settings import data_folder


def draw_set(kinds: list[tuple], count: int) -> list[Path]:
    """Return the files of `count` pictures of each kind (class name, species, breed).

    They lie in `drawn_pets` in the data folder, such as "cat/0001.png". Raises OSError, which says
    what to do, when that folder cannot be written.
    """
    folder, pictures = data_folder() / "drawn_pets", {}
    for _, species, breed in kinds:
        home = folder / (species if breed is None else f"{species}_breed_{breed + 1:02d}")
        for number in range(1, count + 1):
            pictures[home / f"{number:04d}.png"] = species, number, breed
    if not all(map(_is_whole, pictures)):
        with locked(folder), ThreadPoolExecutor(2) as pool:
            # Another notebook may have drawn some meanwhile.
            missing = [path for path in pictures if not _is_whole(path)]
            drawing = pool.map(lambda path: _draw(path, *pictures[path]), missing)
            list(progress(drawing, "drawing pets", len(missing)))
    return list(pictures)


def _is_whole(path: Path) -> bool:
    return path.is_file() and path.read_bytes().endswith(b"IEND\xaeB`\x82")  # the end of a PNG


def _draw(path: Path, species: str, number: int, breed: int | None) -> None:
    # Each breed has numbers of its own: no two breeds share pose and background.
    photo = draw_pet(species, number + 1000 * (breed or 0), breed=breed)
    buffer = BytesIO()
    save_png(buffer, photo, compression=1)  # four times as fast, and 10 % larger
    write_whole(path, buffer.getvalue())
