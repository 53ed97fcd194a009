"""Unstructured pruning of one tensor, and the schedule that raises its level."""

import numpy as np
import torch

from pruneuq_helpers import checks
from pruneuq_helpers.checks import tensors
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.pruning import exact


def weight_mask(
    weight: torch.Tensor, level: float, how: str = "magnitude", seed: int = 0, *, rounding: str = "floor"
) -> torch.Tensor:
    r"""Which weights of a layer stay at a level: a mask of the largest, or of any.

    :math:`\lfloor s n \rfloor` weights go: the smallest in size, or any. Of equal ones the lowest index stays.

    Parameters
    ----------
    weight : torch.Tensor
        Any shape.
    level : float
        Fraction to remove, in [0, 1).
    how : str
        "magnitude" or "random".
    seed : int
        For "random"; torch's global random numbers are neither used nor moved.
    rounding : str
        "floor" as above (S3), or "nearest": :math:`\mathrm{round}(n (1 - s))` weights stay (S4).

    Returns
    -------
    torch.Tensor
        Zeros and ones in the shape, type and device of the weight.

    Examples
    --------
    >>> weight_mask(torch.tensor([[0.1, -3.0], [2.0, -0.2]]), level=0.5)
    tensor([[0., 1.],
            [1., 0.]])
    """
    tensors.floats("weight", weight)
    checks.choice("how", how, ("magnitude", "random"))
    checks.choice("rounding", rounding, exact.ROUNDINGS)
    keep = exact.staying(weight.numel(), checks.level("level", level), rounding)
    generator = torch.Generator().manual_seed(checks.seed("seed", seed))
    if how == "magnitude":
        scores = weight.detach().abs().reshape(1, -1)
    else:
        scores = torch.randperm(weight.numel(), generator=generator).double().view(1, -1)
    return exact.highest(scores, torch.tensor([keep], device=scores.device)).to(weight).view(weight.shape)


def cubic_level(step, begin: int, end: int, final: float):
    r"""How much is pruned by a step of a training: the cubic schedule of gradual pruning of Zhu and Gupta (S4).

    .. math:: s(t) = s_f \left(1 - (1 - p)^3\right), \qquad
              p = \min\left(\max\left(\frac{t - t_0}{t_1 - t_0}, 0\right), 1\right)

    Parameters
    ----------
    step : int or array of int
        Training step :math:`t`.
    begin, end : int
        First and last step of pruning, :math:`t_0` and :math:`t_1`.
    final : float
        Level :math:`s_f` from `end` on, in [0, 1).

    Returns
    -------
    float or numpy.ndarray

    Examples
    --------
    >>> [round(cubic_level(step, 1000, 20000, 0.9), 4) for step in (0, 2000, 10000, 20000)]
    [0.0, 0.1348, 0.7688, 0.9]
    """
    final, begin, end = checks.level("final", final), checks.whole("begin", begin, 0), checks.whole("end", end)
    if not begin < end:
        raise ParameterError(f"parameter `end` got {end!r}; it takes a step after `begin`, {begin!r}")
    return cubic(checks.finite("step", checks.array("step", step)), begin, end, final)


def cubic(step, begin: int, end: int, final: float):  # of what is checked
    progress = np.clip((np.asarray(step, dtype=float) - begin) / (end - begin), 0, 1)
    level = final * (1 - (1 - progress) ** 3)
    return level if np.ndim(level) else float(level)
