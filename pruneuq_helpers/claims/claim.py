"""Claims: findings of the papers, each with a rule that a study's table can decide."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from pruneuq_helpers.claims.table import VerdictTable
from pruneuq_helpers.errors import ParameterError

COLUMNS = ("id", "source", "place", "finding", "effect", "value", "low", "high", "seeds", "over", "verdict", "rule")
_INTERVALS = ("t", "bootstrap")


@dataclass(frozen=True)
class Claim:
    """A finding of a paper, in our words, with the rule that decides it.

    Parameters
    ----------
    id : str
        Unique name, as ``"S0.fig4.tickets-learn-fast"``.
    chapter : str
        Number of the chapter that decides it, as ``"03"``.
    source, place : str
        The paper (``"S0"`` to ``"S4"``) and where in it.
    finding : str
        What the paper says, in our words.
    effect : str
        What is measured, with its unit.
    measure : callable
        From the study's table to one value a seed.
    direction : {">", "<"}
        On which side of the boundary the mean must lie.
    boundary : float
        Where the finding begins to hold.
    interval : {"t", "bootstrap"}
        How the interval of the mean is found.
    over : str
        What there is one value of, where it is not a seed: ``"repetitions"``, ``"cells of the table"``.

    Examples
    --------
    >>> claim = Claim("S9.heads", "00", "S9", "Fig 1", "Coins favour heads.", "share of heads minus one half",
    ...               lambda table: table["heads"] - 0.5)
    >>> claim.rule
    'mean > 0, 95 % t interval over seeds'
    """

    id: str
    chapter: str
    source: str
    place: str
    finding: str
    effect: str
    measure: Callable[[pd.DataFrame], Sequence[float]]
    direction: str = ">"
    boundary: float = 0.0
    interval: str = "t"
    over: str = "seeds"

    def __post_init__(self):
        _check_rule(self.direction, self.interval)

    @property
    def rule(self) -> str:
        """The rule in words."""
        return f"mean {self.direction} {self.boundary:g}, 95 % {self.interval} interval over {self.over}"


@dataclass(frozen=True)
class Verdict:
    """What the values say: the mean effect, its interval, and on which side of the boundary that lies.

    Parameters
    ----------
    verdict : {"holds", "fails", "undecided"}
        The word.
    effect, low, high : float
        Mean over seeds and its interval.
    seeds : int
        Number of values.

    Examples
    --------
    >>> decide([0.1, 0.2, 0.3]).verdict
    'undecided'
    """

    verdict: str
    effect: float
    low: float
    high: float
    seeds: int


def decide(
    values: Sequence[float],
    boundary: float = 0.0,
    direction: str = ">",
    confidence: float = 0.95,
    interval: str = "t",
) -> Verdict:
    r"""Decide from one value a seed whether the mean lies beyond a boundary.

    The interval is :math:`\bar v \pm t_{n-1}\, s / \sqrt n`, or the percentile bootstrap of the mean. The finding
    *holds* where the whole interval lies on its side, *fails* where it lies on the other, and is *undecided* where
    the interval includes the boundary, or where one seed gives no interval.

    Parameters
    ----------
    values : sequence of float
        One a seed, finite; paired differences where two things are compared.
    boundary : float
        Where the finding begins to hold.
    direction : {">", "<"}
        On which side it holds.
    confidence : float
        Of the interval, in (0, 1).
    interval : {"t", "bootstrap"}
        How the interval is found.

    Returns
    -------
    Verdict

    Examples
    --------
    >>> found = decide([0.10, 0.12, 0.09, 0.11], boundary=0.05)
    >>> found.verdict, round(found.low, 3), round(found.high, 3)
    ('holds', 0.084, 0.126)
    """
    _check_rule(direction, interval)
    if not 0 < confidence < 1:
        raise ParameterError(f"`confidence` got {confidence!r}; it takes a number in (0, 1)")
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or not len(values):
        raise ParameterError(f"`values` got an array of shape {values.shape}; it takes one number a seed, at least one")
    if not np.isfinite(values).all():
        odd = int((~np.isfinite(values)).sum())
        raise ParameterError(f"`values` got {odd} of {len(values)} that are not finite; it takes finite numbers")
    effect = float(values.mean())
    low, high = _interval(values, confidence, interval)
    side = 1 if direction == ">" else -1
    nearest, farthest = sorted([side * (low - boundary), side * (high - boundary)])
    verdict = "holds" if nearest > 0 else "fails" if farthest < 0 else "undecided"
    return Verdict(verdict, effect, low, high, len(values))


def check(claims: Sequence[Claim], table: pd.DataFrame) -> pd.DataFrame:
    """Decide claims from a study's table.

    Parameters
    ----------
    claims : sequence of Claim
        What to decide.
    table : pandas.DataFrame
        The study's tidy table.

    Returns
    -------
    pandas.DataFrame
        A row a claim: id source place finding effect value low high seeds over verdict rule.

    Examples
    --------
    >>> claim = Claim("S9.heads", "00", "S9", "Fig 1", "Coins favour heads.", "share of heads minus one half",
    ...               lambda table: table["heads"] - 0.5)
    >>> check([claim], pd.DataFrame({"heads": [0.7, 0.8, 0.75]}))["verdict"].tolist()
    ['holds']
    """
    rows = []
    for claim in claims:
        try:
            found = decide(claim.measure(table), claim.boundary, claim.direction, interval=claim.interval)
        except ParameterError as error:
            raise ParameterError(f"claim {claim.id}: {error}") from None
        words = {name: getattr(claim, name) for name in ("id", "source", "place", "finding", "effect", "over", "rule")}
        rows.append(words | vars(found) | {"effect": claim.effect, "value": found.effect})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def show(verdicts: pd.DataFrame) -> VerdictTable:
    """Show verdicts in a page: the finding, the paper, what we measured as a sentence, the verdict as a word.

    Parameters
    ----------
    verdicts : pandas.DataFrame
        What :func:`check` gave.

    Returns
    -------
    VerdictTable
        HTML in a notebook, lines of text elsewhere.

    Examples
    --------
    >>> claim = Claim("S9.heads", "00", "S9", "Fig 1", "Coins favour heads.", "share of heads minus one half",
    ...               lambda table: table["heads"] - 0.5)
    >>> show(check([claim], pd.DataFrame({"heads": [0.7, 0.8, 0.75]})))
    ✓ holds: Coins favour heads. (S9, Fig 1) share of heads minus one half: 0.25 \
(0.126 to 0.374, 3 seeds; mean > 0, 95 % t interval over seeds)
    """
    return VerdictTable(verdicts)


def _interval(values: np.ndarray, confidence: float, interval: str) -> tuple[float, float]:
    if len(values) == 1:
        return math.nan, math.nan
    if np.ptp(values) == 0:  # no spread at all: scipy would divide by it
        return float(values[0]), float(values[0])
    if interval == "bootstrap":
        found = stats.bootstrap([values], np.mean, confidence_level=confidence, method="percentile", rng=0)
        return float(found.confidence_interval.low), float(found.confidence_interval.high)
    half = stats.t.ppf((1 + confidence) / 2, len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values))
    return float(values.mean() - half), float(values.mean() + half)


def _check_rule(direction: str, interval: str) -> None:
    if direction not in (">", "<"):
        raise ParameterError(f"`direction` got {direction!r}; it takes > or <")
    if interval not in _INTERVALS:
        raise ParameterError(f"`interval` got {interval!r}; it takes one of {', '.join(_INTERVALS)}")
