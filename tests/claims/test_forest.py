"""The picture of the verdicts: places, shapes, words, and what a screen reader reads."""

import math

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from pruneuq_helpers.claims import Claim, check, show
from pruneuq_helpers.claims.forest import WIDTH, measured, place, said, units, word_of

TABLE = pd.DataFrame({"seed": range(4), "up": [0.20, 0.21, 0.19, 0.20], "still": [0.001, 0.0, -0.001, 0.0]})


def claim(name="up", **changes):
    words = {"id": f"S0.{name}", "chapter": "03", "source": "S0", "place": "Fig 4", "quote": "goes up & away"}
    words |= {"short": "it goes < up", "finding": "It goes up & away.", "effect": "change", "measured": "accuracy"}
    return Claim(**words | {"measure": lambda table: table[name]} | changes)


def page(shown):
    return BeautifulSoup(shown._repr_html_(), "html.parser")


def test_the_findings_side_is_at_the_right_and_a_margin_is_one():
    line = {"value": -0.03, "low": -0.04, "high": -0.02, "boundary": -0.01, "margin": 0.01, "direction": "<"}
    assert units(line) == pytest.approx([1.0, 2.0, 3.0])
    assert units(line | {"direction": ">"}) == pytest.approx([-3.0, -2.0, -1.0])


def test_the_boundary_is_in_the_middle_and_the_farthest_still_inside():
    assert place(0) == WIDTH / 2
    assert 0 < place(-1e9) < place(-1) < place(1) < place(1e9) < WIDTH
    assert place(2) - WIDTH / 2 == pytest.approx(WIDTH / 2 - place(-2))


def test_a_verdict_is_told_by_word_sign_and_shape():
    shown = page(show(check([claim(), claim("still")], TABLE)))
    up, still = shown.select(".forest-claim:not(.forest-head)")
    assert up["id"] == "claim-S0.up"
    assert up.p.get_text() == "it goes < up S0, Fig 4"
    assert up.select_one(".forest-verdict").get_text() == "✓ holds"
    assert still.select_one(".forest-verdict").get_text() == "≈ no relevant change"
    assert len(up.select("circle")) == 1
    assert still.select_one("circle") is None
    assert all(svg["aria-hidden"] == "true" for svg in shown.select("svg"))


def test_what_does_not_survive_many_claims_is_hollow():
    loose = pd.DataFrame({"seed": range(4), "up": [0.20, 0.10, 0.30, 0.12]})
    one = check([claim()], loose)
    assert one["verdict"].tolist() == ["holds"]
    assert page(show(one)).select_one("circle").get("class") is None
    many = [claim(id=f"S0.up{number}") for number in range(9)]
    assert page(show(check(many, loose))).select_one("circle")["class"] == ["hollow"]


def test_the_same_in_numbers_is_a_table_with_headers_quote_and_rule():
    table = page(show(check([claim()], TABLE), label="our claims")).select_one("details table")
    assert [head.get_text() for head in table.select("thead th")] == ["finding", "what we measured", "verdict"]
    row = table.select_one("tbody tr").get_text("|")
    assert "S0, Fig 4: “goes up & away”" in row
    assert "change: 0.200 (0.187 to 0.213), 4 seeds" in row
    assert "mean > 0, margin 0.01; 95 % t interval over seeds" in row
    assert table.parent["aria-label"] == "our claims"
    assert table.parent["tabindex"] == "0"


def test_several_runs_stand_on_one_axis_and_what_none_can_decide_is_left_out():
    other = check([claim(), claim("still", id="S0.none", needs=(lambda table: "another network",))], TABLE)
    shown = show({"quick": check([claim()], TABLE), "real": other})
    claims = page(shown).select(".forest-claim:not(.forest-head)")
    assert [one["id"] for one in claims] == ["claim-S0.up"]
    assert [run.get_text() for run in claims[0].select(".forest-run")] == ["quick", "real"]
    assert repr(shown).count("\n") == 1


def test_an_empty_picture_says_so():
    nothing = check([claim(needs=(lambda table: "another network",))], TABLE)
    assert show(nothing)._repr_html_() == "<p>This run decides none of the claims.</p>"
    assert repr(show(nothing)) == "no claims"


def test_undecided_says_how_many_seeds_would_do():
    line = {"verdict": "undecided", "needed": 12.0, "reason": ""}
    assert said(line) == "undecided; 12 seeds would show a difference of one margin"
    assert said(line | {"needed": math.nan}) == "undecided"
    assert said(line | {"verdict": "not decidable here", "reason": "too few"}) == "not decidable here: too few"


def test_the_papers_own_number_is_drawn():
    shown = page(show(check([claim(printed=0.02), claim("still", printed=0.001)], TABLE)))
    assert len(shown.select(".printed")) == 2
    said = [row.get_text() for row in shown.select("details tbody tr")]
    assert "Its own printed numbers: 0.02, which holds." in said[0]
    assert "Its own printed numbers: 0.001, which is no relevant change." in said[1]
    assert "▲ is the paper’s own number" in shown.p.get_text()
    without = page(show(check([claim()], TABLE)))
    assert not without.select(".printed")
    assert "▲" not in without.p.get_text()


def test_the_numbers_of_margins_stand_above_their_lines():
    shown = page(show(check([claim()], TABLE)))
    labels = shown.select(".forest-head .forest-scale span")
    assert [label.get_text() for label in labels] == ["−100", "−10", "10", "100"]
    lines = [float(line["d"][1:].split()[0]) for line in shown.select("svg .tick")]
    lefts = [float(label["style"].removeprefix("left:").removesuffix("%")) for label in labels]
    assert lefts == pytest.approx([100 * line / WIDTH for line in lines], abs=0.1)


def test_a_line_in_words():
    assert word_of({"printed": 0.03, "boundary": 0.0, "direction": "<", "margin": 0.01}) == "fails"
    line = {"value": 0.2, "low": 0.1, "high": 0.3, "seeds": 5, "over": "seeds"}
    assert measured(line) == "0.200 (0.100 to 0.300), 5 seeds"
    assert measured(line | {"seeds": 1, "low": math.nan, "high": math.nan}) == "0.200, 1 seed"
