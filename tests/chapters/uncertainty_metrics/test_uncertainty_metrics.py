"""Chapter 4's study: its parameters, its images and networks, and what its claims read."""

import numpy as np
import pandas as pd
import pytest
import torch
from few_digits import ASKED, RECIPE, WHERE

from pruneuq_helpers import claims
from pruneuq_helpers.chapters.uncertainty_metrics import claims as uncertainty_claims
from pruneuq_helpers.chapters.uncertainty_metrics import measures as uncertainty_measures
from pruneuq_helpers.chapters.uncertainty_metrics import study as study_module
from pruneuq_helpers.chapters.uncertainty_metrics.claims import CLAIMS
from pruneuq_helpers.chapters.uncertainty_metrics.members import dropouts, ensembles, images_of
from pruneuq_helpers.chapters.uncertainty_metrics.work import size_work, work
from pruneuq_helpers.errors import ParameterError

QUICK = {
    **{name: value for name, value in (WHERE | RECIPE | ASKED).items() if name not in ("download", "root")},
    "seeds": 3,
    "sizes": [30, 40],
    "together": 2,
}


@pytest.fixture(scope="module")
def networks():
    shown = [images_of(WHERE, seed) for seed in (0, 1)]
    found = [train(shown, [0, 1], RECIPE)[1] for train in (ensembles, dropouts)]
    return dict(zip(("ensemble", "dropout"), found, strict=True))


def rows_of(work, seeds, **cell):
    found = work([{"recipe": RECIPE, "seed": seed} | cell for seed in seeds])
    frames = [pd.DataFrame(rows).assign(seed=seed) for seed, rows in zip(seeds, found, strict=True)]
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module")
def table():
    wheres = [WHERE | {"training_images": size} for size in (30, 60)]
    sizes = [rows_of(size_work, [0, 1, 2], where=where) for where in wheres]
    return pd.concat([rows_of(work, [0, 1, 2], where=WHERE, asked=ASKED), *sizes], ignore_index=True)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"members": 1}, "`members` got 1"),
        ({"sizes": [40]}, "`sizes` got"),
        ({"temperatures": [1.0, 0.0]}, "`temperatures` got 0.0 at position 1"),
        ({"dropout": 1.0}, "`dropout` got 1.0"),
        ({"held_out": []}, "`held_out` got"),
        ({"data": "digit"}, "`data` got 'digit'"),
        ({"training_image": 40}, "did you mean `training_images`"),
    ],
)
def test_a_wrong_parameter_is_named(tmp_path, change, sentence):
    with pytest.raises(ParameterError, match=sentence):
        study_module.UncertaintyStudy(**QUICK | change, out=str(tmp_path))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"training_images": 5000}, "`training_images` got 5000; it takes at most the 86. of `digits without 0, 6`"),
        ({"data": "moons"}, "`data` got 'moons'; it takes a set of images"),
        ({"held_out": ["ten"]}, "`classes` got ten"),
    ],
)
def test_images_that_do_not_exist_are_refused(change, sentence):
    with pytest.raises(ParameterError, match=sentence):
        images_of(WHERE | change, seed=0)


def test_no_image_is_learnt_from_and_tested_on():
    shown = images_of(WHERE | {"test_images": 2000}, seed=3)
    rows = {part: {image.numpy().tobytes() for image in images} for part, images in shown.images.items()}
    assert not rows["train"] & (rows["validation"] | rows["test"] | rows["held out"])
    assert not rows["validation"] & rows["test"]
    assert len(shown.labels["train"]) == 40
    assert set(shown.labels["test"].tolist()) == set(range(8))


def test_every_training_image_not_learnt_from_can_be_tested_on():
    few, all_there = (images_of(WHERE | {"test_images": most}, seed=0) for most in (300, 2000))
    assert torch.equal(all_there.images["test"][:300], few.images["test"])
    total = sum(len(all_there.images[part]) for part in ("train", "validation", "test"))
    assert total + len(all_there.images["held out"]) == 1797


def test_members_differ_and_passes_are_of_one_network(networks):
    logits = networks["ensemble"].logits("test")
    assert logits.shape == (3, 300, 8)
    assert (logits[0] != logits[1]).any()
    first, *others = networks["dropout"].states
    assert all(other is first for other in others)
    passes = networks["dropout"].logits("test")
    assert (passes[0] != passes[1]).any()
    assert torch.equal(passes, networks["dropout"].logits("test"))


def test_a_seed_s_rows_do_not_depend_on_the_other_seeds(table):
    alone = rows_of(work, [2], where=WHERE, asked=ASKED)
    together = table[(table["seed"] == 2) & (table["part"] != "normalised")]
    together = together[alone.columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, together, rtol=0.05, atol=0.02, check_dtype=False)


def test_cells_hold_every_seed_and_size_once(tmp_path):
    study = study_module.UncertaintyStudy(**QUICK, out=str(tmp_path))
    assert [cell["seed"] for cell in study_module.cells(study)] == [0, 1, 2]
    sizes = [(cell["where"]["training_images"], cell["seed"]) for cell in study_module.size_cells(study)]
    assert sizes == [(size, seed) for size in (30, 40) for seed in range(3)]


def test_every_claim_gives_one_value_a_seed(table):
    found = claims.check(CLAIMS, table)
    assert found["id"].is_unique
    assert (found["seeds"] == 3).all()
    assert {claim.chapter for claim in CLAIMS} == {"04"}


KINDS = ("MSP", "logit variance", "probability variance")


def made(**changes):
    """Ten seeds in which every finding is true; `changes` has other values by experiment and column, or by place."""
    rows = []
    for seed in range(10):
        jitter = 0.0001 * (seed % 3)

        def add(part, place, seed=seed, jitter=jitter, **values):
            values = {name: changes.get(f"{part}_{place}_{name}", value) + jitter for name, value in values.items()}
            rows.append({"part": part, "seed": seed, "place": place} | values)
            return rows[-1]

        for source, ause in (("one network", 0.02), ("ensemble", 0.1), ("dropout", 0.2)):
            for kind in KINDS:
                area = 0.02 if kind != "logit variance" else ause
                place = f"{source}, {kind}".replace(" ", "_").replace(",", "")
                row = add("ranking", place, error=0.2, ause=area, aurg=0.05, with_confidence=0.5)
                row |= {"source": source, "uncertainty": kind}
        row = add("normalised", "logit_variance", ece=0.15, ece_dealt=0.2)
        row |= {"confidence_from": "logit variance"}
        for state, ece in (("before", 0.1), ("after", 0.05)):
            add("temperature", state, ece=ece)
            rows[-1] |= {"source": "one network", "state": state}
    return pd.DataFrame(rows)


FALSE = {
    "S1.appE.msp-before-ensemble": {"ranking_one_network_MSP_ause": 0.3},
    "S1.appE.ensemble-before-dropout": {"ranking_dropout_logit_variance_ause": 0.01},
    "S1.sec3.ensemble-variance-ranks": {"ranking_ensemble_logit_variance_aurg": -0.05},
    "S1.sec3.dropout-variance-ranks": {"ranking_dropout_logit_variance_aurg": -0.05},
    "S1.sec5.normalised-ece": {"normalised_logit_variance_ece_dealt": 0.1},
    "book.metrics.logit-variance-is-high-where-sure": {"ranking_ensemble_logit_variance_with_confidence": -0.5},
    "book.metrics.probability-variance-ranks-as-msp": {"ranking_ensemble_probability_variance_ause": 0.3},
    "book.metrics.temperature-lowers-ece": {"temperature_after_ece": 0.3},
}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_every_claim_can_hold_and_fail(claim):
    for table, verdict in ((made(), "holds"), (made(**FALSE[claim.id]), "fails")):
        assert claims.check([claim], table)["verdict"].tolist() == [verdict]


def test_a_table_of_something_else_decides_nothing():
    parts = pd.DataFrame({"part": ["ranking", "normalised", "temperature"] * 2, "seed": [0, 0, 0, 1, 1, 1]})
    assert set(claims.check(CLAIMS, parts)["reason"]) == {"the run has nothing that this rule compares"}
    assert set(claims.check(CLAIMS, pd.DataFrame())["reason"]) == {"no such run is kept"}


def test_networks_that_guess_do_not_judge_a_ranking():
    found = claims.check(CLAIMS, made().assign(error=0.9)).set_index("id")
    assert "too near to chance" in found.loc["S1.appE.msp-before-ensemble", "reason"]
    assert found.loc["book.metrics.temperature-lowers-ece", "verdict"] == "holds"


def test_the_printed_numbers_are_those_of_s1_s_tables():
    printed = {claim.id: claim.printed for claim in CLAIMS if claim.printed is not None}
    # Table 2, unpruned, "scaled by 1e-1" of an area over per cent.
    assert printed["S1.appE.msp-before-ensemble"] == pytest.approx(0.1898 - 0.0319)
    assert printed["S1.appE.ensemble-before-dropout"] == pytest.approx(0.2375 - 0.1898)
    assert printed["S1.sec3.ensemble-variance-ranks"] == pytest.approx(-0.8134 * np.log(0.8134) - 0.1898)
    assert printed["S1.sec3.dropout-variance-ranks"] < 0  # worse than removing at random


def test_the_claims_read_the_parts_that_there_are(table):
    sizes = table[table["part"] == "normalised"]
    found = uncertainty_claims.table({"traps": pd.DataFrame(), "sizes": sizes}.get)
    assert len(found) == len(sizes)
    assert not len(uncertainty_claims.table(lambda part: pd.DataFrame()))


def test_scaling_gains_what_falls():
    row = {"part": "temperature", "seed": 0, "source": "one network"}
    rows = [row | {"state": "before", "ece": 0.5}, row | {"state": "after", "ece": 0.125}]
    assert uncertainty_measures.gained_by_scaling("ece")(pd.DataFrame(rows)).tolist() == [0.375]
