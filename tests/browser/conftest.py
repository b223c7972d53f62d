"""A real browser and the server of `make lab`, on a copy of the repository."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from fixtures import git

from helpers.settings import REPOSITORY

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
         "--disable-component-update", "--no-first-run"]  # fmt: skip


@pytest.fixture(scope="module")  # while Playwright's event loop lives, no test can start another
def browser():
    """Chromium, without a window."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        program = None
    if program is None:
        pytest.skip("Chromium or Playwright is missing: see tests/browser/requirements.txt")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield made
        made.close()


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    """A copy of the files that git tracks; where there is no git, of all files."""
    folder = tmp_path_factory.mktemp("course")
    held = git("ls-files", "--cached", "--others", "--exclude-standard")
    names = held.split("\n") if held else [p for p in REPOSITORY.rglob("*") if p.is_file()]
    for name in names:
        source = REPOSITORY / name
        if source.is_file() and not source.is_relative_to(REPOSITORY / ".venv"):
            target = folder / source.relative_to(REPOSITORY)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    return folder


@pytest.fixture(scope="module")
def lab(course):
    """The address of JupyterLab as `make lab` starts it; `my_course` lies in `course`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "jupyter/open_lab.py", "--no-browser", f"--port={port}",
               "--ServerApp.port_retries=0", "--IdentityProvider.token="]  # fmt: skip
    home = {"JUPYTER_CONFIG_DIR": course / "home", "JUPYTERLAB_SETTINGS_DIR": course / "home",
            "JUPYTERLAB_WORKSPACES_DIR": course / "home"}  # fmt: skip
    log = (course / "server.log").open("w")
    environment = {**os.environ, **{name: str(folder) for name, folder in home.items()}}
    server = subprocess.Popen(command, cwd=course, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(f"{address}/api/status", timeout=5).close()
                break
            except OSError:
                said = (course / "server.log").read_text()
                assert server.poll() is None and time.monotonic() < end, said
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(30)
        log.close()
