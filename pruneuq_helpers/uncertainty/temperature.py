"""Temperature scaling: one number, fitted on validation data, that makes probabilities flatter or sharper."""

import math

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from torch import Tensor

from pruneuq_helpers import checks
from pruneuq_helpers.errors import ParameterError


def _margins(logits, labels) -> Tensor:
    """Return each logit minus the label's, ``[M, N, C]``: all that the loss depends on."""
    logits = checks.finite("logits", checks.array("logits", logits)).astype(np.float64)
    logits = checks.stack("logits", logits[None] if logits.ndim == 2 else logits)
    sums = np.allclose(logits.sum(axis=-1), 1, rtol=0, atol=1e-3)
    if logits.min() >= 0 and sums and logits.max(axis=-1).min() < 1:  # rows of zeros and a one may be logits
        raise ParameterError(
            "parameter `logits` got rows that are probabilities (they sum to 1); it takes what a network gives before "
            "the softmax, or the logarithm of the probabilities"
        )
    labels = checks.labels(labels, *logits.shape[1:])
    return torch.from_numpy(logits - np.take_along_axis(logits, labels[None, :, None], axis=2))


def _bounds(bounds) -> tuple[float, float]:
    takes = "two positive numbers, the smaller first"
    low, high = checks.sequence("bounds", bounds, takes) if hasattr(bounds, "__len__") and len(bounds) == 2 else (1, 0)
    if not checks.number("bounds", low, takes, math.ulp(0.0)) < checks.number("bounds", high, takes, math.ulp(0.0)):
        raise checks.refused("bounds", bounds, takes)
    return float(low), float(high)


def fit_temperature(logits, labels, loss: str = "mean_prob", bounds: tuple[float, float] = (0.05, 20.0)) -> float:
    r"""The one number to divide logits by so that confidence fits: the temperature, from validation data.

    For one network (Guo et al., On calibration of modern neural networks, 2017) the loss is
    :math:`-\log \mathrm{softmax}(z / T)_y`. For the passes of dropout or the members of an ensemble (Laves et al.,
    Well-calibrated model uncertainty with temperature scaling for dropout variational inference, 2019) one temperature
    divides all logits; ``"mean_prob"`` scores the mean of the probabilities, which is what the metrics evaluate, and
    ``"mean_log_prob"``, as in their code, the mean of their logarithms. The minimum over log T is found by a
    grid and Brent's method: the same value each time, without a learning rate.

    Dividing by it never changes the prediction of one network; the mean of several may change its mind.

    Parameters
    ----------
    logits : array_like
        ``[N, C]`` or ``[M, N, C]`` of *validation* data.
    labels : array_like
        Class numbers ``[N]``.
    loss : {"mean_prob", "mean_log_prob"}
        What is scored when there are several members.
    bounds : tuple of float
        Where to look. Where every label is the top class there is no lowest loss, and the lower bound is returned.

    Returns
    -------
    float
        The temperature, for :func:`softmax`; 1 where no temperature is better than 1.

    Examples
    --------
    >>> logits = torch.tensor([[4.0, 0.0], [4.0, 0.0], [4.0, 0.0], [4.0, 0.0]])
    >>> round(fit_temperature(logits, torch.tensor([0, 0, 0, 1])), 3)  # 4 / T = log 3
    3.641
    """
    checks.choice("loss", loss, ("mean_prob", "mean_log_prob"))
    low, high = _bounds(bounds)
    margins = _margins(logits, labels)

    def nll(log_temperature: float) -> float:
        log_prob = -torch.logsumexp(margins * float(np.exp(-log_temperature)), dim=2)
        if loss == "mean_prob":
            log_prob = log_prob.logsumexp(dim=0)  # less the constant log M, which moves no minimum
        return float(-log_prob.mean())

    # The loss of a mean of probabilities need not have a single valley: the grid finds the right one.
    grid = np.linspace(np.log(low), np.log(high), 41)
    best = int(np.argmin([nll(point) for point in grid]))
    valley = (grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)])
    inside = minimize_scalar(nll, bounds=valley, method="bounded", options={"xatol": 1e-7}).x
    unchanged = [0.0] if low <= 1 <= high else []
    return float(np.exp(min([*unchanged, grid[best], inside], key=nll)))
