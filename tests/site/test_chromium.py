"""The search for a browser: each way out is tried in its turn, and none of them is a silent skip."""

import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

import chromium
import pytest


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine without a browser; what is run on it is written down, and may bring one."""
    own = tmp_path / "own" / "chrome"
    state = SimpleNamespace(ran=[], found=None, brings={}, own=own, root=True)
    state.playwright = SimpleNamespace(chromium=SimpleNamespace(executable_path=str(own)))

    def run(words, **options):
        state.ran.append(" ".join(words[-2:]))
        state.brings.get(state.ran[-1], lambda: None)()

    monkeypatch.setattr(chromium, "find_chromium", lambda: state.found)
    monkeypatch.setattr(chromium.subprocess, "run", run)
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 0 if state.root else 1000)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    return state


DEBIAN = ["-qq update", "chromium fonts-dejavu-core"]


def test_browser_that_is_there_is_taken(machine):
    machine.found = "/opt/chrome"
    assert chromium.chromium(machine.playwright) == "/opt/chrome"
    assert machine.ran == []


def test_debian_comes_next(machine):
    machine.brings = {DEBIAN[1]: lambda: setattr(machine, "found", "/usr/bin/chromium")}
    assert chromium.chromium(machine.playwright) == "/usr/bin/chromium"
    assert machine.ran == DEBIAN


@pytest.mark.parametrize("root", [True, False])
def test_own_download_comes_last(machine, root):
    def fetch():
        machine.own.parent.mkdir()
        machine.own.touch()

    machine.root, machine.brings = root, {"install chromium": fetch}
    assert chromium.chromium(machine.playwright) == str(machine.own)
    assert machine.ran == [*(DEBIAN if root else []), "install chromium"]
    assert chromium.chromium(machine.playwright) == str(machine.own)
    assert machine.ran.count("install chromium") == 1


def test_machine_where_nothing_helps_has_none(machine):
    assert chromium.chromium(machine.playwright) is None
    assert machine.ran[-1] == "install chromium"


def test_page_fails_with_one_sentence_where_there_is_none(tmp_path, request):
    test = tmp_path / "test_page.py"
    test.write_text("def test_page(browser): pass")
    for name in ("conftest.py", "chromium.py"):
        shutil.copy(request.path.parent / name, tmp_path)
    # No program is on the path, and nothing answers where playwright is told to download from.
    nothing = {"PATH": "", "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path), "PLAYWRIGHT_DOWNLOAD_HOST": "http://127.0.0.1:9"}
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test)]
    done = subprocess.run(words, cwd=tmp_path, env=os.environ | nothing, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert chromium.INSTALL in done.stdout
    assert "1 error" in done.stdout
    assert "skipped" not in done.stdout
