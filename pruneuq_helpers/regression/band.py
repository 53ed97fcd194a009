"""How far from the diagonal chance alone takes a coverage diagram."""

from functools import cache

import numpy as np

from pruneuq_helpers import checks


def sampling_band(points: int, share: float = 0.95, draws: int = 20_000) -> float:
    """How far from the diagonal chance alone takes the coverage of a model that is exactly right.

    Of the largest distance over the levels 0.1, 0.2, …, 0.9, the value that a share of all draws stays below. Under
    the right model each point falls into one of ten intervals between neighbouring levels with equal probability,
    so the distance depends on the number of points only, and is drawn from there.

    Parameters
    ----------
    points : int
        Number of points of the diagram.
    share : float
        Share of draws inside the band.
    draws : int
        Number of diagrams drawn, always the same ones.

    Returns
    -------
    float

    Examples
    --------
    >>> round(sampling_band(100), 2), round(sampling_band(10_000), 3)
    (0.12, 0.012)
    """
    return _band(checks.whole("points", points), checks.share("share", share), checks.whole("draws", draws, most=10**7))


@cache
def _band(points: int, share: float, draws: int) -> float:
    counts = np.random.default_rng(0).multinomial(points, np.full(10, 0.1), size=draws)
    distance = np.abs(counts.cumsum(1)[:, :-1] / points - np.arange(1, 10) / 10).max(1)
    return float(np.quantile(distance, share))
