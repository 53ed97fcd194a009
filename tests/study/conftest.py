"""A checkout of its own for a test: notebooks with parameters, profiles, kept results."""

import json

import pytest

from pruneuq_helpers.study import parameters, profiles

CELL = 'profile = "quick"\nseeds = 2  # how many\nrate = 0.5\nout = "runs"\nworkers = 1\n'


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A book with one chapter, 00_toys, and its profile `real` of three seeds."""
    folder = tmp_path / "book of toys"
    settings = folder / "notebooks" / "parameters" / "real"
    settings.mkdir(parents=True)
    (folder / "_toc.yml").write_text("root: toys")
    cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": CELL.splitlines(keepends=True)}
    (folder / "notebooks" / "00_toys.ipynb").write_text(json.dumps({"cells": [cell]}))
    (settings / "00_toys.yaml").write_text("profile: real\nseeds: 3\n")
    for module in (parameters, profiles):
        monkeypatch.setattr(module, "__file__", str(tmp_path / "installed" / "study" / "there.py"))
    monkeypatch.chdir(folder)
    return folder
