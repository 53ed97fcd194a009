"""Chapter 9's table, cut for its figures, its claims and its text."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pruneuq_helpers.chapters.model_uncertainty.measures import CHOICES, METHODS
from pruneuq_helpers.chapters.model_uncertainty.networks import CLOUD
from pruneuq_helpers.text import plus_minus

HEADINGS = {
    "accuracy": "accuracy",
    "auroc": "AUROC",
    "ece": "ECE",
    "temperature": "T",
    "scaled_nll": "NLL at T",
    "scaled_ece": "ECE at T",
}


def part_of(table: pd.DataFrame, part: str, moons: bool = False) -> pd.DataFrame:
    """The rows of one part of the study, on images or on the moons; none where the table has not that."""
    if not {"part", "data", "method", "level", "seed"} <= set(table.columns):
        return pd.DataFrame(columns=["part", "data", "method", "level", "seed"])
    return table[(table["part"] == part) & ((table["data"] == "moons") == moons)]


def values_of(rows: pd.DataFrame, method: str, measure: str, level: float | None = None) -> pd.Series:
    """A measure of one method, one value a seed; nothing where the rows have not that.

    >>> rows = pd.DataFrame({"method": ["softmax"] * 2, "level": [0.4, 0.8], "seed": [0, 0], "ece": [0.1, 0.3]})
    >>> values_of(rows, "softmax", "ece").round(2).tolist(), values_of(rows, "softmax", "ece", 0.8).tolist()
    ([0.2], [0.3])
    """
    if measure not in rows:
        return pd.Series(dtype=float)
    mine = rows[rows["method"] == method]
    if level is not None:
        mine = mine[mine["level"] == level]
    return mine.groupby("seed")[measure].mean()


def overview(table: pd.DataFrame, levels: Sequence[float]) -> pd.DataFrame:
    """Every method on images at some levels, mean ± sample standard deviation over seeds."""
    rows, found = part_of(table, "methods"), []
    for level in levels:
        for method in METHODS:
            row = {"level": level, "method": method}
            values = {title: values_of(rows, method, name, level) for name, title in HEADINGS.items()}
            found.append(row | {title: plus_minus(value, 2) for title, value in values.items()})
    return pd.DataFrame(found).set_index(["level", "method"])


def ways(table: pd.DataFrame, moons: bool = False) -> pd.DataFrame:
    """Every Gaussian of the dense network, in each way and with each prior, mean ± deviation over seeds."""
    found = part_of(table, "predictives", moons)
    heads = {"nll": "NLL", "ece": "ECE", "signed_gap": "confidence − accuracy", "auroc": "AUROC"}
    rows = []
    for place, part in found.groupby(["method", "prior", "predictive"], sort=False):
        row = dict(zip(("method", "prior", "predictive"), place, strict=True))
        row["prior precision"] = f"{middle(part['precision']):.2g}"
        rows.append(row | {head: plus_minus(part[name], 2) for name, head in heads.items()})
    rows.sort(key=lambda row: (METHODS.index(row["method"]), row["prior"]))
    return pd.DataFrame(rows).set_index(["method", "prior", "predictive"])


def middle(precisions: pd.Series) -> float:
    """Geometric mean.

    >>> round(middle(pd.Series([1.0, 100.0])), 6)
    10.0
    """
    return float(np.exp(np.log(precisions).mean()))


def of_way(table: pd.DataFrame, method: str, predictive: str, prior: str, measure: str) -> pd.Series:
    """A measure of one Gaussian of the images, asked in one way with one prior; one value a seed."""
    rows = part_of(table, "predictives")
    if not {"predictive", "prior"} <= set(rows.columns):
        return pd.Series(dtype=float)
    rows = rows[(rows["predictive"] == predictive) & (rows["prior"] == prior)]
    return values_of(rows, method, measure)


def beside(table: pd.DataFrame, moons: bool = False) -> pd.DataFrame:
    """Choices of weights in the dense network, beside the pruned network with equally many, all of them uncertain."""
    choices = part_of(table, "choices", moons).rename(columns={"method": "choice"})
    methods = part_of(table, "methods", moons)
    pruned = methods[(methods["method"] == "all weights") & (methods["level"] > 0)]
    both = pd.concat([choices, pruned.assign(choice="pruned network")], ignore_index=True)
    order = {name: place for place, name in enumerate([*CHOICES, "pruned network"])}
    return both.sort_values("choice", key=lambda names: names.map(order), kind="stable").reset_index(drop=True)


def outside_sets(table: pd.DataFrame) -> list[str]:
    """The sets of images from outside that have a detection rate in the table."""
    return [name.removeprefix("auroc ") for name in table.columns if name.startswith("auroc ")]


def by_set(table: pd.DataFrame) -> pd.DataFrame:
    """AUROC of the methods on each kind of images from outside, dense networks."""
    rows = part_of(table, "methods")
    sets = [name for name in outside_sets(table) if name != CLOUD]
    columns = {
        name: {how: plus_minus(values_of(rows, how, f"auroc {name}", 0.0), 2) for how in METHODS} for name in sets
    }
    return pd.DataFrame(columns)
