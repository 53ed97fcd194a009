"""Where libraries differ: what each does, and what we do."""

import numpy as np
import pytest
import torch
from drawn import predictions
from sklearn.metrics import auc, brier_score_loss, log_loss, precision_recall_curve, roc_curve
from torchmetrics.functional.classification import multiclass_calibration_error

from pruneuq_helpers import metrics


def theirs(probs, labels, bins):
    probs, labels = torch.tensor(probs), torch.tensor(labels)
    return float(multiclass_calibration_error(probs, labels, num_classes=probs.shape[1], n_bins=bins))


def test_bin_edges_ours_close_at_the_top_torchmetrics_at_the_bottom():
    # 0.75 lies on an edge of four bins; with 0.7, right (ours), or with 0.9, wrong (torchmetrics)
    probs, labels = [[0.75, 0.25], [0.70, 0.30], [0.9, 0.1]], [0, 1, 1]
    assert metrics.ece(probs, labels, bins=4) == pytest.approx((abs(0.75 + 0.7 - 1) + 0.9) / 3)
    assert theirs(probs, labels, 4) == pytest.approx((0.7 + abs(0.75 + 0.9 - 1)) / 3)


def test_confidence_one_ours_in_the_last_bin_torchmetrics_in_one_of_its_own():
    probs, labels = [[1.0, 0.0], [0.9, 0.1]], [0, 1]
    assert metrics.ece(probs, labels, bins=4) == pytest.approx(abs(1.9 - 1) / 2)
    assert theirs(probs, labels, 4) == pytest.approx((0.0 + 0.9) / 2)
    assert metrics.reliability(probs, labels, bins=4)["count"].tolist() == [0, 0, 0, 2]


def test_confidence_zero_is_counted_where_half_open_bins_drop_it():
    confidence = np.array([0.0, 0.5, 1.0])
    probs, labels = np.tile([1.0, 0.0], (3, 1)), np.zeros(3, int)
    edges = np.linspace(0, 1, 16)
    dropped = [((confidence > low) & (confidence <= high)).sum() for low, high in zip(edges, edges[1:], strict=False)]
    assert sum(dropped) == 2
    assert metrics.reliability(probs, labels, confidence=confidence)["count"].sum() == 3
    assert metrics.ece(probs, labels, confidence=confidence) == pytest.approx((1 + 0.5 + 0) / 3)


def test_brier_is_summed_over_classes_where_scikit_learn_halves_two_of_them():
    probs, labels = predictions(1, classes=2)
    assert metrics.brier(probs, labels) == pytest.approx(2 * brier_score_loss(labels, probs[:, 1]))


def test_nll_of_an_impossible_label_is_infinite_where_scikit_learn_clips():
    probs, labels = [[1.0, 0.0], [0.5, 0.5]], [1, 0]
    assert metrics.nll(probs, labels) == np.inf
    assert log_loss(labels, probs) == pytest.approx((-np.log(np.finfo(float).eps) + np.log(2)) / 2)


def test_average_precision_and_not_the_trapezoid():
    own, foreign = [0.1, 0.4, 0.6], [0.5, 0.7]
    precision, recall, _ = precision_recall_curve([0, 0, 0, 1, 1], [*own, *foreign])
    assert metrics.detection(own, foreign)["aupr_out"] == pytest.approx((1 + 2 / 3) / 2)
    assert auc(recall, precision) == pytest.approx((1 + (1 / 2 + 2 / 3) / 2) / 2)


def test_fpr95_is_read_at_the_first_threshold_that_reaches_it_and_not_between_two():
    # the last foreign score is tied with half of our own: no threshold lies between 0.9 and 1
    own, foreign = np.array([5.0] * 5 + [0.0] * 5), np.array([9.0] * 9 + [5.0])
    assert metrics.detection(own, foreign)["fpr95"] == 0.5
    false, true, _ = roc_curve(np.repeat([0, 1], 10), np.append(own, foreign))
    assert np.interp(0.95, true[:-1], false[:-1]) == pytest.approx(0.25)


def test_fpr95_needs_every_threshold_where_scikit_learn_drops_those_on_a_straight_line():
    own, foreign = np.arange(20.0), np.arange(20.0)
    truth, score = np.repeat([0, 1], 20), np.append(own, foreign)
    false, true, _ = roc_curve(truth, score)
    assert metrics.detection(own, foreign)["fpr95"] == 0.95
    assert false[np.argmax(true >= 0.95)] == 1


def test_fpr95_depends_on_which_class_is_positive():
    rng = np.random.default_rng(0)
    own, foreign = rng.normal(0, 1, 2000), rng.normal(1.5, 2, 2000)
    as_out, as_in = metrics.detection(own, foreign), metrics.detection(own, foreign, positive="in")
    assert as_out.drop("fpr95").equals(as_in.drop("fpr95"))
    assert as_out["fpr95"] == pytest.approx((own >= np.quantile(foreign, 0.05)).mean(), abs=0.01)
    assert as_in["fpr95"] == pytest.approx((foreign <= np.quantile(own, 0.95)).mean(), abs=0.01)
    assert as_out["fpr95"] - as_in["fpr95"] > 0.2


def test_variance_is_divided_by_m_where_torch_divides_by_m_minus_one():
    probs = torch.tensor([[[0.5, 0.5]], [[0.9, 0.1]]], dtype=torch.float64)
    assert metrics.prob_variance(probs) == pytest.approx([0.04])
    assert float(probs[:, 0, 0].var()) == pytest.approx(0.08)


def test_random_line_falls_to_zero_where_other_code_lets_it_run_on():
    probs, labels = predictions(2)
    error = 1 - metrics.accuracy(probs, labels)
    curve = metrics.sparsification(probs, labels)["error"]
    run_on = error - np.trapezoid(curve, dx=1 / 50)
    assert run_on - metrics.aurg(probs, labels) == pytest.approx(error / 100)


def test_calibrated_network_has_an_uncertainty_error():
    # labels drawn from the probabilities: the calibration error is 0 but for noise, the entropy is no error rate
    probs, labels = predictions(3, samples=100_000, classes=10)
    assert metrics.ece(probs, labels) < 0.006
    assert metrics.uce(probs, labels) > 0.05


def test_error_bias_falls_with_samples():
    errors = [np.mean([metrics.ece(*predictions([4, s], samples=n)) for s in range(20)]) for n in (50, 500, 5000)]
    assert errors[0] > 2 * errors[1] > 4 * errors[2]
