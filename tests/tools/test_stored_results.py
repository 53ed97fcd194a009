"""The page of stored results, and the warning on a chapter, in a small book."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from pruneuq_helpers import results

EXTENSIONS = Path(__file__).resolve().parents[2] / "sphinx_ext"
CHAPTER = "03_lottery_tickets"
PROVENANCE = {
    "chapter": CHAPTER, "profile": "real", "parameters": {"seeds": 5}, "commit": "3cddd07513f4", "device": "cpu",
    "packages": {}, "seconds": 600.0, "started": "2026-01-31T10:00:00+00:00",
}  # fmt: skip


@pytest.fixture
def book(tmp_path, monkeypatch):
    """Build a book of two pages whose checkout holds one result; gives its pages."""
    folder = tmp_path / "book" / "results" / "real" / CHAPTER
    folder.mkdir(parents=True)
    (folder / "table.csv").write_text("seed\n0\n")
    (tmp_path / "notebooks" / "parameters" / "real").mkdir(parents=True)
    cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": ["seeds = 2"]}
    (tmp_path / "notebooks" / f"{CHAPTER}.ipynb").write_text(json.dumps({"cells": [cell]}))
    (tmp_path / "notebooks" / "parameters" / "real" / f"{CHAPTER}.yaml").write_text("profile: real\nseeds: 5\n")
    (tmp_path / "notebooks" / f"{CHAPTER}.md").write_text("# Tickets\n\nWords.\n")
    page = f"# Results\n\n```{{stored-results}}\n```\n\n```{{toctree}}\n../notebooks/{CHAPTER}\n```\n"
    (tmp_path / "book" / "results.md").write_text(page)
    monkeypatch.syspath_prepend(EXTENSIONS)
    monkeypatch.setattr(results, "repository", lambda: tmp_path)
    monkeypatch.delitem(sys.modules, "stored_results", raising=False)
    import stored_results

    monkeypatch.setattr(stored_results, "repository", lambda: tmp_path)

    def build(**changes):
        (folder / "provenance.json").write_text(json.dumps(PROVENANCE | changes))
        site = tmp_path / "site"
        settings = {"extensions": ["myst_parser", "stored_results"], "root_doc": "book/results"}
        settings |= {"include_patterns": ["book/*.md", "notebooks/*.md"], "html_theme": "basic"}
        with docutils_namespace():
            app = Sphinx(
                tmp_path, None, site, tmp_path / "trees", "html", settings, status=None, warningiserror=True,
                freshenv=True,
            )  # fmt: skip
            app.build()
        assert app.statuscode == 0
        names = ("book/results", f"notebooks/{CHAPTER}")
        return [BeautifulSoup((site / f"{name}.html").read_text(), "html.parser") for name in names]

    yield build
    shutil.rmtree(tmp_path / "site", ignore_errors=True)


def test_a_result_is_listed_with_its_files(book):
    page, chapter = book()
    cells = [cell.get_text(" ", strip=True) for cell in page.select("tbody td")]
    made = "2026-01-31, commit 3cddd07, 5 seeds, 10 min on cpu"
    assert cells[:3] == ["03 Lottery tickets , real", made, "table , provenance"]
    assert "whether it is stale is unknown" in cells[3]
    links = [link["href"].rpartition("/")[2] for link in page.select("a.download")]
    assert links == ["table.csv", "provenance.json"]
    assert page.select_one("tbody a")["href"] == f"../notebooks/{CHAPTER}.html"
    assert chapter.select_one(".pruneuq-stale") is None


def test_a_stale_result_warns_on_the_page_of_its_chapter(book):
    page, chapter = book(parameters={"seeds": 7})
    warning = chapter.select_one(".warning.pruneuq-stale").get_text(" ", strip=True)
    assert warning.endswith(
        "Profile “real”, run on 2026-01-31: stale, because since then parameter seeds was 7 and is 5."
    )
    assert chapter.select_one("h1").find_next("div") == chapter.select_one(".pruneuq-stale")
    assert "stale, because" in page.select("tbody td")[3].get_text()
