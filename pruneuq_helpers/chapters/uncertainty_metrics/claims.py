"""What S1 says of its uncertainties and metrics, and what the book found, as rules that chapter 4's table decides.

What a metric does by construction (a sign, a tie, labels drawn from the network itself) is shown in the text, and is
no claim.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from pruneuq_helpers.chapters.uncertainty_metrics import measures, tables
from pruneuq_helpers.chapters.uncertainty_metrics.tables import experiment, printed_ause
from pruneuq_helpers.claims import Claim, above_chance

ONE, ENSEMBLE, DROPOUT = "one network", "ensemble", "dropout"
LOGITS, PROBS = "logit variance", "probability variance"


def table(run: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """What the claims read: every experiment, named by `part`."""
    return tables.whole(run)


def _printed() -> pd.DataFrame:
    """S1's unpruned ResNet18 on CIFAR-100, of which App. E speaks: accuracy and AUSE of each uncertainty."""
    return printed_ause().query("network == 'resnet18, cifar100'").set_index("uncertainty")


def _behind(worse: str, better: str) -> float:
    """Printed AUSE of one uncertainty less that of another."""
    return float(_printed()["AUSE"][worse] - _printed()["AUSE"][better])


def _gained(uncertainty: str) -> float:
    """What a printed AUSE gains over that of a random order, against the lowest oracle."""
    right, area = _printed().loc[uncertainty, ["accuracy", "AUSE"]]
    return float(-right * np.log(right) - area)


def _right(table: pd.DataFrame) -> pd.Series:
    return 1 - experiment(table, "ranking").get("error", pd.Series(dtype=float))


ABLE = (above_chance(_right),)
RANKING = {"part": "ranking", "needs": ABLE}
CLAIMS = [
    Claim(
        "S1.appE.msp-before-ensemble", "04", "S1", "App. E, Fig 6",
        "the AUSE is the best for the maximum softmax probability", "MSP ranks better than an ensemble",
        "The maximum softmax probability ranks better than the variance of an ensemble.",
        "AUSE of the ensemble's logit variance minus that of one network's MSP, area",
        "AUSE", measures.behind((ENSEMBLE, LOGITS), (ONE, "MSP")), printed=_behind("ensemble", "MSP"), **RANKING,
    ),
    Claim(
        "S1.appE.ensemble-before-dropout", "04", "S1", "App. E, Fig 6",
        "followed by bootstrapped ensembles and MC dropout", "an ensemble ranks better than dropout",
        "The variance of an ensemble ranks better than that of MC dropout.",
        "AUSE of dropout's logit variance minus that of the ensemble's, area",
        "AUSE", measures.behind((DROPOUT, LOGITS), (ENSEMBLE, LOGITS)),
        printed=_behind("MC dropout", "ensemble"), **RANKING,
    ),
    Claim(
        "S1.sec3.ensemble-variance-ranks", "04", "S1", "§3.2",
        "a high variance represents a high uncertainty", "an ensemble's variance ranks mistakes",
        "A high variance over the members of an ensemble represents a high uncertainty.",
        "area gained over random removal by the ensemble's logit variance",
        "AURG", measures.ause_of(ENSEMBLE, LOGITS, "aurg"), printed=_gained("ensemble"), **RANKING,
    ),
    Claim(
        "S1.sec3.dropout-variance-ranks", "04", "S1", "§3.2",
        "the variance is associated with the uncertainty", "dropout's variance ranks mistakes",
        "A high variance over passes with dropout represents a high uncertainty.",
        "area gained over random removal by dropout's logit variance",
        "AURG", measures.ause_of(DROPOUT, LOGITS, "aurg"), printed=_gained("MC dropout"), **RANKING,
    ),
    Claim(
        "book.metrics.logit-variance-is-high-where-sure", "04", "book", "ch. 4", "",
        "logits vary where the ensemble is sure",
        "The logits of an ensemble vary most where its confidence is high.",
        "rank correlation of the ensemble's logit variance with its confidence",
        "correlation", measures.ause_of(ENSEMBLE, LOGITS, "with_confidence"), **RANKING,
    ),
    Claim(
        "book.metrics.probability-variance-ranks-as-msp", "04", "book", "ch. 4", "",
        "variance of probabilities ranks as MSP",
        "The variance of an ensemble's probabilities ranks as well as the MSP of one network.",
        "AUSE of the ensemble's probability variance minus that of one network's MSP, area",
        "AUSE", measures.behind((ENSEMBLE, PROBS), (ONE, "MSP")), "=", **RANKING,
    ),
    Claim(
        "S1.sec5.normalised-ece", "04", "S1", "§5, §6.1",
        "it checks how well the predicted uncertainty matches the true uncertainty",
        "a normalised variance has a telling ECE",
        "The ECE of a variance normalised into [0, 1] says how well it matches the true uncertainty.",
        "ECE of the normalised logit variance dealt out at random, minus its ECE, mean over sizes",
        "ECE", measures.dealing(LOGITS), part="normalised",
    ),
    Claim(
        "book.metrics.temperature-lowers-ece", "04", "book", "ch. 4", "",
        "a temperature lowers the ECE",
        "A temperature fitted on validation images lowers the ECE on test images.",
        "ECE of one network before minus after",
        "ECE", measures.gained_by_scaling("ece"), part="temperature",
    ),
]  # fmt: skip
