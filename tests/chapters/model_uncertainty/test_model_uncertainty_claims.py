"""Chapter 9's claims."""

import pandas as pd
import pytest

from pruneuq_helpers import claims
from pruneuq_helpers.chapters.model_uncertainty import claims as claims_of
from pruneuq_helpers.chapters.model_uncertainty.claims import CLAIMS


def test_every_claim_is_asked_of_a_run_of_today(table):
    able = table.assign(accuracy=0.9)
    verdicts = claims.check(CLAIMS, able)
    assert (verdicts["seeds"] == 2).all()
    assert verdicts.groupby("id").size().to_dict() == {claim.id: 2 if claim.each else 1 for claim in CLAIMS}
    assert {claim.chapter for claim in CLAIMS} == {"09"}


def test_the_table_of_the_claims_is_that_of_the_part(table):
    assert claims_of.table({"methods": table}.get) is table


def made(better: float) -> pd.DataFrame:
    """Ten seeds in which all that the claims hope for is better by so much, or worse where that is negative."""
    gains = {"softmax": 0.0, "ensemble": 2.0, "last layer": 1.0, "all weights": 1.0}
    choices = {"survivors": 1.0, "random": 0.0, "variance": 2.0}
    rows = []
    for seed in range(10):
        for data in ("digits", "moons"):
            row = {"seed": seed, "data": data, "accuracy": 0.9 + 0.001 * (seed % 3)}

            def add(part, method, level, seen, lost, row=row, seed=seed, **more):
                seen, lost = better * seen + 0.001 * (seed % 3), better * lost + 0.001 * (seed % 2)
                scores = {"auroc": 0.5 + seen, "ece": 0.5 - lost, "nll": 0.5 - lost}
                scores |= {"scaled_nll": 0.5 - lost}
                rows.append(row | {"part": part, "method": method, "level": level} | scores | more)

            for method, gain in gains.items():
                add("methods", method, 0.0, gain, gain)
                add("methods", method, 0.4, gain - 1, gain + 1)  # pruned, it sees less
            for method, gain in choices.items():
                add("choices", method, 0.4, gain, gain)
            for prior, lost in (("evidence", 0.0), ("validation", 1.0)):
                for way in ("probit", "linearised"):
                    add("predictives", "all weights", 0.0, 1.0, lost, predictive=way, prior=prior)
    return pd.DataFrame(rows)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
@pytest.mark.parametrize(("better", "verdict"), [(0.04, "holds"), (-0.04, "fails"), (0.0, "no relevant change")])
def test_every_claim_can_hold_and_fail(claim, better, verdict):
    found = claims.check([claim], made(better))
    assert set(found["verdict"]) == {verdict}
    assert list(found["data"]) == (["digits", "moons"] if claim.each else [""])


def test_networks_that_guess_decide_nothing():
    found = claims.check(CLAIMS, made(0.04).assign(accuracy=0.2))
    images = found[found["data"] != "moons"]
    assert set(images["verdict"]) == {"not decidable here"}
    assert images["reason"].str.contains("too near to chance").all()


def test_a_table_of_something_else_decides_nothing():
    other = pd.DataFrame({"seed": [0, 1], "data": "digits", "part": "methods", "method": "other", "level": 0.0})
    assert set(claims.check(CLAIMS, other)["reason"]) == {"the run has nothing that this rule compares"}
    assert set(claims.check(CLAIMS, pd.DataFrame({"seed": [0, 1]}))["verdict"]) == {"not decidable here"}
    assert set(claims.check(CLAIMS, pd.DataFrame())["reason"]) == {"no such run is kept"}


def of_one_seed(measure, rows) -> pd.DataFrame:
    """A table with one seed of images and nothing but these values of one measure, by (part, method, level)."""
    return pd.DataFrame(rows, columns=["part", "method", "level", measure]).assign(seed=0, data="digits")


@pytest.mark.parametrize(
    ("name", "measure", "rows", "value"),
    [
        ("laplace-detects", "auroc",
         [("methods", "all weights", 0.0, 0.9), ("methods", "softmax", 0.0, 0.7)], 0.2),
        ("pruning-calibrates-laplace", "ece",
         [("methods", "all weights", level, value) for level, value in ((0.0, 0.1), (0.4, 0.9), (0.7, 0.4))], 0.3),
        ("survivors-over-random", "auroc",
         [("choices", "survivors", 0.4, 0.8), ("choices", "survivors", 0.7, 0.6),
          ("choices", "random", 0.4, 0.5), ("choices", "random", 0.7, 0.5)], 0.2),
    ],
)  # fmt: skip
def test_a_claim_measures_what_it_says(name, measure, rows, value):
    claim = next(one for one in CLAIMS if one.id == f"book.methods.{name}")
    assert list(claim.measure(of_one_seed(measure, rows))) == pytest.approx([value])
