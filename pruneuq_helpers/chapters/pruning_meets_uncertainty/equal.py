"""Whether pruned networks rank their errors worse than a dense network that makes as many."""

from collections.abc import Callable

import pandas as pd

from pruneuq_helpers.chapters.pruning_meets_uncertainty.claims import ALIKE, NAMES, pairs
from pruneuq_helpers.chapters.pruning_meets_uncertainty.ladder import less_equal_accuracy
from pruneuq_helpers.claims import Claim


def ranking_less_equal(method: str, level: float | None = None) -> Callable[[pd.DataFrame], pd.Series]:
    """A measure: AUROC of errors minus that of the dense network of equal accuracy, mean of a seed's pruned cells."""

    def measure(table: pd.DataFrame) -> pd.Series:
        own = table[table["method"] == method].assign(accuracy=table["accuracy_mean"])
        pruned = own[own["criterion"].isin(ALIKE) & (own["level"] == level if level else own["level"] > 0)]
        dense = own[own["criterion"].isin(["dense", "earlier"])]
        change = less_equal_accuracy(pruned, dense, "auroc_mean", ["seed"])
        return change.groupby(pruned["seed"]).mean().dropna()

    return measure


EQUAL_CLAIMS = [
    Claim(
        f"S1.errors-at-equal-accuracy.{method}", "07", "S1", "§7, our measure",
        f"Pruning harms the ranking of errors by {word}, beside a dense network of equal accuracy.",
        "AUROC of errors minus that of an earlier epoch of equal accuracy, mean of all pruned cells",
        lambda table, method=method: ranking_less_equal(method)(pairs(table)), "<",
    )
    for method, word in NAMES.items()
]  # fmt: skip


def decidable(table: pd.DataFrame) -> list[Claim]:
    """Those that some pruned network can decide: one at least as accurate as the dense network's first kept epoch."""
    return [claim for claim in EQUAL_CLAIMS if len(claim.measure(table))]
