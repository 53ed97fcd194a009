"""A browser and the built book for the tests of the pages."""

from pathlib import Path

import pytest
from chromium import INSTALL, chromium
from filelock import FileLock
from playwright.sync_api import Error, sync_playwright

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


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """One headless Chromium for all pages; without one the tests fail, they are never skipped."""
    with sync_playwright() as playwright:
        # Several pytest workers must not install at the same time.
        with FileLock(tmp_path_factory.getbasetemp().parent / "chromium.lock"):
            path = chromium(playwright)
        if path is None:
            pytest.fail(INSTALL, pytrace=False)
        try:
            started = playwright.chromium.launch(executable_path=path, headless=True, args=list(FLAGS))
        except Error as error:
            pytest.fail(f"{path} does not start ({error}); install Debian's package `chromium`", pytrace=False)
        yield started
        started.close()


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
