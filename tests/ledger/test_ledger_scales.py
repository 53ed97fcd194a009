"""The ledger judges what runs left, at every scale, and says what several data sets agree on."""

import importlib
from pathlib import Path

import pandas as pd
import pytest

from pruneuq_helpers import ledger
from pruneuq_helpers.chapters import CHAPTERS, register
from pruneuq_helpers.claims import Claim, check

ROOT = Path(__file__).resolve().parents[2]
TABLE = pd.DataFrame({"coin": ["old", "new"] * 3, "seed": [0, 0, 1, 1, 2, 2], "heads": [0.6, 0, 0.7, 0, 0.65, 0]})


def heads(table):
    return table.loc[table["coin"] == "old", "heads"] - 0.5


def claim(id="S9.heads", **changes):
    words = {"chapter": "01", "source": "S9", "place": "Fig 1", "quote": "heads", "short": "heads"}
    words |= {"finding": "Coins favour heads.", "effect": "share of heads minus one half", "measured": "share"}
    return Claim(**{"id": id, **words, "measure": heads, **changes})


def run(claims, profile="quick", data="coins", table=TABLE):
    return ledger.Run(CHAPTERS[0], profile, data, 3, table, check(claims, table))


TURNED = TABLE.assign(heads=1 - TABLE["heads"])


def test_a_run_stands_with_its_scale_profile_and_data():
    found = ledger.verdicts([run([claim()], "real-small")]).iloc[0]
    assert (found["scale"], found["profile"], found["data"], found["verdict"]) == (
        "real", "real-small", "coins", "holds",
    )  # fmt: skip
    assert found["value"] == pytest.approx(0.15)


def test_data_sets_that_say_the_opposite_are_contradictory_and_named():
    found = ledger.verdicts([run([claim()], "real", "old coins"), run([claim()], "real-other", "new coins", TURNED)])
    row = ledger.by_claim(found).iloc[0]
    assert row["verdict"] == "contradictory"
    assert row["told"] == "holds on old coins; fails on new coins"
    assert len(ledger.by_claim(found)) == 1


@pytest.mark.parametrize(
    ("words", "word"),
    [
        (["holds"], "holds"),
        (["holds", "holds"], "holds"),
        (["holds", "no relevant change"], "contradictory"),
        (["fails", "no relevant change"], "fails"),
        (["fails", "no relevant change", "undecided"], "undecided"),
        (["fails", "undecided"], "undecided"),
        (["fails", "not decidable here"], "fails"),
        (["not decidable here"], "not decidable here"),
    ],
)
def test_one_word_for_several_data_sets(words, word):
    assert ledger.agreed(words) == word


def test_what_survives_is_counted_among_the_claims_of_one_paper_and_scale():
    weak = TABLE.assign(heads=[0.55, 0, 0.65, 0, 0.66, 0])
    one = ledger.verdicts([run([claim()], table=weak)])
    assert one["p"].between(0.025, 0.1).all()
    strong = ledger.verdicts([run([claim()])])
    assert strong["survives"].tolist() == [True]
    many = ledger.verdicts([run([claim(f"S9.heads{number}") for number in range(9)])])
    assert not many["survives"].any()
    apart = ledger.verdicts([run([claim(f"S9.heads{number}", source=f"S{number}") for number in range(9)])])
    assert apart["survives"].all()


def test_figures_stand_in_the_order_of_their_numbers():
    found = ledger.verdicts([run([claim("S9.fig10.a"), claim("S9.fig2.a"), claim("S8.z", source="S8")])])
    assert found["id"].unique().tolist() == ["S8.z", "S9.fig2.a", "S9.fig10.a"]


def test_what_no_claim_reads_is_listed():
    claims = [claim(), claim("S9.other", measure=lambda table: table["no such column"])]
    assert ledger.unread(claims, TABLE) == ["seed"]
    assert ledger.unread(claims[1:], TABLE) == ["coin", "seed", "heads"]


def test_no_run_gives_an_empty_ledger():
    found = ledger.verdicts([])
    assert found.empty
    assert ledger.by_claim(found).empty


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_kept_cells_are_judged_without_being_stored_as_verdicts(chapter):
    for kept in ledger.kept(chapter):
        judged = [one for one in chapter.claims.CLAIMS if kept.seeds >= 2 or one.over != "seeds"]
        assert set(kept.verdicts["id"]) == {one.id for one in judged}
        assert kept.verdicts["verdict"].ne("not decidable here").any()
        told = kept.verdicts
        assert told.loc[told["verdict"] == "not decidable here", "reason"].ne("").all()
    assert not list((ROOT / "book" / "results").glob(f"*/{chapter.name}/*.csv"))


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_every_claim_is_read_by_the_notebook_of_its_chapter(chapter, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    digest = importlib.import_module("digest")
    text = (ROOT / "notebooks" / f"{chapter.name}.md").read_text(encoding="utf-8")
    assert chapter.claims.__name__ in digest.closure(digest.cells(text).uses)
    assert {one.chapter for one in chapter.claims.CLAIMS} == {chapter.number}


def test_a_papers_claim_has_its_words_and_ours_have_none():
    for one in register():
        assert (one.source == "book") == (not one.quote), one.id
        assert one.id.startswith("book." if one.source == "book" else f"{one.source}."), one.id
        assert len(one.short) <= 45, one.id
        assert len(one.quote.split()) <= 16, one.id
