"""The likelihood of a regression that predicts its noise, and its maximum by gradient."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from pruneuq_helpers import checks
from pruneuq_helpers.checks import networks, tensors
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
            with_members = tensors.floats("x", x, ndim=2)
            members = len(next(iter(self.parameters.values())))
            if len(with_members) != members:
                raise ParameterError(f"parameter `x` got {len(with_members)} rows; it takes one a member, {members}")
            return getattr(self.model, "unchecked", self.model)(self.parameters, with_members)


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
    y, mean, std = (tensors.floats(name, given) for name, given in {"y": y, "mean": mean, "std": std}.items())
    for name, given in {"mean": mean, "std": std}.items():
        if given.shape != y.shape:
            raise ParameterError(
                f"parameter `{name}` got shape {tuple(given.shape)}; it takes that of `y`, {tuple(y.shape)}"
            )
    if not bool((std > 0).all()):
        raise ParameterError(f"parameter `std` got {float(std.min()):.4g}; it takes positive numbers")
    return loss_of(y, mean, std)


def loss_of(y: Tensor, mean: Tensor, std: Tensor) -> Tensor:  # of what is checked
    return (std.log() + (y - mean).square() / (2 * std.square())).mean(-1) + 0.5 * math.log(2 * math.pi)


def _checked(model: Model, start: Parameters, x: Tensor, y: Tensor) -> tuple[Model, Parameters]:
    """A model that gives a mean and a deviation for every target under these parameters."""
    checks.function("model", model, "a function of parameters and inputs")
    for name, given in {"x": x, "y": y}.items():
        tensors.floats(name, given, ndim=2)
    if x.shape != y.shape:
        raise ParameterError(f"parameter `y` got shape {tuple(y.shape)}; it takes that of `x`, {tuple(x.shape)}")
    start = {name: value.detach() for name, value in tensors.stack("start", start).items()}
    if len(next(iter(start.values()))) != len(y):
        raise ParameterError(f"parameter `start` got other than {len(y)} members; it takes one a row of `y`")
    try:
        shapes = [tuple(part.shape) for part in model(start, x)]
    except networks.FAULTS as error:
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        raise ParameterError(
            f"parameter `start` got {', '.join(start)}, on which `model` fails ({said}); it takes its parameters"
        ) from error
    if shapes != [tuple(y.shape)] * 2:
        raise ParameterError(
            f"parameter `model` got one that gives {shapes}; it takes one of mean and std, {tuple(y.shape)}"
        )
    return model, start


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
    """Fit models that predict their own noise, by likelihood (Adam, all points at once), many at a time.

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
    given, (model, start) = model, _checked(model, start, x, y)
    model = getattr(model, "unchecked", model)  # what is checked once need not be at every step
    x, y = x.detach(), y.detach()
    rate, steps = checks.positive("rate", rate), checks.whole("steps", steps, least=0)
    tolerance = checks.number("tolerance", tolerance, "a finite number of at least 0", low=0)
    record = checks.sequence("record", record, f"some of {', '.join(start)}")
    if not all(isinstance(name, str) and name in start for name in record):
        raise checks.refused("record", record, f"some of {', '.join(start)}")
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
        gradient = torch.autograd.grad(loss_of(y, *model(weights, x)).sum(), list(weights.values()))
        gradient = torch.cat([part.reshape(len(y), -1) for part in gradient], 1)
        alive &= gradient.abs().amax(1) > tolerance
        if not alive.any():
            break
        taken += alive
        rows.sub_(rate * alive[:, None] * _adam(first, second, gradient, step))
        for name in record:
            path[name].append(weights[name].detach().clone())
    found = {name: value.detach().clone() for name, value in weights.items()}
    loss = loss_of(y, *model(found, x))
    if not loss.isfinite().all():
        raise ParameterError(f"parameter `rate` got {rate}; it takes a rate at which all of {len(y)} fits stay finite")
    return Fit(given, found, loss, taken, {name: torch.stack(values) for name, values in path.items()})


def _adam(first: Tensor, second: Tensor, gradient: Tensor, step: int) -> Tensor:
    # Adam by hand: torch's own takes two seconds to import, longer than these fits.
    first.mul_(0.9).add_(gradient, alpha=0.1)
    second.mul_(0.999).addcmul_(gradient, gradient, value=0.001)
    return first / (1 - 0.9**step) / ((second / (1 - 0.999**step)).sqrt() + 1e-8)
