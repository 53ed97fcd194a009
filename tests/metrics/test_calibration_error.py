import numpy as np
import pytest
import torch
from drawn import members, predictions
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from torchmetrics.functional.classification import multiclass_calibration_error

from pruneuq_helpers import metrics

quickly = settings(deadline=None, max_examples=25, derandomize=True)
seeds = st.integers(0, 10_000)
kinds = st.sampled_from(["width", "mass"])


@pytest.mark.parametrize("bins", [1, 10, 15, 100])
@pytest.mark.parametrize(("ours", "norm"), [(metrics.ece, "l1"), (metrics.mce, "max")])
@pytest.mark.parametrize("classes", [2, 10, 200])
def test_agrees_with_torchmetrics_away_from_the_edges(ours, norm, bins, classes):
    probs, labels = predictions(1, samples=2000, classes=classes)
    theirs = multiclass_calibration_error(
        torch.tensor(probs), torch.tensor(labels), num_classes=classes, n_bins=bins, norm=norm
    )
    assert ours(probs, labels, bins=bins) == pytest.approx(float(theirs), abs=1e-6)


def test_by_hand():
    # bins (0.5, 0.75] and (0.75, 1]: confidences .6, .7 with one right; .8, .9, 1 with two right
    probs = np.array([[0.6, 0.4], [0.3, 0.7], [0.8, 0.2], [0.1, 0.9], [1.0, 0.0]])
    labels = np.array([0, 0, 0, 1, 1])
    assert metrics.ece(probs, labels, bins=4) == pytest.approx((2 * abs(0.65 - 0.5) + 3 * abs(0.9 - 2 / 3)) / 5)
    assert metrics.mce(probs, labels, bins=4) == pytest.approx(0.9 - 2 / 3)
    assert metrics.signed_gap(probs, labels) == pytest.approx(0.8 - 0.6)
    table = metrics.reliability(probs, labels, bins=4)
    assert list(table) == ["bin_low", "bin_high", "count", "confidence", "accuracy"]
    assert table["bin_low"].tolist() == [0, 0.25, 0.5, 0.75]
    assert table["bin_high"].tolist() == [0.25, 0.5, 0.75, 1]
    assert table["count"].tolist() == [0, 0, 2, 3]
    assert table["confidence"].tolist()[2:] == pytest.approx([0.65, 0.9])
    assert table["accuracy"].tolist()[2:] == pytest.approx([0.5, 2 / 3])
    assert table[["confidence", "accuracy"]][:2].isna().all(axis=None)


@quickly
@given(seed=seeds, bins=st.integers(1, 40), kind=kinds)
def test_error_follows_from_the_table(seed, bins, kind):
    probs, labels = predictions(seed, ties=seed % 2 == 0)
    table = metrics.reliability(probs, labels, bins=bins, kind=kind)
    full = table[table["count"] > 0]
    gap = (full["confidence"] - full["accuracy"]).abs()
    assert table["count"].sum() == len(labels)
    assert metrics.ece(probs, labels, bins, kind) == pytest.approx((gap * full["count"]).sum() / len(labels))
    assert metrics.mce(probs, labels, bins, kind) == pytest.approx(gap.max())
    assert abs(metrics.signed_gap(probs, labels)) <= metrics.ece(probs, labels, bins, kind) + 1e-12


@quickly
@given(confidence=st.floats(0, 1), hits=st.integers(0, 20), bins=st.integers(1, 30), kind=kinds)
def test_constant_confidence_is_its_distance_from_the_accuracy(confidence, hits, bins, kind):
    probs, labels = np.tile([1.0, 0.0], (20, 1)), (np.arange(20) >= hits).astype(int)
    error = metrics.ece(probs, labels, bins, kind, confidence=np.full(20, confidence))
    assert error == pytest.approx(abs(hits / 20 - confidence), abs=1e-12)


@quickly
@given(seed=seeds, kind=kinds)
def test_order_of_samples_never_matters(seed, kind):
    probs, labels = predictions(seed, ties=True)
    order = np.random.default_rng(seed).permutation(len(labels))
    for metric in (metrics.ece, metrics.mce):
        assert metric(probs[order], labels[order], kind=kind) == pytest.approx(metric(probs, labels, kind=kind))
    assert metrics.uce(probs[order], labels[order]) == pytest.approx(metrics.uce(probs, labels))


def test_equal_mass_bins_are_split_arrays():
    probs, labels = predictions(3, samples=150)
    order = np.argsort(probs.max(axis=1))
    hit = probs.argmax(axis=1) == labels
    gaps = [abs(probs.max(axis=1)[part].mean() - hit[part].mean()) for part in np.split(order, 15)]
    assert metrics.ece(probs, labels, kind="mass") == pytest.approx(np.mean(gaps))
    assert set(metrics.reliability(probs, labels, kind="mass")["count"]) == {10}


def test_more_equal_mass_bins_than_samples_leaves_bins_empty():
    table = metrics.reliability([[0.9, 0.1], [0.6, 0.4]], [0, 1], bins=5, kind="mass")
    assert sorted(table["count"]) == [0, 0, 0, 1, 1]
    assert (table["bin_low"] <= table["bin_high"]).all()


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_confidence_on_an_edge_belongs_to_the_bin_that_ends_there_in_every_type(kind):
    for bins in (5, 10, 15, 20):
        edges = np.linspace(0, 1, bins + 1)[bins // 2 + 1 :]
        probs = np.stack([edges, 1 - edges], axis=1).astype(kind)
        counts = metrics.reliability(probs, np.zeros(len(edges), int), bins)["count"].to_numpy()
        assert (counts[bins // 2 :] == 1).all()


@pytest.mark.parametrize("bins", [3, 7, 10, 15, 49, 100, 255])
def test_neighbours_of_an_edge_fall_on_their_own_sides(bins):
    edges = np.linspace(0, 1, bins + 1)[1:-1]
    probs, labels = np.tile([1.0, 0.0], (len(edges), 1)), np.zeros(len(edges), int)
    below = metrics.reliability(probs, labels, bins, confidence=edges)["count"].to_numpy()
    above = metrics.reliability(probs, labels, bins, confidence=np.nextafter(edges, 1))["count"].to_numpy()
    assert below.tolist() == [1] * (bins - 1) + [0]
    assert above.tolist() == [0] + [1] * (bins - 1)


def test_bins_agree_with_scikit_learn():
    probs, labels = predictions(4, samples=500, classes=2)
    confidence, hit = probs.max(axis=1), probs.argmax(axis=1) == labels
    accuracy, mean = calibration_curve(hit, confidence, n_bins=10)
    table = metrics.reliability(probs, labels, bins=10).dropna()
    np.testing.assert_allclose(table["accuracy"], accuracy)
    np.testing.assert_allclose(table["confidence"], mean)


def test_uniform_softmax_has_uncertainty_one():
    labels = np.array([0, 1, 2, 0])
    assert metrics.uce(np.full((4, 3), 1 / 3), labels) == pytest.approx(abs(1 / 2 - 1))


def test_uce_by_hand():
    probs, labels = predictions(5, samples=400, classes=3)
    entropy = -(probs * np.log(probs)).sum(axis=1) / np.log(3)
    wrong = probs.argmax(axis=1) != labels
    expected = 0.0
    for low in np.arange(15) / 15:
        inside = (entropy > low) & (entropy <= low + 1 / 15)
        expected += abs(wrong[inside].sum() - entropy[inside].sum()) / 400
    assert metrics.uce(probs, labels) == pytest.approx(expected)


def test_members_are_averaged():
    probs, labels = members(6)
    for metric in (metrics.ece, metrics.mce, metrics.uce, metrics.signed_gap):
        assert metric(probs, labels) == pytest.approx(metric(probs.mean(axis=0), labels))


def test_error_where_every_prediction_is_wrong_is_the_mean_confidence():
    # what "ECE on out-of-distribution data" measures: no prediction can be right there
    probs, _ = predictions(7, classes=10)
    foreign = (probs.argmax(axis=1) + 1) % 10
    assert metrics.ece(probs, foreign) == pytest.approx(probs.max(axis=1).mean())


def test_min_max_confidence_turns_the_error_rate_into_the_calibration_error():
    # a heavy tail puts nearly every normalised confidence near 1, so the error rate comes out, less a constant
    rng = np.random.default_rng(8)
    probs, labels = np.tile([1.0, 0.0], (5000, 1)), (rng.random(5000) < 0.3).astype(int)
    confidence = 1 - metrics.normalise(rng.pareto(2.0, 5000))
    assert confidence.mean() > 0.95
    expected = labels.mean() - (1 - confidence).mean()
    assert metrics.ece(probs, labels, confidence=confidence) == pytest.approx(expected, abs=0.005)
