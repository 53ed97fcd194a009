"""One number a sample for how unsure a network, an ensemble or a network with dropout is."""

import math

import numpy as np

from pruneuq_helpers import checks
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.metrics import samples


def msp(probs) -> np.ndarray:
    """How unsure a network is: 1 − the highest (mean) softmax probability.

    Hendrycks and Gimpel, A baseline for detecting misclassified and out-of-distribution examples, 2017.

    Parameters
    ----------
    probs : array_like
        Probabilities ``[N, C]``, or ``[M, N, C]``, which are averaged over the members.

    Returns
    -------
    numpy.ndarray
        Values ``[N]`` from 0 to 1 − 1/C.

    Examples
    --------
    >>> msp([[0.75, 0.25], [0.5, 0.5]])
    array([0.25, 0.5 ])
    """
    probs, tolerance = checks.probabilities(probs)
    top = np.empty(len(probs))
    for rows, block in checks.blocks(probs, tolerance):
        top[rows] = block.max(axis=1)
    return np.maximum(1 - top, 0)


def _predicted_variance(outputs: np.ndarray) -> np.ndarray:
    row, predicted = np.arange(outputs.shape[1]), outputs.mean(axis=0, dtype=np.float64).argmax(axis=1)
    return outputs[:, row, predicted].astype(np.float64).var(axis=0)


def prob_variance(probs) -> np.ndarray:
    """How much members disagree: the variance of the probability of the class that they predict together.

    The population variance (divided by M), at the class with the highest mean probability.

    Parameters
    ----------
    probs : array_like
        Probabilities ``[M, N, C]``.

    Returns
    -------
    numpy.ndarray
        Values ``[N]`` from 0 to 1/4; 0 for a single member.

    Examples
    --------
    >>> prob_variance([[[0.5, 0.5]], [[1.0, 0.0]]])
    array([0.0625])
    """
    return _predicted_variance(checks.members(probs))


def logit_variance(logits) -> np.ndarray:
    """How much members disagree: the variance of the logit of the class that they predict together.

    S1's definition as its numbers suggest it (section 3.2): mean and population variance of the raw outputs, read at
    the class with the highest mean. It grows with the size of the logits, so confident samples can look unsure; prefer
    :func:`prob_variance` unless parity with S1 is wanted.

    Parameters
    ----------
    logits : array_like
        Outputs before the softmax ``[M, N, C]``.

    Returns
    -------
    numpy.ndarray
        Values ``[N]``; 0 for a single member.

    Examples
    --------
    >>> logit_variance([[[1.0, 0.0]], [[5.0, 0.0]]])
    array([4.])
    """
    return _predicted_variance(checks.finite("logits", checks.stack("logits", logits)))


def predictive_entropy(probs) -> np.ndarray:
    """How unsure a network is over all classes: the entropy of the (mean) probabilities, in nats.

    Parameters
    ----------
    probs : array_like
        Probabilities ``[N, C]``, or ``[M, N, C]``, which are averaged over the members.

    Returns
    -------
    numpy.ndarray
        Values ``[N]`` from 0 to log C.

    Examples
    --------
    >>> predictive_entropy([[0.5, 0.5], [1.0, 0.0]]).round(4)
    array([0.6931, 0.    ])
    """
    return samples.entropies(probs)


def mutual_information(probs) -> np.ndarray:
    """How much members disagree: the entropy of their mean minus the mean of their entropies, in nats.

    Houlsby et al., Bayesian active learning for classification and preference learning, 2011.

    Parameters
    ----------
    probs : array_like
        Probabilities ``[M, N, C]``.

    Returns
    -------
    numpy.ndarray
        Values ``[N]`` from 0 to the smaller of log M and log C.

    Examples
    --------
    >>> mutual_information([[[1.0, 0.0]], [[0.0, 1.0]]]).round(4)
    array([0.6931])
    """
    probs = checks.members(probs)
    alone = np.mean([samples.entropies_of(member) for member in probs], axis=0)
    together = samples.entropies_of(probs.mean(axis=0, dtype=np.float64))
    return np.maximum(together - alone, 0)  # rounding could leave −1e-17


def normalise(uncertainty, how: str = "min_max", percentile: float = 99.0) -> np.ndarray:
    """Stretch an uncertainty over [0, 1], so that 1 − the result can be read as a confidence.

    For parity with S1, which states no formula. The result depends on the test set and on its outliers, and its
    calibration error is close to the error rate minus a constant: use a probability where there is one.

    Parameters
    ----------
    uncertainty : array_like
        One number a sample.
    how : {"min_max", "clipped"}
        Put 1 at the largest value, or at a percentile, with everything above it clipped to 1.
    percentile : float
        The percentile of ``"clipped"``.

    Returns
    -------
    numpy.ndarray
        Values ``[N]`` in [0, 1].

    Examples
    --------
    >>> normalise([1.0, 2.0, 5.0])
    array([0.  , 0.25, 1.  ])
    """
    checks.choice("how", how, ("min_max", "clipped"))
    percentile = checks.number("percentile", percentile, "a number above 0, at most 100", math.ulp(0.0), 100)
    found = checks.scores("uncertainty", uncertainty)
    low, high = found.min(), found.max() if how == "min_max" else np.percentile(found, percentile)
    if high <= low:
        raise ParameterError(f"parameter `uncertainty` got values that do not differ ({low:.4g}); it takes a spread")
    half = high / 2 - low / 2  # the whole span of the largest numbers there are would be infinite
    return np.clip((found / 2 - low / 2) / half, 0, 1)
