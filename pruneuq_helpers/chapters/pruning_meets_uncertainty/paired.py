"""Pruned networks of the answer beside the dense one that they were cut from, seed by seed."""

import pandas as pd

from pruneuq_helpers.chapters.pruning_meets_uncertainty.ladder import less_equal_accuracy
from pruneuq_helpers.claims import Contrast, contrast

EQUAL = "equal accuracy"


def changes(table: pd.DataFrame, column: str, control: str = "trained on") -> pd.DataFrame:
    """The rows that are not of the dense network, with `change`: a measure minus that of the dense network.

    `control` is a state of the dense network of the same seed, or "equal accuracy": then it is the dense network at
    the earlier epoch at which it was as accurate, or between two; where there is none, the row is left out.
    """
    subject = table[table["criterion"] != "dense"]
    if control == EQUAL:
        ladder = table[table["state"].isin(["as trained", "earlier epoch"])]
        change = less_equal_accuracy(subject, ladder, column, ["seed", "cut_from"])
    else:
        dense = table[table["state"] == control].set_index(["seed", "cut_from"])[column]
        together = subject.merge(dense.rename("dense"), how="left", left_on=["seed", "cut_from"], right_index=True)
        change = together[column] - together["dense"]
    return subject.assign(change=change).dropna(subset=["change"])


def change(
    table: pd.DataFrame, column: str, level: float, control: str = "trained on", criterion: str = "l1"
) -> pd.Series:
    """What fine-tuned networks of a level differ by: a value a seed."""
    rows = changes(table, column, control)
    chosen = (rows["criterion"] == criterion) & (rows["state"] == "fine-tuned") & (rows["level"] == level)
    return rows[chosen].set_index("seed")["change"]


def differences(table: pd.DataFrame, column: str, control: str = "trained on") -> pd.DataFrame:
    """Means of `changes` with 95 % intervals: a row a criterion, state and level."""
    rows = []
    for key, part in changes(table, column, control).groupby(["criterion", "state", "level"], sort=False):
        found = contrast(part["change"].to_numpy())
        rows.append([*key, found.effect, found.low, found.high, found.count])
    return pd.DataFrame(rows, columns=["criterion", "state", "level", "effect", "low", "high", "seeds"])


def compared(
    table: pd.DataFrame, column: str, level: float, control: str = "trained on", criterion: str = "l1"
) -> Contrast:
    """The contrast of `change`."""
    values = change(table, column, level, control, criterion)
    return contrast(values if len(values) else [0.0])  # without a network to compare with, nothing is told
