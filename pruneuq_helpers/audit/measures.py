"""What a network says of the test images, in numbers with intervals, and how that differs from the dense network."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import logsumexp, softmax

from pruneuq_helpers import metrics
from pruneuq_helpers.audit import intervals
from pruneuq_helpers.audit.classes import changes_of_parts, recall_changes
from pruneuq_helpers.metrics import bootstrap

if TYPE_CHECKING:
    from pruneuq_helpers.audit.settings import AuditSettings

# Scores by which an image may be told to be of no class, higher for those that are: of logits.
SCORES = {
    "1 − largest probability": lambda logits: 1 - softmax(logits, axis=1).max(1),
    "energy": lambda logits: -logsumexp(logits, axis=1),
    "largest logit, negative": lambda logits: -logits.max(1),
}
DISTANCE = "distance to neighbours"
RESAMPLED = {"ece": metrics.ece, "nll": metrics.nll, "brier": metrics.brier, "ause": metrics.ause}


@dataclass(frozen=True, eq=False)
class Answers:
    """What one network says of the test images, and of those from outside where there are such."""

    probs: np.ndarray
    outside: np.ndarray | None = None
    logits: np.ndarray | None = None
    outside_logits: np.ndarray | None = None
    distances: tuple[np.ndarray, np.ndarray] | None = None

    @classmethod
    def of(cls, logits: np.ndarray, outside: np.ndarray | None = None, temperature: float = 1.0) -> "Answers":
        """What logits say, divided by a temperature."""
        logits = logits / temperature
        if outside is None:
            return cls(softmax(logits, axis=1), logits=logits)
        outside = outside / temperature
        return cls(softmax(logits, axis=1), softmax(outside, axis=1), logits, outside)

    @property
    def predicted(self) -> np.ndarray:
        """Class numbers."""
        return self.probs.argmax(1)

    @property
    def scores(self) -> np.ndarray:
        """1 minus the largest probability, for each test image."""
        return metrics.msp(self.probs)

    @property
    def apart(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Each score of the test images and of the outsiders."""
        found = {name: (score(self.logits), score(self.outside_logits)) for name, score in SCORES.items()}
        return found if self.distances is None else found | {DISTANCE: self.distances}


def measured(answers: Answers, labels: np.ndarray, settings: "AuditSettings") -> dict[str, tuple[float, float, float]]:
    """Each measure of one network, with its interval over images."""
    right = int((answers.predicted == labels).sum())
    found = {"accuracy": intervals.share(right, len(labels), settings.confidence_level)}
    options = {"confidence_level": settings.confidence_level, "resamples": settings.resamples, "seed": settings.seed}
    for name, metric in RESAMPLED.items():
        found[name] = tuple(metrics.interval(metric, answers.probs, labels, **options))
    if answers.outside is not None:
        detected = metrics.detection(answers.scores, metrics.msp(answers.outside))
        found |= {name: (float(value), np.nan, np.nan) for name, value in detected.items()}
    return found


def changes(
    first: Answers, second: Answers, labels: np.ndarray, resampled: dict, level: float, resamples: int, seed: int
) -> dict[str, tuple[float, float, float]]:
    """How each measure differs between two networks that see the same images, with its interval over images."""
    before, after = first.predicted == labels, second.predicted == labels
    found = {"accuracy": intervals.share_change((before & ~after).sum(), (after & ~before).sum(), len(labels), level)}
    values = {name: [float(metric(one.probs, labels)) for one in (first, second)] for name, metric in resampled.items()}
    # Where the right class got the probability 0 the log-likelihood is endless, and a change of it is no number.
    finite = {name: metric for name, metric in resampled.items() if np.isfinite(values[name]).all()}
    # Both networks see the same resamples.
    drawn = bootstrap.resampled_pairs(list(finite.values()), first.probs, second.probs, labels, resamples, seed)
    for name, (old, new) in values.items():
        metric, found[name] = resampled[name], (np.nan, np.nan, np.nan)
        if name in finite:
            found[name] = intervals.bootstrapped_change(metric, new - old, drawn[metric][1] - drawn[metric][0], level)
    if first.outside is not None and second.outside is not None:
        pairs = [(answers.scores, metrics.msp(answers.outside)) for answers in (first, second)]
        found["auroc"] = intervals.auroc_change(*pairs, level)
    found["changed"] = intervals.share(int((first.predicted != second.predicted).sum()), len(labels), level)
    return found


def changes_by_part(dense: Answers, pruned: Answers, labels: np.ndarray, classes, groups, settings: "AuditSettings"):
    """The changes of an audit, those of each class, and those of each group where there are some."""
    level = settings.judged_at
    found = changes(dense, pruned, labels, RESAMPLED, level, settings.resamples, settings.seed)
    by_class = recall_changes(dense.predicted, pruned.predicted, labels, classes, level)
    found |= {"class_recall": worst(by_class)}
    if groups is None:
        return found, by_class, None
    by_group = changes_of_parts(dense.predicted == labels, pruned.predicted == labels, groups, level)
    return found | {"group_accuracy": worst(by_group)}, by_class, by_group.rename(columns={"part": "group"})


def detection_changes(dense: Answers, pruned: Answers, level: float) -> pd.DataFrame:
    """How well outsiders are told apart by each score: the AUROC of both networks, and its change with its interval."""
    rows = []
    for name in dense.apart:
        pairs = [one.apart[name] for one in (dense, pruned)]
        change, low, high = intervals.auroc_change(*pairs, level)
        before, after = (float(intervals.auroc(*pair)[0]) for pair in pairs)
        rows.append({"score": name, "dense": before, "pruned": after, "change": change, "low": low, "high": high})
    return pd.DataFrame(rows)


def worst(parts: pd.DataFrame) -> tuple[float, float, float]:
    """The class or group that loses most, with the lowest lower bound of all, so that it speaks for every one."""
    # That some one did lose so much is harder to say, since one among many loses by chance: hence the wider bound.
    return tuple(float(parts[column].min()) for column in ("change", "low", "together_high"))
