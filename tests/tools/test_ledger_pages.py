"""The computed parts of the ledger's pages: every claim is there, in words, with its place in its chapter."""

import importlib
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from pruneuq_helpers import ledger
from pruneuq_helpers.chapters import CHAPTERS
from pruneuq_helpers.claims import MARGINS, Claim, check

CHAPTER = CHAPTERS[-1]  # one without printed numbers
PAPERS = ("S0", "S1", "S2", "S3", "S4", "answer", "book")
TABLE = pd.DataFrame({"seed": [0, 1, 2], "heads": [0.6, 0.7, 0.65], "tails": [0.4, 0.3, 0.35]})


def claim(name, source="S0", **changes):
    words = {"id": f"{source}.{name}", "chapter": CHAPTER.number, "source": source, "place": "Fig 1", "short": name}
    words |= {"quote": "" if source == "book" else "a < b", "finding": f"It is {name}.", "effect": "share"}
    return Claim(**words | {"measured": "share", "measure": lambda table: table["heads"] - 0.5} | changes)


CLAIMS = [
    claim("heads"),
    claim("tails", direction="<"),
    claim("vgg", "S1", needs=(lambda table: "it is about vgg19, and the run has mlp",)),
    claim("ours", "book"),
]


@pytest.fixture(scope="module")
def pages():
    """The extension, imported from its folder."""
    folder = str(Path(__file__).resolve().parents[2] / "sphinx_ext")
    sys.path.insert(0, folder)
    yield importlib.import_module("ledger_pages")
    sys.path.remove(folder)


@pytest.fixture(scope="module")
def parts(pages, tmp_path_factory):
    """All parts, written from a quick and a real run."""
    about = {"chapter": CHAPTER, "data": "a < b", "seeds": 3}
    runs = [
        ledger.Run(profile=profile, table=TABLE, verdicts=check(CLAIMS, TABLE), **about)
        for profile in ("quick", "real-coins")
    ]
    written = tmp_path_factory.mktemp("parts")
    pages.write(runs, written)
    return written


def page_of(parts, name):
    return BeautifulSoup((parts / name).read_text(encoding="utf-8"), "html.parser")


def test_the_cards_name_every_finding_once_and_lead_to_its_paper(parts):
    cards = page_of(parts, "cards.html")
    assert {link["href"]: link.get_text() for link in cards.select("tbody a")} == {
        f"papers/{one.source}.html#claim-{one.id}": one.short for one in CLAIMS
    }
    for link in cards.select("tbody a"):
        source, name = re.fullmatch(r"papers/(\w+).html#(.*)", link["href"]).groups()
        assert page_of(parts, f"{source}.html").find(id=name) is not None


def test_a_sign_says_its_verdict_and_its_data(parts):
    row = page_of(parts, "cards.html").select_one("tbody tr")
    quick, real = row.select("td .sign")
    assert quick["aria-label"] == quick["title"] == "holds (holds on a < b)"
    assert quick.get_text() == real.get_text() == "✓"


def test_the_front_page_shows_the_papers_alone(parts):
    heads = [head.get_text() for head in page_of(parts, "front.html").select("h3")]
    assert [head.partition(":")[0] for head in heads] == ["S0", "S1"]
    assert len(page_of(parts, "cards.html").select("h2")) == 3


def test_the_key_of_the_cards_shows_an_outlined_sign_and_says_what_it_means(parts):
    for name in ("cards.html", "front.html"):
        outlined = page_of(parts, name).select(".key > span")[-1]
        assert "hollow" in outlined.span["class"]
        assert outlined.get_text() == "✓ outlined: does not survive Holm’s correction"


def test_a_long_card_goes_on_in_another_with_its_heading(pages):
    claims = [claim(f"claim{number}") for number in range(pages.LONGEST + 3)]
    run = ledger.Run(CHAPTER, "quick", "coins", 3, TABLE, check(claims, TABLE))
    page = BeautifulSoup(pages.cards(ledger.by_claim(ledger.verdicts([run]))), "html.parser")
    first, second = page.select("section")
    assert [part.h2.get_text().partition(":")[0] for part in (first, second)] == ["S0", "S0, continued"]
    assert [len(part.select("tbody tr")) for part in (first, second)] == [14, 13]
    assert first.thead == second.thead


def test_the_tally_counts_each_scale(parts):
    head, _, *rows = (parts / "tally.md").read_text(encoding="utf-8").splitlines()
    assert head == "| findings that | quick | real |"
    counts = {name: (quick, real) for _, name, quick, real, _ in (row.split("|") for row in rows)}
    assert {name.strip(): quick.strip() for name, (quick, _) in counts.items()} == {
        "✓ holds": "2", "✗ fails": "1", "≈ no relevant change": "0", "? undecided": "0", "⇄ contradictory": "0",
        "– not decidable here": "1", "survive Holm": "1", "survive B–H": "3", "decided by chance": "0.2 of 3",
    }  # fmt: skip
    assert all(quick == real for quick, real in counts.values())


def test_a_paper_has_its_own_claims_with_the_reason_where_none_can_decide(parts):
    ids = {one["id"] for one in page_of(parts, "S0.html").select(".forest-claim[id]")}
    assert ids == {"claim-S0.heads", "claim-S0.tails"}
    left = page_of(parts, "S1.html").select_one("li")
    assert left["id"] == "claim-S1.vgg"
    assert (
        "quick: it is about vgg19, and the run has mlp; real-coins: it is"
        in left.find_parent("ul").find_previous_sibling("p").get_text()
    )
    for paper in PAPERS[:5]:
        told = (parts / f"{paper}_untested.md").read_text(encoding="utf-8")
        assert all(one.finding in told for one in ledger.UNTESTED if one.source == paper)


def test_every_margin_says_why(parts):
    rows = (parts / "margins.md").read_text(encoding="utf-8").splitlines()[2:]
    assert len(rows) == len(MARGINS)
    assert all(one.why.endswith(".") for one in MARGINS.values())


def test_changed_rules_are_shown_with_their_reason(pages):
    columns = ["date", "id", "rule", "values", "change"]
    history = pd.DataFrame([["2026-01-01", "S9.a", "mean > 0", "x", "registered"]], columns=columns)
    assert pages.changes(history) == "1 rule was registered on 2026-01-01.\nNone was changed since."
    later = [["2026-01-02", f"S9.{name}", "mean > 1", "x", "rule changed: a slip"] for name in "ab"]
    told = pages.changes(pd.concat([history, pd.DataFrame(later, columns=columns)]))
    assert "| 2026-01-02 | rule changed: a slip | `S9.a` (mean > 1), `S9.b` (mean > 1) |" in told
    rewritten = ["2026-01-03", "S9.a", "mean > 1", "y", "other values: faster"]
    told = pages.changes(pd.concat([history, pd.DataFrame([rewritten], columns=columns)]))
    assert "| 2026-01-03 | other values: faster | `S9.a` |" in told


def test_tables_are_xml_too_so_that_an_epub_can_hold_them(parts):
    for path in parts.glob("*.html"):
        ElementTree.fromstring(f"<div>{path.read_text(encoding='utf-8')}</div>")


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
