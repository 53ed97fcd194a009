"""Models that predict a mean and a deviation, against SciPy and torch's own modules."""

import numpy as np
import pytest
import torch
from scipy import stats

from pruneuq_helpers import regression
from pruneuq_helpers.errors import ParameterError


def test_the_formula_is_least_squares():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(4, 30)), rng.normal(size=(4, 30))
    found = regression.line_by_formula(torch.from_numpy(x), torch.from_numpy(y))
    for member in range(4):
        expected = stats.linregress(x[member], y[member])
        np.testing.assert_allclose(found["slope"][member], expected.slope)
        np.testing.assert_allclose(found["intercept"][member], expected.intercept)
        residual = y[member] - expected.intercept - expected.slope * x[member]
        np.testing.assert_allclose(found["log_std"][member].exp(), stats.norm.fit(residual, floc=0)[1])


def test_growing_noise_runs_from_one_end_to_the_other():
    value = torch.tensor([0.5, 2.0]).log()
    parameters = {"intercept": value, "slope": value, "log_left": value, "log_right": value + np.log(3)}
    std = regression.line(parameters, torch.tensor([[0.0, 0.5, 1.0]] * 2))[1]
    np.testing.assert_allclose(std, [[0.5, 1.0, 1.5], [2.0, 4.0, 6.0]], rtol=1e-6)


def test_a_line_starts_with_the_deviation_of_its_residuals():
    y = torch.tensor([[3.0, -4.0], [1.0, 1.0]])
    start = regression.line_start(y, "heteroskedastic")
    mean, std = regression.line(start, torch.tensor([[0.0, 1.0]] * 2))
    assert (mean == 0).all()
    np.testing.assert_allclose(std[:, 0], [np.sqrt(12.5), 1], rtol=1e-6)
    with pytest.raises(ParameterError, match="`noise` got 'loud'; it takes one of homoskedastic, heteroskedastic"):
        regression.line_start(y, "loud")


def test_a_network_is_that_of_torch():
    x, y = torch.rand(2, 15), torch.rand(2, 15)
    model, start = regression.network(x, y, seeds=[3, 4], hidden=(5, 4))
    mean, std = model(start, x)
    for member, seed in enumerate([3, 4]):
        torch.manual_seed(seed)
        layers = [torch.nn.Linear(1, 5), torch.nn.Tanh(), torch.nn.Linear(5, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2)]
        out = torch.nn.Sequential(*layers)(x[member, :, None]).detach()
        size = y[member].std()
        np.testing.assert_allclose(mean[member], y[member].mean() + size * out[:, 0], rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(std[member], size * out[:, 1].exp(), rtol=1e-5)


def test_making_a_network_leaves_the_random_state_alone():
    before = torch.random.get_rng_state()
    regression.network(torch.rand(1, 5, generator=torch.Generator()), torch.arange(5.0)[None], seeds=[0])
    assert torch.equal(torch.random.get_rng_state(), before)
