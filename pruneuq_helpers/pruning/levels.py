"""Levels: the fraction to remove, and how many units stay."""

import math

import numpy as np

from pruneuq_helpers.errors import ParameterError


def kept(width: int, level: float) -> int:
    r"""Count the units that stay: :math:`C - \lfloor s C \rfloor`, and at least one (S0, S1).

    Parameters
    ----------
    width : int
        Number of units.
    level : float
        Fraction to remove, in [0, 1).

    Returns
    -------
    int

    Examples
    --------
    >>> [kept(64, level) for level in (0.0, 0.2, 0.4, 0.6, 0.8)]
    [64, 52, 39, 26, 13]
    """
    check_level(level)
    if not isinstance(width, (int, np.integer)) or isinstance(width, bool) or width < 1:
        raise ParameterError(f"parameter `width` got {width!r}; it takes a whole number of at least 1")
    # 0.29 * 100 is a little less than 29 in floating point.
    return max(int(width) - math.floor(level * width + 1e-9), 1)


def check_level(level: float) -> None:
    """Say what is wrong with a level, if anything is.

    Parameters
    ----------
    level : float
        Fraction to remove.

    Examples
    --------
    >>> check_level(1.0)
    Traceback (most recent call last):
    ...
    pruneuq_helpers.errors.ParameterError: parameter `level` got 1.0; it takes a number in [0, 1)
    """
    if isinstance(level, bool) or not isinstance(level, (int, float, np.number)) or not 0 <= level < 1:
        raise ParameterError(f"parameter `level` got {level!r}; it takes a number in [0, 1)")
