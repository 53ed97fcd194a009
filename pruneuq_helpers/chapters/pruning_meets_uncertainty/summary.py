"""The grid of chapter 7 in a few numbers: dense beside the highest level, for this run and for a larger one."""

import pandas as pd

from pruneuq_helpers.chapters.pruning_meets_uncertainty.claims import by_level, over_cells
from pruneuq_helpers.chapters.pruning_meets_uncertainty.paper import METHODS, WORDS
from pruneuq_helpers.text import plus_minus

# As S1 reads an ensemble and MC dropout (variance of logits, stretched by min and max), then by mean probabilities.
MEASURES = {
    "accuracy": "accuracy", "ause": "AUSE, S1", "aurg": "AURG, S1", "ece": "ECE, S1",
    "auroc_mean": "AUROC of errors", "ece_softmax": "ECE", "nll": "NLL in nats",
}  # fmt: skip


def overview(table: pd.DataFrame) -> pd.DataFrame:
    """All measures of every method: dense, and at the highest level as the mean over the criteria but ResRep."""
    columns = {}
    for column, title in MEASURES.items():
        wide = {method: by_level(table, method, column) for method in METHODS}
        columns[title] = {
            (WORDS[method], level): plus_minus(values[level])
            for method, values in wide.items()
            for level in (0.0, values.columns.max())
        }
    return pd.DataFrame(columns).rename_axis(["method", "level"])


def changes(table: pd.DataFrame, column: str) -> str:
    """How a measure changes from the dense network to the highest level, method by method, in words."""
    said = []
    for method in METHODS:
        wide = by_level(table, method, column)
        dense, highest = plus_minus(wide[0.0]), plus_minus(wide[wide.columns.max()])
        article = "" if method == "mc_dropout" else "the "
        said.append(f"from {dense} to {highest} for {article}{WORDS[method]}")
    return f"{', '.join(said[:-1])} and {said[-1]}"


def headline(table: pd.DataFrame) -> str:
    """What a grid found, in a sentence."""
    read = {column: by_level(table, "msp", column) for column in ("accuracy", "ause")}
    highest = read["ause"].columns.max()
    went = {column: f"from {plus_minus(wide[0.0])} to {plus_minus(wide[highest])}" for column, wide in read.items()}
    correlation = over_cells("msp", "ause")(table).mean()
    return (
        f"From dense to level {highest:g} the accuracy of one network goes {went['accuracy']}, and its AUSE "
        f"{went['ause']}; over all cells AUSE correlates with the error rate at {correlation:.2f}."
    )
