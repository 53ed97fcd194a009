"""S3's Table 1 beside ours."""

import math

import pandas as pd

from pruneuq_helpers.chapters.bayesian_pruning.tables import KEYS, chosen
from pruneuq_helpers.claims import published
from pruneuq_helpers.figures.tables import Table
from pruneuq_helpers.text import called, percent, plus_minus

# The handwritten digits of the quick run stand beside the paper's, re-encoded images beside the originals.
PAPER_DATA = {"digits": "mnist", "imagefolder:data/cifar10-jpeg": "cifar10"}


def beside_the_paper(result: pd.DataFrame) -> pd.DataFrame:
    """Table 1 of S3 beside ours, for the data sets that both have (our digits stand beside its MNIST)."""
    paper = published.table("S3_table1").rename(columns={"accuracy": "paper", "data": "paper_data"})
    dense = paper[paper["method"] == "unpruned"].rename(columns={"paper": "paper_dense"})
    paper = paper.merge(dense[["paper_data", "network", "paper_dense"]], on=["paper_data", "network"])
    ours = result[[*KEYS, "method", "state", "accuracy"]].dropna(subset="accuracy")
    ours = ours.assign(paper_data=ours["data"].replace(PAPER_DATA))
    unpruned = ours[ours["method"] == "unpruned"].rename(columns={"accuracy": "dense"})
    ours = ours[ours["method"] != "unpruned"].merge(unpruned[["data", "network", "seed", "dense"]])
    both = ours.merge(paper.drop(columns="source"), on=["paper_data", "network", "level", "method"])
    both["lost"], both["paper_lost"] = both["dense"] - both["accuracy"], both["paper_dense"] - both["paper"]
    return both[[*KEYS, "method", "state", "accuracy", "paper", "lost", "paper_lost"]]


def moments(result: pd.DataFrame, level: float) -> Table:
    """Accuracy of magnitude pruning at a level, by data: at three moments, unpruned, and as S3 prints it."""
    printed = printed_accuracies(network="fcn").xs(("fcn", level), level=("network", "level"))["magnitude"]
    shown = {"unpruned": ("unpruned", "dense"), "before the prune": ("magnitude", "before")}
    shown |= {"right after it": ("magnitude", "delivered"), "zeros held": ("magnitude", "frozen")}
    found = {}
    for words, (method, state) in shown.items():
        values = chosen(result, method, state)
        at = values.index.get_level_values("level")
        found[words] = values[(at == level) | (at == 0)].groupby("data", sort=False).agg(plus_minus)
    table = pd.DataFrame(found).T
    table.loc["S3 prints"] = [f"{printed.get(name, math.nan):.3f}" for name in table]
    return Table(
        table.rename(columns=called).rename_axis(index="network", columns=None),
        f"Accuracy of magnitude pruning to {percent(level)}; ours are means ± SD over seeds.",
    )


def printed_accuracies(**where: str) -> pd.DataFrame:
    """Table 1 of S3: a row a data set, network and level, a column a method, the unpruned network in every row."""
    rows = published.table("S3_table1")
    for column, value in where.items():
        rows = rows[rows[column] == value]
    wide = rows.pivot(index=["data", "network", "level"], columns="method", values="accuracy")
    unpruned = wide["unpruned"].dropna().droplevel("level")
    wide = wide.drop(index=0.0, level="level")
    return wide.assign(unpruned=unpruned.loc[wide.index.droplevel("level")].to_numpy())
