"""The role `finding`: effects out of the ledger, and a warning where the text tells another verdict."""

import re
import sys
from pathlib import Path

import pandas as pd
import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from pruneuq_helpers.chapters import register
from pruneuq_helpers.claims import SIGNS

ROOT = Path(__file__).resolve().parents[2]
ROW = {"id": "S0.heads", "margin": 0.01, "value": -0.0456, "low": -0.0614, "high": -0.0298, "seeds": 60}
LEDGER = pd.DataFrame(
    [
        ROW | {"over": "seeds", "profile": profile, "verdict": verdict, "data": data}
        for profile, verdict, data in (
            ("quick", "undecided", "coins"),
            ("real", "holds", "coins"),
            ("real", "fails", "dice"),
        )
    ]
)


@pytest.fixture
def findings(monkeypatch):
    """The extension with this ledger."""
    monkeypatch.syspath_prepend(ROOT / "sphinx_ext")
    import findings

    monkeypatch.setattr(findings, "found", lambda: LEDGER)
    yield findings
    sys.modules.pop("findings")


def built(findings, folder: Path, text: str) -> tuple[str, str]:
    """The text of a page with this in it, and what the build complained of."""
    source, said = folder / "source", folder / "said"
    source.mkdir()
    (source / "conf.py").write_text("")
    (source / "index.rst").write_text(f"Page\n====\n\n{text}\n", encoding="utf-8")
    with docutils_namespace(), said.open("w", encoding="utf-8") as warning:
        app = Sphinx(source, source, folder / "out", folder / "trees", "text", status=None, warning=warning)
        app.add_role("finding", findings.Finding())
        app.build()
    return (folder / "out" / "index.txt").read_text(encoding="utf-8"), said.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("role", "shown", "complaint"),
    [
        ("S0.heads real/coins holds", "−0.046 (−0.061 to −0.030)", ""),
        ("S0.heads real/coins fails", "−0.046", "the text says of S0.heads in real/coins: fails, and it is: holds"),
        ("S0.heads real holds", "–", "the ledger has 2 rows of S0.heads in real"),
        ("S0.heads full holds", "–", "the ledger has 0 rows of S0.heads in full"),
        ("S0.heads quick holds", "; undecided in this build", ""),
    ],
)
def test_an_effect_is_written_and_its_verdict_checked(findings, tmp_path, role, shown, complaint):
    page, said = built(findings, tmp_path, f":finding:`{role}`")
    assert shown in page
    assert complaint in said
    assert bool(said) == bool(complaint)


def test_every_finding_of_a_page_is_a_claim_and_tells_a_verdict():
    names, told = {claim.id for claim in register()}, []
    for page in sorted((ROOT / "book").rglob("*.md")):
        told += [text.split(" ", 2) for text in re.findall(r"\{finding\}`([^`]+)`", page.read_text(encoding="utf-8"))]
    assert told
    assert {name for name, _, _ in told} <= names
    assert {word for _, _, word in told} <= set(SIGNS)
