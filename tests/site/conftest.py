"""A browser and the built book for the tests of the pages."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import Error, sync_playwright

from pruneuq_helpers.doctor import find_chromium

ROOT = Path(__file__).resolve().parents[2]
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
INSTALL = "no Chromium was found or could be fetched: install Debian's package `chromium` (or any Chrome), and repeat"


def _debian() -> None:
    """Install Debian's package, where this may be done."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"]):
            subprocess.run(["apt-get", "-qq", *words], env=quiet, check=False)


def _own_download(playwright) -> str | None:
    """The Chromium that playwright keeps for itself, fetched if need be."""
    path = playwright.chromium.executable_path
    if not Path(path).exists():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    return path if Path(path).exists() else None


def _chromium(playwright) -> str | None:
    """A Chromium: one that is there, else Debian's, else playwright's own."""
    if find_chromium() is None:
        _debian()
    return find_chromium() or _own_download(playwright)


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """One headless Chromium for all pages; without one the tests fail, they are never skipped."""
    with sync_playwright() as playwright:
        # Several pytest workers must not install at the same time.
        with FileLock(tmp_path_factory.getbasetemp().parent / "chromium.lock"):
            path = _chromium(playwright)
        if path is None:
            pytest.fail(INSTALL, pytrace=False)
        try:
            chromium = playwright.chromium.launch(executable_path=path, headless=True, args=list(FLAGS))
        except Error as error:
            pytest.fail(f"{path} does not start ({error}); install Debian's package `chromium`", pytrace=False)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the built book."""
    folder = ROOT / "_build" / "html"
    if not (folder / "index.html").exists():
        pytest.fail(f"there is no built book in {folder}: run `make book` first", pytrace=False)
    return folder


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    script = ROOT / "thirdparty" / "tests" / "axe.min.js"
    if not script.exists():
        pytest.fail(f"{script} is missing: run `make book` first", pytrace=False)
    return script.read_text(encoding="utf-8")
