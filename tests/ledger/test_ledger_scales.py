"""The ledger says what the runs left, at every scale, and has a study for every claim."""

import importlib
import json
from pathlib import Path

import pandas as pd
import pytest

from pruneuq_helpers import chapters, ledger
from pruneuq_helpers.chapters import CHAPTERS, register
from pruneuq_helpers.claims import Claim, check, contrast, decide

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = CHAPTERS[0]
TABLE = pd.DataFrame({"coin": ["old", "new"] * 3, "seed": [0, 0, 1, 1, 2, 2], "heads": [0.6, 0, 0.7, 0, 0.65, 0]})


def heads(table):
    return table.loc[table["coin"] == "old", "heads"] - 0.5


def claim(id="S9.heads", **changes):
    words = {"chapter": CHAPTER.number, "source": "S9", "place": "Fig 1", "finding": "Coins favour heads."}
    return Claim(**{"id": id, **words, "effect": "share of heads minus one half", "measure": heads, **changes})


@pytest.fixture
def left(tmp_path):
    """Write the verdicts of a run, as a study does; the folder to read them from."""

    def written(claims, profile="quick", data="coins", table=TABLE):
        folder = tmp_path / profile / CHAPTER.name
        folder.mkdir(parents=True)
        check(claims, table).to_csv(folder / "claims.csv", index=False)
        table.to_csv(folder / "table.csv", index=False)
        told = {"chapter": CHAPTER.name, "profile": profile, "parameters": {"data": data}, "packages": {}}
        told |= {"started": "2026-01-02T03:04:05+00:00", "commit": "0123456789abcdef"}
        (folder / "provenance.json").write_text(json.dumps(told))
        return tmp_path

    return written


def test_a_run_is_told_with_its_numbers_data_day_and_commit(left):
    found = ledger.verdicts([claim()], [left([claim()])]).set_index("scale")
    row = found.loc["quick"]
    assert (row["verdict"], row["data"], row["date"], row["commit"]) == ("holds", "coins", "2026-01-02", "0123456")
    assert row["value"] == pytest.approx(0.15)
    assert row["low"] < 0.15 < row["high"]
    assert row["seeds"] == 3
    assert found.loc[["real", "full"], "verdict"].tolist() == ["not run", "not run"]


def test_what_a_run_could_not_decide_is_not_run_and_says_why(left):
    found = ledger.verdicts([claim(), claim("S9.tails")], [left([claim()])]).set_index(["id", "scale"])
    assert found.loc[("S9.tails", "quick"), "note"] == "the run has nothing that this rule compares"
    assert found.loc[("S9.tails", "real"), "note"] == "nothing was run at this scale"


def test_a_verdict_of_an_older_rule_is_marked(left):
    place = left([claim(boundary=0.1)])
    found = ledger.verdicts([claim()], [place]).set_index("scale")
    assert found.loc["quick", "note"] == "decided by an older rule: mean > 0.1, 95 % t interval over seeds"
    assert found.loc["quick", "verdict"] == "undecided"


def test_two_runs_of_one_scale_stand_side_by_side_and_count_once(left):
    left([claim()], "real", "imagefolder:data/some-jpeg")
    place = left([claim()], "real-other", ["one", "two"], TABLE.assign(heads=1 - TABLE["heads"]))
    found = ledger.verdicts([claim()], [place])
    real = found[found["scale"] == "real"]
    assert sorted(zip(real["data"], real["verdict"], strict=True)) == [
        ("one, two", "fails"),
        ("some-jpeg (a folder of images)", "holds"),
    ]
    counted = ledger.counts(found)
    assert counted.loc[("S9", "real")].to_dict() == {"holds": 0, "fails": 0, "undecided": 1, "not run": 0}
    assert counted.loc[("S9", "full")].to_dict() == {"holds": 0, "fails": 0, "undecided": 0, "not run": 1}


def test_figures_stand_in_the_order_of_their_numbers():
    found = ledger.verdicts([claim("S9.fig10.a"), claim("S9.fig2.a"), claim("S8.z", source="S8")], [])
    assert found["id"].unique().tolist() == ["S8.z", "S9.fig2.a", "S9.fig10.a"]


def test_profiles_of_no_scale_are_no_runs(left):
    assert ledger.runs([left([claim()], "smoke")]).empty


def test_what_no_claim_reads_is_listed():
    claims = [claim(), claim("S9.other", measure=lambda table: table["no such column"])]
    assert ledger.unread(claims, TABLE) == ["seed", "coin = new"]
    assert ledger.unread(claims[1:], TABLE) == ["coin", "seed", "heads"]


def test_every_claim_is_read_by_the_notebook_of_its_chapter(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    digest = importlib.import_module("digest")
    names = {chapter.number: chapter.name for chapter in CHAPTERS}
    texts = {number: (ROOT / "notebooks" / f"{name}.md").read_text(encoding="utf-8") for number, name in names.items()}
    reads = {number: digest.closure(digest.cells(text).uses) for number, text in texts.items()}
    listed = set()
    for room in chapters.modules():
        for claims in (value for key, value in vars(room).items() if key.endswith("CLAIMS")):
            for one in claims:
                assert one.chapter in names, f"{one.id}: no chapter {one.chapter}"
                if room.__name__ in reads[one.chapter]:
                    listed.add(one.id)
    assert {one.id for one in register()} == listed


def test_kept_verdicts_follow_from_the_kept_tables():
    claims = {one.id: one for one in register()}
    found = ledger.runs([ROOT / "book" / "results"])
    assert len(found)
    for folder in found["folder"]:
        table, kept = ledger.table(folder / "table.csv"), pd.read_csv(folder / "claims.csv")
        for row in kept.itertuples():
            claim = claims[row.id]
            again = decide(contrast(claim.measure(table), claim.over, claim.interval))
            assert again.effect == pytest.approx(row.value, rel=1e-3, abs=1e-5), (folder, row.id)
            assert again.seeds == row.seeds, (folder, row.id)


def test_kept_results_decide_claims_of_the_register():
    known = {claim.id for claim in register()}
    for path in sorted((ROOT / "book" / "results").glob("*/*/claims.csv")):
        assert set(pd.read_csv(path)["id"]) <= known, path
