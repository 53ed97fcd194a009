"""Chapter 3's claims."""

import numpy as np
import pandas as pd
import pytest
from lottery_small import invented

from pruneuq_helpers import claims, ledger
from pruneuq_helpers.chapters import find
from pruneuq_helpers.chapters.lottery_tickets import claims as tickets_claims
from pruneuq_helpers.chapters.lottery_tickets import measures as tickets_measures
from pruneuq_helpers.chapters.lottery_tickets.runs import ITERATIVE, ONE_SHOT

KINDS = dict.fromkeys(["dense", *ONE_SHOT, *ITERATIVE], 0.9)


def decided(table, claim=None):
    found = claims.check(tickets_claims.CLAIMS, table).set_index("id")
    return found["verdict"] if claim is None else found.loc[claim, "verdict"]


def reason(table, claim):
    return claims.check(tickets_claims.CLAIMS, table).set_index("id").loc[claim, "reason"]


@pytest.mark.parametrize(
    ("claim", "true", "false"),
    [
        ("S0.s312.one-shot-at-half", {}, {"one-shot": 0.8}),
        ("S0.s312.one-shot-poor-at-high", {"one-shot": 0.8}, {"one-shot": 0.95}),
        ("S0.s313.reinitialised-at-half", {}, {"re-initialised": 0.8}),
        ("S0.fig5.low-levels-hold", {}, {"random": 0.6}),
        ("S0.fig5.random-falls-behind", {"random": 0.7}, {"random": 0.95}),
        ("S0.fig5.iterative-above-base", {"iterative": 0.95}, {"iterative": 0.8}),
        ("S0.s32.iterative-beats-one-shot", {"iterative": 0.95}, {"iterative": 0.8}),
        ("S0.fig8.two-points-of-accuracy", {}, {"iterative": 0.8}),
        ("book.iterative-beats-one-shot-at-equal-size", {"iterative": 0.95}, {"iterative": 0.8}),
    ],
)
def test_claims_on_accuracy_hold_and_fail(claim, true, false):
    assert decided(invented(KINDS | true), claim) == "holds"
    assert decided(invented(KINDS | false), claim) == "fails"
    near_chance = invented(dict.fromkeys(KINDS, 0.6))
    assert reason(near_chance, claim).endswith("60 % of the images: too near to chance")


def test_the_claim_on_speed_holds_and_fails_where_no_limit_decides():
    table, claim = invented(KINDS), "S0.fig4.tickets-learn-fast"
    own = table["strategy"] == "re-initialised"
    for epochs, word in ((80, "holds"), (150, "fails")):
        assert decided(table.assign(best_epoch=table["best_epoch"].where(~own, epochs)), claim) == word
    capped = table.assign(capped=own)
    assert reason(capped, claim).startswith("a limit of epochs ended ")
    assert decided(capped, "S0.fig5.low-levels-hold") == "holds"  # which compares no epochs


def test_claims_on_calibration_hold_and_fail():
    table = invented(KINDS)
    own, level = table["strategy"] == "iterative", table["level"]
    better, worse = (table.assign(ece=table["ece"].where(~own, 0.2 + sign * 0.1 * level)) for sign in (-1, 1))
    dense = table["strategy"] == "dense"
    better["ece"] = better["ece"].where(~dense, 0.3 + 0.001 * better["seed"])
    names = ["fig8.ece-falls", "fig8.five-points", "fig8.ece-falls-with-level"]
    assert decided(better)[[f"S0.{name}" for name in names]].tolist() == ["holds"] * 3
    assert decided(worse)[[f"S0.{name}" for name in names]].tolist() == ["fails"] * 3


def test_the_claim_on_patience_holds_and_fails():
    table = invented(KINDS)
    assert decided(table, "book.patience-three-collapses") == "holds"
    other = table.assign(patience=table["patience"].replace({3: 20, 20: 3}))
    assert decided(other, "book.patience-three-collapses") == "undecided"  # none of so few seeds may be one in twenty
    many = pd.concat([other.assign(seed=other["seed"] + 100 * more) for more in range(20)])
    assert decided(many, "book.patience-three-collapses") == "no relevant change"  # none of eighty
    assert reason(table[table["patience"] != 3], "book.patience-three-collapses").startswith("the run has nothing")


def test_findings_on_moons_are_decided_on_moons_alone():
    here, there = (decided(invented(KINDS, data=data)) for data in ("moons", "mnist"))
    on_mnist = here.index.str.startswith("book.mnist.")
    assert set(here[on_mnist]) == {"not decidable here"}
    others = there[~on_mnist].drop("book.patience-three-collapses")
    assert set(others) == {"not decidable here"}
    assert there["book.mnist.iterative-above-base"] == "no relevant change"
    assert reason(invented(KINDS, data="digits"), "S0.fig8.ece-falls") == "it is about moons, and the run has digits"
    on_both = pd.concat([invented(KINDS), invented(KINDS | {"iterative": 0.97}, data="mnist")])
    assert decided(on_both)[["S0.fig5.iterative-above-base", "book.mnist.iterative-above-base"]].tolist() == [
        "no relevant change", "holds",
    ]  # fmt: skip


def test_on_mnist_a_limit_decides_nothing():
    capped = invented(KINDS, data="mnist", capped=True)
    found = claims.check(tickets_claims.CLAIMS, capped).set_index("id")["reason"]
    found = found[found.index.str.startswith("book.mnist.")]
    assert set(found) == {"a limit of epochs ended 100 % of the trainings"}


@pytest.mark.parametrize(
    "rows",
    [
        lambda table: table["strategy"] == "dense",
        lambda table: (table["level"] == 0) | (table["level"] == 0.9),
        lambda table: table["part"] == "depth",
        lambda table: table["part"] == "tickets",
    ],
)
def test_a_table_of_other_parameters_raises_nothing(rows):
    table = invented(KINDS)
    found = claims.check(tickets_claims.CLAIMS, table[rows(table)])
    lacking = found[found["verdict"] == "not decidable here"]
    assert len(lacking) > 3
    assert (lacking["reason"] != "").all()


def test_parts_of_which_nothing_is_kept_are_left_out():
    parts = {"tickets": pd.DataFrame({"seed": [0]}), "depth": pd.DataFrame()}
    assert tickets_claims.table(parts.get)["part"].tolist() == ["tickets"]
    assert not len(tickets_claims.table(lambda part: pd.DataFrame()))


def test_the_rows_of_the_tests_are_read_without_the_line_of_their_version():
    table = ledger.golden(find("03"))
    assert set(table["part"]) == {"tickets", "depth"}
    assert {"moons", "digits"} == set(table["data"])
    assert table["accuracy"].between(0, 1).all()


def test_at_equal_size_the_comparison_goes_to_what_was_removed():
    kinds = dict.fromkeys(["dense", *ONE_SHOT, *ITERATIVE], 0.9)
    table = invented(kinds)
    once = table["strategy"] == "re-initialised"
    table.loc[once, "accuracy"] = 1 - table.loc[once, "removed"] ** 2
    rounds = table["strategy"] == "iterative"
    table.loc[rounds, "removed"] = table.loc[rounds, "level"] - 0.1
    table.loc[rounds, "accuracy"] = 0.5
    # 0.8 and 0.9 became 0.7 and 0.8; at 0.7 the straight line from 0.5 to 0.8 gives 0.75 + (0.36 - 0.75) * 2 / 3.
    expected = 0.5 - np.mean([0.49, 0.36])
    np.testing.assert_allclose(tickets_measures.at_equal_size()(table), expected)
    # Those that were cut once and kept their weights are 0.9 at every size.
    beside = tickets_measures.at_equal_size(once="one-shot")(table)
    np.testing.assert_allclose(beside, [0.5 - 0.9 - 0.001 * seed for seed in range(4)])


def test_levels_are_chosen_from_those_that_were_run():
    assert tickets_measures.high([0.0, 0.5, 0.8, 0.9]) == [0.8, 0.9]
    assert tickets_measures.high([0.5]) == [0.5]
    assert tickets_measures.up_to_half([0.0, 0.3, 0.5, 0.8]) == [0.3, 0.5]
    assert tickets_measures.up_to_half([0.8]) == [0.8]
    assert tickets_measures.nearest([0.0, 0.4, 0.6], 0.5) == [0.4]
    assert tickets_measures.nearest([0.0], 0.5) == []


def test_a_pair_with_a_collapsed_run_is_left_out():
    table = pd.DataFrame({
        "seed": 0, "level": [0.8, 0.8, 0.9, 0.9], "strategy": ["random", "re-initialised"] * 2,
        "accuracy": [0.7, 0.9, 0.5, 0.9], "collapsed": [False, False, True, False],
    })  # fmt: skip
    assert tickets_measures.where_both_learnt(table, "random", "re-initialised").tolist() == pytest.approx([-0.2])
