import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve
from torchmetrics.functional.classification import binary_auroc, binary_average_precision

from pruneuq_helpers import metrics

quickly = settings(deadline=None, max_examples=30, derandomize=True)
scores = st.lists(st.integers(-5, 5), min_size=1, max_size=40)


@quickly
@given(own=scores, foreign=scores)
def test_against_scikit_learn_with_many_ties(own, foreign):
    truth, score = np.repeat([0, 1], [len(own), len(foreign)]), np.array([*own, *foreign])
    found = metrics.detection(own, foreign)
    assert list(found.index) == ["auroc", "aupr_out", "aupr_in", "fpr95"]
    assert found["auroc"] == pytest.approx(roc_auc_score(truth, score))
    assert found["aupr_out"] == pytest.approx(average_precision_score(truth, score))
    assert found["aupr_in"] == pytest.approx(average_precision_score(1 - truth, -score))
    false, true, _ = roc_curve(truth, score, drop_intermediate=False)
    assert found["fpr95"] == pytest.approx(false[np.argmax(true >= 0.95)])
    false, true, _ = roc_curve(1 - truth, -score, drop_intermediate=False)
    assert metrics.detection(own, foreign, positive="in")["fpr95"] == pytest.approx(false[np.argmax(true >= 0.95)])


def test_nineteen_of_twenty_foreign_images_are_95_percent():
    foreign = np.arange(1, 21)  # a threshold of 2 catches nineteen, and no image of one's own below it
    assert metrics.detection([0, 1.5], foreign)["fpr95"] == 0
    assert metrics.detection([0, 2.5], foreign)["fpr95"] == 0.5


def test_against_torchmetrics():
    rng = np.random.default_rng(0)
    own, foreign = rng.random(300) * 0.8, rng.random(200) * 0.8 + 0.2
    score, truth = torch.tensor(np.append(own, foreign)), torch.tensor(np.repeat([0, 1], [300, 200]))
    found = metrics.detection(own, foreign)
    assert found["auroc"] == pytest.approx(float(binary_auroc(score, truth)), abs=1e-6)
    assert found["aupr_out"] == pytest.approx(float(binary_average_precision(score, truth)), abs=1e-6)


def test_area_is_the_chance_of_a_right_order():
    rng = np.random.default_rng(1)
    own, foreign = rng.integers(0, 9, 50), rng.integers(3, 12, 70)
    wins = (foreign[:, None] > own).mean() + (foreign[:, None] == own).mean() / 2
    assert metrics.detection(own, foreign)["auroc"] == pytest.approx(wins)


@quickly
@given(own=scores, foreign=scores, seed=st.integers(0, 1000))
def test_unchanged_by_monotone_maps_and_by_order(own, foreign, seed):
    rng = np.random.default_rng(seed)
    found = metrics.detection(own, foreign)
    for change in (np.exp, lambda score: 3 * score - 7, np.arctan):
        assert metrics.detection(change(np.array(own)), change(np.array(foreign))).equals(found)
    assert metrics.detection(rng.permutation(own), rng.permutation(foreign)).equals(found)


def test_best_worst_and_blind_scores():
    assert metrics.detection([0, 1], [2, 3]).tolist() == [1, 1, 1, 0]
    assert metrics.detection([2, 3], [0, 1])[["auroc", "fpr95"]].tolist() == [0, 1]
    blind = metrics.detection([1, 1, 1], [1])
    assert blind.tolist() == [0.5, 0.25, 0.75, 1]


@pytest.mark.parametrize(
    ("own", "foreign", "sentence"),
    [
        ([], [1.0], "`in_scores` got no values"),
        ([1.0], [], "`out_scores` got no values"),
        ([np.nan], [1.0], "`in_scores` got NaN"),
        ([[1.0]], [1.0], r"`in_scores` got shape \(1, 1\)"),
    ],
)
def test_refuses_what_has_no_answer(own, foreign, sentence):
    with pytest.raises(ValueError, match=sentence):
        metrics.detection(own, foreign)


def test_refuses_an_unknown_positive_class():
    with pytest.raises(ValueError, match="`positive` got 'ood'; it takes one of out, in"):
        metrics.detection([0.0], [1.0], positive="ood")
