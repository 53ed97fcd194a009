"""Pruned networks of the answer beside the dense one that they were cut from, seed by seed."""

import pandas as pd

from pruneuq_helpers.chapters.pruning_meets_uncertainty.ladder import less_equal_accuracy
from pruneuq_helpers.claims import Contrast, contrast

EQUAL = "equal accuracy"
SMALL = {"criterion": "none", "state": "from scratch"}  # as small as a pruned network, and never pruned
_PAIRED = ("seed", "network", "data", "cut_from")  # what rows of one dense network have in common


def changes(table: pd.DataFrame, column: str, control: str = "trained on") -> pd.DataFrame:
    """The rows that are not of the dense network, with `change`: a measure minus that of the dense network."""
    subject, keys = table[table["criterion"] != "dense"], _keys(table)
    if control == EQUAL:
        # The dense network at the earlier epoch at which it was as accurate, or between two; none: the row is left out.
        ladder = table[table["state"].isin(["as trained", "earlier epoch"])]
        change = less_equal_accuracy(subject, ladder, column, keys)
    else:
        dense = table[table["state"] == control].set_index(keys)[column]
        together = subject.merge(dense.rename("dense"), how="left", left_on=keys, right_index=True)
        change = together[column] - together["dense"]
    return subject.assign(change=change).dropna(subset=["change"])


def change(
    table: pd.DataFrame,
    column: str,
    level: float,
    control: str = "trained on",
    criterion: str = "l1",
    state: str = "fine-tuned",
) -> pd.Series:
    """What networks of a level, criterion and state differ by from the control: a value a seed."""
    rows = changes(table, column, control)
    chosen = (rows["criterion"] == criterion) & (rows["state"] == state) & (rows["level"] == level)
    return rows[chosen].set_index("seed")["change"]


def less(table: pd.DataFrame, column: str, one: dict, other: dict) -> pd.Series:
    """A measure of the networks that have these values, minus that of those that have others: a value a seed."""
    if column not in table:
        return pd.Series(dtype=float)
    first, second = (_of(table, names).set_index(_keys(table))[column].astype(float) for names in (one, other))
    return (first - second).dropna()


def _of(table: pd.DataFrame, names: dict) -> pd.DataFrame:
    return table[(table[list(names)] == pd.Series(names)).all(axis=1)]


def _keys(table: pd.DataFrame) -> list[str]:
    return [name for name in _PAIRED if name in table]


def differences(table: pd.DataFrame, column: str, control: str = "trained on") -> pd.DataFrame:
    """Means of `changes` with 95 % intervals: a row a criterion, state and level."""
    rows = []
    for key, part in changes(table, column, control).groupby(["criterion", "state", "level"], sort=False):
        found = contrast(part["change"].to_numpy())
        rows.append([*key, found.effect, found.low, found.high, found.count])
    return pd.DataFrame(rows, columns=["criterion", "state", "level", "effect", "low", "high", "seeds"])


def compared(table: pd.DataFrame, column: str, level: float, *which: str, **more: str) -> Contrast:
    """The contrast of `change`."""
    values = change(table, column, level, *which, **more)
    return contrast(values if len(values) else [0.0])  # without a network to compare with, nothing is told


def three_levels(table: pd.DataFrame) -> tuple[float, float, float]:
    """The lowest level, one in the middle, and the highest."""
    levels = sorted(table.loc[table["state"] == "fine-tuned", "level"].unique().tolist())
    return levels[0], levels[(len(levels) - 1) // 2], levels[-1]
