import numpy as np
import pytest
import torch
from scipy.stats import norm

from pruneuq_helpers import metrics

LEVELS = np.linspace(0, 1, 11)


def targets(samples=100_000, seed=0):
    return np.random.default_rng(seed).standard_normal(samples)


def test_exact_model_lies_on_the_diagonal():
    table = metrics.coverage(targets(), 0.0, 1.0, LEVELS)
    assert list(table) == ["level", "coverage"]
    spread = np.sqrt(LEVELS * (1 - LEVELS) / 100_000)
    assert (abs(table["coverage"] - LEVELS) <= 4 * spread).all()
    assert metrics.regression_calibration_error(targets(), 0.0, 1.0) < 0.005


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_wrong_spread_covers_as_the_normal_distribution_says(factor):
    y = targets()
    table = metrics.coverage(y, np.zeros_like(y), np.full_like(y, factor), LEVELS)
    expected = 2 * norm.cdf(factor * norm.ppf((1 + LEVELS) / 2)) - 1
    np.testing.assert_allclose(table["coverage"], expected, atol=0.006)
    # too narrow lies below the diagonal: over-confident
    assert ((table["coverage"] - LEVELS)[1:-1] * (factor - 1) > 0).all()
    error = metrics.regression_calibration_error(y, 0.0, factor)
    assert error == pytest.approx(np.abs(expected - LEVELS)[1:-1].mean(), abs=0.005)


def test_same_as_intervals_by_the_quantile_function():
    y, rng = targets(500), np.random.default_rng(1)
    mean, std = rng.standard_normal(500), rng.gamma(2, 1, 500)
    levels = np.array([0.1, 0.5, 0.9])
    half = std[:, None] * norm.ppf((1 + levels) / 2)
    inside = abs(y - mean)[:, None] <= half
    np.testing.assert_allclose(metrics.coverage(y, mean, std, levels)["coverage"], inside.mean(axis=0))


def test_interval_of_level_one_holds_the_farthest_target():
    # 40 sigma above the mean the quantile is exactly 1.0, which a half-open interval would lose
    table = metrics.coverage([40.0, -40.0, 0.1], 0.0, 1.0, [0.5, 1.0])
    assert table["coverage"].tolist() == pytest.approx([1 / 3, 1])


def test_intervals_are_half_open_below_level_one():
    upper = norm.ppf(0.75)
    assert metrics.coverage([-upper, upper], 0.0, 1.0, [0.5])["coverage"].item() == 0.5


def test_level_zero_holds_nothing_and_torch_is_welcome():
    y = torch.zeros(3, requires_grad=True)
    table = metrics.coverage(y, torch.zeros(3), torch.ones(3), torch.tensor([0.0, 0.5]))
    assert table["coverage"].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (([1.0, 2.0], [0.0], 1.0, [0.5]), "`mean` got 1 values for 2 samples"),
        (([1.0], 0.0, 0.0, [0.5]), "`std` got 0; it takes positive numbers"),
        (([1.0], 0.0, 1.0, [1.5]), "`levels` got values from 1.5 to 1.5; it takes 0 to 1"),
        (([np.nan], 0.0, 1.0, [0.5]), "`y` got NaN"),
        (([], 0.0, 1.0, [0.5]), "`y` got no values"),
        (([1.0], 0.0, 1.0, []), "`levels` got no values"),
    ],
)
def test_refuses_what_has_no_answer(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        metrics.coverage(*arguments)
