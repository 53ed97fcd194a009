"""A dense network of equal accuracy: read between the earlier epochs of its training."""

import numpy as np
import pandas as pd


def at_accuracy(ladder: pd.DataFrame, accuracy: pd.Series, column: str) -> pd.Series:
    """A measure of the dense network when it was as accurate as this, between two epochs where none was just so.

    `ladder` holds one training's epochs. Where a pruned network is better than all of them, the best one is taken;
    where it is worse than the first, there is none.

    >>> ladder = pd.DataFrame({"accuracy": [0.5, 0.9], "auroc": [0.6, 0.8]})
    >>> at_accuracy(ladder, pd.Series([0.7, 0.95, 0.3]), "auroc").round(3).tolist()
    [0.7, 0.8, nan]
    """
    known = ladder.dropna(subset=[column]).groupby("accuracy")[column].mean()  # sorted, and each accuracy once
    if known.empty:
        return pd.Series(np.nan, accuracy.index)
    return pd.Series(np.interp(accuracy, known.index, known, left=np.nan), accuracy.index)


def less_equal_accuracy(pruned: pd.DataFrame, ladders: pd.DataFrame, column: str, by: list[str]) -> pd.Series:
    """A measure of each pruned network minus that of the dense one of equal accuracy; NaN where there is none.

    `by` names the columns that say whose training a row belongs to, such as seed and method.
    """
    parts = [pd.Series(dtype=float)]
    known = dict(list(ladders.groupby(by)))
    for key, own in pruned.groupby(by):
        ladder = known.get(key, ladders.iloc[:0])
        parts.append(own[column] - at_accuracy(ladder, own["accuracy"], column))
    return pd.concat(parts).reindex(pruned.index)
