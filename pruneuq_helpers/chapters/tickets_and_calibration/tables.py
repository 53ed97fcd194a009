"""Chapter 5's table, cut for its text, figures and claims."""

import numpy as np
import pandas as pd

from pruneuq_helpers.claims import contrast
from pruneuq_helpers.text import plus_minus

LAYERS = {"fc": "linear layers", "all": "all layers"}
DENSE = "dense"
CONTROLS = {
    "same length": "dense, same length",
    "from scratch": "small, from scratch",
    "temperature": "dense, temperature",
}
OUTSIDE_MEASURES = {"AUROC": "auroc", "AUPR": "aupr_out", "FPR95": "fpr95", "confidence": "confidence"}


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


def by_level(table: pd.DataFrame, measure: str, scope: str = "fc") -> pd.DataFrame:
    """A measure of the iterative tickets: a row a seed, a column a level, 0 for the dense network."""
    rows = networks_of(table, scope)
    return rows[rows["strategy"] == "iterative"].pivot(index="seed", columns="level", values=measure)


def change(table: pd.DataFrame, measure: str, scope: str = "fc", level: float | None = None) -> pd.Series:
    """Its change from the dense network to a level, the highest by default: one value a seed."""
    wide = by_level(table, measure, scope)
    return wide[wide.columns.max() if level is None else level] - wide[0.0]


def outside_change(table: pd.DataFrame, measure: str, scope: str = "fc", of: str | None = None) -> pd.Series:
    """Change of what is measured on images from outside, of one set or the mean of all: one value a seed."""
    rows = outside_of(table, scope)
    rows = rows[(rows["strategy"] == "iterative") & ((rows["set"] == of) | (of is None))]
    wide = rows.pivot_table(index="seed", columns="level", values=measure)
    return wide[wide.columns.max()] - wide[0.0]


def beside_controls(table: pd.DataFrame, measure: str, scope: str = "fc") -> dict[str, pd.Series]:
    """The tickets of the highest level minus the dense networks and each control: one value a seed."""
    rows = networks_of(table, scope)
    at_top = rows[rows["level"] == rows["level"].max()].pivot(index="seed", columns="strategy", values=measure)
    dense = rows[rows["strategy"] == "dense"].set_index("seed")
    others = {DENSE: dense[measure]}
    others |= {name: at_top[key] for key, name in CONTROLS.items() if key in at_top}
    others[CONTROLS["temperature"]] = dense[f"scaled_{measure}"]
    return {name: at_top["iterative"] - other for name, other in others.items()}


def chosen_class(table: pd.DataFrame) -> dict[str, pd.Series]:
    """Change of the probability of a class, mean over kinds of outside images, by who chose the class."""
    rows = outside_of(table)
    unpruned = rows[rows["strategy"].isin(["dense", "another draw"])]
    wide = unpruned.pivot_table(index="seed", columns="strategy", values="own_class")
    return {
        "the dense network chose; read off its ticket": outside_change(table, "own_class"),
        "the dense network chose; read off another dense network": wide["another draw"] - wide["dense"],
        "a judge chose; read off the ticket": outside_change(table, "judged_class"),
    }


def mean_histogram(table: pd.DataFrame, level: float, scope: str = "fc") -> pd.DataFrame:
    """Share of the images of every set in each bin of confidence, mean over seeds."""
    strategy = "iterative" if level else "dense"
    chosen = (table["part"] == "histogram") & (table["scope"] == scope) & (table["strategy"] == strategy)
    rows = table[chosen & (table["level"] == level)]
    return rows.groupby(["set", "bin_low", "bin_high"], sort=False)["share"].mean().reset_index()


def panel_of(table: pd.DataFrame, of: str, scope: str = "fc") -> pd.DataFrame:
    """Class probabilities of kinds of outside images, at every level."""
    chosen = (table["part"] == "panel") & (table["scope"] == scope) & (table["of"] == of)
    return table.loc[chosen, ["kind", "level", "class", "seed", "probability"]].reset_index(drop=True)


def levels(table: pd.DataFrame) -> pd.DataFrame:
    """The iterative tickets as a reader is shown them: a row for what is pruned and a level."""
    found = []
    for scope in table["scope"].unique():
        wide = {name: by_level(table, name, scope) for name in ("accuracy", "ece", "nll", "parameters")}
        for level in wide["ece"].columns:
            size = wide["parameters"][level].iloc[0] / wide["parameters"][0.0].iloc[0]
            row = {"pruned": LAYERS[scope], "level": f"{level:g}", "parameters": f"{100 * size:.0f} %"}
            row |= {"accuracy": plus_minus(wide["accuracy"][level]), "ECE": plus_minus(wide["ece"][level])}
            found.append(row | {"NLL": plus_minus(wide["nll"][level])})
    return pd.DataFrame(found).set_index(["pruned", "level"])


def epochs(table: pd.DataFrame) -> pd.DataFrame:
    """Best epochs of the iterative tickets with pruned linear layers, and how often each level is the fastest."""
    wide = by_level(table, "best_epoch")
    lowest = wide.eq(wide.min(axis=1), axis=0)
    alone = lowest[lowest.sum(axis=1) == 1].sum()
    found = {"level": [f"{level:g}" for level in wide.columns], "best epoch": [plus_minus(wide[k], 1) for k in wide]}
    return pd.DataFrame(found | {"seeds in which it is fastest": alone.tolist()}).set_index("level")


def detection(table: pd.DataFrame, scope: str = "fc") -> pd.DataFrame:
    """How well dense networks and tickets of the highest level tell each set from test images: a row a set and level.

    Means with their 95 % intervals, cut at 0 and 1.
    """
    rows = outside_of(table, scope)
    rows = rows[(rows["strategy"] == "iterative") & rows["level"].isin([0.0, rows["level"].max()])]
    found = []
    for name in rows["set"].unique():
        for level, some in rows[rows["set"] == name].groupby("level"):
            row = {"images": f"{name} ({'near' if some['near'].iloc[0] else 'far'})", "level": f"{level:g}"}
            found.append(row | {words: _cut(some[measure]) for words, measure in OUTSIDE_MEASURES.items()})
    return pd.DataFrame(found).set_index(["images", "level"])


def _cut(values: pd.Series) -> str:
    found = contrast(values)
    low, high = np.clip([found.low, found.high], 0, 1)
    return f"{found.effect:.2f}" + (f" ({low:.2f}–{high:.2f})" if low == low else "")
