"""Calibration of a regression that predicts a normal distribution for each target."""

import numpy as np
import pandas as pd
from scipy.special import ndtr

from pruneuq_helpers import checks
from pruneuq_helpers.errors import ParameterError

LEVELS = np.arange(11) / 10


def _broadcast(name: str, values, samples: int) -> np.ndarray:
    found = checks.array(name, values)
    return checks.scores(name, np.full(samples, found) if found.ndim == 0 else found, samples)


def coverage(y, mean, std, levels=LEVELS) -> pd.DataFrame:
    r"""How many targets lie in the intervals that a regression promises: the share for each level.

    A target lies in the interval of level k when :math:`(1 - k)/2 \le \Phi((y - \mu)/\sigma) < (1 + k)/2`; at k = 1
    the upper end counts too. Coverage *below* the level means intervals too narrow (over-confident), above it too wide
    (S0, section 2.3, which says both).

    Parameters
    ----------
    y : array_like
        Targets ``[N]``.
    mean, std : array_like
        Mean and standard deviation predicted for each target ``[N]``, or one number for all.
    levels : array_like
        Nominal levels in [0, 1].

    Returns
    -------
    pandas.DataFrame
        One row a level: ``level`` and ``coverage``.

    Examples
    --------
    >>> coverage([-1.0, 0.1, 0.2, 2.0], mean=0.0, std=1.0, levels=[0.5, 0.9, 1.0])
       level  coverage
    0    0.5      0.50
    1    0.9      0.75
    2    1.0      1.00
    """
    y = checks.scores("y", y)
    mean, std = _broadcast("mean", mean, len(y)), _broadcast("std", std, len(y))
    if std.min() <= 0:
        raise ParameterError(f"parameter `std` got {std.min():.4g}; it takes positive numbers")
    levels = checks.scores("levels", np.atleast_1d(checks.array("levels", levels)), low=0, high=1)
    quantile = np.sort(ndtr((y - mean) / std))
    below = np.searchsorted(quantile, 0.5 - levels / 2)
    # Far above its mean a target has quantile 1.0 in floating point: the interval of level 1 holds it.
    within = np.where(levels == 1, len(y), np.searchsorted(quantile, 0.5 + levels / 2))
    return pd.DataFrame({"level": levels, "coverage": (within - below) / len(y)})


def regression_calibration_error(y, mean, std) -> float:
    """How far a regression's intervals are from what they promise: mean distance of coverage and level, 0.1 to 0.9.

    Parameters
    ----------
    y : array_like
        Targets ``[N]``.
    mean, std : array_like
        Mean and standard deviation predicted for each target ``[N]``, or one number for all.

    Returns
    -------
    float
        0 for perfect coverage; 0.5 at most.

    Examples
    --------
    >>> regression_calibration_error([0.0, 0.0], mean=0.0, std=1.0)
    0.5
    """
    table = coverage(y, mean, std, LEVELS[1:-1])
    return float((table["coverage"] - table["level"]).abs().mean())
