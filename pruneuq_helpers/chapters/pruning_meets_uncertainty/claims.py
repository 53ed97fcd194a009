"""What S1 says of pruning and uncertainty, as rules that the table of chapter 7 decides.

The rules were fixed on S1's own numbers before any of ours. "Little" is less than half of what the highest level does;
"collapse" is an accuracy at least 0.2 below the other criteria (in S1's tables it is 0.5 and more); a correlation
counts as close above 0.9. Means over criteria leave ResRep out, as S1's own statements do. "Dense trained on" is the
dense network trained for as long as the fine-tuning takes; S1 compares with the dense network as it was.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from pruneuq_helpers.claims import Claim
from pruneuq_helpers.errors import ParameterError

ALIKE = ("random", "l1", "bn", "hrank")
NAMES = {"msp": "softmax", "ensemble": "ensembles", "mc_dropout": "MC dropout"}


def pairs(table: pd.DataFrame) -> pd.DataFrame:
    """The seeds whose rows come from one training of their dense networks; of two, as on two machines, are no
    pairs.

    >>> rows = [{"seed": seed, "method": "msp", "cut_from": dense} for seed, dense in [(0, "a"), (0, "b"), (1, "c")]]
    >>> pairs(pd.DataFrame(rows))["seed"].tolist()
    [1]
    """
    if "cut_from" not in table:  # made before rows said so
        return table
    trainings = table.groupby([name for name in ("seed", "method") if name in table])["cut_from"].nunique(dropna=False)
    one = trainings.groupby("seed").max() == 1
    if not one.any():
        found = "every seed with rows of several trainings of its dense networks"
        raise ParameterError(f"parameter `table` got {found}; it takes rows that can be paired: run with `fresh=True`")
    return table[table["seed"].isin(one.index[one])]


def by_level(table: pd.DataFrame, method: str, column: str, criteria=ALIKE, dense: str = "dense") -> pd.DataFrame:
    """Mean over criteria of a measure: a row a seed, a column a level, the dense network (or trained on) at level
    0.
    """
    chosen = table[(table["method"] == method) & table["criterion"].isin([dense, *criteria])]
    return chosen.pivot_table(index="seed", columns="level", values=column, aggfunc="mean")


def trained_as_long(table: pd.DataFrame, method: str, column: str, criteria=ALIKE) -> pd.DataFrame:
    """As `by_level`, with the dense network trained on at level 0: a pruned one was trained for longer, too.

    Tables of papers, which know no such control, keep the dense network.
    """
    known = "trained on" in set(table["criterion"])
    return by_level(table, method, column, criteria, "trained on" if known else "dense")


def change(method: str, column: str, criteria=ALIKE) -> Callable[[pd.DataFrame], pd.Series]:
    """A measure: the highest level minus the dense network trained on for as long, a value a seed."""

    def measure(table: pd.DataFrame) -> pd.Series:
        wide = trained_as_long(table, method, column, criteria)
        return wide[wide.columns.max()] - wide[0.0]

    return measure


def spread_excess(column: str, method: str = "msp") -> Callable[[pd.DataFrame], pd.Series]:
    """A measure: distance between the best and the worst criterion, less half the change that the highest level
    makes.
    """

    def measure(table: pd.DataFrame) -> pd.Series:
        pruned = table[(table["method"] == method) & table["criterion"].isin(ALIKE)]
        cells = pruned.groupby(["seed", "level"])[column]
        distance = (cells.max() - cells.min()).groupby("seed").mean()
        return distance - change(method, column)(table).abs() / 2

    return measure


def _middle(table: pd.DataFrame, column: str) -> pd.Series:
    """Mean over the pruned levels but the highest, minus the dense network trained on for as long; softmax."""
    wide = trained_as_long(table, "msp", column)
    return wide[wide.columns[1:-1]].mean(axis=1) - wide[0.0]


def _last_step(table: pd.DataFrame) -> pd.Series:
    wide = by_level(table, "msp", "ece")
    return wide[wide.columns[-1]] - wide[wide.columns[-2]]


def _collapse(method: str) -> Callable[[pd.DataFrame], pd.Series]:
    def measure(table: pd.DataFrame) -> pd.Series:
        alone = change(method, "accuracy", ("resrep",))(table)
        return alone - change(method, "accuracy")(table)

    return measure


def _harm(method: str, column: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda table: change("msp", column)(table) - change(method, column)(table)


def over_cells(method: str, column: str) -> Callable[[pd.DataFrame], pd.Series]:
    """A measure: correlation of a column with the error rate over all cells of a seed but ResRep's."""

    def measure(table: pd.DataFrame) -> pd.Series:
        chosen = table[(table["method"] == method) & table["criterion"].isin(["dense", *ALIKE])]
        return pd.Series({seed: _correlation(part["error"], part[column]) for seed, part in chosen.groupby("seed")})

    return measure


def _correlation(one: pd.Series, other: pd.Series) -> float:
    if one.nunique() == 1 or other.nunique() == 1:
        return 0.0  # what never changes follows nothing
    return float(np.corrcoef(one, other)[0, 1])


def _all_cells(method: str, first: str, second: str | None = None) -> Callable[[pd.DataFrame], pd.Series]:
    """Mean over all cells of a seed of one column, less another if one is given."""

    def measure(table: pd.DataFrame) -> pd.Series:
        chosen = table[(table["method"] == method) & table["criterion"].isin(["dense", *ALIKE, "resrep"])]
        values = chosen[first] if second is None else chosen[first] - chosen[second]
        return values.groupby(chosen["seed"]).mean()

    return measure


def _claim(name: str, place: str, finding: str, effect: str, measure, direction=">", boundary=0.0) -> Claim:
    return Claim(
        f"S1.{name}", "07", "S1", place, finding, effect, lambda table: measure(pairs(table)), direction, boundary
    )


def _per_method(method: str) -> list[Claim]:
    word = NAMES[method]
    place = {"msp": "Figs 2, 3a", "ensemble": "Figs 2, 3b", "mc_dropout": "Figs 2, 3c"}[method]
    return [
        _claim(
            f"accuracy-falls.{method}", place, f"Pruning costs accuracy ({word}).",
            "accuracy at the highest level minus dense trained on", change(method, "accuracy"), "<",
        ),
        _claim(
            f"ause-worsens.{method}", place, f"Pruning makes AUSE worse ({word}, as S1 measures it).",
            "AUSE at the highest level minus dense trained on", change(method, "ause"),
        ),
    ]  # fmt: skip


def _with_variance(method: str) -> list[Claim]:
    word, ece = NAMES[method], {"ensemble": "Figs 2e, 3e", "mc_dropout": "Figs 2f, 3f"}[method]
    return [
        _claim(
            f"ece-worsens.{method}", ece, f"Pruning makes the ECE of {word} worse (variance stretched by min and max).",
            "ECE at the highest level minus dense trained on", change(method, "ece"),
        ),
        _claim(
            f"msp-suffers-less.{method}", "§7", f"Pruning harms the softmax's AUSE less than that of {word}.",
            "change of softmax's AUSE minus change of the other's", _harm(method, "ause"), "<",
        ),
        _claim(
            f"msp-suffers-less-mean.{method}", "§7, our measure",
            f"The same with {word} ranked by mean probabilities.",
            "change of softmax's AUSE minus change of the other's", _harm(method, "ause_mean"), "<",
        ),
        _claim(
            f"logit-variance.{method}", "§3.2, our measure",
            f"The variance of logits ranks the errors of {word} worse than the variance of probabilities.",
            "AUSE of logit variance minus AUSE of probability variance, mean of all cells",
            _all_cells(method, "ause", "ause_prob"),
        ),
        _claim(
            f"worse-than-chance.{method}", "Tables 2, 6, our measure",
            f"Removing images by the logit variance of {word} is worse than removing them at random.",
            "area gained over random removal (AURG), mean of all cells", _all_cells(method, "aurg"), "<",
        ),
        _claim(
            f"min-max.{method}", "§6.1, our measure",
            f"ECE of the min–max variance of {word} follows the error rate, whatever the uncertainty is worth.",
            "correlation of ECE and error rate over cells", over_cells(method, "ece"), ">", 0.9,
        ),
    ]  # fmt: skip


CLAIMS = [
    *_per_method("msp"),
    *_per_method("ensemble"),
    *_per_method("mc_dropout"),
    _claim(
        "ause-follows-error.msp", "Tables 2, 6, our measure",
        "AUSE says little that the error rate does not (softmax).",
        "correlation of AUSE and error rate over cells", over_cells("msp", "ause"), ">", 0.9,
    ),
    _claim(
        "criteria-alike.accuracy", "§7", "The criteria differ little in accuracy.",
        "best minus worst criterion, less half the highest level's change", spread_excess("accuracy"), "<",
    ),
    _claim(
        "criteria-alike.ause", "§7", "The criteria differ little in AUSE (softmax).",
        "best minus worst criterion, less half the highest level's change", spread_excess("ause"), "<",
    ),
    _claim(
        "msp-ece-rises", "Fig 2d (ResNet18)", "The softmax's ECE grows at the lower levels ...",
        "ECE at the levels but the highest minus dense trained on", lambda table: _middle(table, "ece"),
    ),
    _claim(
        "msp-ece-recovers", "Fig 2d (ResNet18)", "... and shrinks again at the highest.",
        "ECE at the highest level minus the level before", _last_step, "<",
    ),
    _claim(
        "msp-ece-improves", "Fig 3d (VGG19)", "Pruning makes the softmax's ECE better.",
        "ECE at the highest level minus dense trained on", change("msp", "ece"), "<",
    ),
    _claim(
        "small-levels-help", "Fig 3a (VGG19)", "Levels below the highest make the softmax's AUSE better.",
        "AUSE at the levels but the highest minus dense trained on", lambda table: _middle(table, "ause"), "<",
    ),
    _claim(
        "resrep-collapses.msp", "Fig 2a (ResNet18)", "ResRep collapses at the highest level (softmax).",
        "accuracy minus that of the other criteria", _collapse("msp"), "<", -0.2,
    ),
    _claim(
        "resrep-collapses.mc_dropout", "Fig 2c (ResNet18)", "ResRep collapses at the highest level (MC dropout).",
        "accuracy minus that of the other criteria", _collapse("mc_dropout"), "<", -0.2,
    ),
    *_with_variance("ensemble"),
    *_with_variance("mc_dropout"),
]  # fmt: skip


def _skip_spread(table: pd.DataFrame, column: str) -> pd.Series:
    """Distance between the best and the worst criterion: aligned minus misaligned, mean over levels."""
    cells = table[table["level"] > 0].groupby(["alignment", "seed", "level"])[column]
    distance = (cells.max() - cells.min()).groupby(["alignment", "seed"]).mean()
    return distance["aligned"] - distance["misaligned"]


def _skip_gain(table: pd.DataFrame, column: str) -> pd.Series:
    means = table[table["level"] > 0].groupby(["alignment", "seed"])[column].mean()
    return means["aligned"] - means["misaligned"]


SKIP_CLAIMS = [
    _claim(
        "misaligned-alike", "§6.1, our experiment",
        "Misaligned skip connections make the criteria more alike than aligned ones.",
        "best minus worst criterion in accuracy, aligned minus misaligned",
        lambda table: _skip_spread(table, "accuracy"),
    ),
    _claim(
        "misaligned-costs-before", "§6.1, our experiment",
        "Misalignment costs accuracy before fine-tuning.",
        "accuracy, aligned minus misaligned", lambda table: _skip_gain(table, "accuracy_before"),
    ),
    _claim(
        "misaligned-costs-after", "§6.1, our experiment",
        "Misalignment costs accuracy that fine-tuning does not win back.",
        "accuracy, aligned minus misaligned", lambda table: _skip_gain(table, "accuracy"),
    ),
]  # fmt: skip
