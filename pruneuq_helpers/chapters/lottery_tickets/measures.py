"""What the claims of chapter 3 measure: differences between strategies, paired by seed, from the study's table."""

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from pruneuq_helpers.claims import Measure, rank_with_level

Levels = Callable[[Iterable[float]], list[float]]


def main(table: pd.DataFrame, network: str | None = None) -> pd.DataFrame:
    """The rows of one network's tickets, of the first network unless another is named."""
    rows = table[table["part"] == "tickets"]
    return rows[rows["network"] == (network or rows["network"].iloc[0])]


def on(data: str, measure: Measure) -> Measure:
    """A measure that is asked of the tickets of one data set only: of others it has no value."""

    def asked(table: pd.DataFrame) -> pd.Series:
        rows = table[(table["part"] == "tickets") & (table["data"] == data)]
        return measure(rows) if len(rows) else pd.Series(dtype=float)

    return asked


def high(levels) -> list[float]:
    """The levels from 0.8 on, or the highest one."""
    levels = sorted(set(levels) - {0.0})
    return [level for level in levels if level >= 0.8] or levels[-1:]


def up_to_half(levels) -> list[float]:
    """The levels up to 0.5, or the lowest one."""
    levels = sorted(set(levels) - {0.0})
    return [level for level in levels if level <= 0.5] or levels[:1]


def nearest(levels, target: float) -> list[float]:
    """The level nearest to another one, the lower of two; none where nothing is pruned."""
    return sorted(set(levels) - {0.0}, key=lambda level: (abs(level - target), level))[:1]


def half(levels) -> list[float]:
    """The level nearest to 0.5."""
    return nearest(levels, 0.5)


def by_seed(table: pd.DataFrame, column: str, strategy: str, levels: list[float]) -> pd.Series:
    """One value a seed: the mean over levels of what a strategy reached, or what the dense network did."""
    rows = table[(table["strategy"] == strategy) & (table["level"].isin(levels) | (strategy == "dense"))]
    return rows.groupby("seed")[column].mean()


def difference(column: str, strategy: str, other: str, which=high, scaled: bool = False) -> Measure:
    """A measure: how much more a strategy reaches than another one of the same seed."""

    def measure(table: pd.DataFrame) -> pd.Series:
        rows = main(table)
        levels = which(rows["level"])
        values = by_seed(rows, column, strategy, levels) - by_seed(rows, column, other, levels)
        return (values / by_seed(rows, column, "dense", []).mean() if scaled else values).dropna()

    return measure


def at_equal_size(which: Levels = high, once: str = "re-initialised") -> Measure:
    """A measure: how much more accurate iterative tickets are than networks pruned once to the same number of units."""

    def measure(table: pd.DataFrame) -> pd.Series:
        rows, gained = main(table), {}
        levels = which(rows["level"])
        for seed, own in rows.groupby("seed"):
            # Rounds leave more units than one shot at the same level: so the accuracy of what was pruned once is
            # taken between its levels, on a straight line over the fraction really removed.
            cut = own[own["strategy"].isin(["dense", once])].sort_values("removed")
            rounds = own[(own["strategy"] == "iterative") & own["level"].isin(levels)]
            if len(rounds) and once in set(cut["strategy"]):
                expected = np.interp(rounds["removed"], cut["removed"], cut["accuracy"])
                gained[seed] = (rounds["accuracy"] - expected).mean()
        return pd.Series(gained, dtype=float)

    return measure


def rank_correlation(column: str, strategy: str) -> Measure:
    """A measure: the rank correlation of the level with what a strategy reaches, level 0 being the dense network."""

    def measure(table: pd.DataFrame) -> pd.Series:
        rows = main(table)
        rows = rows[rows["strategy"].isin(["dense", strategy])]
        return rank_with_level(rows.pivot_table(index="seed", columns="level", values=column))

    return measure


def where_both_learnt(table: pd.DataFrame, strategy: str, other: str) -> pd.Series:
    """How much more a strategy reaches than another at the high levels, over the pairs in which neither collapsed."""
    # Leaving collapsed runs out is a choice after the fact: it says how much of a difference is collapses.
    rows = table[table["level"].isin(high(table["level"])) & ~table["collapsed"].astype(bool)]
    wide = rows.pivot(index=["seed", "level"], columns="strategy", values="accuracy").reindex(columns=[strategy, other])
    return (wide[strategy] - wide[other]).dropna().groupby("seed").mean()


def hasty_collapses(table: pd.DataFrame) -> pd.Series:
    """Whether the deepest dense network collapses with the shortest patience but not with the longest, by seed."""
    rows = table[table["part"] == "depth"]
    deepest = rows[rows["hidden_layers"] == rows["hidden_layers"].max()]
    wide = deepest.astype({"collapsed": int}).pivot_table(index="seed", columns="patience", values="collapsed")
    if wide.shape[1] < 2:
        return pd.Series(dtype=float)
    return (wide[wide.columns.min()] - wide[wide.columns.max()]).dropna().clip(lower=0)
