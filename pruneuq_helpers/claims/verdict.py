"""A verdict: what a contrast says of a finding."""

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from pruneuq_helpers import checks
from pruneuq_helpers.claims.contrast import Contrast, of_values
from pruneuq_helpers.errors import ParameterError

UNDECIDED, NOT_HERE, CONTRADICTORY = "undecided", "not decidable here", "contradictory"
NO_RUN = "no such run is kept"  # the reason where a run has not the part that a claim reads
FEW = 2  # seeds; of one there is no interval
POWER = 0.8
LARGE = 1e3  # standard deviations: beyond, two seeds are always enough
MOST_SEEDS = 10_000
_MARGIN = "a number of at least 0"


@dataclass(frozen=True)
class Verdict:
    """What a contrast says: a word, the mean with its interval, and how many seeds more would decide.

    Attributes
    ----------
    verdict : {"holds", "fails", "no relevant change", "undecided"}
        The word.
    effect, low, high : float
        Mean and interval.
    seeds : int
        Number of values.
    p : float
        Of what the word says: two-sided at the boundary; where things are found alike, twice that of the two one-sided
        tests at the margin. Not a number without an interval.
    needed : int or None
        Seeds for 80 % power at a true change of one margin, where undecided and a margin is set.

    Examples
    --------
    >>> decide([0.1, 0.2, 0.3], margin=0.05).verdict
    'undecided'
    """

    verdict: str
    effect: float
    low: float
    high: float
    seeds: int
    p: float = math.nan
    needed: int | None = None


def decide(
    values: Contrast | Sequence[float], boundary: float = 0.0, direction: str = ">", margin: float = 0.0
) -> Verdict:
    """Decide whether a mean lies beyond a boundary.

    One interval decides, in this order. Where it lies wholly within the margin of nothing, there is *no relevant
    change* (or the finding *holds*, where it says no more than that nothing is lost: "comparable or better"); where it
    lies on the finding's side of the boundary, the finding *holds*, and where on the other, it *fails*; else it is
    *undecided*. A finding of equality (``"="``) holds where the interval lies within the margin of the boundary and
    fails where it lies outside. Values that are all the same have no interval, and are judged as what they are.

    Parameters
    ----------
    values : Contrast or sequence of float
        A sequence has one value a seed.
    boundary : float
        Where the finding begins to hold.
    direction : {">", "<", "="}
        On which side it holds; "=" where two things are said to be alike.
    margin : float
        The smallest difference that matters.

    Returns
    -------
    Verdict

    Examples
    --------
    >>> decide([0.10, 0.12, 0.09, 0.11], boundary=0.05).verdict
    'holds'
    >>> decide([0.001, -0.001, 0.002], margin=0.01).verdict
    'no relevant change'
    """
    boundary, margin = checked_rule(boundary, direction, margin)
    return judged(values if isinstance(values, Contrast) else of_values(values), boundary, direction, margin)


def judged(found: Contrast, boundary: float, direction: str, margin: float) -> Verdict:  # of what is checked
    same = found.count > 1 and not found.spreads and found.interval != "exact"  # which knows how little n of n says
    low, high = (found.values[0], found.values[0]) if same else (found.low, found.high)
    word = decided(low, high, boundary, direction, margin)
    needed = seeds_needed(found, margin) if word == "undecided" and margin else None
    alike = word == "no relevant change" or direction == "="
    p = _p_alike(found, boundary, margin) if alike else _p(found, boundary)
    return Verdict(word, found.effect, found.low, found.high, found.count, p, needed)


def checked_rule(boundary: float, direction: str, margin: float) -> tuple[float, float]:
    """Boundary and margin of a rule that can decide."""
    boundary, margin = checks.number("boundary", boundary), checks.number("margin", margin, _MARGIN, low=0)
    checks.choice("direction", direction, (">", "<", "="))
    if direction == "=" and margin == 0:
        raise ParameterError(
            "parameter `margin` got 0 for a finding of equality; it takes the smallest difference that matters"
        )
    return boundary, margin


def seeds_needed(found: Contrast, margin: float) -> int | None:
    """Seeds with which a t test finds a true change of one margin with 80 % power, at the spread that was seen."""
    if found.count < 2 or not found.spreads:
        return None
    size = min(margin / np.std(found.values, ddof=1), LARGE)

    def enough(count: int) -> bool:
        bound = stats.t.ppf((1 + found.confidence) / 2, count - 1)
        return stats.nct.sf(bound, count - 1, size * math.sqrt(count)) >= POWER

    if not enough(MOST_SEEDS):
        return None
    return bisect.bisect_left(range(2, MOST_SEEDS), True, key=enough) + 2  # power grows with the number


def decided(low: float, high: float, boundary: float, direction: str, margin: float) -> str:
    """What an interval says: one word."""
    if direction == "=":
        inside = -margin < low - boundary and high - boundary < margin
        outside = low - boundary > margin or high - boundary < -margin
        return "holds" if inside else "fails" if outside else "undecided"
    side = -1 if direction == "<" else 1
    if -margin < low and high < margin:
        return "holds" if side * boundary < 0 else "no relevant change"
    nearest, farthest = sorted((side * (low - boundary), side * (high - boundary)))
    return "holds" if nearest > 0 else "fails" if farthest < 0 else "undecided"


def _p(found: Contrast, boundary: float) -> float:
    if found.interval == "exact":
        proportion = 0 < boundary < 1
        yes = int(sum(found.values))
        return float(stats.binomtest(yes, found.count, boundary).pvalue) if proportion else math.nan
    if found.count < 2 or not found.spreads:
        return math.nan
    if found.interval == "t":
        return float(stats.ttest_1samp(found.values, boundary).pvalue)
    # As the interval is the bootstrap's: the share of resamples beyond the boundary, and never 0.
    means = stats.bootstrap([found.values], np.mean, method="percentile", rng=0).bootstrap_distribution
    beyond = min((means <= boundary).sum(), (means >= boundary).sum()) + 1
    return float(min(1.0, 2 * beyond / (len(means) + 1)))


def _p_alike(found: Contrast, boundary: float, margin: float) -> float:
    if found.interval != "t" or found.count < 2 or not found.spreads:
        return math.nan
    above = stats.ttest_1samp(found.values, boundary - margin, alternative="greater").pvalue
    below = stats.ttest_1samp(found.values, boundary + margin, alternative="less").pvalue
    return float(min(1.0, 2 * max(above, below)))
