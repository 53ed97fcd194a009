"""Kept reports of audits, in a small book."""

import json
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

ROOT = Path(__file__).resolve().parents[2]
REPORTS = sorted((ROOT / "book" / "gallery").glob("*/report.html"))


@pytest.fixture
def reports(monkeypatch):
    """The extension, loaded anew."""
    monkeypatch.syspath_prepend(ROOT / "sphinx_ext")
    monkeypatch.delitem(sys.modules, "reports", raising=False)
    import reports

    yield reports
    sys.modules.pop("reports")


def built(folder: Path, builder: str) -> Path:
    source = folder / "source"
    source.mkdir()
    (source / "conf.py").write_text('extensions = ["reports"]\n')
    (source / "index.rst").write_text("Gallery\n=======\n\n.. kept-report:: one\n")
    with docutils_namespace():
        app = Sphinx(source, source, folder / "out", folder / "trees", builder, status=None, warningiserror=True)
        app.build()
    return folder / "out"


@pytest.mark.parametrize("builder", ["html", "text"])
def test_a_kept_report_is_quoted_and_a_page_of_the_site(reports, monkeypatch, tmp_path, builder):
    kept = tmp_path / "gallery" / "one"
    kept.mkdir(parents=True)
    (kept / "report.html").write_text("<p>whole</p>")
    (kept / "audit.json").write_text(json.dumps({"words": ["No level is safe.", "Second."]}))
    monkeypatch.setattr(reports, "KEPT", kept.parent)
    out = built(tmp_path, builder)
    if builder == "text":
        assert "No level is safe.\n\n   Second." in (out / "index.txt").read_text()
        assert not (out / "gallery").exists()
        return
    page = BeautifulSoup((out / "index.html").read_text(), "html.parser")
    assert [words.text for words in page.select("blockquote p")] == ["No level is safe.", "Second."]
    link = page.find("a", string="The whole report")
    assert (out / link["href"]).read_text() == "<p>whole</p>"


@pytest.mark.parametrize("page", REPORTS, ids=lambda page: page.parent.name)
def test_kept_reports_are_small_and_name_no_place(page):
    assert page.stat().st_size < 1_000_000
    record = (page.parent / "audit.json").read_text()
    assert json.loads(record)["words"][0].startswith("The dense network is right on ")
    for text in (record, page.read_text()):
        assert "/work/" not in text
        assert "/tmp/" not in text


def test_every_kept_report_is_shown_and_every_shown_one_is_kept():
    shown = [line.split()[1] for line in (ROOT / "book" / "gallery.md").read_text().splitlines() if "{kept-" in line]
    assert sorted(shown) == sorted(page.parent.name for page in REPORTS)


def test_sentences_of_the_gallery_and_of_chapter_10_are_what_the_reports_say():
    records = {page.parent.name: json.loads((page.parent / "audit.json").read_text()) for page in REPORTS}
    cifar10, elsewhere, fails = records["cifar10"], records["elsewhere"], records["fails"]
    rules = {"accuracy": 0.03, "ece": 0.03, "class_recall": 0.15}
    assert all(record["settings"]["rules"] == rules for record in records.values())
    assert cifar10["settings"]["fine_tune"] == elsewhere["settings"]["fine_tune"] == 1
    assert [row["verdict"] for row in cifar10["overall"]] == ["safe", "safe", "undecided"]
    repaired = [row for row in cifar10["repairs"] if (row["level"], row["repair"]) == (0.4, "statistics")]
    assert {row["verdict"] for row in repaired} == {"safe"}
    assert [(row["level"], row["verdict"]) for row in elsewhere["overall"]] == [(0.1, "not safe"), (0.2, "not safe")]
    assert {row["verdict"] for row in elsewhere["repairs"] if row["rule"] == "accuracy"} == {"not safe"}
    assert elsewhere["chosen"] is None
    assert fails["settings"]["fine_tune"] == 0
    assert {row["verdict"] for row in fails["overall"]} == {"not safe"}
    losses = {row["level"]: row["worse"] for row in fails["verdicts"] if row["rule"] == "accuracy"}
    for row in fails["repairs"]:
        if row["rule"] == "accuracy":
            assert row["verdict"] == "not safe"
            assert row["repair"] == "temperature" or row["worse"] < losses[row["level"]] / 2
