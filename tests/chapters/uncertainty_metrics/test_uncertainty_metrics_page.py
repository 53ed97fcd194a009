"""What chapter 4's page shows: numbers and tables computed by hand, and figures that say what they draw."""

import numpy as np
import pandas as pd
import pytest

from pruneuq_helpers import metrics
from pruneuq_helpers.chapters.uncertainty_metrics import draw, draw_ranking, facts, tables

PROBS = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.4, 0.6]])
LABELS = np.array([0, 0, 1, 0])


def rows(part, **columns):
    """Two seeds of one experiment; a pair is a value a seed."""
    pairs = {name: value if isinstance(value, tuple) else (value, value) for name, value in columns.items()}
    return [{"part": part, "seed": seed} | {name: pair[seed] for name, pair in pairs.items()} for seed in (0, 1)]


@pytest.fixture
def table():
    made = []
    for source in ("one network", "ensemble", "dropout"):
        made += rows("temperature", source=source, state="before", ece=(0.1, 0.3), nll=0.5, gap=0.25, temperature=1.0)
        made += rows("temperature", source=source, state="after", ece=0.05, nll=0.25, gap=0.0, temperature=(2.0, 3.0))
        for uncertainty in ("MSP", "logit variance", "probability variance"):
            areas = {"ause": 0.25, "aurg": (0.1, 0.3), "ause_listing": -0.5, "with_confidence": 0.5, "with_logit": 0.75}
            made += rows("ranking", source=source, uncertainty=uncertainty, **areas)
    ways = ("average", "percentile", "mistakes first", "mistakes last")
    for way in ("float64, average", *(f"float32, {how}" for how in ways)):
        made += rows("ties", sharpness=1.0, way=way, tied=0.25, ause=0.125)
        made += rows("ties", sharpness=16.0, way=way, tied=0.75, ause=0.5)
    for kind in ("mean softmax", "probability variance", "logit variance"):
        for size, error in ((40, 0.2), (160, 0.1)):
            ece = {"error": error, "ece": error / 2, "ece_dealt": error, "mean_uncertainty": error / 4}
            made += rows("normalised", training_images=size, confidence_from=kind, **ece)
    for case, uce in {"as trained": 0.1, "temperature scaled": (0.1, 0.3), "calibrated": 0.05}.items():
        made += rows("calibrated", case=case, ece=0.02, uce=uce)
    for samples, ece in ((100, 0.08), (400, 0.04)):
        made += rows("bias", samples=samples, bins=5, ece=0.01) + rows("bias", samples=samples, bins=14, ece=ece)
        made += rows("interval", samples=samples, low=0.1, high=0.1 + ece, truth=(0.12, 0.3), value=0.1)
    for foreign in ("held out", "photographs"):
        made += rows("foreign", foreign=foreign, auroc=0.9, fpr95_out=0.25, fpr95_in=0.5)
    for temperature, own, unknown in ((1.0, 0.2, 0.9), (2.0, 0.1, 0.8)):
        made += rows("sweep", temperature=temperature, ece=own, foreign_ece=unknown)
    return pd.DataFrame(made)


def test_the_numbers_of_bins_are_those_on_the_slider():
    by_width = [metrics.ece(PROBS, LABELS, number) for number in draw.BINS]
    found = facts.bins(PROBS, LABELS)
    assert (found["width-lowest"], found["width-highest"]) == (min(by_width), max(by_width))


def test_numbers_of_the_text(table):
    assert facts.scaling(table) == {"ece-after": "0.050"}
    assert facts.ties(table) == {"factor": "16", "tied-most": "0.75", "ties-first": "0.500", "ties-last": "0.500"}
    assert facts.variances(table)["ause-one"] == "0.250"
    assert facts.printed() == {"printed-worse": 4, "printed-rows": 9}
    assert facts.detection(table) == {"auroc": "0.90", "fpr95-out": "0.25", "fpr95-in": "0.50"}
    assert facts.best_temperatures(table) == {"best-own": "2", "best-foreign": "2"}
    few = facts.few_images(table)
    assert (few["bias-bins"], few["bias-few"], few["few-images"], few["bias-many-ece"]) == (14, 100, 100, 0.04)
    assert facts.bootstrap(table) == {"interval-hits": 0.5}


def test_contrasts_are_told_with_their_intervals(table):
    told = facts.intervals(facts.contrasts(table))
    # Mean 0.15, half width 12.706 (of t with one degree of freedom) times 0.1.
    assert told["ece-gain"] == "0.150 (−1.121 to 1.421)"
    assert (told["rho-logit"], told["too-sure"]) == ("0.50", "0.250")


def test_sentences_rest_on_one_value_a_seed(table):
    seen = facts.contrasts(table)
    assert all(found.count == 2 for found in seen.values())
    assert seen["ece-gain"].values == pytest.approx((0.05, 0.25))
    assert seen["dealt-prob"].values == pytest.approx((0.075, 0.075))
    assert seen["uce-calibrated"].effect == pytest.approx(0.05)


def test_one_seed_has_numbers_without_a_spread(table):
    alone = table[table["seed"] == 0]
    assert facts.intervals(facts.contrasts(alone))["dropout"] == "0.100"
    sections = (facts.scaling, facts.ties, facts.variances, facts.few_images, facts.bootstrap, facts.detection,
                facts.best_temperatures)  # fmt: skip
    assert all(section(alone) for section in sections)


def test_the_order_that_knows_nothing_is_the_area_below_its_line():
    printed = tables.printed_ause()
    assert printed.iloc[0].tolist()[:4] == ["resnet18, cifar100", "MSP", 0.7797, 0.0319]
    error, removed = 1 - 0.7797, np.linspace(0, 1, 100_001)[:-1]
    oracle = np.clip((error - removed) / (1 - removed), 0, None)
    assert printed["random order"][0] == pytest.approx(np.trapezoid(error - oracle, removed), abs=1e-4)


@pytest.mark.parametrize(
    ("drawn", "said"),
    [
        (draw.normalised, "logit variance, 40 training images: +0.100; logit variance, 160 training images: +0.050"),
        (draw.bias, "for bins 14 goes from 0.08"),
        (draw_ranking.ties, "for mistakes last in the file goes from 0.12 ± 0.00 at sharpness 1 to 0.50"),
        (draw_ranking.gains, "MSP, MC dropout: 0.200 (−1.071 to 1.471)"),
    ],
)
def test_alternatives_of_figures_tell_what_the_table_holds(table, drawn, said):
    assert said in drawn(table).alt


def test_alternatives_of_figures_of_one_network():
    # Two right by 0.1 and 0.2 too unsure, two wrong by 0.7 and 0.6 too sure: a fourth of 1.6.
    assert "ECE is 0.400, and 4 bins" in draw.bins(PROBS, LABELS).alt(15)
    # Of ten images each: the lowest foreign score is 0.4, the highest own one 0.9.
    thresholds = draw.thresholds(np.arange(10) / 10, np.arange(4, 14) / 10).alt
    assert "at 0.400 and also catches 60% of the own ones" in thresholds
    assert "at 0.900 and also accepts 60% of the foreign ones" in thresholds
    wide, labels = np.repeat(PROBS, 5, axis=0), np.repeat(LABELS, 5)
    assert f"AUSE {metrics.ause(wide, labels):.3f}" in draw_ranking.sparsification(wide, labels).alt(0.0)
