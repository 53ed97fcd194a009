"""Chapter 1's table, cut into what figures, facts and a reader need: curves, distances by seed, errors by model."""

import pandas as pd

REGIONS = {"all": "all", "left": "left half", "right": "right half"}
LINES = {"homoskedastic": "constant std", "heteroskedastic": "growing std"}  # the model of the right form


def rows(table: pd.DataFrame, noise: str, model: str, part: str, region: str = "all") -> pd.DataFrame:
    """The rows of one model on one kind of noise and one draw, one a seed; none where the table has not that."""
    chosen = {"noise": noise, "model": model, "part": part, "region": region}
    if not {*chosen, "seed"} <= {*table.columns}:
        return pd.DataFrame(columns=table.columns).rename_axis("seed")
    there = (table[list(chosen)] == pd.Series(chosen)).all(axis=1)
    return table[there].sort_values("seed").set_index("seed")


def curves(table: pd.DataFrame) -> pd.DataFrame:
    """The coverage of the study's table as one row a level."""
    named = {name: float(name.removeprefix("coverage_")) for name in table.columns if name.startswith("coverage_")}
    long = table.rename(columns=named).melt(
        ["noise", "model", "part", "region", "seed"], list(named.values()), "level", "coverage"
    )
    return long.astype({"level": float})


def off(table: pd.DataFrame, noise: str, model: str, part: str = "many fresh", region: str = "all") -> pd.Series:
    """Coverage minus level, mean over the levels, by seed: below zero where intervals are too narrow."""
    chosen = rows(table, noise, model, part, region)
    if not len(chosen):
        return pd.Series(dtype=float)
    long = curves(chosen.reset_index())
    return (long["coverage"] - long["level"]).groupby(long["seed"]).mean()


def nats_missing(table: pd.DataFrame, noise: str) -> pd.Series:
    """Log-likelihood of a training point that S0's run leaves below the maximum, by seed."""
    best, run = (rows(table, noise, model, "training") for model in (LINES.get(noise, ""), "published run"))
    return run["nll"] - best["nll"] if len(run) else pd.Series(dtype=float)


def error(table: pd.DataFrame, noise: str, model: str) -> pd.Series:
    """Calibration error on many fresh points, by seed."""
    return rows(table, noise, model, "many fresh")["calibration_error"]
