"""A contrast: a mean difference over repetitions, with its interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from pruneuq_helpers import checks, text
from pruneuq_helpers.errors import ParameterError

INTERVALS = ("t", "bootstrap", "exact")


@dataclass(frozen=True)
class Contrast:
    """A mean over repetitions with its interval; a difference where two things are compared, pair by pair.

    Attributes
    ----------
    values : tuple of float
        One a repetition.
    low, high : float
        The interval; not a number where there is none: one value, or values that are all the same.
    over : str
        What there is one value of: ``"seeds"``, or where a single population is judged ``"members"``, ``"images"``.
    interval : {"t", "bootstrap", "exact"}
        How the interval was found.
    confidence : float
        Of the interval.

    Examples
    --------
    >>> found = contrast([0.10, 0.12, 0.09, 0.11])
    >>> round(found.effect, 3), round(found.low, 3), round(found.high, 3), found.count
    (0.105, 0.084, 0.126, 4)
    """

    values: tuple[float, ...]
    low: float
    high: float
    over: str = "seeds"
    interval: str = "t"
    confidence: float = 0.95

    @property
    def effect(self) -> float:
        """The mean."""
        return float(np.mean(self.values))

    @property
    def count(self) -> int:
        """Number of repetitions."""
        return len(self.values)

    @property
    def spreads(self) -> bool:
        """Whether the values differ by more than rounding: values that do not have no interval."""
        return spreads(self.values)

    def without(self, place: int) -> "Contrast":
        """The same with one repetition left out."""
        rest = self.values[:place] + self.values[place + 1 :]
        return of_values(rest, self.over, self.interval, self.confidence)


def contrast(values: Sequence[float], over: str = "seeds", interval: str = "t", confidence: float = 0.95) -> Contrast:
    r"""What many repetitions say together: the mean of one value each, with its interval.

    The interval is :math:`\bar v \pm t_{n-1}\, s / \sqrt n`, the percentile bootstrap of the mean, or that of Clopper
    and Pearson for values that are 0 or 1 (``"exact"``).

    Parameters
    ----------
    values : sequence of float
        Finite; paired differences where two things are compared.
    over : str
        What there is one value of. Only seeds, each a training from scratch, are given a t interval.
    interval : {"t", "bootstrap", "exact"}
        How the interval is found.
    confidence : float
        Of the interval, in (0, 1).

    Returns
    -------
    Contrast

    Examples
    --------
    >>> found = contrast([1, 0, 1, 1], over="images", interval="exact")
    >>> round(found.low, 3), round(found.high, 3)
    (0.194, 0.994)
    """
    checks.text("over", over, "what there is one value of, such as seeds")
    checks.choice("interval", interval, INTERVALS)
    return of_values(values, over, interval, checks.share("confidence", confidence))


def of_values(values: Sequence[float], over: str = "seeds", interval: str = "t", confidence: float = 0.95) -> Contrast:
    """The same where no more than the values has to be checked."""
    values = checks.array("values", values, empty=True).astype(float)
    if values.ndim != 1 or not len(values):
        raise ParameterError(
            f"parameter `values` got an array of shape {values.shape}; it takes one number a seed, at least one"
        )
    if not np.isfinite(values).all():
        odd = int((~np.isfinite(values)).sum())
        raise ParameterError(
            f"parameter `values` got {odd} of {len(values)} that are not finite; it takes finite numbers"
        )
    low, high = _interval(values, interval, confidence)
    return Contrast(tuple(values.tolist()), low, high, over, interval, confidence)


def with_interval(values: Contrast | Sequence[float], digits: int = 3, signed: bool = False) -> str:
    """A mean with its interval as text, of the values that are numbers; a dash where there are none.

    >>> with_interval([0.1, 0.2, 0.3], 2), with_interval([-0.1]), with_interval([])
    ('0.20 (−0.05 to 0.45)', '−0.100', '–')
    """
    digits, signed = checks.whole("digits", digits, least=0, most=15), checks.flag("signed", signed)
    if not isinstance(values, Contrast):
        values = checks.array("values", values, empty=True)
        if values.ndim == 1:
            values = values[~np.isnan(values)]
        if not values.size:
            return "–"
        values = of_values(values)
    return text.interval(values.effect, values.low, values.high, digits, signed)


def rank_with_level(by_level: pd.DataFrame) -> pd.Series:
    """The rank correlation of the columns, which are levels, with each row whose values differ."""
    by_level = by_level.dropna()
    # Of two levels it would be a sign.
    if by_level.shape[1] < 3:
        return pd.Series(dtype=float)
    varied = by_level[by_level.nunique(axis=1) > 1]
    return varied.T.corrwith(pd.Series(by_level.columns, by_level.columns), method="spearman")


def spreads(values: Sequence[float]) -> bool:
    """Whether values differ by more than rounding."""
    return bool(np.ptp(values) > 1e-12 * max(1.0, np.abs(values).max()))


def _interval(values: np.ndarray, interval: str, confidence: float) -> tuple[float, float]:
    if interval == "exact":
        return _clopper_pearson(values, confidence)
    if len(values) == 1 or not spreads(values):
        return math.nan, math.nan
    if interval == "bootstrap":
        found = stats.bootstrap([values], np.mean, confidence_level=confidence, method="percentile", rng=0)
        return float(found.confidence_interval.low), float(found.confidence_interval.high)
    half = stats.t.ppf((1 + confidence) / 2, len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values))
    return float(values.mean() - half), float(values.mean() + half)


def _clopper_pearson(values: np.ndarray, confidence: float) -> tuple[float, float]:
    if not np.isin(values, (0, 1)).all():
        raise ParameterError(
            "parameter `interval` got 'exact' for values other than 0 and 1; it takes those of a proportion"
        )
    found = stats.binomtest(int(values.sum()), len(values)).proportion_ci(confidence, method="exact")
    return float(found.low), float(found.high)
