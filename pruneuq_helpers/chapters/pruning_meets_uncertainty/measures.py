"""What the claims on chapter 7's grid measure: a value a seed, and none where a table has not what is compared.

Means over criteria leave ResRep out, as S1's own statements do. "Trained on" is the dense network trained for as long
as the fine-tuning takes; S1 compares with the dense network as it was.
"""

import numpy as np
import pandas as pd

from pruneuq_helpers.claims import Measure

ALIKE = ("random", "l1", "bn", "hrank")
S1_HIGHEST = 0.8  # S1's highest level on CIFAR-100, of which it speaks apart


def pairs(table: pd.DataFrame) -> pd.DataFrame:
    """The seeds whose rows come from one training of their dense networks; of two, as on two machines, are no pairs."""
    if "cut_from" not in table:  # made before rows said so
        return table
    trainings = table.groupby([name for name in ("seed", "method") if name in table])["cut_from"].nunique(dropna=False)
    one = trainings.groupby("seed").max() == 1
    return table[table["seed"].isin(one.index[one])]


def of_one_training(table: pd.DataFrame) -> str:
    """Why nothing can be paired, if nothing can."""
    return "" if len(pairs(table)) else "in no seed are all networks cut from the same trained ones"


def by_level(table: pd.DataFrame, method: str, column: str, criteria=ALIKE, dense: str = "dense") -> pd.DataFrame:
    """Mean over criteria of a measure: a row a seed, a column a level, the dense network (or trained on) at level 0."""
    if column not in table:
        return pd.DataFrame()
    chosen = table[(table["method"] == method) & table["criterion"].isin([dense, *criteria])]
    return chosen.pivot_table(index="seed", columns="level", values=column, aggfunc="mean")


def trained_as_long(table: pd.DataFrame, method: str, column: str, criteria=ALIKE) -> pd.DataFrame:
    """As `by_level`, with the dense network trained on at level 0: a pruned one was trained for longer, too."""
    # Tables of papers, which know no such control, keep the dense network.
    known = "trained on" in set(table["criterion"])
    return by_level(table, method, column, criteria, "trained on" if known else "dense")


def change(method: str, column: str, criteria=ALIKE, level: float | None = None, since: float = 0.0) -> Measure:
    """The highest level, or another, minus the dense network trained on for as long, or a lower level."""

    def measure(table: pd.DataFrame) -> pd.Series:
        wide = trained_as_long(table, method, column, criteria)
        return _between(wide, level or max(wide.columns, default=0.0), since)

    return measure


def _between(wide: pd.DataFrame, one: float, other: float) -> pd.Series:
    if one == other or one not in wide or other not in wide:
        return pd.Series(dtype=float)
    return (wide[one] - wide[other]).dropna()


def below_highest(column: str) -> Measure:
    """Mean over the levels below 0.8, minus the dense network trained on for as long; softmax."""

    def measure(table: pd.DataFrame) -> pd.Series:
        wide = trained_as_long(table, "msp", column)
        levels = [level for level in wide if 0 < level < S1_HIGHEST]
        return _between(wide.assign(**{"below": wide[levels].mean(axis=1)}), "below", 0.0)

    return measure


def at_highest(column: str) -> Measure:
    """Level 0.8 minus the pruned level before; softmax."""

    def measure(table: pd.DataFrame) -> pd.Series:
        wide = by_level(table, "msp", column)
        return _between(wide, S1_HIGHEST, max((level for level in wide if 0 < level < S1_HIGHEST), default=S1_HIGHEST))

    return measure


def least_step(column: str, worse: int) -> Measure:
    """The step from a level to the next that worsens least, from the dense network trained on to the highest level."""
    # worse: 1 where a larger value is a worse one, else -1

    def measure(table: pd.DataFrame) -> pd.Series:
        wide = trained_as_long(table, "msp", column)
        steps = worse * wide.diff(axis=1).iloc[:, 1:].dropna()
        if 0.0 not in wide or steps.shape[1] < 2:
            return pd.Series(dtype=float)
        return worse * steps.min(axis=1)

    return measure


def apart(column: str) -> Measure:
    """The criterion with the highest mean over levels minus that with the lowest; softmax."""

    def measure(table: pd.DataFrame) -> pd.Series:
        if column not in table:
            return pd.Series(dtype=float)
        pruned = table[(table["method"] == "msp") & table["criterion"].isin(ALIKE)]
        cells = pruned.pivot_table(index="seed", columns=["criterion", "level"], values=column).dropna()
        means = cells.T.groupby("criterion").mean().T
        if means.shape[1] < 2:
            return pd.Series(dtype=float)
        found = {}
        for seed, own in means.iterrows():
            # Which ones these are, the other seeds say: else criteria that differ by chance alone would always seem to.
            others = means.drop(index=seed).mean() if len(means) > 1 else own
            found[seed] = own[others.idxmax()] - own[others.idxmin()]
        return pd.Series(found, dtype=float)

    return measure


def less_msp(method: str, column: str) -> Measure:
    """What the highest level changes for the softmax minus what it changes for another method."""
    return lambda table: (change("msp", column)(table) - change(method, column)(table)).dropna()


def less_alike(method: str) -> Measure:
    """ResRep's accuracy at level 0.8 minus the mean of the other criteria."""

    def measure(table: pd.DataFrame) -> pd.Series:
        both = [by_level(table, method, "accuracy", criteria) for criteria in (("resrep",), ALIKE)]
        if any(S1_HIGHEST not in wide for wide in both):
            return pd.Series(dtype=float)
        return (both[0][S1_HIGHEST] - both[1][S1_HIGHEST]).dropna()

    return measure


def over_cells(method: str, column: str) -> Measure:
    """Correlation of a column with the error rate over all cells of a seed but ResRep's."""

    def measure(table: pd.DataFrame) -> pd.Series:
        if column not in table:
            return pd.Series(dtype=float)
        chosen = table[(table["method"] == method) & table["criterion"].isin(["dense", *ALIKE])]
        seeds = {seed: part for seed, part in chosen.groupby("seed") if len(part) > 2}
        return pd.Series({seed: _correlation(part["error"], part[column]) for seed, part in seeds.items()}, dtype=float)

    return measure


def _correlation(one: pd.Series, other: pd.Series) -> float:
    if one.nunique() == 1 or other.nunique() == 1:
        return 0.0  # what never changes follows nothing
    return float(np.corrcoef(one, other)[0, 1])


def all_cells(method: str, column: str) -> Measure:
    """Mean of a column over all cells of a seed."""

    def measure(table: pd.DataFrame) -> pd.Series:
        if column not in table:
            return pd.Series(dtype=float)
        chosen = table[(table["method"] == method) & table["criterion"].isin(["dense", *ALIKE, "resrep"])]
        return chosen.groupby("seed")[column].mean().dropna()

    return measure


def ensemble_ahead(table: pd.DataFrame) -> pd.Series:
    """Accuracy of the ensemble minus that of the better one of softmax and MC dropout: means of a seed's cells."""
    chosen = table[table["criterion"].isin(["dense", *ALIKE])]
    wide = chosen.pivot_table(index="seed", columns="method", values="accuracy")
    if not {"msp", "ensemble", "mc_dropout"} <= set(wide):
        return pd.Series(dtype=float)
    return (wide["ensemble"] - wide[["msp", "mc_dropout"]].max(axis=1, skipna=False)).dropna()


def dense_accuracy(table: pd.DataFrame) -> pd.Series:
    """Of the single dense networks, as they were trained."""
    dense = table[table["criterion"] == "dense"]
    return dense.loc[dense["method"] == "msp", "accuracy"] if "method" in dense else dense["accuracy"]


def aligned_gain(column: str) -> Measure:
    """A measure: aligned minus misaligned, mean over levels and criteria."""

    def measure(skips: pd.DataFrame) -> pd.Series:
        if column not in skips:
            return pd.Series(dtype=float)
        wide = skips[skips["level"] > 0].pivot_table(index="seed", columns="alignment", values=column)
        if not {"aligned", "misaligned"} <= set(wide):
            return pd.Series(dtype=float)
        return (wide["aligned"] - wide["misaligned"]).dropna()

    return measure
