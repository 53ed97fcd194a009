"""The likelihood and its gradient fit, against SciPy and torch's own optimiser."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from pruneuq_helpers import regression
from pruneuq_helpers.errors import ParameterError


def points(seeds=(0, 1, 2), number=40, growing=True):
    """Noisy lines in float64, one a seed."""
    x = torch.linspace(0, 1, number, dtype=torch.float64).expand(len(seeds), -1)
    noise = torch.stack([torch.randn(number, generator=torch.Generator().manual_seed(seed)) for seed in seeds])
    return x, 1 - 2 * x + (0.2 + 0.5 * x * growing) * noise


def test_the_likelihood_is_that_of_scipy():
    x, y = points()
    mean, std = torch.sin(x), 0.3 + x
    expected = -stats.norm.logpdf(y, mean, std).mean(axis=1)
    np.testing.assert_allclose(regression.gaussian_nll(y, mean, std), expected)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(1, 5), st.integers(0, 1000))
def test_the_fit_of_constant_noise_ends_at_the_formula(intercept, slope, size, seed):
    # Noise of 0.2 to 1: a constant rate of 0.01 circles around a much sharper maximum.
    x, y = points([seed], growing=False)
    y = intercept + slope * x + size * (y - 1 + 2 * x)
    found = regression.fit(regression.line, regression.line_start(y), x, y, steps=10_000, tolerance=1e-5)
    best = regression.gaussian_nll(y, *regression.line(regression.line_by_formula(x, y), x))
    np.testing.assert_allclose(found.loss, best, atol=1e-6)
    assert found.steps.item() < 10_000


def test_the_fit_of_growing_noise_ends_where_scipy_ends():
    x, y = points(number=200)
    start = regression.line_start(y, "heteroskedastic")
    found = regression.fit(regression.line, start, x, y, steps=20_000, tolerance=1e-7)

    def loss(theta, xs, ys):
        std = np.exp(theta[2]) * (1 - xs) + np.exp(theta[3]) * xs
        return -stats.norm.logpdf(ys, theta[0] + theta[1] * xs, std).mean()

    exactly = {"maxiter": 5000, "xatol": 1e-8, "fatol": 1e-12}
    for member in range(len(y)):
        data = x[member].numpy(), y[member].numpy()
        expected = optimize.minimize(loss, [0, 0, 0, 0], args=data, method="Nelder-Mead", options=exactly)
        got = [found.parameters[name][member] for name in ("intercept", "slope", "log_left", "log_right")]
        np.testing.assert_allclose(got, expected.x, atol=1e-4)


def test_a_step_is_a_step_of_adam():
    x, y = points()
    start = regression.line_start(y)
    ours = regression.fit(regression.line, start, x, y, rate=0.05, steps=30, record=("slope",))
    weights = {name: value.clone().requires_grad_() for name, value in start.items()}
    adam = torch.optim.Adam(weights.values(), lr=0.05)
    for step in range(30):
        np.testing.assert_allclose(ours.path["slope"][step], weights["slope"].detach(), atol=1e-9)
        adam.zero_grad()
        regression.gaussian_nll(y, *regression.line(weights, x)).sum().backward()
        adam.step()
    for name, value in weights.items():
        np.testing.assert_allclose(ours.parameters[name], value.detach(), atol=1e-9)


def test_a_member_does_not_depend_on_its_neighbours():
    x, y = points((0, 1, 2))
    options = {"steps": 5000, "tolerance": 1e-5}
    together = regression.fit(regression.line, regression.line_start(y), x, y, **options)
    for member in range(3):
        one = slice(member, member + 1)
        alone = regression.fit(regression.line, regression.line_start(y[one]), x[one], y[one], **options)
        assert alone.steps.item() == together.steps[member].item()
        for name, value in alone.parameters.items():
            np.testing.assert_allclose(value[0], together.parameters[name][member], rtol=1e-12)


def test_a_member_that_arrived_stays_where_it_is():
    x, y = points((0, 1))
    start = regression.line_start(y)
    arrived = regression.line_by_formula(x[:1], y[:1])
    start = {name: torch.cat([arrived[name], value[1:]]) for name, value in start.items()}
    found = regression.fit(regression.line, start, x, y, steps=50, tolerance=1e-6)
    assert found.steps.tolist() == [0, 50]
    for name, value in arrived.items():
        assert found.parameters[name][0] == value[0]
        assert found.parameters[name][1] != start[name][1]


def test_a_fit_that_leaves_the_finite_numbers_is_refused():
    x, y = points()
    with pytest.raises(ParameterError, match="`rate` got 1000"):
        regression.fit(regression.line, regression.line_start(y), x, y, rate=1000.0, steps=20)
