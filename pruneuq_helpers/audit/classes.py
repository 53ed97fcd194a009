"""Who pays for the pruning: classes whose recall changes, and images whose prediction does."""

import numpy as np
import pandas as pd
from scipy import stats

from pruneuq_helpers import checks
from pruneuq_helpers.audit.intervals import share_change
from pruneuq_helpers.errors import ParameterError

ALPHA = 0.05


def recall_changes(dense, pruned, labels, classes, confidence_level: float = 0.95) -> pd.DataFrame:
    """Change of the recall of each class between two networks, on the images that only one of them gets right."""
    dense, pruned, labels = (checks.array(*pair).astype(int) for pair in _named(dense, pruned, labels))
    if not len(dense) == len(pruned) == len(labels):
        lengths = f"{len(dense)}, {len(pruned)} and {len(labels)} images"
        raise ParameterError(f"parameters `dense`, `pruned` and `labels` got {lengths}; they take the same images")
    # The test speaks of these two networks and of other images, not of other networks that were trained alike.
    found = changes_of_parts(dense == labels, pruned == labels, labels, confidence_level)
    names = {"part": "class", "examples": "images", "before": "recall_dense", "after": "recall_pruned"}
    return found.assign(part=[classes[number] for number in found["part"]]).rename(columns=names)


def changes_of_parts(right, still, part, confidence_level: float = 0.95) -> pd.DataFrame:
    """Change of the accuracy of each class or group: each is a paired comparison of its own examples."""
    # right, still: whether the first and the second network got each example right; part: its class or group
    names, places, count = np.unique(part, return_inverse=True, return_counts=True)
    lost, won, before = (np.bincount(places, weights=each) for each in (right & ~still, still & ~right, right))
    change, low, high = share_change(lost, won, count, confidence_level)
    _, wide_low, wide_high = share_change(lost, won, count, 1 - (1 - confidence_level) / len(names))
    p_value = np.array([_mcnemar(b, c) for b, c in zip(lost, won, strict=True)])
    return pd.DataFrame({
        "part": names, "examples": count, "before": before / count, "after": before / count + change,
        "change": change, "low": low, "high": high, "together_low": wide_low, "together_high": wide_high,
        "p_value": p_value, "significant": p_value <= ALPHA,
        "significant_bh": stats.false_discovery_control(p_value) <= ALPHA,
    })  # fmt: skip


def list_of(values):
    """A column of pandas as a list; anything else as it is."""
    return values.tolist() if hasattr(values, "tolist") else values


def named_groups(groups, count: int, each: str = "one an example") -> np.ndarray:
    """Names of groups, one for each of so many examples: two groups or more, each of two examples or more."""
    row = groups if isinstance(groups, np.ndarray) else checks.sequence("groups", list_of(groups), "a list of names")
    try:
        named = np.asarray(row).astype(str)
    except ValueError:  # rows of different lengths
        raise checks.refused("groups", groups, f"{count} names, {each}") from None
    if named.shape != (count,):
        raise ParameterError(f"parameter `groups` got names of shape {named.shape}; it takes {count}, {each}")
    names, counts = np.unique(named, return_counts=True)
    if len(names) < 2:
        raise ParameterError(f"parameter `groups` got one group, {str(names[0])!r}; it takes two or more")
    if counts.min() < 2:
        alone = str(names[counts.argmin()])
        raise ParameterError(f"parameter `groups` got one example of {alone!r}; it takes two or more of each group")
    return named


def _named(dense, pruned, labels):
    return ("dense", dense), ("pruned", pruned), ("labels", labels)


def _mcnemar(lost: int, won: int) -> float:
    return float(stats.binomtest(int(lost), int(lost + won)).pvalue) if lost + won else 1.0


def changed_images(dense, pruned, labels, classes) -> pd.DataFrame:
    """Images that the two networks predict differently: with one network each, S4's pruning-identified exemplars."""
    dense, pruned = checks.array("dense", dense), checks.array("pruned", pruned)
    labels, before, after = checks.array("labels", labels).astype(int), dense.argmax(1), pruned.argmax(1)
    where = np.flatnonzero(before != after)
    where = where[np.argsort(-dense[where].max(1), kind="stable")]
    outcome = np.select([before[where] == labels[where], after[where] == labels[where]], ["lost", "won"], "both wrong")
    names = np.asarray(classes, dtype=object)
    return pd.DataFrame({
        "image": where, "label": names[labels[where]], "dense": names[before[where]],
        "dense_confidence": dense[where].max(1).astype(float), "pruned": names[after[where]],
        "pruned_confidence": pruned[where].max(1).astype(float), "what": outcome.astype(object),
    })  # fmt: skip
