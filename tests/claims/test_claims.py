"""Verdicts against scipy and cases worked by hand."""

import math
import re
import types

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pruneuq_helpers import chapters
from pruneuq_helpers.chapters import register
from pruneuq_helpers.claims import Claim, above_chance, check, contrast, decide, not_capped, only, rank_with_level
from pruneuq_helpers.claims.claim import COLUMNS
from pruneuq_helpers.errors import ParameterError

NUMBERS = st.lists(st.floats(-100, 100), min_size=2, max_size=12).filter(lambda values: np.ptp(values) > 1e-3)


def claim(**changes):
    words = {
        "id": "S0.fig4.fast",
        "chapter": "03",
        "source": "S0",
        "place": "Fig 4",
        "quote": "learn faster",
        "short": "tickets learn as fast",
        "finding": "Tickets learn as fast as dense networks.",
        "effect": "epochs saved",
        "measured": "epochs",
        "measure": lambda table: table.groupby("seed")["saved"].mean(),
    }
    return Claim(**{**words, **changes})


@settings(deadline=None, max_examples=50, derandomize=True)
@given(NUMBERS)
def test_the_interval_is_that_of_the_t_test(values):
    found = decide(values)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.effect == pytest.approx(np.mean(values))


@settings(deadline=None, max_examples=50, derandomize=True)
@given(NUMBERS, st.floats(-50, 50))
def test_the_two_directions_mirror_each_other(values, boundary):
    other = {"holds": "fails", "fails": "holds", "undecided": "undecided"}
    above, below = decide(values, boundary, ">"), decide(values, boundary, "<")
    assert below.verdict == other[above.verdict]
    mirrored = decide([-value for value in values], -boundary, "<")
    assert mirrored.verdict == above.verdict


@pytest.mark.parametrize(
    ("values", "boundary", "direction", "verdict"),
    [
        # mean 2, sd 1, t(2, 0.975) = 4.303: 2 ± 2.484, from -0.484 to 4.484
        ([1, 2, 3], 0, ">", "undecided"),
        ([1, 2, 3], -0.49, ">", "holds"),
        ([1, 2, 3], 4.49, ">", "fails"),
        ([1, 2, 3], 4.49, "<", "holds"),
        ([5], 0, ">", "undecided"),
        ([2, 2, 2], 1, ">", "holds"),
        ([2, 2, 2], 3, ">", "fails"),
        ([2, 2, 2], 2, ">", "undecided"),
        ([0.1] * 7, 0.1, ">", "undecided"),
    ],
)
def test_verdicts_by_hand(values, boundary, direction, verdict):
    assert decide(values, boundary, direction).verdict == verdict


def test_one_seed_gives_no_interval():
    found = decide([5])
    assert (found.effect, found.seeds) == (5, 1)
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_the_bootstrap_interval_lies_within_the_values_and_repeats():
    values = np.random.default_rng(0).exponential(size=20)
    found = contrast(values, interval="bootstrap")
    assert values.min() < found.low < found.effect < found.high < values.max()
    assert found == contrast(values, interval="bootstrap")
    t = contrast(values)
    assert (found.high - found.low) == pytest.approx(t.high - t.low, rel=0.25)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: decide([1, math.nan, math.inf]),
            "`values` got 2 of 3 that are not finite; it takes finite numbers",
        ),
        (lambda: decide([]), "`values` got an array of shape (0,); it takes one number a seed, at least one"),
        (
            lambda: decide([[1, 2]]),
            "`values` got an array of shape (1, 2); it takes one number a seed, at least one",
        ),
        (lambda: decide([1, 2], direction=">="), re.compile("^`direction` got '>='; it takes one of >, <, =")),
        (lambda: decide([1, 2], margin=math.nan), "`margin` got nan; it takes a number of at least 0"),
        (
            lambda: decide([1, 2], direction="="),
            "`margin` got 0 for a finding of equality; it takes the smallest difference that matters",
        ),
        (
            lambda: contrast([0.5, 1], interval="exact"),
            "`interval` got 'exact' for values other than 0 and 1; it takes those of a proportion",
        ),
        (lambda: contrast([1, 2], confidence=95), "`confidence` got 95; it takes a number between 0 and 1"),
        (lambda: contrast([1, 2], interval="z"), "`interval` got 'z'; it takes one of t, bootstrap, exact"),
        (lambda: claim(direction="up"), "claim S0.fig4.fast: `direction` got 'up'; it takes one of >, <, ="),
        (
            lambda: claim(over="images"),
            "claim S0.fig4.fast: `interval` got 't'; it takes t for seeds, bootstrap or exact for anything else",
        ),
        (
            lambda: claim(quote=""),
            "claim S0.fig4.fast: `quote` got ''; it takes a paper's own words where a paper is the source, else none",
        ),
        (
            lambda: claim(over="images", interval="exact"),
            "claim S0.fig4.fast: `measured` got 'epochs'; it takes share for a proportion",
        ),
        (
            lambda: claim(measured="ece"),
            re.compile("^claim S0.fig4.fast: `measured` got 'ece'; it takes one of accuracy, ECE, .*"),
        ),
        (
            lambda: check([claim()], pd.DataFrame({"seed": [0, 1], "saved": [math.nan, 1]})),
            "claim S0.fig4.fast: `values` got 1 of 2 that are not finite; it takes finite numbers",
        ),
    ],
)
def test_bad_input_is_one_sentence(call, sentence):
    with pytest.raises(ParameterError) as caught:
        call()
    said = str(caught.value).replace("parameter `", "`")
    assert sentence.match(said) if isinstance(sentence, re.Pattern) else said == sentence


TABLE = pd.DataFrame({"seed": [0, 0, 1, 1, 2, 2], "saved": [1, 3, 2, 2, 3, 1.5]})


def test_check_gives_a_row_a_claim():
    changes = {"direction": "<", "boundary": 1, "interval": "bootstrap", "over": "members"}
    found = check([claim(), claim(id="S0.b", **changes)], TABLE)
    assert tuple(found.columns) == COLUMNS
    assert found["verdict"].tolist() == ["holds", "fails"]
    assert found["effect"].tolist() == ["epochs saved", "epochs saved"]
    assert found["seeds"].tolist() == [3, 3]
    assert found["value"].tolist() == pytest.approx([np.mean([2, 2, 2.25])] * 2)
    assert found["rule"].tolist() == [
        "mean > 0, margin 0.1; 95 % t interval over seeds",
        "mean < 1, margin 0.1; 95 % bootstrap interval over members",
    ]


def test_each_data_set_is_judged_by_itself():
    both = pd.concat([TABLE.assign(data="moons"), TABLE.assign(data="mnist", saved=-TABLE["saved"])])
    found = check([claim(each="data")], both)
    assert dict(zip(found["data"], found["verdict"], strict=True)) == {"moons": "holds", "mnist": "fails"}


def test_a_claim_reads_the_rows_of_its_part_alone():
    other = pd.DataFrame({"part": "depth", "seed": [0, 1], "depth": [2, 4]})
    both = pd.concat([TABLE.assign(part="tickets"), other])
    assert check([claim(part="tickets")], both)["value"].tolist() == check([claim()], TABLE)["value"].tolist()
    found = check([claim(part="nowhere")], both)
    assert found[["verdict", "reason"]].values.tolist() == [["not decidable here", "no such run is kept"]]


@pytest.mark.parametrize(
    ("need", "table", "reason"),
    [
        (only("data", "moons"), {"data": ["moons", "mnist"]}, ""),
        (only("data", "moons"), {"data": ["mnist"]}, "it is about moons, and the run has MNIST"),
        (only("data", "moons"), {"seed": [0]}, "it is about moons, and the run has none"),
        (above_chance(lambda table: table["accuracy"]), {"accuracy": [0.9, 0.7]}, ""),
        (
            above_chance(lambda table: table["accuracy"], classes=2),
            {"accuracy": [0.7, 0.7]},
            "the dense networks name the right class in 70 % of the images: too near to chance",
        ),
        (not_capped(lambda table: table["capped"]), {"capped": [False] * 49 + [True]}, ""),
        (
            not_capped(lambda table: table["capped"]),
            {"capped": [False] * 9 + [True]},
            "a limit of epochs ended 10 % of the trainings",
        ),
    ],
)
def test_a_run_that_cannot_decide_says_why(need, table, reason):
    table = pd.DataFrame(table)
    assert need(table) == reason
    words = check([claim(needs=(need,), measure=lambda table: [])], table).iloc[0]
    assert words["verdict"] == "not decidable here"
    assert words["reason"] == (reason or "the run has nothing that this rule compares")
    assert math.isnan(words["value"])


def test_a_share_of_yes_and_no_takes_an_exact_interval():
    yes = pd.DataFrame({"seed": range(4), "saved": [1, 0, 1, 1]})
    with pytest.raises(ParameterError, match="`interval` got 't' for values that are 0 or 1; a share takes exact"):
        check([claim(measured="share", measure=lambda table: table["saved"])], yes)
    exact = claim(measured="share", measure=lambda table: table["saved"], interval="exact", boundary=0.1)
    assert check([exact], yes)["verdict"].tolist() == ["holds"]  # 0.194 to 0.994


def test_one_seed_decides_nothing():
    found = check([claim()], TABLE[:2]).iloc[0]
    assert (found["verdict"], found["reason"], found["value"]) == ("not decidable here", "one seed has no interval", 2)


def test_the_register_of_the_book_has_unique_ids():
    ids = [claim.id for claim in register()]
    assert ids == sorted(set(ids))


def test_the_register_gathers_all_rooms_and_refuses_an_id_twice(monkeypatch):
    rooms = [types.SimpleNamespace(claims=types.SimpleNamespace(CLAIMS=[claim(id=name)])) for name in ("S0.b", "S0.a")]
    monkeypatch.setattr(chapters, "CHAPTERS", rooms)
    assert [claim.id for claim in register()] == ["S0.a", "S0.b"]
    rooms.append(types.SimpleNamespace(claims=types.SimpleNamespace(CLAIMS=[claim(id="S0.b")])))
    with pytest.raises(ParameterError, match="^the register got the id S0.b twice; it takes each id once$"):
        register()


def test_a_row_of_equal_values_and_two_levels_have_no_rank_correlation():
    table = pd.DataFrame({0.0: [0.3, 0.1], 0.5: [0.2, 0.1], 0.9: [0.1, 0.1]})
    assert rank_with_level(table).to_dict() == pytest.approx({0: -1.0})
    assert rank_with_level(table[[0.0, 0.5]]).empty
