"""The page of kept results, in a small book."""

import importlib
import shutil
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from pruneuq_helpers.chapters import find
from pruneuq_helpers.study import parameters as study_parameters
from pruneuq_helpers.study import profiles, results
from pruneuq_helpers.study.engine import job_of
from pruneuq_helpers.study.kept import keep
from pruneuq_helpers.study.profiles import parameters
from pruneuq_helpers.text import duration

EXTENSIONS = Path(__file__).resolve().parents[2] / "sphinx_ext"
CHAPTER = "03_lottery_tickets"


@pytest.fixture
def book(tmp_path, monkeypatch):
    """Build a book of two pages whose checkout may hold results; gives its pages."""
    (tmp_path / "book" / "results" / "real" / CHAPTER).mkdir(parents=True)
    (tmp_path / "notebooks" / "parameters" / "real").mkdir(parents=True)
    notebooks = Path(__file__).resolve().parents[2] / "notebooks"
    shutil.copy(notebooks / f"{CHAPTER}.ipynb", tmp_path / "notebooks")
    (tmp_path / "notebooks" / "parameters" / "real" / f"{CHAPTER}.yaml").write_text("profile: real\nseeds: 3\n")
    (tmp_path / "_toc.yml").write_text("root: book/results")
    monkeypatch.chdir(tmp_path)
    for module in (study_parameters, profiles):
        monkeypatch.setattr(module, "__file__", str(tmp_path / "installed" / "study" / "there.py"))
    (tmp_path / "notebooks" / f"{CHAPTER}.md").write_text("# Tickets\n\nWords.\n")
    page = f"# Results\n\n```{{stored-results}}\n```\n\n```{{toctree}}\n../notebooks/{CHAPTER}\n```\n"
    (tmp_path / "book" / "results.md").write_text(page)
    monkeypatch.syspath_prepend(EXTENSIONS)
    monkeypatch.delitem(sys.modules, "stored_results", raising=False)
    import stored_results  # noqa: F401 - as Sphinx will find it

    def build():
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
        return BeautifulSoup((site / "book" / "results.html").read_text(), "html.parser")

    yield build
    shutil.rmtree(tmp_path / "site", ignore_errors=True)


def test_kept_cells_are_listed_with_their_state(book, tmp_path):
    study = find(CHAPTER).study(**parameters(CHAPTER, "real") | {"out": str(tmp_path / "runs")})
    job = job_of(study, "depth")
    record = {
        "seconds": 1800.0,
        "date": "2026-02-01",
        "commit": "abc",
        "digest": "d",
        "machine": {},
        "columns": {"a": [1]},
    }
    cells = [cell for cell in job.bare if cell["seed"] < 2]
    keep("real", CHAPTER, "depth", [record | {"cell": cell, "scope": job.scope, "data": {}} for cell in cells])
    page = book()
    row = [cell.get_text(" ", strip=True) for cell in page.select_one("tbody tr").select("td")]
    assert row[0] == "03 Lottery tickets , real , depth"
    spent = duration(1800 * len(cells))
    assert row[1] == f"moons: {len(cells)} cells , 2 seeds, {spent}"
    assert row[2] == "2026-02-01, abc".replace("-", "\N{NON-BREAKING HYPHEN}")
    assert row[3] == "incomplete: 2 of 3 seeds"
    assert page.select_one("a.download")["href"].endswith("depth.jsonl.xz")


def test_what_would_weigh_on_the_site_is_left_to_the_repository(monkeypatch):
    monkeypatch.syspath_prepend(EXTENSIONS)
    stored_results = importlib.import_module("stored_results")
    row = next(results.check(lambda chapter: find(chapter).study).itertuples())
    light, heavy = (stored_results._part_row(row._replace(bytes=size)) for size in (1000, 2_000_000))
    assert "{download}" in light
    assert "{download}" not in heavy
    assert "(in the repository)" in heavy
