"""Chapter 1's table, cut into what figures, facts and a reader need: curves, distances by seed, errors by model."""

import pandas as pd

from pruneuq_helpers.chapters.aleatoric_regression.claims import rows
from pruneuq_helpers.text import plus_minus

REGIONS = {"all": "all", "left": "left half", "right": "right half"}


def curves(table: pd.DataFrame) -> pd.DataFrame:
    """The coverage of the study's table as one row a level.

    >>> row = {"noise": "homoskedastic", "model": "truth", "part": "training", "region": "all", "seed": 0}
    >>> curves(pd.DataFrame([row | {"coverage_0.1": 0.12, "coverage_0.2": 0.21}]))["coverage"].tolist()
    [0.12, 0.21]
    """
    named = {name: float(name.removeprefix("coverage_")) for name in table.columns if name.startswith("coverage_")}
    long = table.rename(columns=named).melt(
        ["noise", "model", "part", "region", "seed"], list(named.values()), "level", "coverage"
    )
    return long.astype({"level": float})


def off(table: pd.DataFrame, noise: str, model: str, part: str = "many fresh", region: str = "all") -> pd.Series:
    """Coverage minus level, mean over the levels, by seed: below zero where intervals are too narrow."""
    long = curves(rows(table, noise, model, part, region).reset_index())
    return (long["coverage"] - long["level"]).groupby(long["seed"]).mean()


def error(table: pd.DataFrame, noise: str, model: str) -> pd.Series:
    """Calibration error on many fresh points, by seed."""
    return rows(table, noise, model, "many fresh")["calibration_error"]


def errors(table: pd.DataFrame) -> pd.DataFrame:
    """Regression calibration error of every model on every kind of points, mean ± sample standard deviation."""
    names = {"homoskedastic": "constant", "heteroskedastic": "growing"}
    whole = table[table["region"] == "all"].replace({"noise": names})
    return whole.pivot_table("calibration_error", ["noise", "model"], "part", plus_minus, sort=False)
