"""Whether pruned networks rank their errors worse than a dense network that makes as many."""

from collections.abc import Callable

import pandas as pd

from pruneuq_helpers.chapters.pruning_meets_uncertainty.ladder import less_equal_accuracy
from pruneuq_helpers.chapters.pruning_meets_uncertainty.measures import ALIKE


def ranking_less_equal(method: str) -> Callable[[pd.DataFrame], pd.Series]:
    """A measure: AUROC of errors minus that of the dense network of equal accuracy, mean of a seed's pruned cells."""

    def measure(table: pd.DataFrame) -> pd.Series:
        if "auroc_mean" not in table:
            return pd.Series(dtype=float)
        own = table[table["method"] == method].assign(accuracy=table["accuracy_mean"])
        pruned = own[own["criterion"].isin(ALIKE) & (own["level"] > 0)]
        dense = own[own["criterion"].isin(["dense", "earlier"])]
        change = less_equal_accuracy(pruned, dense, "auroc_mean", ["seed"])
        return change.groupby(pruned["seed"]).mean().dropna()

    return measure
