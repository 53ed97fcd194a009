"""S3's Table 1 beside ours."""

import pandas as pd

from pruneuq_helpers.chapters.bayesian_pruning.tables import KEYS
from pruneuq_helpers.claims import published
from pruneuq_helpers.text import plus_minus

# The handwritten digits of the quick run stand beside the paper's, re-encoded images beside the originals.
PAPER_DATA = {"digits": "mnist", "imagefolder:data/cifar10-jpeg": "cifar10"}


def beside_the_paper(result: pd.DataFrame) -> pd.DataFrame:
    """Table 1 of S3 beside ours, for the data sets that both have (our digits stand beside its MNIST).

    >>> row = {"data": "digits", "network": "fcn", "seed": 0}
    >>> result = pd.DataFrame([
    ...     row | {"level": 0.0, "method": "unpruned", "state": "dense", "accuracy": 0.96},
    ...     row | {"level": 0.5, "method": "magnitude", "state": "before", "accuracy": 0.95}])
    >>> beside_the_paper(result)[["paper", "lost", "paper_lost"]].round(4).values.tolist()
    [[0.9791, 0.01, -0.0009]]
    """
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


def table_one(result: pd.DataFrame) -> pd.DataFrame:
    """Our Table 1: mean ± sample standard deviation over seeds at each moment, with the paper's number."""
    paper = published.table("S3_table1").set_index(["data", "network", "method", "level"])["accuracy"]
    rows, order = [], ("unpruned", "random", "Bayes random", "magnitude", "Bayes magnitude")
    result = result[result["method"].isin(order)]
    for (method, level), part in result.groupby(["method", "level"], sort=False):
        place = (PAPER_DATA.get(part["data"].iloc[0], part["data"].iloc[0]), part["network"].iloc[0], method, level)
        at = {state: part[part["state"] == state] for state in ("before", "delivered", "frozen", "dense")}
        read = at["before"] if len(at["before"]) else at["dense"]
        rows.append(
            {
                "method": method,
                "level": level,
                "paper": f"{paper[place]:.4f}" if place in paper.index else "–",
                "before the prune": plus_minus(read["accuracy"]),
                "pruned": plus_minus(at["delivered"]["accuracy"]),
                "frozen zeros": plus_minus(at["frozen"]["accuracy"]),
                "zeros before it": plus_minus(read["sparsity"], 2),
            }
        )
    rows.sort(key=lambda row: (order.index(row["method"]), row["level"]))
    return pd.DataFrame(rows).set_index(["method", "level"])
