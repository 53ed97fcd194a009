"""The likelihood of a regression that predicts its noise, and its maximum by gradient."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.population.threads import one_thread

Parameters = dict[str, Tensor]
Model = Callable[[Parameters, Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Fit:
    """What `fit` found, for all members.

    Attributes
    ----------
    model : callable
        The function of parameters and inputs that was fitted.
    parameters : dict
        Name to ``[K, ...]``.
    loss : Tensor
        Negative log-likelihood of a training point, in nats ``[K]``.
    steps : Tensor
        Steps until the gradient was below the tolerance, or all that were allowed ``[K]``.
    path : dict
        The recorded parameters before every step and after the last: name to ``[steps + 1, K, ...]``.
    """

    model: Model
    parameters: Parameters
    loss: Tensor
    steps: Tensor
    path: dict[str, Tensor]

    def predict(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation at `x` ``[K, N]``."""
        with torch.no_grad():
            return self.model(self.parameters, x)


def gaussian_nll(y: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    r"""Negative log-likelihood of a point under normal distributions, averaged over the points of each member.

    .. math:: \frac1N \sum_i \log\sigma_i + \frac{(y_i - \mu_i)^2}{2\sigma_i^2} + \tfrac12\log 2\pi

    Parameters
    ----------
    y, mean, std : Tensor
        Targets and what was predicted for them ``[K, N]``.

    Returns
    -------
    Tensor
        Nats a point ``[K]``.

    Examples
    --------
    >>> import torch
    >>> zero, one = torch.zeros(1, 3), torch.ones(1, 3)
    >>> round(float(gaussian_nll(zero, zero, one)), 3)
    0.919
    """
    return (std.log() + (y - mean).square() / (2 * std.square())).mean(-1) + 0.5 * math.log(2 * math.pi)


@one_thread()  # the tensors are small: on a busy machine a second thread costs far more than it brings
def fit(
    model: Model,
    start: Parameters,
    x: Tensor,
    y: Tensor,
    rate: float = 0.01,
    steps: int = 1000,
    tolerance: float = 0.0,
    record: Sequence[str] = (),
) -> Fit:
    """Follow the gradient of the likelihood with Adam over all points at once; members do not touch each other.

    The rate is constant: around a maximum much sharper than the rate the steps circle without end.

    Parameters
    ----------
    model : callable
        From parameters and inputs to mean and standard deviation.
    start : dict
        Initial parameters, name to ``[K, ...]``.
    x, y : Tensor
        Inputs and targets ``[K, N]``.
    rate : float
        Adam's rate, about the largest step of a parameter.
    steps : int
        At most so many steps.
    tolerance : float
        A member stops where no entry of its gradient is larger.
    record : sequence of str
        Parameters whose whole path is kept.

    Returns
    -------
    Fit

    Examples
    --------
    >>> import torch
    >>> from pruneuq_helpers.regression import line, line_by_formula, line_start
    >>> x, y = torch.linspace(0, 1, 5)[None], torch.tensor([[0.0, 1.0, 1.0, 2.0, 2.0]])
    >>> found = fit(line, line_start(y), x, y, rate=0.05, tolerance=1e-4)
    >>> round(float(found.parameters["slope"]), 2), round(float(line_by_formula(x, y)["slope"]), 2)
    (2.0, 2.0)
    """
    # All parameters of a member lie in one row, so that a step is a few calls however many parameters there are.
    rows = torch.cat([value.reshape(len(y), -1) for value in start.values()], 1)
    parts = rows.split([value[0].numel() for value in start.values()], 1)
    shapes = [value.shape for value in start.values()]
    weights = {name: part.view(shape).requires_grad_() for name, part, shape in zip(start, parts, shapes, strict=True)}
    first, second = torch.zeros_like(rows), torch.zeros_like(rows)
    alive = torch.ones(len(y), dtype=torch.bool, device=y.device)
    taken = torch.zeros(len(y), dtype=torch.int64, device=y.device)
    path: dict[str, list[Tensor]] = {name: [start[name].clone()] for name in record}
    for step in range(1, steps + 1):
        gradient = torch.autograd.grad(gaussian_nll(y, *model(weights, x)).sum(), list(weights.values()))
        gradient = torch.cat([part.reshape(len(y), -1) for part in gradient], 1)
        alive &= gradient.abs().amax(1) > tolerance
        if not alive.any():
            break
        taken += alive
        rows.sub_(rate * alive[:, None] * _adam(first, second, gradient, step))
        for name in record:
            path[name].append(weights[name].detach().clone())
    found = {name: value.detach().clone() for name, value in weights.items()}
    loss = gaussian_nll(y, *model(found, x))
    if not loss.isfinite().all():
        raise ParameterError(f"parameter `rate` got {rate}; it takes a rate at which all of {len(y)} fits stay finite")
    return Fit(model, found, loss, taken, {name: torch.stack(values) for name, values in path.items()})


def _adam(first: Tensor, second: Tensor, gradient: Tensor, step: int) -> Tensor:
    # Adam by hand: torch's own takes two seconds to import, longer than these fits.
    first.mul_(0.9).add_(gradient, alpha=0.1)
    second.mul_(0.999).addcmul_(gradient, gradient, value=0.001)
    return first / (1 - 0.9**step) / ((second / (1 - 0.999**step)).sqrt() + 1e-8)
