"""Recall shifts of two populations: against scipy, against hand-worked cases, and under the null."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pruneuq_helpers import metrics
from pruneuq_helpers.errors import ParameterError

COLUMNS = [
    *("class", "count", "dense_accuracy", "pruned_accuracy", "p_value"),
    *("normalised_recall_difference", "significant", "significant_bh"),
]


def population(seed, members=8, images=120, classes=4, right=0.8):
    """Labels, and predictions that are right this often (one number, or one a class)."""
    labels = np.random.default_rng(0).integers(classes, size=images)
    generator = np.random.default_rng(seed)
    hit = generator.random((members, images)) < np.broadcast_to(right, classes)[labels]
    return np.where(hit, labels, (labels + generator.integers(1, classes, (members, images))) % classes), labels


def shifted(predicted, labels, shift):
    """The shifts [K, C], written out."""
    right = predicted == labels
    recalls = np.stack([right[:, labels == label].mean(1) for label in np.unique(labels)], axis=1)
    own = right.mean(1, keepdims=True)
    return recalls - (own if shift == "member" else own.mean())


@given(st.integers(0, 10**6), st.integers(2, 9), st.integers(2, 9), st.sampled_from(["member", "population"]))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_p_values_are_scipy_s_and_differences_are_differences_of_means(seed, dense_members, pruned_members, shift):
    dense, labels = population([seed, 0], dense_members)
    pruned, _ = population([seed, 1], pruned_members, right=0.7)
    found = metrics.class_impact(dense, pruned, labels, shift=shift)
    ours, theirs = shifted(dense, labels, shift), shifted(pruned, labels, shift)
    for column, p_value in enumerate(found["p_value"]):
        spread = [np.ptp(each[:, column]) > 1e-12 for each in (theirs, ours)]
        if all(spread):
            expected = stats.ttest_ind(theirs[:, column], ours[:, column], equal_var=False).pvalue
        elif any(spread):  # one population has no variance: Welch's test is Student's against that constant
            moving, constant = (theirs, ours) if spread[0] else (ours, theirs)
            expected = stats.ttest_1samp(moving[:, column], constant[0, column]).pvalue
        else:
            expected = float(np.isclose(theirs[0, column], ours[0, column]))
        assert p_value == pytest.approx(expected, rel=1e-8)
    difference = theirs.mean(0) - ours.mean(0)
    np.testing.assert_allclose(found["normalised_recall_difference"], difference, atol=1e-12)
    assert found["significant_bh"].tolist() == (stats.false_discovery_control(found["p_value"]) <= 0.05).tolist()
    assert list(found) == COLUMNS


def test_welch_by_hand():
    labels = [0, 0, 0, 0, 1, 1, 1, 1]
    # two members each; recalls of class 0: dense 1 and 3/4, pruned 1/2 and 1/4; class 1 always 1
    dense, pruned = ([[0] * kept + [1] * (4 - kept) + [1] * 4 for kept in hits] for hits in ((4, 3), (2, 1)))
    found = metrics.class_impact(dense, pruned, labels)
    assert found["dense_accuracy"].tolist() == [7 / 8, 1]
    assert found["pruned_accuracy"].tolist() == [3 / 8, 1]
    # shifts of class 0: (0, -1/8) and (-1/4, -3/8); t = (1/4) / sqrt(2 · (1/128) / 2), 2 degrees of freedom
    expected = 2 * stats.t.sf(0.25 / np.sqrt(1 / 128), 2)
    assert found["p_value"].tolist() == pytest.approx([expected, expected])
    assert found["normalised_recall_difference"].tolist() == [-0.25, 0.25]
    constant = metrics.class_impact(dense, pruned, labels, shift="population")
    assert constant["p_value"][1] == 0  # every member has the same, and pruned ones another
    assert constant["normalised_recall_difference"].tolist() == [-0.25, 0.25]


def test_members_that_are_all_alike_leave_nothing_to_test():
    labels = np.array([0, 0, 0, 1, 1, 1, 1, 1, 1, 1])
    same = np.tile([0, 0, 1, 1, 1, 1, 1, 1, 1, 0], (3, 1))
    worse = np.tile([0, 1, 1, 1, 1, 1, 1, 1, 1, 0], (4, 1))
    assert metrics.class_impact(same, same, labels)["p_value"].tolist() == [1, 1]
    assert metrics.class_impact(same, worse, labels)["p_value"].tolist() == [0, 0]


def test_equal_shifts_are_equal_whatever_the_rounding():
    # recalls of 1/3, 2/3, 1 in every class: the shift is 0 in every member, though 1/3 is no binary fraction
    labels = np.repeat([0, 1, 2], 3)
    members = [np.where(np.tile(np.arange(3), 3) < kept, labels, (labels + 1) % 3) for kept in (1, 2, 3)]
    found = metrics.class_impact(members, members[1:], labels)
    assert found["p_value"].tolist() == [1, 1, 1]
    assert found["normalised_recall_difference"].tolist() == [0, 0, 0]


def test_the_mean_shift_of_a_population_hides_what_a_member_s_own_shows():
    # every member has its recalls in step: the shifts of each are 0, though accuracies differ by member
    labels = np.repeat([0, 1], 4)
    steps = [np.where(np.tile(np.arange(4), 2) < kept, labels, 1 - labels) for kept in (4, 3, 2)]
    dense, pruned = steps[:2], steps[1:]
    assert metrics.class_impact(dense, pruned, labels)["p_value"].tolist() == [1, 1]
    by_population = metrics.class_impact(dense, pruned, labels, shift="population")["p_value"]
    assert by_population.tolist() == pytest.approx([1, 1])
    uneven = metrics.class_impact(dense, [steps[1], np.r_[steps[1][:4], steps[2][4:]]], labels)
    assert (uneven["p_value"] < 1).all()


def test_under_the_null_as_many_classes_as_chance_gives():
    hits, tests = 0, 0
    for seed in range(60):
        dense, labels = population([seed, 0], members=10, classes=10, images=400)
        pruned, _ = population([seed, 1], members=10, classes=10, images=400)
        found = metrics.class_impact(dense, pruned, labels)
        hits, tests = hits + found["significant"].sum(), tests + len(found)
    assert found.attrs["expected_by_chance"] == pytest.approx(0.5)
    assert stats.binomtest(int(hits), tests, 0.05).pvalue > 0.01


def test_a_class_that_bears_the_cost_is_found():
    dense, labels = population(1, members=20, images=600)
    pruned, _ = population(2, members=20, images=600, right=[0.8, 0.8, 0.5, 0.8])
    found = metrics.class_impact(dense, pruned, labels).set_index("class")
    assert found["normalised_recall_difference"].idxmin() == 2
    assert found.loc[2, "significant_bh"]
    assert found["count"].sum() == 600


def test_swapping_the_populations_turns_the_sign():
    dense, labels = population(1)
    pruned, _ = population(2)
    one, other = metrics.class_impact(dense, pruned, labels), metrics.class_impact(pruned, dense, labels)
    np.testing.assert_allclose(one["p_value"], other["p_value"])
    np.testing.assert_allclose(one["normalised_recall_difference"], -other["normalised_recall_difference"])


def test_significance_is_at_most_and_false_discoveries_are_fewer():
    dense, labels = population(1, classes=30, images=900)
    pruned, _ = population(2, classes=30, images=900)
    p_value = float(metrics.class_impact(dense, pruned, labels)["p_value"][0])
    exact = metrics.class_impact(dense, pruned, labels, significance=p_value)
    assert exact["significant"][0]
    assert not (exact["significant_bh"] & ~exact["significant"]).any()
    assert exact.attrs["expected_by_chance"] == pytest.approx(30 * p_value)


def test_classes_without_images_have_no_row_and_tensors_are_taken():
    dense, pruned = torch.tensor([[0, 5, 5], [0, 5, 2]]), torch.tensor([[0, 5, 5], [0, 0, 5]])
    found = metrics.class_impact(dense, pruned, torch.tensor([0, 5, 5]))
    assert found["class"].tolist() == [0, 5]
    assert found["count"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"dense": [[0, 1]]}, "`dense` got 1 members; it takes at least 2"),
        ({"pruned": [[0, 1, 1], [0, 1, 1]]}, "`pruned` got predictions for 3 images and `dense` for 2"),
        ({"dense": [0, 1]}, r"`dense` got shape \(2,\)"),
        ({"dense": [[0.5, 1.0], [0, 1]]}, "`dense` got values that are no classes"),
        ({"dense": [[-1, 1], [0, 1]]}, "`dense` got values that are no classes"),
        ({"labels": [0, 1, 1]}, "`labels` got 3 values for 2 samples"),
        ({"labels": [0.0, 1.0]}, "`labels` got values of type float64"),
        ({"shift": "mean"}, "`shift` got 'mean'; it takes one of member, population"),
        ({"significance": 1.0}, "`significance` got 1.0"),
    ],
)
def test_mistakes_get_one_sentence(change, sentence):
    given_ = {"dense": [[0, 1], [0, 0]], "pruned": [[0, 1], [1, 1]], "labels": [0, 1], **change}
    with pytest.raises(ParameterError, match=sentence):
        metrics.class_impact(**given_)
