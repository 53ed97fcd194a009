import numpy as np
import pytest
import torch
from drawn import members, predictions
from sklearn.metrics import accuracy_score, log_loss

from pruneuq_helpers import metrics


@pytest.mark.parametrize("classes", [2, 10, 200])
def test_against_scikit_learn_and_torch(classes):
    probs, labels = predictions(1, classes=classes)
    one_hot = np.eye(classes)[labels]
    assert metrics.accuracy(probs, labels) == pytest.approx(accuracy_score(labels, probs.argmax(axis=1)))
    assert metrics.nll(probs, labels) == pytest.approx(log_loss(labels, probs, labels=range(classes)))
    assert metrics.brier(probs, labels) == pytest.approx(((probs - one_hot) ** 2).sum(axis=1).mean())
    cross_entropy = torch.nn.functional.cross_entropy(torch.tensor(probs).log(), torch.tensor(labels))
    assert metrics.nll(probs, labels) == pytest.approx(float(cross_entropy))


def test_by_hand():
    probs, labels = [[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]], [0, 1]
    assert metrics.accuracy(probs, labels) == 0.5
    assert metrics.brier(probs, labels) == pytest.approx((0.09 + 0.04 + 0.01 + 0.01 + 0.81 + 0.64) / 2)
    assert metrics.nll(probs, labels) == pytest.approx(-(np.log(0.7) + np.log(0.1)) / 2)


def test_brier_of_members_is_that_of_their_mean():
    probs, labels = members(2)
    for metric in (metrics.accuracy, metrics.brier, metrics.nll):
        assert metric(probs, labels) == pytest.approx(metric(probs.mean(axis=0), labels))


@pytest.mark.parametrize("classes", [3, 100])
def test_equal_probabilities_predict_the_lowest_class(classes):
    probs = np.full((2, classes), 1 / classes)
    assert metrics.accuracy(probs, [0, 1]) == 0.5


def test_best_and_worst():
    sure = np.array([[1.0, 0.0], [1.0, 0.0]])
    assert (metrics.accuracy(sure, [0, 0]), metrics.brier(sure, [0, 0]), metrics.nll(sure, [0, 0])) == (1, 0, 0)
    assert (metrics.accuracy(sure, [1, 1]), metrics.brier(sure, [1, 1]), metrics.nll(sure, [1, 1])) == (0, 2, np.inf)
