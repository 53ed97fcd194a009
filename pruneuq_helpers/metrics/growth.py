"""Whether some group is found among pruning-identified examples more often than among the rest (S4, Table 1)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats
from scipy.stats.contingency import odds_ratio

from pruneuq_helpers import checks
from pruneuq_helpers.errors import ParameterError


def share_growth(counts, totals=None, decimals: int | None = 2, confidence_level: float = 0.95) -> pd.DataFrame:
    r"""Which groups pay: how much larger the share of each is among PIEs than among all other images.

    .. math:: \text{growth} = 100 \left( \frac{\text{share among PIEs}}{\text{share among others}} - 1 \right)

    S4 computes it from shares rounded to hundredths of a percent, and so does this for ``growth``, unless `decimals`
    says otherwise; ``growth_exact`` is not rounded. With few PIEs either says little alone. So the counts are taken as
    a two-by-two table (in the group or not, PIE or not), with Fisher's exact test, and the interval is Fisher's too:
    that of the odds ratio given both margins, each end put as the growth that the expected table at this odds ratio
    has. At the odds ratio found that is ``growth_exact`` itself.

    Parameters
    ----------
    counts : pandas.DataFrame or dict
        Columns ``pie`` and ``non_pie``: how many of each group there are; the index names the groups.
    totals : dict, optional
        ``pie`` and ``non_pie``: all images of each kind. By default the sums of the columns, right where every image
        is in one group.
    decimals : int, optional
        Of the shares, in percent, from which ``growth`` is computed; None for no rounding.
    confidence_level : float
        Of the interval.

    Returns
    -------
    pandas.DataFrame
        With the groups as index: ``non_pie``, ``pie``, ``non_pie_share``, ``pie_share`` (percent), ``growth``,
        ``growth_exact``, ``low``, ``high`` (percent), ``p_value`` (two-sided). A growth from a share of 0 is infinite,
        and not a number where both are 0.

    Examples
    --------
    >>> from pruneuq_helpers import metrics
    >>> found = metrics.share_growth({"pie": [5, 71], "non_pie": [57, 19829]})
    >>> found[["pie_share", "non_pie_share", "growth", "low", "high"]].round(2).loc[0].tolist()
    [6.58, 0.29, 2168.97, 629.48, 5353.31]
    """
    table, whole = _counts(counts, totals)
    confidence_level = checks.share("confidence_level", confidence_level)
    decimals = None if decimals is None else checks.whole("decimals", decimals, least=0, most=15)
    found = table[["non_pie", "pie"]].copy()
    for kind in ("non_pie", "pie"):
        found[f"{kind}_share"] = 100 * table[kind] / whole[kind]
    shares = found[["non_pie_share", "pie_share"]]
    rounded = shares if decimals is None else shares.round(decimals)
    found["growth"] = _growth(rounded["pie_share"], rounded["non_pie_share"])
    found["growth_exact"] = _growth(shares["pie_share"], shares["non_pie_share"])
    tested = [
        _fisher(pie, other, whole, confidence_level) for pie, other in zip(table["pie"], table["non_pie"], strict=True)
    ]
    found[["low", "high", "p_value"]] = np.array(tested).reshape(-1, 3)
    return found


def _counts(counts, totals) -> tuple[pd.DataFrame, dict]:
    try:
        table = pd.DataFrame(counts)[["pie", "non_pie"]]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        takes = "a table with the columns `pie` and `non_pie`, as long as each other"
        raise checks.refused("counts", counts, takes) from error
    table = pd.DataFrame({name: _whole(f"counts[{name!r}]", table[name]) for name in table}, index=table.index)
    if totals is None:
        whole = {name: int(table[name].sum()) for name in table}
    else:
        whole = {name: _total(name, totals) for name in table}
    for name, total in whole.items():
        if total < max(1, table[name].max()):
            parameter, takes = ("counts", "one image or more") if totals is None else ("totals", "the count of all")
            raise ParameterError(f"parameter `{parameter}` got {total} for `{name}`; it takes {takes}, at least 1")
    return table, whole


def _total(kind: str, totals) -> int:
    if not isinstance(totals, Mapping | pd.Series) or kind not in totals:
        raise checks.refused("totals", totals, "a number for `pie` and one for `non_pie`")
    return checks.whole(f"totals[{kind!r}]", totals[kind])


def _whole(name: str, values) -> np.ndarray:
    found = checks.array(name, values)
    if found.dtype.kind not in "iu" or found.min() < 0 or found.max() >= 2**31:
        raise ParameterError(f"parameter `{name}` got values that are no counts; it takes whole numbers from 0")
    return found.astype(np.int64)


def _growth(pie, non_pie):
    with np.errstate(divide="ignore", invalid="ignore"):  # nothing among the others is a growth without bounds
        return 100 * (np.asarray(pie, float) / np.asarray(non_pie, float) - 1)


def _fisher(pie: int, other: int, whole: dict, confidence_level: float) -> tuple[float, float, float]:
    square = [[pie, other], [whole["pie"] - pie, whole["non_pie"] - other]]
    interval = odds_ratio(square).confidence_interval(confidence_level)
    ends = (float(_growth_at(odds, pie + other, whole)) for odds in interval)
    return *ends, float(stats.fisher_exact(square).pvalue)


def _growth_at(odds: float, group: int, whole: dict) -> float:
    """The growth of the table that is expected at an odds ratio, given all its margins."""
    pies, others = whole["pie"], whole["non_pie"]
    if odds == 0:
        expected = max(0, group - others)
    elif np.isinf(odds):
        expected = min(group, pies)
    else:
        expected = stats.nchypergeom_fisher.mean(pies + others, group, pies, odds)
    return _growth(expected / pies, (group - expected) / others)
