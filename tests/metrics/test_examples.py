"""Pruning-identified examples: modes, ties, the null control, and how hard they are."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pruneuq_helpers import metrics
from pruneuq_helpers.errors import ParameterError


def drawn(seed, members=7, images=40, classes=3):
    """Probabilities [K, N, C] and the predictions they give."""
    probs = np.random.default_rng(seed).dirichlet(np.ones(classes), (members, images))
    return probs.argmax(2), probs


def slow_mode(votes, ties, mean=None):
    """One image's mode, written out."""
    counts = np.bincount(votes)
    leading = np.flatnonzero(counts == counts.max())
    if ties == "max":
        return leading[-1]
    if ties == "min" or mean is None:
        return leading[0]
    return leading[np.argmax(mean[leading])]


@given(st.integers(0, 10**6), st.integers(1, 8), st.sampled_from(["probability", "max", "min"]), st.booleans())
@settings(max_examples=40, deadline=None, derandomize=True)
def test_modes_and_ties_against_counting_one_image_at_a_time(seed, members, ties, with_probs):
    predicted, probs = drawn(seed, members)
    found = metrics.modal_labels(predicted, probs if with_probs else None, ties)
    for image, votes in enumerate(predicted.T):
        mean = probs[:, image].mean(0) if with_probs else None
        assert found["mode"][image] == slow_mode(votes, ties, mean)
        counts = np.bincount(votes)
        assert found["votes"][image] == counts.max()
        assert found["tie"][image] == (np.sum(counts == counts.max()) > 1)


def test_the_mode_of_few_ties_is_scipy_s():
    predicted, _ = drawn(3, members=9)
    found = metrics.modal_labels(predicted, ties="min")
    expected = stats.mode(predicted, axis=0)
    assert found["mode"].tolist() == expected.mode.tolist()
    assert found["votes"].tolist() == expected.count.tolist()


def test_three_ways_to_break_a_tie():
    predicted = [[0, 1], [2, 1]]
    likelier_two = [[[0.5, 0.1, 0.4], [0, 1, 0]], [[0.3, 0.1, 0.6], [0, 1, 0]]]
    assert metrics.modal_labels(predicted, ties="min")["mode"].tolist() == [0, 1]
    assert metrics.modal_labels(predicted, ties="max")["mode"].tolist() == [2, 1]
    assert metrics.modal_labels(predicted, likelier_two)["mode"].tolist() == [2, 1]
    assert metrics.modal_labels(predicted)["mode"].tolist() == [0, 1]
    # a class that nobody chose stays out, however likely; of equally likely ones the lowest is taken
    nobody = [[[0.3, 0.4, 0.3], [0, 1, 0]], [[0.3, 0.4, 0.3], [0, 1, 0]]]
    assert metrics.modal_labels(predicted, nobody)["mode"].tolist() == [0, 1]
    assert metrics.modal_labels(predicted, np.mean(nobody, axis=0))["mode"].tolist() == [0, 1]


@given(st.integers(0, 10**6), st.integers(1, 6))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_identical_populations_have_no_pie_and_the_roles_may_be_swapped(seed, members):
    dense, dense_probs = drawn([seed, 0], members)
    pruned, pruned_probs = drawn([seed, 1], members + 1)
    assert len(metrics.pies(dense, dense[::-1], dense_probs, dense_probs[::-1])) == 0
    one = metrics.pies(dense, pruned, dense_probs, pruned_probs)
    np.testing.assert_array_equal(one, metrics.pies(pruned, dense, pruned_probs, dense_probs))
    modes = [metrics.modal_labels(*each)["mode"] for each in ((dense, dense_probs), (pruned, pruned_probs))]
    np.testing.assert_array_equal(one, np.flatnonzero(modes[0] != modes[1]))
    table = metrics.pie_table(dense, pruned, dense_probs, pruned_probs)
    assert table["index"].tolist() == one.tolist()
    assert (table["dense_mode"] != table["pruned_mode"]).all()


def test_the_table_counts_ties_among_all_images_and_takes_labels():
    dense, pruned = torch.tensor([[0, 1, 1], [0, 2, 1]]), torch.tensor([[1, 1, 0], [1, 1, 1]])
    table = metrics.pie_table(dense, pruned, labels=[0, 1, 1])
    assert table.to_numpy().tolist() == [[0, 0, 0, 1, False, False], [2, 1, 1, 0, False, True]]
    assert list(table) == ["index", "label", "dense_mode", "pruned_mode", "dense_tie", "pruned_tie"]
    assert table.attrs == {"images": 3, "dense_ties": 1, "pruned_ties": 1}
    assert metrics.pies(dense, pruned).dtype == np.int64


def flipping(seed, members, images=300, hard=30, odds=0.5):
    """Members that say 0 of most images, and 1 of the first few with these odds."""
    chance = np.where(np.arange(images) < hard, odds, 0.01)
    return (np.random.default_rng(seed).random((members, images)) < chance).astype(int)


def test_two_dense_populations_differ_where_images_are_ambiguous():
    found = metrics.null_pies(flipping(0, 30), splits=50, seed=1)
    assert found["split"].tolist() == list(range(50))
    null = found.attrs["null"]
    assert null["size"] == 15
    assert 0 < null["low"] < null["mean"] < null["high"] <= 30
    assert null["mean"] == pytest.approx(found["null"].mean())
    assert found.equals(metrics.null_pies(flipping(0, 30), splits=50, seed=1))
    assert metrics.null_pies(np.zeros((4, 9), int), splits=3)["null"].tolist() == [0, 0, 0]


def test_a_pruned_population_that_is_dense_has_no_excess():
    found = metrics.matched_pies(flipping(0, 30), flipping(1, 30), splits=60)
    excess = found.attrs["excess"]
    assert excess["low"] <= 0 <= excess["high"]
    assert found.attrs["pruned"]["size"] == found.attrs["null"]["size"] == 15


def test_a_pruned_population_that_differs_has_one():
    found = metrics.matched_pies(flipping(0, 30, odds=0.2), flipping(1, 30, odds=0.8), splits=60)
    assert found.attrs["excess"]["low"] > 20
    assert (found["excess"] == found["pruned"] - found["null"]).all()


def test_parts_are_disjoint_of_the_size_asked_for_and_use_the_probabilities():
    dense, dense_probs = drawn(1, members=6)
    pruned, pruned_probs = drawn(2, members=3)
    found = metrics.matched_pies(dense, pruned, dense_probs, pruned_probs, splits=4, size=2, seed=5)
    generator = np.random.default_rng(5)
    for row in found.itertuples():
        order = generator.permutation(6)
        first, second, part = order[:2], order[2:4], generator.permutation(3)[:2]
        assert row.null == len(metrics.pies(dense[first], dense[second], dense_probs[first], dense_probs[second]))
        assert row.pruned == len(metrics.pies(dense[first], pruned[part], dense_probs[first], pruned_probs[part]))


@given(st.integers(0, 10**6), st.integers(0, 30), st.integers(1, 40))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_three_sets_of_one_size(seed, pies, most):
    predicted, _ = drawn(seed, members=3, images=30)
    labels = predicted[0]
    chosen = np.random.default_rng(seed).choice(30, pies, replace=False)
    found = metrics.subset_accuracy(predicted, labels, chosen, seed=seed, most=most)
    count = min(most, pies, 30 - pies)
    assert found["images"].tolist() == [count] * 9
    assert found["set"].tolist() == ["PIE"] * 3 + ["non-PIE"] * 3 + ["random"] * 3
    first = found.loc[found["member"] == 0, "accuracy"]
    assert (first.isna() if count == 0 else first == 1).all()


def test_sets_by_hand():
    predicted, labels = np.array([[0, 0, 0, 1, 1, 1], [1, 1, 1, 1, 1, 1]]), [0, 0, 0, 0, 0, 0]
    found = metrics.subset_accuracy(predicted, labels, [5, 3, 4]).set_index(["set", "member"])["accuracy"]
    assert found[("PIE", 0)] == 0
    assert found[("non-PIE", 0)] == 1
    assert found[("random", 1)] == 0


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: metrics.pies([[0]], [[1]], dense_probs=[[0.5, 0.5]]), "`pruned_probs` got nothing"),
        (lambda: metrics.pies([[0]], [[1]], ties="first"), "`ties` got 'first'"),
        (lambda: metrics.modal_labels([[0, 1]], [[0.5, 0.5]]), r"`probs` got shape \(1, 2\); it takes \[2, C\]"),
        (lambda: metrics.modal_labels([[2]], [[0.5, 0.5]]), "with C above 2"),
        (lambda: metrics.null_pies([[0, 1]]), "`dense` got 1 members"),
        (lambda: metrics.null_pies([[0], [1]], size=2), "`size` got 2; it takes at most 1"),
        (lambda: metrics.null_pies([[0], [1]], splits=0), "`splits` got 0"),
        (lambda: metrics.null_pies([[0], [1]], [[[0.5, 0.5]]]), r"`dense_probs` got shape \(1, 1, 2\)"),
        (lambda: metrics.matched_pies([[0], [1]], [[0]], [[[1.0, 0]]] * 2), "`pruned_probs` got nothing"),
        (lambda: metrics.subset_accuracy([[0, 1]], [0, 1], [2]), "`indices` got 2 to 2; it takes places from 0 to 1"),
        (lambda: metrics.subset_accuracy([[0, 1]], [0, 1], [0.5]), "`indices` got float64"),
        (lambda: metrics.subset_accuracy([[0, 1]], [0], [0]), "`labels` got 1 values for 2 samples"),
    ],
)
def test_mistakes_get_one_sentence(call, sentence):
    with pytest.raises(ParameterError, match=sentence):
        call()
