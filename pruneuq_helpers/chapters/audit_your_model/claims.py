"""What chapter 10 claims of audits; the rules were fixed before the study was run."""

import numpy as np
import pandas as pd

from pruneuq_helpers.claims import Claim


def _pruned(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["criterion"] != "none"]


def _beyond_control(table: pd.DataFrame) -> np.ndarray:
    """Changed predictions at the highest level with fine-tuning, minus those of the dense network trained on."""
    tuned = table[table["fine_tune"] > 0]
    control = tuned[tuned["criterion"] == "none"].groupby("seed")["changed"].max()  # the dense one itself has none
    top = _pruned(tuned)
    top = top[top["level"] == top["level"].max()].groupby("seed")["changed"].mean()
    return (top - control).to_numpy()


def _tuning_gain(table: pd.DataFrame) -> np.ndarray:
    """Accuracy with fine-tuning minus without, mean over all pruned networks."""
    mean = _pruned(table).assign(tuned=table["fine_tune"] > 0).groupby(["seed", "tuned"])["accuracy"].mean().unstack()
    return (mean[True] - mean[False]).to_numpy()


def _hope(table: pd.DataFrame) -> np.ndarray:
    """Change of accuracy on the first half, of the network that is best there, minus its change on the second half."""
    pruned = _pruned(table)
    best = pruned.loc[pruned.groupby("seed")["first_change"].idxmax()]
    return (best["first_change"] - best["second_change"]).to_numpy()


CLAIMS = [
    Claim(
        "book.audit.beyond-the-control", "10", "book", "ch. 10",
        "Pruning changes predictions beyond what as much training without pruning changes.",
        "share of changed predictions at the highest level, fine-tuned, minus that of the dense network trained on",
        _beyond_control, ">", 0.0,
    ),
    Claim(
        "book.audit.fine-tuning-recovers", "10", "book", "ch. 10",
        "A few epochs of fine-tuning win accuracy back.",
        "accuracy of pruned networks with fine-tuning minus without, mean over criteria and levels",
        _tuning_gain, ">", 0.0,
    ),
    Claim(
        "book.audit.best-is-hopeful", "10", "book", "ch. 10",
        "The best of many pruned networks looks better on the images that chose it than on others.",
        "change of accuracy on the half that chose minus on the other half",
        _hope, ">", 0.0,
    ),
]  # fmt: skip
