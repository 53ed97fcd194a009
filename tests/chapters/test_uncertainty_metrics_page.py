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


def test_one_network_in_two_numbers():
    assert facts.one_network(PROBS, LABELS) == {"one-accuracy": 0.5, "one-confidence": pytest.approx(0.75)}


def test_the_numbers_of_bins_are_those_on_the_slider():
    by_width = [metrics.ece(PROBS, LABELS, number) for number in draw.BINS]
    found = facts.bins(PROBS, LABELS)
    assert (found["width-lowest"], found["width-highest"]) == (min(by_width), max(by_width))


def test_numbers_of_the_text(table):
    assert facts.scaling(table) == {
        "gap-before": "0.250", "ece-before": "0.200 ± 0.141", "ece-after": "0.050",
    }  # fmt: skip
    assert facts.listing(table) == {"listing": "−0.500", "ause": "0.250"}
    ties = facts.ties(table)
    assert (ties["factor"], ties["tied-least"], ties["tied-most"]) == ("16", "0.25", "0.75")
    assert ties["ties-first"] == "0.500"
    variances = facts.variances(table)
    # Mean 0.2, half width 12.706 (of t with one degree of freedom) times 0.1.
    assert variances["aurg-ensemble-logit"] == "0.200 (−1.071 to 1.471)"
    assert (variances["rho-height"], variances["ause-one"]) == ("0.75", "0.250")
    assert facts.detection(table) == {"auroc": "0.90", "fpr95-out": "0.25", "fpr95-in": "0.50"}
    assert facts.best_temperatures(table) == {"best-own": "2", "best-foreign": "2"}


def test_numbers_on_calibration(table):
    normalised = facts.normalised(table)
    assert (normalised["own-logit"], normalised["dealt-logit"]) == ("0.075", "0.150")
    assert normalised["error-correlation"] == pytest.approx(1)
    # |0.1 - (0.2 - 0.05)| and |0.05 - (0.1 - 0.025)|: 0.05 and 0.025, mean 0.0375.
    assert float(normalised["off-the-error"]) == pytest.approx(0.0375, abs=0.0006)
    assert facts.calibrated(table)["uce-change"] == "0.100 (−1.171 to 1.371)"
    few = facts.few_images(table)
    assert (few["bias-bins"], few["bias-few"], few["bias-many-ece"]) == (14, 100, 0.04)
    assert few["bias-power"] == "−0.50"
    intervals = facts.intervals(table)
    assert (intervals["interval-hits"], intervals["width-few"]) == (0.5, pytest.approx(0.08))


def test_sentences_rest_on_one_value_a_seed(table):
    seen = facts.contrasts(table)
    assert all(found.count == 2 for found in seen.values())
    assert seen["ece-gain"].values == pytest.approx((0.05, 0.25))
    assert seen["dealt-prob"].values == pytest.approx((0.075, 0.075))
    assert seen["uce-calibrated"].effect == pytest.approx(0.05)


def test_one_seed_has_numbers_without_a_spread(table):
    alone = table[table["seed"] == 0]
    assert facts.variances(alone)["aurg-ensemble-logit"] == "0.100"
    sections = (facts.scaling, facts.listing, facts.ties, facts.normalised, facts.calibrated, facts.few_images,
                facts.intervals, facts.detection, facts.best_temperatures)  # fmt: skip
    assert all(section(alone) for section in sections)


def test_tables_have_words_for_headings(table):
    scaling = tables.scaling(table)
    assert scaling.index.tolist() == ["one network", "ensemble", "MC dropout"]
    assert scaling.loc["MC dropout", ["ECE before", "temperature"]].tolist() == ["0.200 ± 0.141", "2.50 ± 0.71"]
    assert tables.calibrated(table).loc["temperature scaled", "UCE"] == "0.200 ± 0.141"
    assert tables.detection(table).loc["classes held out", "FPR95, own is positive"] == "0.50"
    printed = tables.printed_ause()
    assert printed.iloc[0].tolist() == ["resnet18, cifar100", "MSP", 0.7797, 0.0319]


@pytest.mark.parametrize(
    ("drawn", "said"),
    [
        (draw.normalised, "With confidence from the logit variance, value for error rate falls from 0.2"),
        (draw.bias, "for bins 14 falls from 0.08"),
        (draw_ranking.ties, "for float32, mistakes last rises from 0.12 ± 0.00 at sharpness 1 to 0.50"),
        (draw_ranking.gains, "for MC dropout is 0.2 ± 0.1 for MSP"),
    ],
)
def test_alternatives_of_figures_tell_what_the_table_holds(table, drawn, said):
    assert said in drawn(table).alt


def test_alternatives_of_figures_of_one_network():
    # Two right by 0.1 and 0.2 too unsure, two wrong by 0.7 and 0.6 too sure: a fourth of 1.6.
    assert "ECE is 0.400, and 4 bins" in draw.bins(PROBS, LABELS).alt(15)
    assert draw.temperatures(np.log(PROBS), LABELS, [0.5, 1.0]).start == 1
    # Nobody errs, so every bin's entropy exceeds the error rate, the last one's by 0.97.
    assert "in 4 of 4 bins, by 0.97 at most" in draw.uce(PROBS, np.array([0, 0, 0, 1])).alt
    # Of ten images each: the lowest foreign score is 0.4, the highest own one 0.9.
    thresholds = draw.thresholds(np.arange(10) / 10, np.arange(4, 14) / 10).alt
    assert "at 0.400 and also catches 60% of the own ones" in thresholds
    assert "at 0.900 and also accepts 60% of the foreign ones" in thresholds
    wide, labels = np.repeat(PROBS, 5, axis=0), np.repeat(LABELS, 5)
    assert f"AUSE {metrics.ause(wide, labels):.3f}" in draw_ranking.sparsification(wide, labels).alt(0.0)
    assert f"as printed {metrics.ause(wide, labels, literal=True):.3f}" in draw_ranking.listing(wide, labels).alt
    members = np.stack([PROBS, PROBS])
    scatter = draw_ranking.variances(members, LABELS, {"variance": np.array([1.0, 2.0, 3.0, 4.0])})
    assert "is 3.5 in the less confident half, 1.5 in the other" in scatter.alt
