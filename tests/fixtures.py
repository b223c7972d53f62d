"""What the tests share: odd image files, small archives and a badly behaved web server."""

import contextlib
import gzip
import io
import subprocess
import tarfile
import threading
import zipfile
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
from PIL import Image

from helpers.settings import REPOSITORY


def git(*arguments: str) -> str | None:
    """Return what git says; None where the course is no git repository."""
    if not (REPOSITORY / ".git").exists():
        return None
    command = ["git", *arguments]
    return subprocess.run(
        command, cwd=REPOSITORY, check=True, capture_output=True, encoding="utf-8"
    ).stdout


def encode(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format=kind, **options)
    return buffer.getvalue()


def picture(seed: int = 0, height: int = 64, width: int = 80) -> Image.Image:
    values = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values)


def jpeg(seed: int = 0) -> bytes:
    return encode(picture(seed, 24, 32), "JPEG")


def odd_images() -> dict[str, bytes]:
    """One file of each kind that learners and the real archives bring along."""
    image = picture()
    plain = encode(image, "JPEG")
    rgba = image.convert("RGBA")
    rgba.putalpha(Image.fromarray(np.tile(np.array([0, 255], np.uint8), (64, 40))))
    palette = image.convert("P")
    wide = (np.arange(64 * 80, dtype=np.uint16) * 12).reshape(64, 80)
    frames = [picture(seed).convert("P") for seed in (1, 2, 3)]
    exif = Image.Exif()
    exif[0x0112] = 6
    return {
        "plain.jpg": plain,
        "zero.jpg": b"",
        "html.jpg": b"<!doctype html>404",
        "trunc.jpg": plain[: len(plain) // 2],
        "trunc_tail.jpg": plain[:-2],
        "extra.jpg": plain[:-2] + bytes(99) + plain[-2:],
        "cmyk.jpg": encode(image.convert("CMYK"), "JPEG"),
        "gray.jpg": encode(image.convert("L"), "JPEG"),
        "rgba.png": encode(rgba, "PNG"),
        "la.png": encode(image.convert("LA"), "PNG"),
        "pal.png": encode(palette, "PNG"),
        "palT.png": encode(palette, "PNG", transparency=bytes(range(256))),
        "bit1.png": encode(image.convert("1"), "PNG"),
        "i16.png": encode(Image.fromarray(wide), "PNG"),
        "gif_named.jpg": encode(palette, "GIF"),
        "bmp_named.jpg": encode(image, "BMP"),
        "png_named.jpg": encode(image, "PNG"),
        "webp_named.jpg": encode(image, "WEBP", lossless=True),
        "anim_named.jpg": encode(frames[0], "GIF", save_all=True, append_images=frames[1:]),
        "exif6.jpg": encode(image, "JPEG", exif=exif),
        "tiny.jpg": encode(picture(0, 1, 1), "PNG"),
        "uc.JPG": plain,
        "Thumbs.db": bytes.fromhex("d0cf11e0a1b11ae1") + bytes(500),
    }


REFUSED = {"zero.jpg", "html.jpg", "trunc.jpg", "trunc_tail.jpg", "Thumbs.db"}


def cats_and_dogs_files(count: int) -> dict[str, bytes]:
    """`count` good cats and dogs, and the junk of the real archive between them."""
    odd = odd_images()
    files = {"readme[1].txt": b"readme", "PetImages/Cat/Thumbs.db": odd["Thumbs.db"]}
    for number in range(1, count + 1):
        files[f"PetImages/Cat/{number}.jpg"] = jpeg(number)
        files[f"PetImages/Dog/{number}.jpg"] = jpeg(10_000 + number)
    return files


def pet_files(breeds=("Abyssinian", "american_bulldog"), count: int = 4) -> tuple[dict, dict]:
    """Return the files of images.tar.gz and annotations.tar.gz: half training, half test."""
    images, lists = {"images/Abyssinian_1.mat": b"mat"}, {"trainval.txt": "", "test.txt": ""}
    for index, breed in enumerate(breeds, 1):
        kind = 1 if breed[0].isupper() else 2
        for number in range(1, count + 1):
            images[f"images/{breed}_{number}.jpg"] = jpeg(1000 * index + number)
            part = "trainval.txt" if number % 2 else "test.txt"
            lists[part] += f"{breed}_{number} {index} {kind} 1\n"
    annotations = {f"annotations/{name}": text.encode() for name, text in lists.items()}
    return images, annotations | {"annotations/list.txt": b"#Image CLASS-ID SPECIES BREED ID\n"}


def zip_bytes(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tar_bytes(files: dict[str, bytes | None]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            if content is None:  # a link that leads out of the archive
                member.type, member.linkname = tarfile.SYMTYPE, "../../../secret"
            member.size = len(content or b"")
            archive.addfile(member, io.BytesIO(content or b""))
    return buffer.getvalue()


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def make_mirror(folder: Path, files: dict[str, bytes], sums: dict[str, str] | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    listed = {name: digest(content) for name, content in files.items()} if sums is None else sums
    for name, content in files.items():
        (folder / name).write_bytes(content)
    text = "".join(f"{total}  {name}\n" for name, total in listed.items())
    (folder / "SHA256SUMS").write_text(text, encoding="utf-8")
    return folder


class Server:
    """Serves `files` on 127.0.0.1. `script` says how the first answers go wrong, one by one.

    Words in the script: "403", "404", "416", "429", "500", "html", "half", "silent"; "packed" is
    the file with a word that it was packed for the way, "packed for the way" is that; "short" and
    "long" lie about the length, "other" sends another range; "fine" is a good answer. `ranges` is
    True, False, or "from a to b": then the last bytes cannot be asked for.
    """

    def __init__(self, files: dict[str, bytes], script=(), ranges: bool | str = True, tls=None):
        self.files, self.script, self.ranges = files, list(script), ranges
        self.asked: list[tuple[str, str | None]] = []
        self.sent, self._lock, self._closing = 0, threading.Lock(), threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        if tls:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._http.server_port}"

    def __enter__(self):
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()

    def _handler(server):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else each answer waits 40 ms

            def do_GET(self):
                with contextlib.suppress(ConnectionError):
                    server._answer(self)

            do_HEAD = do_GET

            def log_message(self, *_):
                pass

        return Handler

    def _answer(self, handler) -> None:
        with self._lock:
            wanted = handler.headers.get("Range")
            self.asked.append((handler.path, wanted))
            mood = self.script.pop(0) if self.script else "fine"
        content = self.files.get(handler.path.lstrip("/"))
        if mood == "silent":
            self._closing.wait(20)
        elif mood.isdigit():
            later = {"Retry-After": "1"} if mood == "429" else {}
            self._send(handler, int(mood), b"trouble", later)
        elif content is None:
            self._send(handler, 404, b"not here")
        elif mood == "html":
            self._send(handler, 200, b"\n <!DOCTYPE html><p>moved")
        elif mood.startswith("packed"):
            content = gzip.compress(content, 1) if mood == "packed for the way" else content
            self._send(handler, 200, content, {"Content-Encoding": "gzip"})
        elif mood in ("short", "long"):
            length = len(content) + (1000 if mood == "long" else -1000)
            self._send(handler, 200, content, {"Content-Length": str(length)}, last=True)
        elif mood == "other" and wanted:
            where = {"Content-Range": f"bytes 0-99/{len(content)}"}
            self._send(handler, 206, content[:100], where)
        elif wanted and self.ranges == "from a to b" and wanted.startswith("bytes=-"):
            self._send(handler, 416, b"")
        elif wanted and self.ranges:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            start = int(first) if first else max(0, len(content) - int(last))
            stop = int(last) + 1 if first and last else len(content)
            if start >= len(content):
                return self._send(handler, 416, b"")
            where = {"Content-Range": f"bytes {start}-{stop - 1}/{len(content)}"}
            self._send(handler, 206, content[start:stop], where, mood == "half")
        else:
            self._send(handler, 200, content, {}, mood == "half")

    def _send(self, handler, status, body: bytes, headers=None, half=False, last=False) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            handler.send_header(name, value)
        handler.end_headers()
        if handler.command == "HEAD":
            return
        body = body[: len(body) // 2] if half else body
        with self._lock:
            self.sent += len(body)
        handler.wfile.write(body)
        handler.close_connection = handler.close_connection or half or last
