import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from pruneuq_helpers import metrics, uncertainty

quickly = settings(deadline=None, max_examples=15, derandomize=True)


def drawn(seed, members=1, samples=400, classes=4, sharpness=1.0):
    """Logits whose labels follow the softmax, then multiplied by `sharpness`; members differ by noise."""
    generator = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(samples, classes, generator=generator, dtype=torch.float64)
    labels = torch.multinomial(logits.softmax(dim=1), 1, generator=generator)[:, 0]
    noise = 0.5 * torch.randn(members, samples, classes, generator=generator, dtype=torch.float64)
    return sharpness * (logits if members == 1 else logits + noise), labels


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 3.0])
def test_finds_the_sharpness(sharpness):
    logits, labels = drawn(0, samples=20_000, sharpness=sharpness)
    assert uncertainty.fit_temperature(logits, labels) == pytest.approx(sharpness, rel=0.05)


def test_two_classes_by_hand():
    # 80 of 100 alike samples are right: the best confidence is 0.8, so 3 / T = log 4
    logits, labels = np.tile([3.0, 0.0], (100, 1)), (np.arange(100) >= 80).astype(int)
    assert uncertainty.fit_temperature(logits, labels) == pytest.approx(3 / np.log(4), rel=1e-5)


@pytest.mark.parametrize("loss", ["mean_prob", "mean_log_prob"])
@pytest.mark.parametrize("members", [1, 5])
def test_against_another_optimiser(loss, members):
    logits, labels = drawn(1, members=members, sharpness=2.5)
    stack = logits if members > 1 else logits[None]

    def nll(log_temperature):
        log_probs = (stack / np.exp(log_temperature[0])).log_softmax(dim=-1)
        mean = log_probs.mean(dim=0) if loss == "mean_log_prob" else log_probs.exp().mean(dim=0).log()
        return float(-mean[range(len(labels)), labels].mean())

    expected = float(np.exp(minimize(nll, [0.0], method="Nelder-Mead", options={"xatol": 1e-7}).x[0]))
    assert uncertainty.fit_temperature(logits, labels, loss) == pytest.approx(expected, rel=1e-4)


def test_losses_agree_for_one_member_and_differ_for_several():
    one, labels = drawn(2)
    fits = [uncertainty.fit_temperature(one, labels, loss) for loss in ("mean_prob", "mean_log_prob")]
    assert fits[0] == pytest.approx(fits[1], rel=1e-5)
    assert uncertainty.fit_temperature(one[None], labels) == fits[0]
    several, labels = drawn(2, members=5)
    fits = [uncertainty.fit_temperature(several, labels, loss) for loss in ("mean_prob", "mean_log_prob")]
    assert abs(fits[0] - fits[1]) > 0.01


@quickly
@given(seed=st.integers(0, 1000), sharpness=st.floats(0.2, 8))
def test_accuracy_stays_and_the_loss_never_grows(seed, sharpness):
    logits, labels = drawn(seed, sharpness=sharpness, samples=100)
    temperature = uncertainty.fit_temperature(logits, labels)
    before, after = uncertainty.softmax(logits), uncertainty.softmax(logits, temperature)
    assert metrics.accuracy(after, labels) == metrics.accuracy(before, labels)
    assert metrics.nll(after, labels) <= metrics.nll(before, labels)


@quickly
@given(seed=st.integers(0, 1000), temperature=st.floats(0.05, 20))
def test_no_temperature_changes_a_prediction_even_of_close_float32_logits(seed, temperature):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(100, 1, generator=generator) + 1e-6 * torch.randn(100, 3, generator=generator)
    probs = uncertainty.softmax(logits, temperature)
    assert torch.equal(probs.argmax(dim=1), logits.argmax(dim=1))


def test_calibrates_an_overconfident_network():
    logits, labels = drawn(3, samples=4000, sharpness=3.0)
    temperature = uncertainty.fit_temperature(logits[:2000], labels[:2000])
    before, after = (metrics.ece(uncertainty.softmax(logits[2000:], t), labels[2000:]) for t in (1.0, temperature))
    assert after < before / 3


def test_without_a_lowest_loss_the_nearest_bound_is_returned():
    right = torch.eye(3)
    assert uncertainty.fit_temperature(right, [0, 1, 2]) == pytest.approx(0.05)
    assert uncertainty.fit_temperature(right, [1, 2, 0], bounds=(0.1, 10)) == pytest.approx(10)
    assert uncertainty.fit_temperature(torch.zeros(3, 3), [0, 1, 2]) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (([1.0, 2.0], [0]), r"`logits` got shape \(2,\)"),
        (([[1.0, np.nan]], [0]), "`logits` got NaN or an infinite value"),
        (([[1.0, 2.0]], [2]), "`labels` got 2 to 2; it takes class numbers from 0 to 1"),
        (([[1.0, 2.0]], [0, 1]), "`labels` got 2 values for 1 samples"),
        (([[1.0, 2.0]], [0], "nll"), "`loss` got 'nll'"),
        (([[1.0, 2.0]], [0], "mean_prob", (2, 1)), r"`bounds` got \(2, 1\)"),
    ],
)
def test_refuses_what_has_no_answer(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        uncertainty.fit_temperature(*arguments)
