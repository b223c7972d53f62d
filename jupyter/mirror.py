"""Make a mirror for a class, and serve it: python jupyter/mirror.py FOLDER --serve

A mirror is a folder with files under their official names, whole or reduced, and a list of their
checksums. What it lacks comes from where the course itself finds it: the data folder, another
mirror (COURSE_MIRROR), the official source. When it was stopped, the same line goes on.
`docs/instructors.md` says how a class uses it.
"""

import argparse
import asyncio
import contextlib
import gzip
import os
import re
import shutil
import socket
import sys
import tarfile
from collections.abc import Callable, Iterator
from io import BytesIO
from ipaddress import ip_address
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import psutil
from filelock import FileLock, Timeout
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler, StaticFileHandler

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from helpers.datasets import Photographs, cats_and_dogs, official  # noqa: E402
from helpers.downloads.http import FAILURES, reason  # noqa: E402
from helpers.downloads.places import DownloadError, fetch  # noqa: E402
from helpers.files import (  # noqa: E402
    SUMS,
    OfficialFile,
    checksum,
    parse_sums,
    set_aside,
    write_whole,
)
from helpers.networks.names import NETWORKS  # noqa: E402
from helpers.networks.weights import published_files, weights_folder  # noqa: E402
from helpers.settings import data_folder, is_address, read_place  # noqa: E402
from lab import breeds as of_the_lab  # noqa: E402

CONFIRM = "--i-may-pass-on-the-cats-and-dogs"
LEFT_OUT = f"""The cats and dogs are left out: Microsoft's terms do not let you pass them on without its permission.
If you have it, add {CONFIRM}. Else each learner fetches them from Microsoft.
"""  # noqa: E501
LISTS = ("trainval.txt", "test.txt", "list.txt")  # of the breeds
PASTE = """In bash or zsh, before JupyterLab is started from the same terminal:

    export COURSE_MIRROR={0}

In PowerShell, before JupyterLab is started from the same window:

    $env:COURSE_MIRROR = "{0}"

Or in a notebook, as a cell above the one that gets the photographs:

    import os; os.environ["COURSE_MIRROR"] = "{0}"
"""


def bring(folder: Path, file: OfficialFile, own: Path) -> str:
    """Bring a whole file into the mirror, unless a right one is there; return its name.

    `own` is the folder where the course itself would keep it. A wrong one is kept as `….bad`.
    """
    target = folder / file.name
    if target.exists() and (wrong := file.fault(target)):
        print(f"{file.name} was {wrong}. It is now {set_aside(target).name}.")
    if not target.exists():
        print(f"{file.name} …", flush=True)
        found = own / file.name
        found = fetch(file, folder) if file.fault(found) else found
        if found != target:
            part = target.with_name(f"{file.name}.part")
            shutil.copyfile(found, part)
            put(part, target)
    if file.name not in listed(folder):
        note(target, file.name)
    return file.name


def listed(folder: Path) -> dict[str, str]:
    """Return what the list of a mirror says: name and SHA-256."""
    sums = folder / SUMS
    return parse_sums(sums.read_bytes() if sums.is_file() else b"")


def note(path: Path, name: str) -> None:
    """Write the list anew: the content of `path` is right for the file `name`."""
    held = listed(path.parent) | {name: checksum(path)}
    lines = (f"{digest}  {name}\n" for name, digest in sorted(held.items()))
    write_whole(path.parent / SUMS, "".join(lines).encode())


def put(part: Path, target: Path) -> None:
    """Give a finished file its name. It is in the list before it is in the folder."""
    note(part, target.name)
    os.replace(part, target)


def choose(
    folder: Path, files: list[OfficialFile], get: Callable, count: int
) -> Photographs | None:
    """Return `count` photographs of each class; None when the mirror's own are better than these.

    Raises DownloadError when there are none, or when reduced files would replace whole ones.
    """
    whole = [file.name for file in files if (folder / file.name).is_file()
             and (folder / file.name).stat().st_size == file.size]  # fmt: skip
    if whole:
        raise DownloadError(
            f"{folder} holds the whole {whole[0]}. For a reduced one name another folder, and set "
            "COURSE_MIRROR to this one: then nothing is fetched again"
        )
    pets = get(1)  # so that few pets are drawn where there are no photographs
    if pets.source == "photos":
        pets = get(count)
        print(f"{files[-1].name}: {pets.origin}")
    if pets.source == "photos" and len(pets) == count * len(pets.class_names):
        return pets
    if not any(file.fault(folder / file.name) for file in files):
        print(f"{files[-1].name} stays as it is: more could not be had now.")
        return None
    if pets.source != "photos":
        raise DownloadError(pets.origin.partition("photographs. ")[2])
    return pets


def reduce_cats_and_dogs(folder: Path, count: int) -> None:
    """Write the `count` lowest numbers of each class as a zip of the official form."""
    file = official.CATS_AND_DOGS
    if pets := choose(folder, [file], cats_and_dogs, count):
        part = folder / f"{file.name}.part"
        with ZipFile(part, "w") as archive:
            for path in pets.paths:  # without a date: the same photographs are the same file
                name = f"PetImages/{path.parent.name}/{path.name}"
                archive.writestr(ZipInfo(name), path.read_bytes())
        put(part, folder / file.name)


def reduce_breeds(folder: Path, count: int) -> None:
    """Write `count` photographs of each breed, and of the official lists what is about them."""
    lists, images = of_the_lab.PET_LISTS, of_the_lab.PET_IMAGES
    if pets := choose(folder, [lists, images], of_the_lab.pet_breeds, count):
        stems = {path.stem for path in pets.paths}
        held = {f"annotations/{name}": b"" for name in LISTS}
        for name, content in of_the_lab.read_tar(fetch(lists), "annotations", list(LISTS)):
            lines = content.decode().splitlines(keepends=True)
            kept = [line for line in lines if line[0] == "#" or line.split(" ")[0] in stems]
            held[f"annotations/{name}"] = "".join(kept).encode()
        photographs = {f"images/{path.name}": path for path in pets.paths}
        parts = [folder / f"{file.name}.part" for file in (lists, images)]
        write_tar(parts[0], held)
        write_tar(parts[1], photographs)
        for part in parts:  # one right after the other: they belong together
            put(part, part.with_suffix(""))


def write_tar(path: Path, content: dict[str, Path | bytes]) -> None:
    """Write a tar.gz without dates: the same content is the same file."""
    with (
        path.open("wb") as file,
        gzip.GzipFile("", "wb", 1, file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for name, held in content.items():
            held = held if isinstance(held, bytes) else held.read_bytes()
            member = tarfile.TarInfo(name)
            member.size = len(held)
            archive.addfile(member, BytesIO(held))


def make(folder: Path, options: argparse.Namespace) -> list[str]:
    """Make what is wanted; return the names of the files that the mirror may give away."""
    names, breeds = [], [of_the_lab.PET_LISTS, of_the_lab.PET_IMAGES]
    for name, least in {"photographs": 100, "pets": 5}.items():
        if 0 < (getattr(options, name) or 0) < least:
            print(f"--{name} {getattr(options, name)} is few: what uses them needs {least}.")
    for files, count, reduce in (
        ([official.CATS_AND_DOGS], options.photographs, reduce_cats_and_dogs),
        (breeds, options.pets, reduce_breeds),
    ):
        if count == 0:
            continue
        if files != breeds and not options.confirmed:
            print(LEFT_OUT)
            continue
        if count:
            reduce(folder, count)
        names += [bring(folder, file, data_folder()) for file in files]
    for network in options.weights:
        for file in published_files(network).values():
            names.append(bring(folder, file, weights_folder()))
    return names


class Files(StaticFileHandler):
    """Files with HTTP ranges, to many at once: tornado's, which comes with Jupyter."""

    def compute_etag(self) -> None:
        """Do without the mark for which tornado would read the whole file first."""


class Front(RequestHandler):
    """The page of the address itself: the lines to paste."""

    def get(self) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.write(PASTE.format(f"http://{self.request.host}"))


def addresses() -> list[str]:
    """Return the IPv4 addresses of this computer, first the one that leads to other computers."""
    up = {name for name, state in psutil.net_if_stats().items() if state.isup}
    groups = [group for name, group in psutil.net_if_addrs().items() if name in up]
    found = [a.address for group in groups for a in group if a.family == socket.AF_INET]
    found = [address for address in found if not ip_address(address).is_loopback]
    with contextlib.suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # nothing is sent: only the way there is looked up
        first = probe.getsockname()[0]
        found.sort(key=lambda address: address != first)
    return found or ["127.0.0.1"]


async def serve(folder: Path, names: list[str], port: int) -> None:
    """Serve these files until the process is stopped. Port 0: any that is free."""
    one = "|".join(map(re.escape, [SUMS, *names]))
    pages = Application([(f"/({one})", Files, {"path": str(folder)}), ("/", Front)])
    try:
        sockets = bind_sockets(port)
    except OSError as error:
        words = f"Port {port} cannot be used ({error}). Take another one with --port."
        raise DownloadError(words) from error
    HTTPServer(pages).add_sockets(sockets)
    first, *others = [f"http://{a}:{sockets[0].getsockname()[1]}" for a in addresses()]
    print(f"\nThe mirror is at {first}\n\n{PASTE.format(first)}")
    if others:
        print(f"If nobody reaches it there, try {' or '.join(others)} in its place.")
    print(f"It gives {', '.join(names) or 'nothing'}. Ctrl + C stops it.", flush=True)
    await asyncio.Event().wait()


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one process at a time make or serve a mirror: nothing changes while learners read it."""
    lock = FileLock(folder / "mirror.lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        sys.exit(f"{folder} is being made or served by another process. Stop that one first.")
    except (OSError, NotImplementedError):
        pass  # a folder that is only read
    try:
        yield
    finally:
        lock.release()


def read_options(arguments: list[str]) -> argparse.Namespace:
    """Return what the command line asks for; a wrong one ends with a sentence."""

    def number(text: str) -> int:
        if not text.isdecimal():
            raise argparse.ArgumentTypeError(f"{text!r} is no number such as 600, or 0 for none")
        return int(text)

    parser = argparse.ArgumentParser(
        prog="python jupyter/mirror.py", description="Make a mirror for a class, and serve it."
    )
    parser.add_argument("folder", help="where the mirror is, or shall be")
    for name, what in (("photographs", "cats and dogs, of each class"), ("pets", "each breed")):
        text = f"only N photographs of {what}; 0: none. Without it: what is there, else the whole"
        parser.add_argument(f"--{name}", type=number, metavar="N", help=text)
    fetched = [name for name, entry in NETWORKS.items() if not entry.wheel]
    text = f"also their weights, for both frameworks: {', '.join(fetched)}"
    parser.add_argument(
        "--weights", nargs="+", default=[], choices=fetched, metavar="NETWORK", help=text
    )
    text = "you have Microsoft's permission to pass on its photographs"
    parser.add_argument(CONFIRM, action="store_true", dest="confirmed", help=text)
    parser.add_argument("--serve", action="store_true", help="then serve it to the class")
    parser.add_argument("--port", type=number, default=8000, metavar="N", help="default 8000")
    options = parser.parse_args(arguments)
    if options.port > 65535:
        parser.error("a port is a number up to 65535")
    return options


def main(arguments: list[str]) -> None:
    """Make the mirror; serve it when that is asked for."""
    options = read_options(arguments)
    try:
        place = read_place(options.folder)
        if is_address(place):
            raise ValueError(f"A mirror is made in a folder, and {place} is an address.")
        folder = Path(place)
        with alone(folder):
            names = make(folder, options)
            if options.serve:
                asyncio.run(serve(folder, names, options.port))
            print(f"{folder} is a mirror now. To serve it: the same line with --serve.")
    except KeyboardInterrupt:
        print("\nStopped. The same line goes on where this one was.")
    except FAILURES as error:
        sys.exit(str(error) if isinstance(error, DownloadError) else reason(error))
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
