"""Accuracy, and the two proper scores of a probability forecast."""

import numpy as np

from pruneuq_helpers.metrics import samples


def accuracy(probs, labels) -> float:
    """How often the most probable class is the right one: the accuracy.

    Parameters
    ----------
    probs : array_like
        Probabilities ``[N, C]``, or ``[M, N, C]``, which are averaged over the members.
    labels : array_like
        Class numbers ``[N]``.

    Returns
    -------
    float
        From 0 to 1. Where several classes share the highest probability, the lowest is the prediction.

    Examples
    --------
    >>> accuracy([[0.9, 0.1], [0.6, 0.4]], [0, 1])
    0.5
    """
    return float(samples.read(probs, labels).hit.mean())


def brier(probs, labels) -> float:
    r"""How far all probabilities are from the truth, squared: the Brier score, summed over the classes.

    .. math:: \frac{1}{N} \sum_n \sum_c (p_{nc} - [y_n = c])^2

    From 0 to 2. Brier's own definition (1950); some libraries halve it, or average over the classes instead.

    Parameters
    ----------
    probs : array_like
        Probabilities ``[N, C]``, or ``[M, N, C]``, which are averaged over the members.
    labels : array_like
        Class numbers ``[N]``.

    Returns
    -------
    float
        The score; lower is better.

    Examples
    --------
    >>> brier([[0.5, 0.5], [1.0, 0.0]], [0, 0])
    0.25
    """
    return float(samples.squares(probs, labels).mean())


def nll(probs, labels) -> float:
    r"""How little probability the right class got: the negative log-likelihood (NLL) per sample, in nats.

    .. math:: -\frac{1}{N} \sum_n \log p_{n, y_n}

    Nothing is clipped: one label that was given probability 0 makes the score infinite.

    Parameters
    ----------
    probs : array_like
        Probabilities ``[N, C]``, or ``[M, N, C]``, which are averaged over the members.
    labels : array_like
        Class numbers ``[N]``.

    Returns
    -------
    float
        The score; lower is better.

    Examples
    --------
    >>> round(nll([[0.5, 0.5], [1.0, 0.0]], [0, 0]), 4)
    0.3466
    """
    return float(np.mean(samples.log_losses(probs, labels)))
