"""Why a result of chapter 6 cannot decide a claim, or nothing."""

import pandas as pd

from pruneuq_helpers.chapters.bayesian_pruning.measures import SAME_LEVEL, UNPRUNED
from pruneuq_helpers.chapters.bayesian_pruning.tables import ACTS, EQUAL, chosen, gate_pairs
from pruneuq_helpers.claims import Condition
from pruneuq_helpers.claims.margins import margin

THEIR_DATA = ("mnist", "fashion_mnist", "cifar10", "imagefolder:data/cifar10-jpeg")


def their_data(result: pd.DataFrame) -> str:
    """Accuracies and losses on digits of eight by eight pixels say nothing of S3's."""
    if result["data"].isin(THEIR_DATA).any():
        return ""
    return f"S3's numbers are of MNIST, Fashion-MNIST and CIFAR-10, and the run has {result['data'].iloc[0]}"


def unpruned_accuracy(result: pd.DataFrame) -> pd.Series:
    """What chance is compared with."""
    return chosen(result, *UNPRUNED)


def gate_decides(how: str) -> Condition:
    """The gate acts in some network that is as sparse as the plain one of its seed."""

    def reason(result: pd.DataFrame) -> str:
        reasons = gate_pairs(result, how)["reason"]
        return "" if not len(reasons) or reasons.eq("").any() else str(reasons.mode()[0])

    return reason


def gates_act(result: pd.DataFrame) -> str:
    """Both gates are open in some epochs and shut in others."""
    for how in ("random", "magnitude"):
        share = chosen(result, f"Bayes {how}", "before", "gate_open").mean()
        if not pd.isna(share) and not ACTS[0] < share < ACTS[1]:
            return f"the gate of {how} pruning is open in {share:.0%} of the epochs: it decides nothing"
    return ""


def reached(level: float) -> Condition:
    """The networks called pruned are as sparse as the level says: layers round down, and small ones a lot."""

    def reason(result: pd.DataFrame) -> str:
        sparsity = chosen(result, "Bayes magnitude", "delivered", "sparsity")
        sparsity = sparsity[abs(sparsity.index.get_level_values("level") - level) < SAME_LEVEL]
        if not sparsity.mean() < level - EQUAL:
            return ""
        return f"at the level {level:g} only {sparsity.mean():.1%} of the weights are zero"

    return reason


def overfits(result: pd.DataFrame) -> str:
    """There is over-fitting to relieve: the unpruned networks' validation loss rises after its lowest."""
    rise = chosen(result, *UNPRUNED, "overfit").mean()
    if not rise < margin("NLL").value:
        return ""
    return f"the unpruned networks hardly over-fit: their loss rises by {rise:.3f} nats"
