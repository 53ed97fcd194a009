"""What pruned networks differ by from a dense one that makes as many errors."""

from collections.abc import Callable

import pandas as pd

from pruneuq_helpers.chapters.pruning_meets_uncertainty.ladder import less_equal_accuracy
from pruneuq_helpers.chapters.pruning_meets_uncertainty.measures import ALIKE


def less_equal(method: str, column: str = "auroc_mean", least: float = 0.0) -> Callable[[pd.DataFrame], pd.Series]:
    """A measure minus that of the dense network of equal accuracy, mean of a seed's cells above a level."""

    def measure(table: pd.DataFrame) -> pd.Series:
        if column not in table:
            return pd.Series(dtype=float)
        own = table[table["method"] == method].assign(accuracy=table["accuracy_mean"])
        pruned = own[own["criterion"].isin(ALIKE) & (own["level"] > least)]
        dense = own[own["criterion"].isin(["dense", "earlier"])]
        change = less_equal_accuracy(pruned, dense, column, ["seed"])
        return change.groupby(pruned["seed"]).mean().dropna()

    return measure
