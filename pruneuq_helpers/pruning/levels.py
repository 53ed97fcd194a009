"""Levels: the fraction to remove, and how many units stay."""

import math

from pruneuq_helpers import checks


def kept(width: int, level: float) -> int:
    r"""How many units stay at a level: :math:`C - \lfloor s C \rfloor`, and at least one (S0, S1).

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
    return staying(checks.whole("width", width), checks.level("level", level))


def staying(width: int, level: float) -> int:  # of what is checked
    # 0.29 * 100 is a little less than 29 in floating point.
    return max(width - math.floor(level * width + 1e-9), 1)
