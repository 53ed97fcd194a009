"""Chapter 5's table, cut for its text, figures and claims."""

import pandas as pd

from pruneuq_helpers.figures.tables import Table
from pruneuq_helpers.text import percent

LAYERS = {"fc": "linear layers", "all": "all layers"}
DENSE = "dense"
CONTROLS = {
    "same length": "dense, same length",
    "from scratch": "small, from scratch",
    "temperature": "dense, temperature",
}
SURE = 0.95  # a confidence from which an answer may count
SHOWN = {"accuracy": "accuracy", "ECE": "ece", "NLL": "nll"}


def networks_of(table: pd.DataFrame, scope: str = "fc") -> pd.DataFrame:
    """One row a strategy, level and seed, the unpruned network standing at level 0 of every strategy."""
    # Networks that are pruned and trained on start from "one-shot" at level 0, the dense network trained twice.
    return _from_dense(table[(table["part"] == "network") & (table["scope"] == scope)])


def outside_of(table: pd.DataFrame, scope: str = "fc") -> pd.DataFrame:
    """One row a set of images from outside, strategy, level and seed; level 0 as in `networks_of`."""
    return _from_dense(table[(table["part"] == "outside") & (table["scope"] == scope) & (table["score"] == "msp")])


def _from_dense(rows: pd.DataFrame) -> pd.DataFrame:
    dense, parts = rows[rows["strategy"] == "dense"], [rows]
    for strategy in rows["strategy"].unique():
        if strategy not in ("dense", "another draw", "one-shot"):
            twice = rows[(rows["strategy"] == "one-shot") & (rows["level"] == 0)]
            start = twice if strategy == "same length, trained on" else dense
            seeds = rows.loc[rows["strategy"] == strategy, "seed"]  # not every seed goes through every strategy
            parts.append(start[start["seed"].isin(seeds)].assign(strategy=strategy))
    return pd.concat(parts, ignore_index=True)


def widest(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of networks whose layers are all pruned, where there are some."""
    return table[table["scope"] == ("all" if "all" in set(table["scope"]) else "fc")]


def by_level(table: pd.DataFrame, measure: str, scope: str = "fc", strategy: str = "iterative") -> pd.DataFrame:
    """A measure of the networks of one strategy: a row a seed, a column a level, 0 for the dense network."""
    rows = networks_of(table, scope)
    return rows[rows["strategy"] == strategy].pivot(index="seed", columns="level", values=measure)


def change(
    table: pd.DataFrame, measure: str, scope: str = "fc", level: float | None = None, strategy: str = "iterative"
) -> pd.Series:
    """Its change from the dense network to a level, the highest by default: one value a seed."""
    wide = by_level(table, measure, scope, strategy)
    return wide[wide.columns.max() if level is None else level] - wide[0.0]


def above_floor(table: pd.DataFrame, scope: str = "fc", strategy: str = "iterative") -> pd.Series:
    """Change of the ECE less that of what chance alone leaves of it, up to the highest level: one value a seed."""
    ece, floor = (change(table, measure, scope, strategy=strategy) for measure in ("ece", "ece_floor"))
    return ece - floor


def outside_change(
    table: pd.DataFrame, measure: str, scope: str = "fc", of: str | None = None, strategy: str = "iterative"
) -> pd.Series:
    """Change of what is measured on images from outside, of one set or the mean of all: one value a seed."""
    rows = outside_of(table, scope)
    rows = rows[(rows["strategy"] == strategy) & ((rows["set"] == of) | (of is None))]
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


def sure(table: pd.DataFrame, of: str, scope: str = "fc") -> pd.DataFrame:
    """Share of a set's images with a confidence of `SURE` and more: a row a seed, a column a level, 0 for dense."""
    rows = table[(table["part"] == "histogram") & (table["scope"] == scope) & (table["set"] == of)]
    return rows[rows["bin_low"] > SURE - 1e-9].pivot_table(index="seed", columns="level", values="share", aggfunc="sum")


def pictures(table: pd.DataFrame) -> pd.Series:
    """Change of the probability of the class that the dense network names, the first picture of each kind, by seed."""
    rows = table[(table["part"] == "panel") & (table["scope"] == "fc") & (table["of"] == "first")]
    wide = rows.pivot(index=["seed", "kind", "class"], columns="level", values="probability")
    named = wide.loc[wide[0.0].groupby(["seed", "kind"]).idxmax()].droplevel("class")
    return named[named.columns.max()] - named[0.0]


def apart(pictures: pd.Series) -> pd.Series:
    """How far the pictures of one network lie apart: one value a seed."""
    by_seed = pictures.groupby("seed")
    return by_seed.max() - by_seed.min()


def parameters_left(table: pd.DataFrame, scope: str) -> pd.Series:
    """What share of the parameters the iterative tickets of each level have, in percent, as text."""
    wide = by_level(table, "parameters", scope).iloc[0]
    return (wide / wide[0.0]).map(percent)


def levels(table: pd.DataFrame) -> Table:
    """The iterative tickets as a reader is shown them: a row for what is pruned and a level."""
    found = []
    for scope in table["scope"].unique():
        left = parameters_left(table, scope)
        means = {name: by_level(table, measure, scope).mean() for name, measure in SHOWN.items()}
        for level in left.index:
            row = {"pruned": LAYERS[scope].split()[0], "level": f"{level:g}", "left": left[level]}
            found.append(row | {name: f"{values[level]:.3f}" for name, values in means.items()})
    seeds = table["seed"].nunique()
    caption = f"Means over {seeds} seeds, by the layers that are pruned; “left” is the share of the parameters."
    return Table(pd.DataFrame(found).set_index(["pruned", "level"]), caption)
