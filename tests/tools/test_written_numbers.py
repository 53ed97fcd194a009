"""Numbers are written alike in text, and left alone in code."""

import sys
from pathlib import Path

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("At 99 % or 3% of it.", "At 99\u00a0% or 3\u00a0% of it."),
        ("From -0.5 (-3) on 2026-11-30.", "From −0.5 (−3) on 2026-11-30."),
        (
            "Of 10000 (100000), 9431587 on pages 11160–11169.",
            "Of 10\u00a0000 (100\u00a0000), 9431587 on pages 11160–11169.",
        ),
        ("Write ``-1 and 5 %``.", "-1 and 5 %"),
    ],
)
def test_in_text_and_not_in_code(monkeypatch, tmp_path, source, shown):
    assert shown in page(monkeypatch, tmp_path, source, "text")


def test_in_tables_that_a_cell_printed(monkeypatch, tmp_path):
    printed = "<pre>-1</pre><table><td>-1.5</td><td>62006<small>mean > -0.02</small></td></table>"
    written = "<pre>-1</pre><table><td>−1.5</td><td>62\u00a0006<small>mean > −0.02</small></td></table>"
    assert written in page(monkeypatch, tmp_path, f".. raw:: html\n\n   {printed}", "html")


def page(monkeypatch, tmp_path, source, form):
    monkeypatch.syspath_prepend(ROOT / "sphinx_ext")
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "conf.py").write_text('extensions = ["written_numbers"]\n')
    (folder / "index.rst").write_text(f"Page\n====\n\n{source}\n", encoding="utf-8")
    with docutils_namespace():
        Sphinx(folder, folder, tmp_path / "out", tmp_path / "trees", form, status=None, warningiserror=True).build()
    sys.modules.pop("written_numbers")
    (made,) = (tmp_path / "out").glob("index.*")
    return made.read_text(encoding="utf-8")
