"""What is written beside the results, and what must not be."""

import getpass
import json
import platform
import subprocess
import time
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from pruneuq_helpers.claims import Claim, check
from pruneuq_helpers.study import Part, Study
from pruneuq_helpers.study import machine as module
from pruneuq_helpers.study.parameters import DataName
from pruneuq_helpers.study.provenance import without_paths


def sleepy(cell):
    time.sleep(1)
    return {"loss": 0.5}


class BirdStudy(Study):
    chapter = "00_birds"
    parts = {"naps": Part(lambda study: [{"seed": 0}], sleepy)}
    data: DataName


@pytest.fixture(autouse=True)
def _ask_again():
    """The commit is asked once a process."""
    module.commit.cache_clear()
    yield
    module.commit.cache_clear()


@pytest.fixture
def study(tmp_path):
    return BirdStudy(seeds=2, data="imagefolder:/home/ann/birds", out=str(tmp_path))


TABLE = pd.DataFrame({"seed": [0, 1], "loss": np.random.default_rng(0).normal(size=2), "note": ["a,b", None]})


def test_results_are_written_beside_each_other(study):
    about = ("S0.x", "00", "S0", "Fig 1", "positive", "loss", "Loss is positive.", "loss", "NLL")
    claim = Claim(*about, lambda table: table["loss"])
    verdicts = check([claim], TABLE)
    shown = study.finish(TABLE, verdicts)
    assert sorted(path.name for path in study.folder.iterdir()) == ["claims.csv", "provenance.json", "table.csv"]
    assert_frame_equal(pd.read_csv(study.folder / "table.csv"), TABLE, check_exact=True)
    assert pd.read_csv(study.folder / "claims.csv")["verdict"].tolist() == verdicts["verdict"].tolist()
    kept = json.loads((study.folder / "provenance.json").read_text())
    assert kept["chapter"] == shown.chapter == "00_birds"
    assert kept["parameters"]["seeds"] == 2
    assert kept["packages"]["numpy"] == np.__version__
    assert kept["python"] == platform.python_version()
    assert kept["seconds"] >= 0
    assert kept["parts"] == {}, "no cell was run"
    assert "of one worker" not in str(shown)


def test_what_stored_cells_took_is_told_again(study):
    study.run("naps")
    later = BirdStudy(**study.model_dump())  # as another run of the notebook makes it
    later.run("naps")
    shown = later.finish(TABLE)
    about = shown.parts["naps"]
    assert (about["computed"], about["read"], about["kept"]) == (0, 1, 0)
    assert 1 <= about["seconds"] < 60
    assert "part naps   version 1: 1 read from the store; they took 1 s of one worker" in str(shown)


def test_nothing_tells_of_the_machine(study, tmp_path):
    shown = study.finish(TABLE)
    told = (study.folder / "provenance.json").read_text() + str(shown) + shown._repr_html_()
    for secret in (str(tmp_path), "/home/ann", platform.node(), f"{getpass.getuser()}/"):
        assert secret not in told
    assert shown.parameters["data"] == "imagefolder:…/birds"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("/home/ann/runs", "…/runs"),
        ("imagefolder:/data/birds/", "imagefolder:…/birds"),
        ("~/runs", "…/runs"),
        (r"C:\Users\ann\runs", "…/runs"),
        ("imagefolder:D:/birds", "imagefolder:…/birds"),
        ("/home/ann lee/runs", "…/runs"),
        ("runs/may", "runs/may"),
        ("../runs", "../runs"),
        ("one-shot", "one-shot"),
        (["/a/b", 1, None], ["…/b", 1, None]),
    ],
)
def test_absolute_paths_are_shortened(given, told):
    assert without_paths(given) == told


class Cells(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes).get("scope")))


def test_the_shown_table_has_header_cells(study):
    page = Cells()
    page.feed(study.finish(TABLE)._repr_html_())
    assert page.tags.count(("th", "col")) == 2
    assert page.tags.count(("th", "row")) == page.tags.count(("td", None)) == 10


def test_the_commit_tells_of_changes(study, tmp_path, monkeypatch):
    checkout = tmp_path / "checkout"
    (checkout / "pruneuq_helpers").mkdir(parents=True)
    monkeypatch.setattr(module, "CHECKOUT", checkout)
    module.commit.cache_clear()
    assert study.finish(TABLE).commit is None  # no checkout of the book
    (checkout / "_toc.yml").write_text("root: a")
    module.commit.cache_clear()

    def git(*words):
        command = ["git", "-C", checkout, "-c", "user.name=a", "-c", "user.email=a@b", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    git("init", "-q")
    git("add", "_toc.yml")
    git("commit", "-qm", "first")
    commit = git("rev-parse", "HEAD").strip()
    module.commit.cache_clear()
    assert study.finish(TABLE).commit == commit
    (checkout / "_toc.yml").write_text("root: b")
    module.commit.cache_clear()
    assert study.finish(TABLE).commit == f"{commit} + changes"
    assert "not in a checkout" not in str(study.finish(TABLE))


def test_without_git_there_is_no_commit(study, monkeypatch):
    def missing(*args, **kwargs):
        raise FileNotFoundError("git")

    monkeypatch.setattr(module.subprocess, "run", missing)
    module.commit.cache_clear()
    shown = study.finish(TABLE)
    assert shown.commit is None
    assert "not in a checkout" in str(shown)
