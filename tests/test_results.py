"""Results that are kept with the book: what is said of them while the code and the profiles move on."""

import json
import shutil

import pandas as pd
import pytest
from click.testing import CliRunner

from pruneuq_helpers import results
from pruneuq_helpers.cli import main
from pruneuq_helpers.fingerprints import fingerprints
from pruneuq_helpers.freshness import freshness

PARAMETERS = 'profile = "quick"\nseeds = 2  # how many\nrate = 0.1\nlevels = [0.0, 0.5]\ndata = "moons"\nworkers = 0\n'
CELL = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": PARAMETERS.splitlines(keepends=True)}


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with one chapter, two profiles and one kept result, made with this package."""
    profiles = tmp_path / "notebooks" / "parameters" / "real"
    profiles.mkdir(parents=True)
    (tmp_path / "notebooks" / "00_coins.ipynb").write_text(json.dumps({"cells": [CELL]}))
    (profiles / "00_coins.yaml").write_text("profile: real\nseeds: 5\ndata: imagefolder:/home/ann/coins\nworkers: 2\n")
    (profiles / "00_coins_silver.yaml").write_text("profile: real-silver\nrate: 1\n")
    (tmp_path / "requirements.txt").write_text("numpy==2.4.6\ntorch==2.13.0\n")
    store(tmp_path)
    monkeypatch.setattr(results, "repository", lambda: tmp_path)
    return tmp_path


def store(root, profile="real", **changes):
    """Keep a result as a run of this profile leaves it."""
    parameters = {"profile": profile, "seeds": 5, "rate": 0.1, "levels": [0.0, 0.5], "data": "imagefolder:…/coins"}
    parameters |= {"workers": 1, "device": "cpu", "epochs": 9}
    kept = {"chapter": "00_coins", "profile": profile, "parameters": parameters, "commit": "3cddd07513f4 + changes"}
    kept |= {"packages": {"torch": "2.13.0+cpu", "numpy": "2.4.6"}, "device": "cpu", "seconds": 60.0}
    kept |= {"started": "2026-01-31T10:00:00+00:00", "source": fingerprints(["pruneuq_helpers.sentences"])}
    folder = root / "book" / "results" / profile / "00_coins"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "provenance.json").write_text(json.dumps(kept | changes))
    pd.DataFrame({"seed": [0]}).to_csv(folder / "table.csv", index=False)
    return kept | changes


def said():
    done = CliRunner().invoke(main, ["results", "check"])
    return done.exit_code, done.output.splitlines()


def test_a_result_of_this_code_and_profile_is_current(checkout):
    assert said() == (0, ["current  real/00_coins, run on 2026-01-31 at commit 3cddd07 with changes"])
    expected = "Profile `real`, run on 2026-01-31 at commit 3cddd07 with changes on cpu; code and parameters are still"
    assert results.note("real", "00_coins") == f"{expected} the same."


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"source": {"errors.py": "0" * 12}}, "errors.py changed"),
        ({"source": {"mirrors.py": "0" * 12}}, "mirrors.py is gone"),
        ({"packages": {"torch": "2.12.0", "numpy": "2.4.6"}}, "torch was 2.12.0 and is 2.13.0"),
        ({"chapter": "00_cards"}, "the checkout has no profile `real` of 00_cards"),
    ],
)
def test_what_changed_is_said(checkout, changes, why):
    kept = store(checkout, **changes)
    code, (line,) = said()
    assert code == 1
    assert line.startswith("stale ")
    assert line.endswith(f"3cddd07 with changes: {why}")
    assert results.note("real", "00_coins").endswith(f"; stale, because since then {why}.")
    assert str(freshness(kept, checkout)) == f"stale: {why}"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("seeds: 5", "seeds: 6", "parameter `seeds` was 5 and is 6"),
        ("workers: 2", "decay: 0.5", "parameter `decay` is new"),
        ("seeds: 5", "seeds: 5\nlevels: [0.5]", "parameter `levels` was [0.0, 0.5] and is [0.5]"),
    ],
)
def test_a_changed_profile_is_stale(checkout, old, new, why):
    profile = checkout / "notebooks" / "parameters" / "real" / "00_coins.yaml"
    profile.write_text(profile.read_text().replace(old, new))
    assert said()[1][0].endswith(f": {why}")


def test_a_changed_value_of_the_notebook_is_stale(checkout):
    notebook = checkout / "notebooks" / "00_coins.ipynb"
    notebook.write_text(notebook.read_text().replace("rate = 0.1", "rate = 0.2"))
    assert said()[1][0].endswith(": parameter `rate` was 0.1 and is 0.2")


def test_what_was_recorded_before_fingerprints_is_unknown(checkout):
    store(checkout, source={})
    line = "unknown  real/00_coins, run on 2026-01-31 at commit 3cddd07 with changes: recorded before fingerprints"
    assert said() == (0, [line])
    assert "whether it is stale is unknown" in results.note("real", "00_coins")


def test_a_profile_is_found_by_the_name_it_gives(checkout):
    store(checkout, "real-silver")
    assert said()[1][1].endswith(
        ": parameter `data` was 'imagefolder:…/coins' and is 'moons'; parameter `rate` was 0.1 and is 1;"
        " parameter `seeds` was 5 and is 2"
    )
    assert results.check()["state"].tolist() == ["current", "stale"]


def test_a_profile_that_is_gone_is_stale(checkout):
    store(checkout, "reel")
    assert said()[1][1].endswith(": the checkout has no profile `reel` of 00_coins")


def test_many_reasons_are_counted(checkout):
    names = ["a.py", "b.py", "c.py", "d.py", "e.py"]
    store(checkout, source=dict.fromkeys(names, "0" * 12))
    assert results.note("real", "00_coins").endswith("a.py is gone, b.py is gone, c.py is gone and 2 more.")
    assert said()[1][0].count(" is gone") == 5


def test_nothing_kept(checkout):
    shutil.rmtree(checkout / "book")
    assert said() == (0, ["no results are kept in book/results"])
    assert results.note("real", "00_coins") == "No results of 00_coins are kept for the profile `real`."
