"""Chapter 4's experiments, each against the metrics or against a case whose answer is known."""

import numpy as np
import pandas as pd
import pytest
import torch
from few_digits import RECIPE, WHERE

from pruneuq_helpers import metrics
from pruneuq_helpers.chapters.uncertainty_metrics import calibration as uncertainty_calibration
from pruneuq_helpers.chapters.uncertainty_metrics import foreign as uncertainty_foreign
from pruneuq_helpers.chapters.uncertainty_metrics import ranking as uncertainty_ranking
from pruneuq_helpers.chapters.uncertainty_metrics import samples as uncertainty_samples
from pruneuq_helpers.chapters.uncertainty_metrics.members import Images, Networks, dropouts, ensembles, images_of
from pruneuq_helpers.uncertainty import fit_temperature, softmax


@pytest.fixture(scope="module")
def networks():
    shown = [images_of(WHERE, seed) for seed in (0, 1)]
    found = [train(shown, [0, 1], RECIPE)[1] for train in (ensembles, dropouts)]
    return dict(zip(("ensemble", "dropout"), found, strict=True))


def from_logits(logits, labels) -> Networks:
    """One network that gives these logits for every part."""

    class Given(Networks):
        def logits(self, part):
            return torch.as_tensor(logits, dtype=torch.float32)[None]

    shown = Images({}, {part: torch.as_tensor(labels) for part in ("validation", "test")}, 0)
    return Given(0, None, [], shown)


def test_ranking_rows_are_the_metrics_of_the_logits(networks):
    rows = pd.DataFrame(uncertainty_ranking.ranking_rows(networks)).set_index(["source", "uncertainty"])
    several = networks["ensemble"]
    logits, labels = several.logits("test").double(), several.labels("test")
    probs = softmax(logits)
    assert rows.loc[("one network", "MSP"), "ause"] == pytest.approx(metrics.ause(probs[0], labels))
    at_top = probs[:, range(300), probs.mean(0).argmax(1)].var(dim=0, unbiased=False)
    variance = rows.loc[("ensemble", "probability variance")]
    assert variance["aurg"] == pytest.approx(metrics.aurg(probs, labels, at_top))
    assert variance["with_confidence"] < -0.9
    assert variance["ause_listing"] < 0 < variance["ause"]
    lowest = metrics.ause(probs, labels, at_top, oracle="error")
    assert variance["excess"] == pytest.approx(lowest - variance["ause"])
    assert (rows["excess"] >= -1e-12).all()


def test_ties_are_as_bad_as_the_order_of_the_file(networks):
    rows = pd.DataFrame(uncertainty_ranking.tie_rows(networks["ensemble"], [1.0, 64.0]))
    wide = rows[rows["sharpness"] == 64.0].set_index("way")
    assert wide.loc["float32, average", "tied"] > wide.loc["float64, average", "tied"] > 0
    first, average, last = (
        wide.loc[f"float32, {way}", "ause"] for way in ("mistakes first", "average", "mistakes last")
    )
    assert first > average > last


def test_a_curve_by_sorting_is_the_metric_s_without_ties():
    rng = np.random.default_rng(0)
    probs = rng.dirichlet(np.ones(4), size=120)
    labels = rng.integers(4, size=120)
    by_sorting = uncertainty_ranking.sorted_errors(metrics.msp(probs), probs.argmax(1) != labels)
    np.testing.assert_allclose(by_sorting, metrics.sparsification(probs, labels)["error"])


@pytest.mark.parametrize(("share", "moved"), [(0.0, 0), (0.5, 50), (1.0, 100)])
def test_spoiling_deals_out_a_share(share, moved):
    values = np.arange(100.0)
    found = uncertainty_ranking.spoilt(values, share, seed=1)
    assert sorted(found) == values.tolist()
    assert moved * 0.8 <= (found != values).sum() <= moved


def test_one_network_s_predictions_survive_a_temperature(networks):
    rows = pd.DataFrame(uncertainty_calibration.temperature_rows(networks)).set_index(["source", "state"])
    assert rows.loc[("one network", "before"), "accuracy"] == rows.loc[("one network", "after"), "accuracy"]
    several = networks["dropout"]
    fitted = fit_temperature(several.logits("validation"), several.labels("validation"))
    assert rows.loc[("dropout", "after"), "temperature"] == fitted
    after = softmax(several.logits("test"), fitted)
    assert rows.loc[("dropout", "after"), "ece"] == metrics.ece(after, several.labels("test"))


def test_without_a_right_answer_ece_is_the_mean_confidence(networks):
    for row in uncertainty_foreign.foreign_rows(networks["ensemble"]):
        assert row["ece"] == pytest.approx(row["confidence"], abs=1e-12)
    sweep = pd.DataFrame(uncertainty_calibration.sweep_rows(networks["ensemble"], [1.0, 100.0]))
    np.testing.assert_allclose(sweep["foreign_ece"], sweep["foreign_confidence"], atol=1e-12)
    assert sweep["foreign_ece"].iloc[1] == pytest.approx(1 / 8, abs=0.05)


def test_fpr95_is_taken_from_both_sides(networks):
    held_out, _ = uncertainty_foreign.foreign_rows(networks["ensemble"])
    own, foreign = (metrics.msp(softmax(networks["ensemble"].logits(part)[0])) for part in ("test", "held out"))
    caught = np.sort(foreign)[::-1][int(np.ceil(0.95 * len(foreign))) - 1]
    assert held_out["fpr95_out"] == pytest.approx((own >= caught).mean())
    accepted = np.sort(own)[int(np.ceil(0.95 * len(own))) - 1]
    assert held_out["fpr95_in"] == pytest.approx((foreign <= accepted).mean())


def test_normalised_variances_are_one_minus_the_stretched_variance(networks):
    rows = pd.DataFrame(uncertainty_calibration.normalised_rows(networks["ensemble"])).set_index("confidence_from")
    probs, labels = softmax(networks["ensemble"].logits("test")), networks["ensemble"].labels("test")
    variance = metrics.prob_variance(probs)
    stretched = (variance - variance.min()) / (variance.max() - variance.min())
    row = rows.loc["probability variance"]
    assert row["mean_uncertainty"] == pytest.approx(stretched.mean())
    assert row["ece"] == pytest.approx(metrics.ece(probs, labels, confidence=1 - stretched))
    assert row["error"] == pytest.approx(1 - metrics.accuracy(probs, labels))


def test_redrawn_labels_come_up_as_often_as_their_probabilities_say():
    probs = np.tile([[0.2, 0.5, 0.3]], (20000, 1))
    labels = uncertainty_samples.redraw(probs, np.random.default_rng(0))
    np.testing.assert_allclose(np.bincount(labels) / 20000, probs[0], atol=0.015)


def test_redrawn_labels_calibrate_any_network():
    rng = np.random.default_rng(0)
    several = from_logits(rng.normal(scale=3, size=(400, 6)), rng.integers(6, size=400))
    rows = pd.DataFrame(uncertainty_samples.calibrated_rows(several)).set_index("case")
    assert rows.loc["calibrated", "ece"] < 0.02 < rows.loc["calibrated", "uce"]
    assert rows.loc["as trained", "ece"] > 0.3


def test_the_bias_grows_with_bins_and_shrinks_with_samples():
    several = from_logits(np.random.default_rng(1).normal(scale=2, size=(500, 5)), np.zeros(500, dtype=int))
    rows = uncertainty_samples.bias_rows(several, samples=[50, 5000], bins=[5, 50], repeats=10)
    wide = pd.DataFrame(rows).pivot(index="samples", columns="bins", values="ece")
    assert (wide[50] > wide[5]).all()
    assert (wide.loc[50] > 3 * wide.loc[5000]).all()


def test_the_truth_of_an_interval_is_the_ece_of_all_images(networks):
    several = networks["ensemble"]
    rows = pd.DataFrame(uncertainty_samples.interval_rows(several, [50, 1000], resamples=30))
    truth = metrics.ece(softmax(several.logits("test")[0]), several.labels("test"))
    np.testing.assert_allclose(rows["truth"], truth)
    assert (rows["low"] <= rows["high"]).all()
    assert rows["high"].sub(rows["low"]).is_monotonic_decreasing


def test_sorting_alone_leaves_ties_in_the_order_of_the_file():
    same, wrong = np.zeros(4), np.array([True, False, False, False])
    assert [uncertainty_ranking.sorted_errors(same, order)[25] for order in (wrong, wrong[::-1])] == [0.5, 0.0]
    assert uncertainty_ranking.shared(np.array([0.0, 0.0, 0.5, 0.7])) == 0.5


def test_where_no_class_is_right_the_error_is_the_confidence():
    found = uncertainty_calibration.foreign_scores([[0.75, 0.25], [0.5, 0.5]])
    assert found == pytest.approx({"ece": 0.625, "confidence": 0.625})
