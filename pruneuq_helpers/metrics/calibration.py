"""Calibration of class probabilities: does a confidence of 0.8 come true in 80 % of the cases?

Confidence is the highest (mean) probability unless another is given. On a reliability diagram, with confidence along x
and accuracy along y, points *below* the diagonal are over-confident, points above it under-confident.
"""

import numpy as np
import pandas as pd

from pruneuq_helpers import checks
from pruneuq_helpers.metrics import samples
from pruneuq_helpers.metrics.bins import MassBins, WidthBins


def _confident(probs, labels, confidence) -> tuple[samples.Samples, np.ndarray, np.dtype]:
    found = samples.read(probs, labels)
    if confidence is None:
        return found, found.confidence, found.precision
    given = checks.array("confidence", confidence)
    return found, checks.scores("confidence", given, len(found.hit), 0, 1), checks.precision(given)


def binned(probs, labels, bins: int = 15, kind: str = "width", confidence=None):
    """Sort the samples into bins of confidence."""
    bins = checks.whole("bins", bins)
    checks.choice("kind", kind, ("width", "mass"))
    found, confidence, precision = _confident(probs, labels, confidence)
    made = WidthBins(confidence, bins, precision) if kind == "width" else MassBins(confidence, bins)
    return made, confidence, found.hit


def ece(probs, labels, bins: int = 15, kind: str = "width", confidence=None) -> float:
    r"""How far confidence is from accuracy, on average: the expected calibration error (ECE).

    .. math:: \sum_b \frac{n_b}{N} \, |\mathrm{accuracy}_b - \mathrm{confidence}_b|

    Bins are ``(low, high]``, the first closed at 0 (Guo et al., On calibration of modern neural networks, 2017). An
    empty bin contributes nothing. The estimate is biased upwards when bins hold few samples.

    Parameters
    ----------
    probs : array_like
        Probabilities ``[N, C]``, or ``[M, N, C]``, which are averaged over the members.
    labels : array_like
        Class numbers ``[N]``.
    bins : int
        How many bins.
    kind : {"width", "mass"}
        Bins of equal width, or with equally many samples (adaptive calibration error, Nguyen and O'Connor 2015).
    confidence : array_like, optional
        Confidences ``[N]`` in [0, 1] to use instead of the highest probability.

    Returns
    -------
    float
        From 0 to 1, as a fraction.

    Examples
    --------
    >>> round(ece([[0.75, 0.25], [0.75, 0.25]], [0, 0]), 4)
    0.25
    """
    made, confidence, hit = binned(probs, labels, bins, kind, confidence)
    return float(np.abs(made.sums(confidence - hit)).sum() / len(hit))


def mce(probs, labels, bins: int = 15, kind: str = "width", confidence=None) -> float:
    r"""How far confidence is from accuracy at worst: the largest gap of any bin that holds a sample (MCE).

    .. math:: \max_{b : n_b > 0} |\mathrm{accuracy}_b - \mathrm{confidence}_b|

    Parameters
    ----------
    probs : array_like
        Probabilities ``[N, C]``, or ``[M, N, C]``, which are averaged over the members.
    labels : array_like
        Class numbers ``[N]``.
    bins : int
        How many bins.
    kind : {"width", "mass"}
        Bins of equal width, or with equally many samples.
    confidence : array_like, optional
        Confidences ``[N]`` in [0, 1] to use instead of the highest probability.

    Returns
    -------
    float
        From 0 to 1, as a fraction.

    Examples
    --------
    >>> round(mce([[0.75, 0.25], [0.9, 0.1]], [0, 1], bins=5), 4)
    0.9
    """
    made, confidence, hit = binned(probs, labels, bins, kind, confidence)
    count = made.sums(np.ones(len(hit)))
    full = count > 0
    return float(np.max(np.abs(made.sums(confidence - hit)[full]) / count[full]))


def signed_gap(probs, labels, confidence=None) -> float:
    """Whether a network is too sure (above 0) or too modest: mean confidence minus accuracy.

    Its size is a lower bound of the expected calibration error, whatever the bins.

    Parameters
    ----------
    probs : array_like
        Probabilities ``[N, C]``, or ``[M, N, C]``, which are averaged over the members.
    labels : array_like
        Class numbers ``[N]``.
    confidence : array_like, optional
        Confidences ``[N]`` in [0, 1] to use instead of the highest probability.

    Returns
    -------
    float
        Positive for an over-confident network, negative for an under-confident one.

    Examples
    --------
    >>> signed_gap([[0.75, 0.25], [0.75, 0.25]], [0, 1])
    0.25
    """
    found, confidence, _ = _confident(probs, labels, confidence)
    return float(np.mean(confidence - found.hit))


def reliability(probs, labels, bins: int = 15, kind: str = "width", confidence=None) -> pd.DataFrame:
    """Confidence and accuracy, bin by bin: the table behind a reliability diagram.

    Parameters
    ----------
    probs : array_like
        Probabilities ``[N, C]``, or ``[M, N, C]``, which are averaged over the members.
    labels : array_like
        Class numbers ``[N]``.
    bins : int
        How many bins.
    kind : {"width", "mass"}
        Bins of equal width, or with equally many samples.
    confidence : array_like, optional
        Confidences ``[N]`` in [0, 1] to use instead of the highest probability.

    Returns
    -------
    pandas.DataFrame
        One row a bin: ``bin_low``, ``bin_high``, ``count``, mean ``confidence`` and ``accuracy``; the last two are
        missing (NaN) in a bin without samples.

    Examples
    --------
    >>> reliability([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]], [0, 1, 1], bins=2)
       bin_low  bin_high  count  confidence  accuracy
    0      0.0       0.5      0         NaN       NaN
    1      0.5       1.0      3         0.8  0.666667
    """
    made, confidence, hit = binned(probs, labels, bins, kind, confidence)
    count = made.sums(np.ones(len(hit)))
    per_sample = 1 / np.where(count > 0, count, np.nan)
    return pd.DataFrame(
        {
            "bin_low": made.low,
            "bin_high": made.high,
            "count": np.rint(count).astype(np.int64),
            "confidence": made.sums(confidence) * per_sample,
            "accuracy": made.sums(hit) * per_sample,
        }
    )


def uncertain(probs, labels, bins: int = 15) -> tuple[WidthBins, np.ndarray, np.ndarray]:
    """Sort the samples into bins of normalised entropy."""
    bins = checks.whole("bins", bins)
    found, entropy = samples.with_entropies(probs, labels)
    classes = np.shape(probs)[-1]
    uncertainty = np.clip(entropy / np.log(classes), 0, 1) if classes > 1 else np.zeros(len(entropy))
    return WidthBins(uncertainty, bins), uncertainty, ~found.hit


def uce(probs, labels, bins: int = 15) -> float:
    r"""How far entropy is from the error, on average: the uncertainty calibration error (UCE).

    .. math:: \sum_b \frac{n_b}{N} \, |\mathrm{error}_b - \mathrm{uncertainty}_b|

    The uncertainty is the entropy of the (mean) probabilities divided by log C (Laves et al., Well-calibrated model
    uncertainty with temperature scaling for dropout variational inference, 2019). A calibrated network does not reach 0
    with more than two classes, nor, in general, with two, because entropy is not an error rate: compare within one
    setting only.

    Parameters
    ----------
    probs : array_like
        Probabilities ``[N, C]``, or ``[M, N, C]``, which are averaged over the members.
    labels : array_like
        Class numbers ``[N]``.
    bins : int
        How many bins.

    Returns
    -------
    float
        From 0 to 1, as a fraction.

    Examples
    --------
    >>> uce([[0.5, 0.5], [0.5, 0.5]], [0, 1])
    0.5
    """
    made, uncertainty, wrong = uncertain(probs, labels, bins)
    return float(np.abs(made.sums(uncertainty - wrong)).sum() / len(wrong))
