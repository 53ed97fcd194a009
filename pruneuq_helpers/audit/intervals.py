"""Intervals for what differs between two networks that see the same images."""

import numpy as np
from scipy import stats

from pruneuq_helpers import metrics
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.metrics import bootstrap

_LARGEST = {metrics.ece: 1.0, metrics.ause: 1.0, metrics.aurc: 1.0, metrics.brier: 2.0}  # change that there can be


def _normal(confidence_level: float) -> float:
    if not 0 < confidence_level < 1:
        raise ParameterError(f"parameter `confidence_level` got {confidence_level}; it takes a number between 0 and 1")
    return float(stats.norm.ppf((1 + confidence_level) / 2))


def share_change(lost, won, count, confidence_level: float = 0.95):
    """Change of a share of `count` images, with its interval (Agresti and Min, Statistics in Medicine, 2005)."""
    lost, won, count = (np.asarray(value, float) for value in (lost, won, count))
    # Wald's, after half an image is added to each of the four cells: so it has a width even where nothing changed.
    middle, size = (won - lost) / (count + 2), count + 2
    half = _normal(confidence_level) * np.sqrt(lost + won + 1 - (won - lost) ** 2 / size) / size
    found = ((won - lost) / count, np.maximum(middle - half, -1), np.minimum(middle + half, 1))
    return tuple(value.item() if value.ndim == 0 else value for value in found)


def share(hits: int, count: int, confidence_level: float = 0.95) -> tuple[float, float, float]:
    """A share with Clopper and Pearson's interval, which never leaves 0 to 1, and has a width at both ends too."""
    bounds = stats.binomtest(hits, count).proportion_ci(confidence_level, method="exact")
    return hits / count, float(bounds.low), float(bounds.high)


def bootstrapped_change(metric, value: float, differences: np.ndarray, confidence_level: float = 0.95):
    """A change with its interval, from the changes on resamples: basic for calibration errors, else percentile."""
    _normal(confidence_level)
    tail = (1 - confidence_level) / 2
    low, high = np.quantile(differences, [tail, 1 - tail])
    if metric in bootstrap.BIASED:
        low, high = 2 * value - high, 2 * value - low
    most = _LARGEST.get(metric, np.inf)  # turned round, an interval may leave what is possible
    return value, float(np.clip(low, -most, most)), float(np.clip(high, -most, most))


def auroc(in_scores, out_scores) -> tuple[float, np.ndarray, np.ndarray]:
    """Area under the ROC curve, and how much each image adds to it (DeLong, Biometrics, 1988)."""
    own, foreign = np.asarray(in_scores, float), np.asarray(out_scores, float)
    ranks = stats.rankdata(np.concatenate([own, foreign]))
    above = 1 - (ranks[: len(own)] - stats.rankdata(own)) / len(foreign)
    below = (ranks[len(own) :] - stats.rankdata(foreign)) / len(own)
    return below.mean(), above, below


def auroc_change(dense, pruned, confidence_level: float = 0.95) -> tuple[float, float, float]:
    """Change of the area under the ROC curve between two networks, with DeLong's interval for paired scores."""
    (before, above_0, below_0), (after, above_1, below_1) = auroc(*dense), auroc(*pruned)
    gains = (above_1 - above_0, below_1 - below_0)
    half = _normal(confidence_level) * float(np.sqrt(sum(np.var(gain) / max(len(gain) - 1, 1) for gain in gains)))
    change = float(after - before)
    return change, max(change - half, -1.0), min(change + half, 1.0)
