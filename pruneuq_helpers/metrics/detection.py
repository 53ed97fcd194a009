"""Out-of-distribution detection: can a score tell foreign samples from the network's own kind?"""

import numpy as np
import pandas as pd

from pruneuq_helpers import checks


def _counts(positive: np.ndarray, negative: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count positives and negatives at or above each threshold, from the highest down; ties fall together."""
    score = np.concatenate([positive, negative])
    order = np.argsort(-score)
    ends = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
    hits = np.cumsum(order < len(positive))[ends]
    return hits, ends + 1 - hits


def _average_precision(hits: np.ndarray, alarms: np.ndarray) -> float:
    return float(np.sum(np.diff(hits, prepend=0) * (hits / (hits + alarms))) / hits[-1])


def detection(in_scores, out_scores, positive: str = "out") -> pd.Series:
    r"""How well a score tells samples of an unknown kind (out-of-distribution) from known ones.

    A higher score means more foreign. ``auroc`` is the chance that a foreign sample scores higher than one of the
    network's own kind, ties counted half. ``aupr_out`` and ``aupr_in`` are average precisions,
    :math:`\sum_k (R_k - R_{k-1}) P_k`, with the foreign and with the own samples as the positives (the trapezoid rule
    would be too kind). ``fpr95`` is the share of negatives above the first threshold at which at least 95 % of the
    positives are above it, without interpolation (Hendrycks and Gimpel 2017; Liang et al. 2018).

    Parameters
    ----------
    in_scores : array_like
        Scores of in-distribution samples.
    out_scores : array_like
        Scores of out-of-distribution samples.
    positive : {"out", "in"}
        Which samples 95 % of are to be caught; it changes ``fpr95`` only.

    Returns
    -------
    pandas.Series
        ``auroc``, ``aupr_out``, ``aupr_in``, ``fpr95``.

    Examples
    --------
    >>> detection([0.1, 0.2, 0.6], [0.5, 0.9]).round(3).to_dict()
    {'auroc': 0.833, 'aupr_out': 0.833, 'aupr_in': 0.917, 'fpr95': 0.333}
    """
    checks.choice("positive", positive, ("out", "in"))
    own, foreign = checks.scores("in_scores", in_scores), checks.scores("out_scores", out_scores)
    hits, alarms = _counts(foreign, own)
    own_hits, own_alarms = _counts(-own, -foreign)
    area = np.trapezoid(np.append(0, hits), np.append(0, alarms)) / (len(own) * len(foreign))
    caught, false = (hits, alarms) if positive == "out" else (own_hits, own_alarms)
    first = np.argmax(caught / caught[-1] >= 0.95)
    return pd.Series(
        {
            "auroc": float(area),
            "aupr_out": _average_precision(hits, alarms),
            "aupr_in": _average_precision(own_hits, own_alarms),
            "fpr95": float(false[first] / false[-1]),
        }
    )
