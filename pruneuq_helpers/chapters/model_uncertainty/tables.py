"""Chapter 9's table, cut for its figures, its claims and its text."""

import numpy as np
import pandas as pd


def part_of(table: pd.DataFrame, part: str, moons: bool = False) -> pd.DataFrame:
    """The rows of one part of the study, on images or on the moons; none where the table has not that."""
    if not {"part", "data", "method", "level", "seed"} <= set(table.columns):
        return pd.DataFrame(columns=["part", "data", "method", "level", "seed"])
    return table[(table["part"] == part) & ((table["data"] == "moons") == moons)]


def values_of(rows: pd.DataFrame, method: str, measure: str, level: float | None = None) -> pd.Series:
    """A measure of one method, one value a seed; nothing where the rows have not that."""
    if measure not in rows:
        return pd.Series(dtype=float)
    mine = rows[rows["method"] == method]
    if level is not None:
        mine = mine[mine["level"] == level]
    return mine.groupby("seed")[measure].mean()


def middle(precisions: pd.Series) -> float:
    """Geometric mean."""
    return float(np.exp(np.log(precisions).mean()))


def of_way(table: pd.DataFrame, method: str, predictive: str, prior: str, measure: str) -> pd.Series:
    """A measure of one Gaussian of the images, asked in one way with one prior; one value a seed."""
    rows = part_of(table, "predictives")
    if not {"predictive", "prior"} <= set(rows.columns):
        return pd.Series(dtype=float)
    rows = rows[(rows["predictive"] == predictive) & (rows["prior"] == prior)]
    return values_of(rows, method, measure)


def by_prior(table: pd.DataFrame, way: str, measure: str, method: str = "all weights") -> pd.Series:
    """One Gaussian, asked in one way, with the prior of validation images minus with the evidence's; by seed."""
    ends = [of_way(table, method, way, prior, measure) for prior in ("validation", "evidence")]
    return ends[0] - ends[1]


def change(table: pd.DataFrame, method: str, measure: str, level: float | None = None) -> pd.Series:
    """Change of a measure from the dense networks to those of a level (the highest if none is given), by seed."""
    rows = part_of(table, "methods")
    level = rows["level"].max() if level is None else level
    return values_of(rows, method, measure, level) - values_of(rows, method, measure, 0.0)


def over(table: pd.DataFrame, method: str, measure: str, moons: bool = False, level: float = 0.0) -> pd.Series:
    """A method minus the softmax of the same networks, those of a level, one value a seed."""
    rows = part_of(table, "methods", moons)
    return values_of(rows, method, measure, level) - values_of(rows, "softmax", measure, level)


def chosen_over(table: pd.DataFrame, how: str, measure: str, level: float | None = None) -> pd.Series:
    """A choice of weights minus a random one of as many, by seed: of one level, or the mean over all of them."""
    rows = part_of(table, "choices")
    return values_of(rows, how, measure, level) - values_of(rows, "random", measure, level)
