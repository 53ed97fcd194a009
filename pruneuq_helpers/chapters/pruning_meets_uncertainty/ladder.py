"""A dense network of equal accuracy: read between the earlier epochs of its training."""

import numpy as np
import pandas as pd


def at_accuracy(ladder: pd.DataFrame, accuracy: pd.Series, column: str) -> pd.Series:
    """A measure of the dense network when it was as accurate as this, between two epochs where none was just so."""
    known = ladder.dropna(subset=[column]).groupby("accuracy")[column].mean()  # sorted, and each accuracy once
    if known.empty:
        return pd.Series(np.nan, accuracy.index)
    # Where a pruned network is better than all epochs, the best is taken; where worse than the first, none.
    return pd.Series(np.interp(accuracy, known.index, known, left=np.nan), accuracy.index)


def less_equal_accuracy(pruned: pd.DataFrame, ladders: pd.DataFrame, column: str, by: list[str]) -> pd.Series:
    """A measure of each pruned network minus that of the dense one of equal accuracy; NaN where there is none."""
    # by: the columns that say whose training a row belongs to, such as seed and method
    parts = [pd.Series(dtype=float)]
    known = dict(list(ladders.groupby(by)))
    for key, own in pruned.groupby(by):
        ladder = known.get(key, ladders.iloc[:0])
        parts.append(own[column] - at_accuracy(ladder, own["accuracy"], column))
    return pd.concat(parts).reindex(pruned.index)
