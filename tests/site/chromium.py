"""A Chromium for the tests: one that is there, else Debian's package, else playwright's own download."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from pruneuq_helpers.commands.doctor import find_chromium

INSTALL = "no Chromium was found or could be fetched: install Debian's package `chromium` (or any Chrome), and repeat"


def debian() -> None:
    """Install Debian's package, where this may be done."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"]):
            subprocess.run(["apt-get", "-qq", *words], env=quiet, check=False)


def own_download(playwright) -> str | None:
    """The Chromium that playwright keeps for itself, fetched if need be."""
    path = playwright.chromium.executable_path
    if not Path(path).exists():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    return path if Path(path).exists() else None


def chromium(playwright) -> str | None:
    """The path of a Chromium, installed if need be; None where nothing helps."""
    if find_chromium() is None:
        debian()
    return find_chromium() or own_download(playwright)
