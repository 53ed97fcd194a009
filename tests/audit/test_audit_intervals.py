"""Intervals of changes: worked by hand, held against other libraries, and counted in simulations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import roc_auc_score

from pruneuq_helpers import metrics
from pruneuq_helpers.audit.classes import changed_images, recall_changes
from pruneuq_helpers.audit.intervals import auroc, auroc_change, bootstrapped_change, share, share_change
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.metrics import bootstrap


def drawn(seed: int, count: int = 60, classes: int = 3):
    rng = np.random.default_rng(seed)
    return (
        rng.dirichlet(np.ones(classes), count),
        rng.dirichlet(np.ones(classes), count),
        rng.integers(classes, size=count),
    )


def test_share_change_by_hand():
    # 4 lost and none won of 98: (0 - 4) / 98; half an image in each of the four cells makes 100 of them.
    change, low, high = share_change(4, 0, 98)
    half = 1.959964 * np.sqrt(4.5 + 0.5 - 16 / 100) / 100
    assert change == pytest.approx(-4 / 98)
    assert [low, high] == pytest.approx([-0.04 - half, -0.04 + half], abs=1e-6)


def test_share_change_has_a_width_where_nothing_changed():
    assert share_change(0, 0, 100) == pytest.approx((0.0, -0.019216, 0.019216), abs=1e-5)


@pytest.mark.parametrize(("lost", "won"), [(0.02, 0.01), (0.1, 0.05), (0.0, 0.0), (0.3, 0.3)])
def test_share_change_covers(lost, won):
    cells = np.random.default_rng(0).multinomial(200, [lost, won, 1 - lost - won], size=4000)
    _, low, high = share_change(cells[:, 0], cells[:, 1], 200)
    covered = np.mean((low <= won - lost) & (won - lost <= high))
    assert covered > 0.94


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(0, 20), st.integers(0, 20), st.integers(40, 90))
def test_share_change_turns_over_with_its_sides(lost, won, count):
    change, low, high = share_change(lost, won, count)
    assert share_change(won, lost, count) == pytest.approx((-change, -high, -low))
    assert low < change < high


def metric_change(metric, dense, pruned, labels, resamples, seed=0):
    """Change of a metric on the same resamples of both networks."""
    before, after = (bootstrap.resampled(metric, probs, labels, resamples, seed) for probs in (dense, pruned))
    return bootstrapped_change(metric, metric(pruned, labels) - metric(dense, labels), after - before)


@pytest.mark.parametrize("metric", [metrics.ece, metrics.nll, metrics.brier, metrics.ause])
def test_metric_change_is_the_bootstrap_one_by_one(metric):
    dense, pruned, labels = drawn(0, count=40)
    rng = np.random.default_rng(3)
    draws = rng.integers(40, size=(100, 40))
    found = [metric(pruned[rows], labels[rows]) - metric(dense[rows], labels[rows]) for rows in draws]
    low, high = np.quantile(found, [0.025, 0.975])
    value = metric(pruned, labels) - metric(dense, labels)
    if metric is metrics.ece:
        low, high = 2 * value - high, 2 * value - low
    assert metric_change(metric, dense, pruned, labels, resamples=100, seed=3) == pytest.approx((value, low, high))


def test_metric_change_of_the_same_network_is_nothing():
    dense, _, labels = drawn(1)
    assert metric_change(metrics.ece, dense, dense, labels, resamples=100) == (0.0, 0.0, 0.0)


def test_metric_change_covers_the_true_change_of_the_likelihood():
    rng, hits = np.random.default_rng(0), 0
    for _ in range(200):
        right, shift = rng.uniform(0.3, 0.9, 80), rng.normal(0.1, 0.3, 80)
        dense = np.stack([right, 1 - right], 1)
        after = np.clip(right * np.exp(-shift), 1e-3, 0.999)  # the NLL of an image rises by `shift`
        pruned = np.stack([after, 1 - after], 1)
        _, low, high = metric_change(metrics.nll, dense, pruned, np.zeros(80, int), resamples=200)
        hits += low <= 0.1 <= high
    assert hits >= 180


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 10_000))
def test_auroc_is_that_of_another_library(seed):
    rng = np.random.default_rng(seed)
    own, foreign = rng.integers(5, size=12), rng.integers(2, 7, size=9)
    assert auroc(own, foreign)[0] == pytest.approx(roc_auc_score([0] * 12 + [1] * 9, [*own, *foreign]))


def test_auroc_change_agrees_with_a_bootstrap():
    rng = np.random.default_rng(0)
    own, foreign = rng.normal(0, 1, 150), rng.normal(1, 1, 120)
    after = (own + rng.normal(0, 1, 150), foreign + rng.normal(0, 1, 120))
    change, low, high = auroc_change((own, foreign), after)
    found = []
    for _ in range(2000):
        i, j = rng.integers(150, size=150), rng.integers(120, size=120)
        found.append(auroc(after[0][i], after[1][j])[0] - auroc(own[i], foreign[j])[0])
    assert [low, high] == pytest.approx(np.quantile(found, [0.025, 0.975]), abs=0.01)
    assert low < change < high


def test_recall_changes_against_scipy():
    dense, pruned, labels = drawn(2, count=200)
    before, after = dense.argmax(1), pruned.argmax(1)
    found = recall_changes(before, pruned.argmax(1), labels, ["a", "b", "c"]).set_index("class")
    for number, name in enumerate("abc"):
        own = labels == number
        lost, won = (
            (own & (before == number) & (after != number)).sum(),
            (own & (before != number) & (after == number)).sum(),
        )
        row = found.loc[name]
        assert row["images"] == own.sum()
        assert row["recall_pruned"] == pytest.approx((after[own] == number).mean())
        assert row["change"] == pytest.approx((won - lost) / own.sum())
        assert row["p_value"] == pytest.approx(stats.binomtest(int(lost), int(lost + won)).pvalue)
        assert row["together_low"] < row["low"] < row["change"] < row["high"] < row["together_high"]


def test_classes_without_images_are_left_out():
    assert recall_changes([0, 0], [0, 2], [0, 0], ["a", "b", "c"])["class"].tolist() == ["a"]


def test_changed_images_are_those_of_a_population_of_one():
    dense, pruned, labels = drawn(4)
    found = changed_images(dense, pruned, labels, ["a", "b", "c"])
    assert sorted(found["image"]) == np.flatnonzero(dense.argmax(1) != pruned.argmax(1)).tolist()
    assert found["dense_confidence"].is_monotonic_decreasing
    lost, won = (found["what"] == "lost").sum(), (found["what"] == "won").sum()
    assert (won - lost) / 60 == pytest.approx(metrics.accuracy(pruned, labels) - metrics.accuracy(dense, labels))


def test_lengths_that_differ_are_refused():
    with pytest.raises(ParameterError, match="they take the same images"):
        recall_changes([0, 1], [0], [0, 1], ["a", "b"])


def test_an_interval_that_is_turned_round_stays_within_what_is_possible():
    sure, labels = np.eye(2)[[0] * 4 + [1] * 4], np.array([0] * 4 + [1] * 3 + [0])
    for metric, most in ((metrics.ece, 1.0), (metrics.ause, 1.0), (metrics.brier, 2.0)):
        _, low, high = metric_change(metric, sure, sure[::-1], labels, resamples=200)
        assert -most <= low <= high <= most


def test_a_share_has_a_width_at_its_ends_too():
    assert share(0, 100) == pytest.approx((0, 0, 1 - 0.025**0.01))
