"""The computed parts of the ledger's pages: every claim is there, in words, with its place in its chapter."""

import importlib
import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from pruneuq_helpers import ledger
from pruneuq_helpers.chapters import CHAPTERS, register

CHAPTER = CHAPTERS[2]
WORDS = ["holds", "fails", "undecided"]


@pytest.fixture(scope="module")
def pages():
    """The extension, imported from its folder."""
    folder = str(Path(__file__).resolve().parents[2] / "sphinx_ext")
    sys.path.insert(0, folder)
    yield importlib.import_module("ledger_pages")
    sys.path.remove(folder)


@pytest.fixture(scope="module")
def parts(pages, tmp_path_factory):
    """All parts, written from one quick run with made-up verdicts."""
    place = tmp_path_factory.mktemp("results")
    folder = place / "quick" / CHAPTER.name
    folder.mkdir(parents=True)
    rows = [
        {"id": claim.id, "rule": claim.rule, "verdict": WORDS[number % 3], "over": claim.over}
        for number, claim in enumerate(claim for claim in register() if claim.chapter == CHAPTER.number)
    ]
    numbers = {"value": -0.25, "low": -0.5, "high": 0.125, "seeds": 4}
    pd.DataFrame(rows).assign(**numbers).to_csv(folder / "claims.csv", index=False)
    network = {"part": "tickets", "network": "2-8-2", "data": "moons", "strategy": "dense", "level": 0.0, "seed": 0}
    pd.DataFrame([network | {"accuracy": 0.9}]).to_csv(folder / "table.csv", index=False)
    told = {"chapter": CHAPTER.name, "profile": "quick", "parameters": {"data": "a < b"}, "packages": {}}
    told |= {"started": "2026-01-02T03:04:05+00:00", "commit": None}
    (folder / "provenance.json").write_text(json.dumps(told))
    written = tmp_path_factory.mktemp("parts")
    pages.write([place], written)
    return written


def rows_of(parts, name):
    return BeautifulSoup((parts / name).read_text(encoding="utf-8"), "html.parser").select("tbody tr")


def test_every_claim_and_every_untested_finding_has_a_row(parts):
    rows = rows_of(parts, "table.html")
    assert len(rows) == len(register()) + len(ledger.UNTESTED)
    findings = [row.find("th", scope="row").get_text() for row in rows]
    for claim in register():
        rule = claim.rule.removesuffix(", 95 % t interval over seeds")
        assert any(claim.finding in finding and finding.endswith(rule) for finding in findings), claim.id


def test_a_row_says_its_verdict_in_words_and_leads_to_its_chapter(parts):
    claim = next(claim for claim in register() if claim.chapter == CHAPTER.number)
    row = next(row for row in rows_of(parts, "table.html") if claim.finding in row.get_text())
    assert row.a["href"] == f"../notebooks/{CHAPTER.name}.html#claim-{claim.id}"
    quick, real, full = row.find_all("td")[1:]
    assert quick.get_text("|") == "✓ holds|−0.25 (−0.5 to 0.125)|4 seeds, a < b, made before the keys"
    assert [real.get_text(), full.get_text()] == ["– not run", "– not run"]
    assert (row["data-paper"], row["data-quick"], row["data-real"]) == (claim.source, "holds", "not-run")
    assert not row.has_attr("data-differs")


def test_filters_wait_for_their_script(parts):
    page = BeautifulSoup((parts / "table.html").read_text(encoding="utf-8"), "html.parser")
    assert page.form.has_attr("hidden")
    names = {label["for"]: label.get_text() for label in page.find_all("label")}
    assert names == {f"ledger-{name}": name for name in ("paper", "verdict", "scale")}
    assert {field["id"] for field in page.find_all("select")} == set(names)
    assert page.output["aria-live"] == "polite"
    assert page.select_one("[role=region]")["tabindex"] == "0"


def test_a_paper_has_its_own_claims_alone(parts):
    for paper in ("S0", "S1", "S2", "S3", "S4"):
        assert {row["data-paper"] for row in rows_of(parts, f"{paper}.html")} == {paper}
        told = (parts / f"{paper}_untested.md").read_text(encoding="utf-8")
        assert all(one.finding in told for one in ledger.UNTESTED if one.source == paper)


def test_the_tally_counts_each_scale(parts):
    lines = (parts / "tally.md").read_text(encoding="utf-8").splitlines()
    mine = [claim for claim in register() if claim.chapter == CHAPTER.number]
    holds = len(mine[::3])
    assert lines[0].startswith(f"- **quick**: of {len(register())} claims {holds} hold, ")
    assert lines[1:] == [f"- **{scale}**: nothing was run at this scale yet." for scale in ("real", "full")]


def test_main_findings_have_a_verdict_a_scale_that_was_run(pages, parts):
    head, _, *rows = (parts / "main.md").read_text(encoding="utf-8").splitlines()
    assert head == "| a paper says | paper | quick |"
    claims = {claim.id: claim for claim in register()}
    assert {claims[name].source for name in pages.MAIN} == {"S0", "S1", "S2", "S3", "S4"}
    for name, row in zip(pages.MAIN, rows, strict=True):
        assert f"[{claims[name].finding}](/notebooks/{claims[name].chapter}_" in row
    mine = [claim.id for claim in claims.values() if claim.chapter == CHAPTER.number]
    word = WORDS[mine.index(pages.MAIN[0]) % 3]
    assert rows[0].endswith(f"| {pages.SIGNS[word]}\N{NO-BREAK SPACE}{word} |")
    assert rows[1].endswith("| –\N{NO-BREAK SPACE}not run |")


def test_verdicts_of_several_data_sets_stand_side_by_side(pages, monkeypatch):
    monkeypatch.setattr(pages, "MAIN", ("S9.a",))
    rows = [("quick", "holds"), ("real", "undecided"), ("real", "fails"), ("full", "not run")]
    found = pd.DataFrame(rows, columns=["scale", "verdict"])
    found = found.assign(id="S9.a", source="S9", chapter="03", finding="All is well.")
    row = pages.main_findings(found).splitlines()[2].replace("\N{NO-BREAK SPACE}", " ")
    assert row.endswith("| ✓ holds | ✗ fails, ? undecided |")


def test_the_picture_says_its_numbers(parts):
    told = (parts / "summary.md").read_text(encoding="utf-8")
    counts = ledger.counts(ledger.verdicts(places=[]))
    number = counts.loc[("S4", "full"), "not run"]
    assert f"S4: 0 hold, 0 fail, 0 undecided, {number} not run" in told
    assert (parts / "summary.png").stat().st_size < 100_000


def test_what_survives_another_scale_is_named(pages):
    rows = [
        ("a", "quick", "holds"), ("a", "real", "holds"),
        ("b", "quick", "holds"), ("b", "real", "fails"),
        ("c", "quick", "undecided"), ("c", "real", "fails"),
        ("d", "quick", "fails"), ("d", "real", "not run"),
    ]  # fmt: skip
    found = pd.DataFrame(rows, columns=["id", "scale", "verdict"]).assign(finding=lambda table: table["id"] + ".")
    assert pages.between_scales(found) == [
        "Of 3 claims run at more than one scale, 1 holds and 0 fail in every run. "
        "Of all claims, 1 holds in one run and fails in another.",
        "**Hold in every run:** *a.*",
        "**Hold in one run and fail in another:** *b.*",
    ]
    assert pages.between_scales(found[-2:]) == ["No claim was run at more than one scale yet."]


def test_changed_rules_are_shown_with_their_reason(pages):
    columns = ["date", "id", "rule", "measure", "change"]
    history = pd.DataFrame([["2026-01-01", "S9.a", "mean > 0", "x", "registered"]], columns=columns)
    assert pages.changes(history) == "1 rule was registered on 2026-01-01.\nNone was changed since."
    later = [["2026-01-02", f"S9.{name}", "mean > 1", "x", "rule changed: a slip"] for name in "ab"]
    told = pages.changes(pd.concat([history, pd.DataFrame(later, columns=columns)]))
    assert "| 2026-01-02 | rule changed: a slip | `S9.a` (mean > 1), `S9.b` (mean > 1) |" in told
    rewritten = ["2026-01-03", "S9.a", "mean > 1", "y", "measure rewritten: faster"]
    told = pages.changes(pd.concat([history, pd.DataFrame([rewritten], columns=columns)]))
    assert "| 2026-01-03 | measure rewritten: faster | `S9.a` |" in told


def test_tables_are_xml_too_so_that_an_epub_can_hold_them(parts):
    for path in parts.glob("*.html"):
        ElementTree.fromstring(f"<div>{path.read_text(encoding='utf-8')}</div>")


def test_what_no_claim_reads_is_remembered(parts, pages):
    (known,) = (parts / "unread").iterdir()
    told = (parts / "unread.md").read_text(encoding="utf-8")
    names = ", ".join(f"`{name}`" for name in json.loads(known.read_text()))
    assert told == f"- Chapter {CHAPTER.number}: {names or 'nothing'}.\n"


def test_numbers_show_both_and_their_difference():
    numbers = importlib.import_module("ledger_numbers").numbers
    row = {"place": "Fig 1", "theirs": "coins", "row": "old", "measure": "heads", "scale": "quick", "data": "ours"}
    rows = [
        row | {"level": 0.5, "printed": 0.6, "ours": 0.5, "difference": -0.1, "low": -0.2, "high": 0.05, "values": 3}
    ]
    page = BeautifulSoup(numbers(pd.DataFrame(rows), "S9"), "html.parser")
    assert page.summary.get_text() == "S9 Fig 1 (coins) beside ours: ours, quick"
    assert page.td.get_text("|") == "0.6 / 0.5|−0.1|(−0.2 to +0.05)"
    assert "3 seeds" in page.p.get_text()
    assert "No number of this paper has a counterpart" in numbers(pd.DataFrame(), "S9")
