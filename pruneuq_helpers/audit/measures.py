"""What a network says of the test images, in numbers with intervals, and how that differs from the dense network."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pruneuq_helpers import metrics
from pruneuq_helpers.audit import intervals
from pruneuq_helpers.audit.classes import recall_changes
from pruneuq_helpers.audit.settings import AuditSettings

_RESAMPLED = {"ece": metrics.ece, "nll": metrics.nll, "brier": metrics.brier, "ause": metrics.ause}


@dataclass(frozen=True, eq=False)
class Answers:
    """What one network says.

    >>> Answers(np.array([[0.75, 0.25]])).scores.tolist()
    [0.25]
    """

    probs: np.ndarray
    outside: np.ndarray | None = None

    @property
    def predicted(self) -> np.ndarray:
        """Class numbers."""
        return self.probs.argmax(1)

    @property
    def scores(self) -> np.ndarray:
        """1 minus the largest probability, for each test image."""
        return metrics.msp(self.probs)


def measured(answers: Answers, labels: np.ndarray, settings: AuditSettings) -> dict[str, tuple[float, float, float]]:
    """Each measure of one network, with its interval over images.

    >>> half = Answers(np.full((9, 2), 0.5))
    >>> measured(half, np.zeros(9, int), AuditSettings())["accuracy"][0]
    1.0
    """
    right = int((answers.predicted == labels).sum())
    found = {"accuracy": intervals.share(right, len(labels), settings.confidence_level)}
    options = {"confidence_level": settings.confidence_level, "resamples": settings.resamples, "seed": settings.seed}
    for name, metric in _RESAMPLED.items():
        found[name] = tuple(metrics.interval(metric, answers.probs, labels, **options))
    if answers.outside is not None:
        detected = metrics.detection(answers.scores, metrics.msp(answers.outside))
        found |= {name: (float(value), np.nan, np.nan) for name, value in detected.items()}
    return found


def changes(dense: Answers, pruned: Answers, labels: np.ndarray, classes, settings: AuditSettings):
    """How each measure differs between the dense and another network, with its interval over images."""
    level = settings.confidence_level
    before, after = dense.predicted == labels, pruned.predicted == labels
    found = {"accuracy": intervals.share_change((before & ~after).sum(), (after & ~before).sum(), len(labels), level)}
    for name, metric in _RESAMPLED.items():
        found[name] = intervals.metric_change(
            metric, dense.probs, pruned.probs, labels, level, settings.resamples, settings.seed
        )
    if dense.outside is not None:
        pairs = [(answers.scores, metrics.msp(answers.outside)) for answers in (dense, pruned)]
        found["auroc"] = intervals.auroc_change(*pairs, level)
    found["changed"] = intervals.share(int((dense.predicted != pruned.predicted).sum()), len(labels), level)
    by_class = recall_changes(dense.predicted, pruned.predicted, labels, classes, level)
    found["class_recall"] = _worst(by_class)
    return found, by_class


def _worst(by_class: pd.DataFrame) -> tuple[float, float, float]:
    """The class that loses most: the lower bound is the lowest of all, so that it speaks for every class.

    That some class did lose so much is harder to say, since one among many loses by chance: hence the wider bound.
    """
    return tuple(float(by_class[column].min()) for column in ("change", "low", "together_high"))
