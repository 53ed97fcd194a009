"""Chapter 5's table, cut for its figures and claims."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pruneuq_helpers.claims import decide

BINS = 15  # of a reliability diagram, as in `metrics.reliability`
LABELS = {
    "iterative": "iterative ticket",
    "same length": "dense, same length",
    "from scratch": "small from scratch",
    "temperature": "dense, temperature",
}


def networks_of(table: pd.DataFrame, scope: str = "fc") -> pd.DataFrame:
    """One row a strategy, level and seed, the unpruned network standing at level 0 of every strategy.

    Networks that are pruned and trained on start from "one-shot" at level 0, the dense network trained twice.
    """
    return _from_dense(table[(table["part"] == "network") & (table["scope"] == scope)])


def outside_of(table: pd.DataFrame, scope: str = "fc", score: str = "msp") -> pd.DataFrame:
    """One row a set of images from outside, strategy, level and seed; level 0 as in `networks_of`."""
    return _from_dense(table[(table["part"] == "outside") & (table["scope"] == scope) & (table["score"] == score)])


def _from_dense(rows: pd.DataFrame) -> pd.DataFrame:
    dense, parts = rows[rows["strategy"] == "dense"], [rows]
    for strategy in rows["strategy"].unique():
        if strategy not in ("dense", "another draw", "one-shot"):
            twice = rows[(rows["strategy"] == "one-shot") & (rows["level"] == 0)]
            start = twice if strategy == "same length, trained on" else dense
            seeds = rows.loc[rows["strategy"] == strategy, "seed"]  # not every seed goes through every strategy
            parts.append(start[start["seed"].isin(seeds)].assign(strategy=strategy))
    return pd.concat(parts, ignore_index=True)


def explanations(table: pd.DataFrame, scope: str = "fc", bins: str = "ece10") -> pd.DataFrame:
    """Calibration error of the iterative tickets beside that of every control, in long form."""
    rows = networks_of(table, scope)
    chosen = rows[rows["strategy"].isin(LABELS)]
    dense = rows[rows["strategy"] == "dense"].assign(strategy="temperature")
    cooled = dense.drop(columns=["level", bins]).rename(columns={f"scaled_{bins}": bins})
    cooled = cooled.merge(pd.DataFrame({"level": sorted(chosen["level"].unique())}), how="cross")
    both = pd.concat([chosen, cooled], ignore_index=True)
    named = both.assign(network=both["strategy"].map(LABELS), ece=both[bins])
    order = {name: place for place, name in enumerate(LABELS.values())}
    return named.sort_values("network", key=lambda names: names.map(order), kind="stable")[
        ["network", "level", "seed", "ece"]
    ].reset_index(drop=True)


def pooled_reliability(table: pd.DataFrame, level: float, scope: str = "fc", least: int = 1) -> pd.DataFrame:
    """The reliability diagram of all seeds' tickets together."""
    rows = _at(table, "reliability", level, scope)
    weighted = rows.assign(**{name: rows[name] * rows["count"] for name in ("confidence", "accuracy")})
    sums = weighted.groupby((rows["bin_low"] * BINS).round())[["count", "confidence", "accuracy"]].sum()
    sums = sums[sums["count"] >= least].reindex(range(BINS))
    means = {name: sums[name] / sums["count"] for name in ("confidence", "accuracy")}
    edges = np.linspace(0, 1, BINS + 1)
    return sums.assign(bin_low=edges[:-1], bin_high=edges[1:], count=sums["count"].fillna(0).astype(int), **means)


def mean_histogram(table: pd.DataFrame, level: float, scope: str = "fc") -> pd.DataFrame:
    """Share of the images of every set in each bin of confidence, mean over seeds."""
    rows = _at(table, "histogram", level, scope)
    return rows.groupby(["set", "bin_low", "bin_high"], sort=False)["share"].mean().reset_index()


def panel_of(table: pd.DataFrame, of: str, scope: str = "fc") -> pd.DataFrame:
    """Class probabilities of kinds of outside images, at every level."""
    chosen = (table["part"] == "panel") & (table["scope"] == scope) & (table["of"] == of)
    return table.loc[chosen, ["kind", "level", "class", "seed", "probability"]].reset_index(drop=True)


def intervals(rows: pd.DataFrame, by: Sequence[str], measure: str) -> pd.DataFrame:
    """Mean of a measure over seeds with its 95 % t interval.

    >>> rows = pd.DataFrame({"set": ["far"] * 3, "auroc": [0.8, 0.9, 1.0]})
    >>> intervals(rows, ["set"], "auroc").round(2).to_dict("records")
    [{'set': 'far', 'mean': 0.9, 'low': 0.65, 'high': 1.15}]
    """
    found = []
    for names, group in rows.groupby(list(by), sort=False):
        verdict = decide(group[measure].to_numpy())
        values = {"mean": verdict.effect, "low": verdict.low, "high": verdict.high}
        found.append(dict(zip(by, names, strict=True)) | values)
    return pd.DataFrame(found)


def direction(differences: Sequence[float]) -> str:
    """Say which way paired differences point, as far as their 95 % t interval allows.

    >>> direction([-0.3, -0.2, -0.25]), direction([-0.3, 0.2, 0.1])
    ('falls', 'neither falls nor rises clearly')
    """
    words = {"holds": "rises", "fails": "falls", "undecided": "neither falls nor rises clearly"}
    return words[decide(differences).verdict]


def _at(table: pd.DataFrame, part: str, level: float, scope: str) -> pd.DataFrame:
    strategy = "iterative" if level else "dense"
    chosen = (table["part"] == part) & (table["scope"] == scope) & (table["strategy"] == strategy)
    return table[chosen & (table["level"] == level)]
