import numpy as np
import pytest
from drawn import members, predictions
from scipy.stats import bootstrap

from pruneuq_helpers import metrics

CASES = [
    (metrics.accuracy, {}),
    (metrics.brier, {}),
    (metrics.nll, {}),
    (metrics.ece, {}),
    (metrics.ece, {"bins": 10, "kind": "mass"}),
    (metrics.ece, {"confidence": np.linspace(0, 1, 60)}),
    (metrics.mce, {}),
    (metrics.mce, {"bins": 5, "kind": "mass"}),
    (metrics.uce, {"bins": 7}),
    (metrics.signed_gap, {}),
    (metrics.signed_gap, {"confidence": np.linspace(0, 1, 60)}),
    (metrics.ause, {}),
    (metrics.ause, {"oracle": "error"}),
    (metrics.ause, {"literal": True, "uncertainty": np.arange(60) % 7}),
    (metrics.ause, {"mode": "percentile", "uncertainty": np.arange(60) % 7}),
    (metrics.aurg, {"uncertainty": np.arange(60) % 7}),
]


@pytest.mark.parametrize(("metric", "options"), CASES)
@pytest.mark.parametrize("ties", [False, True])
def test_all_resamples_at_once_equal_one_by_one(metric, options, ties):
    probs, labels = predictions(1, samples=60, ties=ties)
    at_once = metrics.interval(metric, probs, labels, resamples=40, method="percentile", **options)
    one_by_one = metrics.interval(
        lambda p, y, **rest: metric(p, y, **rest), probs, labels, resamples=40, method="percentile", **options
    )
    assert at_once["value"] == metric(probs, labels, **options)
    np.testing.assert_allclose(at_once, one_by_one, atol=1e-10)


def test_members_stay_together():
    probs, labels = members(2, samples=50)
    averaged = metrics.interval(metrics.brier, probs.mean(axis=0), labels, resamples=50)
    np.testing.assert_allclose(metrics.interval(metrics.brier, probs, labels, resamples=50), averaged)
    strangers = metrics.interval(lambda p, y: metrics.brier(p, y), probs, labels, resamples=50)
    np.testing.assert_allclose(strangers, averaged)


def test_agrees_with_scipy_and_with_the_normal_law():
    probs, labels = predictions(3, samples=2000)
    hit = probs.argmax(axis=1) == labels
    found = metrics.interval(metrics.accuracy, probs, labels, resamples=4000)
    theirs = bootstrap((hit,), np.mean, n_resamples=4000, method="percentile", rng=0).confidence_interval
    assert (found["low"], found["high"]) == pytest.approx((theirs.low, theirs.high), abs=0.003)
    half = 1.96 * np.sqrt(hit.mean() * (1 - hit.mean()) / 2000)
    assert (found["high"] - found["low"]) / 2 == pytest.approx(half, rel=0.06)


def test_same_seed_same_interval():
    probs, labels = predictions(4)
    first, again, other = (metrics.interval(metrics.ause, probs, labels, resamples=50, seed=seed) for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)


def test_interval_narrows_with_samples_and_widens_with_confidence():
    few, many = predictions(5, samples=100), predictions(5, samples=5000)
    width = [np.diff(metrics.interval(metrics.ause, *data, resamples=200)[["low", "high"]])[0] for data in (few, many)]
    assert width[1] < width[0] / 3
    sure = metrics.interval(metrics.ause, *few, resamples=200, confidence_level=0.99)
    assert sure["high"] - sure["low"] > width[0]


def test_percentiles_of_a_calibrated_networks_error_miss_the_truth_and_the_basic_interval_mends_most():
    # labels are drawn from the probabilities themselves: the true error is 0, and 0.07 once they are sharpened
    def covered(truth, power, method):
        hits = 0
        for seed in range(30):
            probs, labels = predictions(seed, samples=1000, classes=10)
            sharp = probs**power / (probs**power).sum(axis=1, keepdims=True)
            found = metrics.interval(metrics.ece, sharp, labels, resamples=100, seed=seed, method=method)
            hits += found["low"] <= truth <= found["high"]
        return hits

    probs, labels = predictions(0, samples=400_000, classes=10)
    sharp = probs**1.25 / (probs**1.25).sum(axis=1, keepdims=True)
    truth = metrics.ece(sharp, labels)
    assert covered(0.001, 1.0, "percentile") == 0
    assert covered(0.001, 1.0, None) >= 12
    assert covered(truth, 1.25, None) >= 24


def test_biased_errors_stay_within_their_range():
    found = metrics.interval(metrics.ece, *predictions(6, samples=20), resamples=100)
    assert 0 <= found["low"] <= found["high"] <= 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"resamples": 0}, "`resamples` got 0"),
        ({"confidence_level": 95}, "`confidence_level` got 95"),
        ({"method": "bca"}, "`method` got 'bca'"),
    ],
)
def test_refuses_what_has_no_answer(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        metrics.interval(metrics.ece, [[0.9, 0.1]], [0], **changes)


def test_refuses_an_infinite_metric():
    with pytest.raises(ValueError, match="`metric` got one that gives inf on these samples"):
        metrics.interval(metrics.nll, [[1.0, 0.0]], [1])
