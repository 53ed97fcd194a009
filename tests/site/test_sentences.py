"""Sentences about results stand clear: also with any one seed left out."""

from pathlib import Path

import pytest
from jupyter_cache import get_cache

from pruneuq_helpers.claims.expect import UNSTEADY

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("[0-9]*.md")), ids=lambda path: path.stem)
def test_no_sentence_of_a_chapter_rests_on_one_seed(path, site, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    from execute import CACHE, read

    cache = get_cache(CACHE)
    cells = cache.get_cache_bundle(cache.match_cache_notebook(read(path)).pk).nb.cells
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    names = [str(output.get("metadata", {}).get("scrapbook", {}).get("name")) for output in outputs]
    assert [output["data"] for name, output in zip(names, outputs, strict=True) if name.startswith(UNSTEADY)] == []
