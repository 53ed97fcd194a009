import numpy as np
import pytest
import torch
from drawn import members
from scipy.stats import entropy

from pruneuq_helpers import metrics


def test_entropies_against_scipy():
    probs, _ = members(1)
    total = entropy(probs.mean(axis=0), axis=1)
    alone = entropy(probs, axis=2).mean(axis=0)
    np.testing.assert_allclose(metrics.predictive_entropy(probs), total)
    np.testing.assert_allclose(metrics.mutual_information(probs), total - alone, atol=1e-12)


def test_mutual_information_is_zero_where_members_agree_and_log_m_where_they_are_sure_and_differ():
    agree = np.tile([[0.7, 0.2, 0.1]], (3, 1, 1))
    differ = np.eye(3)[:, None, :]
    assert metrics.mutual_information(agree) == pytest.approx([0], abs=1e-15)
    assert metrics.mutual_information(differ) == pytest.approx([np.log(3)])


def test_msp():
    probs, _ = members(2)
    np.testing.assert_allclose(metrics.msp(probs), 1 - probs.mean(axis=0).max(axis=1))
    np.testing.assert_allclose(metrics.msp(probs[0]), 1 - probs[0].max(axis=1))


def test_variance_is_read_at_the_class_predicted_together():
    probs, _ = members(3)
    predicted = probs.mean(axis=0).argmax(axis=1)
    expected = [probs[:, n, c].var() for n, c in enumerate(predicted)]
    np.testing.assert_allclose(metrics.prob_variance(probs), expected)
    logits = np.random.default_rng(0).standard_normal((4, 30, 5))
    predicted = logits.mean(axis=0).argmax(axis=1)
    expected = [logits[:, n, c].var() for n, c in enumerate(predicted)]
    np.testing.assert_allclose(metrics.logit_variance(torch.tensor(logits)), expected)


def test_variance_of_one_member_is_zero():
    probs, _ = members(4, count=1)
    assert (metrics.prob_variance(probs) == 0).all()
    assert (metrics.logit_variance(np.log(probs)) == 0).all()


@pytest.mark.parametrize("name", ["prob_variance", "mutual_information", "logit_variance"])
def test_members_are_needed(name):
    with pytest.raises(ValueError, match=r"got shape \(2, 2\); it takes \[M, N, C\]"):
        getattr(metrics, name)([[0.5, 0.5], [0.5, 0.5]])


def test_logits_are_refused_where_probabilities_are_taken_and_welcome_where_they_are():
    logits = np.array([[[3.0, -1.0]], [[2.0, 0.0]]])
    with pytest.raises(ValueError, match="of logits, take the softmax first"):
        metrics.prob_variance(logits)
    assert metrics.logit_variance(logits) == pytest.approx([0.25])
    with pytest.raises(ValueError, match="`logits` got NaN or an infinite value"):
        metrics.logit_variance(np.full((2, 1, 2), np.inf))


def test_normalise_stretches_or_clips():
    values = np.append(np.arange(100.0), 1000)
    stretched = metrics.normalise(values)
    assert (stretched.min(), stretched.max()) == (0, 1)
    assert stretched[50] == pytest.approx(0.05)
    clipped = metrics.normalise(values, "clipped", percentile=99)
    assert clipped[50] == pytest.approx(50 / 99)
    assert clipped[-2:].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (([2.0, 2.0],), "`uncertainty` got values that do not differ"),
        (([1.0, 2.0], "z"), "`how` got 'z'"),
        (([1.0, 2.0], "clipped", 0), "`percentile` got 0"),
        (([1.0, np.inf],), "`uncertainty` got NaN or an infinite value"),
    ],
)
def test_normalise_refuses_what_has_no_answer(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        metrics.normalise(*arguments)
