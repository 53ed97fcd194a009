from itertools import permutations

import numpy as np
import pytest
from drawn import members, predictions
from hypothesis import given, settings
from hypothesis import strategies as st

from pruneuq_helpers import metrics
from pruneuq_helpers.metrics.ranks import Ranking, lowest_flags

quickly = settings(deadline=None, max_examples=25, derandomize=True)
seeds = st.integers(0, 10_000)


def masked(probs, labels, uncertainty):
    """The area by fifty masks over sorted samples, for N a multiple of 50 and no ties."""
    wrong = probs.argmax(axis=1) != labels
    true = 1 - probs[np.arange(len(labels)), labels]

    def curve(score):
        rank = np.argsort(np.argsort(score))
        return np.array([wrong[rank < len(labels) * (50 - step) // 50].mean() for step in range(50)] + [0.0])

    return np.trapezoid(curve(uncertainty) - curve(true), np.linspace(0, 1, 51))


def test_against_fifty_masks():
    probs, labels = predictions(1, samples=1000)
    uncertainty = np.random.default_rng(2).random(1000)
    assert metrics.ause(probs, labels, uncertainty) == pytest.approx(masked(probs, labels, uncertainty))
    assert metrics.ause(probs, labels) == pytest.approx(masked(probs, labels, 1 - probs.max(axis=1)))


def test_by_hand():
    # four samples, the third wrong and third in uncertainty: 1/4 until 13 steps, then 1/3, 0 from the half on
    probs = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]])
    table = metrics.sparsification(probs, [0, 0, 1, 0])
    assert table["error"].tolist() == pytest.approx([1 / 4] * 13 + [1 / 3] * 12 + [0] * 26)
    assert table["oracle"].tolist() == pytest.approx([1 / 4] * 13 + [0] * 38)
    assert metrics.ause(probs, [0, 0, 1, 0]) == pytest.approx(12 / 3 / 50)


@pytest.mark.parametrize("mode", ["rank", "percentile"])
@pytest.mark.parametrize("literal", [False, True])
def test_curves_have_51_rows_and_end_in_nothing(mode, literal):
    probs, labels = predictions(3)
    table = metrics.sparsification(probs, labels, mode=mode, literal=literal)
    assert list(table) == ["fraction", "error", "oracle"]
    assert table["fraction"].tolist() == pytest.approx(np.linspace(0, 1, 51))
    assert table.iloc[-1].tolist() == [1, 0, 0]
    assert table["error"].iloc[0] == pytest.approx(1 - metrics.accuracy(probs, labels))


@quickly
@given(seed=seeds, samples=st.integers(1, 6))
def test_ties_count_by_the_average_over_all_orders(seed, samples):
    rng = np.random.default_rng(seed)
    score, wrong = rng.integers(0, 3, samples), rng.random(samples) < 0.5
    orders = [order for order in permutations(range(samples)) if (np.diff(score[list(order)]) >= 0).all()]
    counts = np.arange(1, samples + 1)
    expected = np.mean([np.cumsum(wrong[list(order)]) for order in orders], axis=0)
    np.testing.assert_allclose(Ranking(score).lowest(wrong, counts), expected, atol=1e-12)
    np.testing.assert_allclose(lowest_flags(score, wrong, counts), expected, atol=1e-12)


@quickly
@given(seed=seeds, mode=st.sampled_from(["rank", "percentile"]), oracle=st.sampled_from(["true_prob", "error"]))
def test_order_of_samples_never_matters(seed, mode, oracle):
    probs, labels = predictions(seed, ties=True)
    order = np.random.default_rng(seed).permutation(len(labels))
    area = metrics.ause(probs, labels, oracle=oracle, mode=mode)
    assert metrics.ause(probs[order], labels[order], oracle=oracle, mode=mode) == pytest.approx(area, abs=1e-12)


@quickly
@given(seed=seeds)
def test_only_the_order_of_the_uncertainty_matters(seed):
    probs, labels = predictions(seed)
    score = np.round(np.random.default_rng(seed).random(300), 2)
    area = metrics.ause(probs, labels, score)
    for same_order in (np.exp(score), 5 * score - 3, score**3, -1 / (score + 1)):
        assert metrics.ause(probs, labels, same_order) == area


@quickly
@given(seed=seeds, oracle=st.sampled_from(["true_prob", "error"]), samples=st.integers(1, 200))
def test_oracles_own_order_has_no_area_and_its_reverse_more_than_chance(seed, oracle, samples):
    probs, labels = predictions(seed, samples=samples)
    perfect = 1 - probs[np.arange(samples), labels] if oracle == "true_prob" else probs.argmax(axis=1) != labels
    best = metrics.ause(probs, labels, perfect.astype(float), oracle=oracle)
    chance = metrics.ause(probs, labels, np.zeros(samples), oracle=oracle)
    worst = metrics.ause(probs, labels, -perfect.astype(float), oracle=oracle)
    assert best == 0
    assert best - 1e-12 <= chance <= worst + 1e-12


@quickly
@given(seed=seeds)
def test_no_order_has_less_error_than_the_error_oracle(seed):
    probs, labels = predictions(seed, ties=True)
    score = np.random.default_rng(seed).random(300)
    assert metrics.ause(probs, labels, score, oracle="error") >= 0
    table = metrics.sparsification(probs, labels, score, oracle="error")
    assert (table["error"] >= table["oracle"] - 1e-12).all()


def test_true_prob_oracle_is_not_the_lowest_curve():
    # a right but unsure sample stands above a mildly wrong one among three classes: the area may fall below 0
    probs = np.array([[0.4, 0.35, 0.25], [0.48, 0.47, 0.05]])
    assert metrics.ause(probs, [0, 1], uncertainty=[0, 1]) < 0
    assert metrics.ause(probs, [0, 1], uncertainty=[0, 1], oracle="error") == 0


def test_the_printed_listing_is_negative_on_a_sensible_classifier():
    probs, labels = predictions(4, samples=5000, classes=10)
    for mode in ("rank", "percentile"):
        assert metrics.ause(probs, labels, mode=mode) > 0
        assert metrics.ause(probs, labels, mode=mode, literal=True) < 0


def test_the_printed_listing_step_by_step():
    probs, labels = predictions(5, samples=437, classes=4)
    wrong = probs.argmax(axis=1) != labels

    def curve(score):
        return [wrong[score >= threshold].mean() for threshold in np.percentile(score, range(0, 100, 2))]

    table = metrics.sparsification(probs, labels, mode="percentile", literal=True)
    np.testing.assert_allclose(table["error"][:-1], curve(1 - probs.max(axis=1)))
    np.testing.assert_allclose(table["oracle"][:-1], curve(1 - probs[np.arange(437), labels]))


def test_ranks_and_percentiles_agree_without_ties_and_not_with_them():
    probs, labels = predictions(6, samples=1000)
    assert metrics.ause(probs, labels) == pytest.approx(metrics.ause(probs, labels, mode="percentile"))
    # half of the samples saturated at uncertainty 0: percentiles keep them all to the end, ranks remove them in turn
    saturated = np.where(np.arange(1000) < 500, 0, 1 - probs.max(axis=1))
    curves = [metrics.sparsification(probs, labels, saturated, mode=mode)["error"] for mode in ("rank", "percentile")]
    assert curves[0].iloc[:25].tolist() == pytest.approx(curves[1].iloc[:25].tolist())
    # with the 0/1 oracle the percentile rule keeps every wrong sample until none may stay
    oracles = [
        metrics.sparsification(probs, labels, oracle="error", mode=mode)["oracle"] for mode in ("rank", "percentile")
    ]
    assert (oracles[1] - oracles[0]).max() > 0.1


def test_a_random_order_gains_nothing_and_the_line_is_flat():
    probs, labels = predictions(7)
    line = metrics.random_line(probs, labels)
    assert line["error"].tolist() == pytest.approx([1 - metrics.accuracy(probs, labels)] * 50 + [0])
    assert metrics.aurg(probs, labels, np.ones(300)) == pytest.approx(0, abs=1e-15)
    orders = [metrics.aurg(probs, labels, np.random.default_rng(i).random(300)) for i in range(200)]
    assert np.mean(orders) == pytest.approx(0, abs=4 * np.std(orders) / np.sqrt(200))


def test_gain_and_error_areas_share_the_random_line():
    probs, labels = predictions(8)
    chance = metrics.ause(probs, labels, np.zeros(300))
    assert metrics.aurg(probs, labels) == pytest.approx(chance - metrics.ause(probs, labels))


def test_members_are_averaged():
    probs, labels = members(9)
    assert metrics.ause(probs, labels) == pytest.approx(metrics.ause(probs.mean(axis=0), labels))
    assert metrics.ause(probs, labels, metrics.prob_variance(probs)) > 0


def test_logit_variance_can_rank_worse_than_chance():
    # spread in proportion to the size of the logits: the confident samples vary most, and are mostly right
    rng = np.random.default_rng(10)
    clean = rng.standard_normal((1, 4000, 5)) * rng.gamma(2, 2, (1, 4000, 1))
    logits = clean * (1 + 0.3 * rng.standard_normal((5, 4000, 1)))
    probs = np.exp(clean[0] - clean[0].max(axis=1, keepdims=True))
    labels = (np.cumsum(probs / probs.sum(axis=1, keepdims=True), axis=1) > rng.random((4000, 1))).argmax(axis=1)
    exp = np.exp(logits - logits.max(axis=2, keepdims=True))
    probs = exp / exp.sum(axis=2, keepdims=True)
    assert metrics.aurg(probs, labels, metrics.logit_variance(logits)) < 0
    assert metrics.aurg(probs, labels, metrics.prob_variance(probs)) > 0
