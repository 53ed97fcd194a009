"""Chapter 5's claims."""

import pandas as pd
import pytest

from pruneuq_helpers import claims
from pruneuq_helpers.chapters.tickets_and_calibration import claims as calibration_claims
from pruneuq_helpers.chapters.tickets_and_calibration import tables
from pruneuq_helpers.chapters.tickets_and_calibration.claims import CLAIMS, winner_early


def test_every_claim_gives_one_value_a_seed_or_a_reason(study, table):
    assert calibration_claims.table(study.run).equals(table)
    verdicts = claims.check(CLAIMS, table)
    assert verdicts["id"].is_unique
    decided = verdicts["verdict"] != "not decidable here"
    assert (verdicts.loc[decided, "seeds"] == 2).all()
    reasons = verdicts.loc[~decided].set_index("id")["reason"]
    assert reasons["S0.fig6.winning-ticket"].startswith("a limit of epochs ended ")
    assert reasons["S0.fig7.accuracy-kept"].endswith("too near to chance")
    assert {claim.chapter for claim in CLAIMS} == {"05"}


DENSE = {
    "best_epoch": 10.0, "accuracy": 0.9, "ece": 0.05, "ece10": 0.05, "scaled_ece10": 0.05, "nll": 0.3, "auroc": 0.8,
    "confidence": 0.7, "judged_class": 0.6,
}  # fmt: skip


def invented(ticket, control=None, levels=(0.2, 0.6, 0.8), **columns):
    """Tickets that differ from the dense network by so much, and controls too; four seeds with a little noise."""
    rows = []
    changes = {"dense": {}, "iterative": ticket, "same length": control or {}, "from scratch": control or {}}
    for scope in ("fc", "all"):
        for strategy, change in changes.items():
            for level in [0.0] if strategy == "dense" else levels:
                for seed in range(4):
                    of = {name: value(level) if callable(value) else value for name, value in change.items()}
                    noise = 0.0005 * seed * (strategy == "iterative")
                    values = {name: value + of.get(name, 0.0) + noise for name, value in DENSE.items()}
                    shared = {"scope": scope, "strategy": strategy, "level": level, "seed": seed} | values
                    rows.append(shared | {"part": "network", "capped": False})
                    rows += [
                        shared | {"part": "outside", "score": "msp", "set": str(near), "near": near}
                        for near in (True, False)
                    ]
    return pd.DataFrame(rows).assign(**columns)


def verdict_of(claim, table):
    return claims.check([one for one in CLAIMS if one.id == claim], table)["verdict"].item()


@pytest.mark.parametrize(
    ("claim", "true", "false"),
    [
        ("S0.fig6.winning-ticket", {"best_epoch": lambda level: -5 * (level == 0.6)},
         {"best_epoch": lambda level: 5 * (level == 0.6)}),
        ("S0.fig7.accuracy-kept", {}, {"accuracy": -0.1}),
        ("S0.fig7.accuracy-drops", {"accuracy": -0.1}, {"accuracy": 0.1}),
        ("S0.s52.accuracy-rises-at-low-levels", {"accuracy": 0.1}, {"accuracy": -0.1}),
        ("S0.fig9.calibration-improves", {"ece10": -0.1}, {"ece10": 0.1}),
        ("S0.fig9.ece-falls-with-level", {"ece10": lambda level: -level}, {"ece10": lambda level: level}),
        ("S0.fig10.less-confident-outside", {"confidence": -0.1}, {"confidence": 0.1}),
        ("S0.s5.3.detects-outside", {"auroc": 0.1}, {"auroc": -0.1}),
        ("S2.confidence-reallocated", {"judged_class": -0.1}, {"judged_class": 0.1}),
        ("book.all.nll-rises-first", {"nll": 0.1}, {"nll": -0.1}),
        ("book.all.ece-rises-first", {"ece": 0.1}, {"ece": -0.1}),
        ("book.all.accuracy-moves-later", {}, {"accuracy": -0.1}),
        ("book.fc.ece-scaled", {"scaled_ece10": -0.1}, {"scaled_ece10": 0.1}),
    ],
)  # fmt: skip
def test_every_claim_holds_and_fails(claim, true, false):
    assert verdict_of(claim, invented(true)) == "holds"
    assert verdict_of(claim, invented(false)) == "fails"


@pytest.mark.parametrize("claim", [claim.id for claim in CLAIMS if claim.id.endswith(("as-long", "as-small"))])
def test_tickets_are_held_against_a_control_of_their_own_level(claim):
    worse = {"ece": 0.1, "nll": 0.1}
    assert verdict_of(claim, invented({}, control=worse)) == "holds"
    assert verdict_of(claim, invented(worse)) == "fails"
    alone = invented({})
    alone = alone[alone["strategy"].isin(["dense", "iterative"])]
    assert verdict_of(claim, alone) == "not decidable here"


@pytest.mark.parametrize(
    ("table", "claim", "words"),
    [
        (invented({}, capped=True), "S0.fig6.winning-ticket", "a limit of epochs ended 100 % of the trainings"),
        (invented({}, accuracy=0.3), "S0.fig7.accuracy-drops", "too near to chance"),
        (invented({}, scope="fc"), "book.all.nll-as-long", "it is about all, and the run has fc"),
        (invented({}, levels=(0.8,)), "book.all.nll-rises-first", "the run has nothing that this rule compares"),
        (invented({}, levels=(0.8,)), "S0.s52.accuracy-rises-at-low-levels", "nothing that this rule compares"),
        (invented({}, levels=(0.8,)), "S0.fig9.ece-falls-with-level", "nothing that this rule compares"),
    ],
)
def test_a_table_that_cannot_decide_says_why(table, claim, words):
    found = claims.check(CLAIMS, table).set_index("id")
    assert words in found.loc[claim, "reason"]


def test_a_table_without_tickets_or_outside_images_raises_nothing():
    table = invented({})
    for rows in (table[table["strategy"] == "dense"], table[table["part"] == "network"]):
        assert "not decidable here" in set(claims.check(CLAIMS, rows)["verdict"])
    assert not len(calibration_claims.table(lambda part: pd.DataFrame()))


def test_the_winning_ticket_is_held_against_all_other_levels():
    rows = [
        {"part": "network", "scope": "fc", "strategy": "iterative" if level else "dense", "level": level, "seed": 0}
        | {"best_epoch": epoch}
        for level, epoch in {0.0: 6, 0.2: 5, 0.4: 5, 0.6: 4, 0.8: 7}.items()  # S0's Fig 6
    ]
    assert winner_early(pd.DataFrame(rows)).tolist() == [(4 - (6 + 5 + 5 + 7) / 4) / 6]
    assert next(claim.printed for claim in CLAIMS if claim.id == "S0.fig6.winning-ticket") == (4 - 23 / 4) / 6


def test_of_a_rise_of_the_ece_only_what_lies_above_its_floor_is_the_network_s_own():
    """A network that errs more has a higher floor: with 357 images most of the rise of our tickets was chance."""
    table = invented({"ece": 0.016}).assign(ece_floor=0.02)
    assert tables.above_floor(table, "all").mean() == pytest.approx(0.016, abs=0.001)
    pruned = table["strategy"].eq("iterative")
    errs = table.assign(ece_floor=0.02 + 0.012 * pruned)
    assert tables.above_floor(errs, "all").mean() == pytest.approx(0.004, abs=0.001)
