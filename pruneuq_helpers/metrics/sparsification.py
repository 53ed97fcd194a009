"""Does the uncertainty point at the mistakes? Remove the most uncertain samples and watch the error of the rest."""

import numpy as np
import pandas as pd

from pruneuq_helpers import checks
from pruneuq_helpers.metrics import samples
from pruneuq_helpers.metrics.ranks import lowest_flags

STEPS = 50
FRACTIONS = np.arange(STEPS + 1) / STEPS


def kept_counts(samples_: int) -> np.ndarray:
    """Return how many samples are left after each removal but the last."""
    return samples_ - np.arange(STEPS) * samples_ // STEPS


def _rank_errors(uncertainty: np.ndarray, wrong: np.ndarray) -> np.ndarray:
    kept = kept_counts(len(wrong))
    return lowest_flags(uncertainty, wrong, kept) / kept


def _percentile_errors(uncertainty: np.ndarray, wrong: np.ndarray) -> np.ndarray:
    # Negated as in the work this follows; all at or above a threshold stay, so that ties stay together.
    certainty = np.sort(-uncertainty)
    thresholds = np.percentile(certainty, 100 * FRACTIONS[:-1])
    kept = len(wrong) - np.searchsorted(certainty, thresholds)
    return lowest_flags(uncertainty, wrong, kept) / kept


def scored(probs, labels, uncertainty=None, oracle: str = "true_prob", literal: bool = False):
    """Return what the samples are ranked by, and which of them are wrong."""
    checks.choice("oracle", oracle, ("true_prob", "error"))
    checks.flag("literal", literal)
    found = samples.read(probs, labels)
    wrong = ~found.hit
    score = 1 - found.confidence if uncertainty is None else checks.scores("uncertainty", uncertainty, len(wrong))
    perfect = 1 - found.true_prob if oracle == "true_prob" else wrong.astype(np.float64)
    return (-score, -perfect, wrong) if literal else (score, perfect, wrong)


def sparsification(
    probs, labels, uncertainty=None, oracle: str = "true_prob", mode: str = "rank", literal: bool = False
) -> pd.DataFrame:
    """The error that is left as the most uncertain samples are removed, and the best that any order can do.

    At each fraction the most uncertain samples have been removed, and ``error`` is the share of wrong predictions among
    the rest; ``oracle`` is the same for samples removed by their true error. S1, section 5 and appendix D, with the
    slip of its listing put right (it keeps the most uncertain samples) and a last row, error 0 at fraction 1, as in
    the work it builds on.

    Parameters
    ----------
    probs : array_like
        Probabilities ``[N, C]``, or ``[M, N, C]``, which are averaged over the members.
    labels : array_like
        Class numbers ``[N]``.
    uncertainty : array_like, optional
        One number a sample, high where the network is unsure; only its order counts. 1 − highest probability if not
        given.
    oracle : {"true_prob", "error"}
        Rank the oracle by 1 − probability of the label (the paper), or by the 0/1 error (the lowest possible curve).
    mode : {"rank", "percentile"}
        Remove exact numbers of samples, those tied counted by their average; or, for parity, keep all samples up to a
        percentile, ties included.
    literal : bool
        Follow the printed listing, which removes the *least* uncertain first.

    Returns
    -------
    pandas.DataFrame
        51 rows: ``fraction`` removed (0, 0.02, …, 1), ``error`` and ``oracle``.

    Examples
    --------
    >>> table = sparsification([[0.9, 0.1], [0.6, 0.4]], [0, 1])
    >>> table.iloc[[0, 25, 50]]
        fraction  error  oracle
    0        0.0    0.5     0.5
    25       0.5    0.0     0.0
    50       1.0    0.0     0.0
    """
    checks.choice("mode", mode, ("rank", "percentile"))
    score, perfect, wrong = scored(probs, labels, uncertainty, oracle, literal)
    errors = _rank_errors if mode == "rank" else _percentile_errors
    return pd.DataFrame(
        {
            "fraction": FRACTIONS,
            "error": np.append(errors(score, wrong), 0.0),
            "oracle": np.append(errors(perfect, wrong), 0.0),
        }
    )


def random_line(probs, labels) -> pd.DataFrame:
    """The curve of an uncertainty that knows nothing: the error stays where it is until no sample is left.

    Parameters
    ----------
    probs : array_like
        Probabilities ``[N, C]``, or ``[M, N, C]``, which are averaged over the members.
    labels : array_like
        Class numbers ``[N]``.

    Returns
    -------
    pandas.DataFrame
        51 rows: ``fraction`` and ``error``.

    Examples
    --------
    >>> random_line([[0.9, 0.1], [0.6, 0.4]], [0, 1])["error"].iloc[[0, 49, 50]].tolist()
    [0.5, 0.5, 0.0]
    """
    error = 1 - samples.read(probs, labels).hit.mean()
    return pd.DataFrame({"fraction": FRACTIONS, "error": np.append(np.full(STEPS, error), 0.0)})


def ause(
    probs, labels, uncertainty=None, oracle: str = "true_prob", mode: str = "rank", literal: bool = False
) -> float:
    """How much worse than an oracle it sorts wrong from right: the area under the sparsification error (AUSE).

    Trapezoids over fractions from 0 to 1, errors as fractions (S1, section 5; Ilg et al., Uncertainty estimates and
    multi-hypotheses networks for optical flow, 2018). With ``oracle="true_prob"`` it may fall a little below 0, since
    that oracle is not the lowest curve of a 0/1 error.

    Parameters
    ----------
    probs : array_like
        Probabilities ``[N, C]``, or ``[M, N, C]``, which are averaged over the members.
    labels : array_like
        Class numbers ``[N]``.
    uncertainty : array_like, optional
        One number a sample, high where the network is unsure; 1 − highest probability if not given.
    oracle : {"true_prob", "error"}
        What the oracle ranks by: see :func:`sparsification`.
    mode : {"rank", "percentile"}
        How samples are removed: see :func:`sparsification`.
    literal : bool
        Follow the printed listing, which removes the *least* uncertain first and so comes out negative.

    Returns
    -------
    float
        0 for an uncertainty that orders the samples as the oracle does; lower is better.

    Examples
    --------
    >>> probs, labels = [[0.9, 0.1], [0.6, 0.4]], [0, 1]
    >>> ause(probs, labels)
    0.0
    >>> ause(probs, labels, uncertainty=[0.4, 0.1])
    0.5
    """
    table = sparsification(probs, labels, uncertainty, oracle, mode, literal)
    return float(np.trapezoid(table["error"] - table["oracle"], dx=1 / STEPS))


def aurc(probs, labels, uncertainty=None) -> float:
    r"""How often a network errs that answers only where it is sure: the area under its risk-coverage curve (AURC).

    Samples are accepted from the surest on; the risk at a coverage is the share of wrong answers among those accepted
    so far, and the area is its mean over all coverages (Geifman and El-Yaniv, Selective classification for deep
    neural networks, 2017). Samples that are tied are accepted together, so that their order in the file is of no
    account: :math:`\frac1N \sum_g n_g\, E_g / C_g` over groups g of n tied samples, with the errors E and the count C
    up to the end of the group.

    Parameters
    ----------
    probs : array_like
        Probabilities ``[N, C]``, or ``[M, N, C]``, which are averaged over the members.
    labels : array_like
        Class numbers ``[N]``.
    uncertainty : array_like, optional
        One number a sample, high where the network is unsure; 1 − highest probability if not given.

    Returns
    -------
    float
        0 where every answer is right; the error rate where the uncertainty knows nothing; lower is better.

    Examples
    --------
    >>> probs, labels = [[0.9, 0.1], [0.8, 0.2], [0.6, 0.4]], [0, 0, 1]
    >>> round(aurc(probs, labels), 3), round(aurc(probs, labels, uncertainty=[1, 1, 1]), 3)
    (0.111, 0.333)
    """
    score, _, wrong = scored(probs, labels, uncertainty)
    return float(risk_area(score, wrong)(np.ones((1, len(wrong))))[0])


def risk_area(score: np.ndarray, wrong: np.ndarray):
    """What turns weights of the samples ``[B, N]`` into areas under the risk-coverage curve ``[B]``."""
    order = np.argsort(score, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(score[order]) > 0, True))

    def areas(weights: np.ndarray) -> np.ndarray:
        sorted_ = weights[:, order]
        covered = np.cumsum(sorted_, axis=1)[:, ends]
        errors = np.cumsum(sorted_ * wrong[order], axis=1)[:, ends]
        accepted = np.diff(covered, axis=1, prepend=0)
        risk = np.divide(errors, covered, out=np.zeros_like(errors), where=covered > 0)
        return (accepted * risk).sum(axis=1) / covered[:, -1]

    return areas


def aurg(probs, labels, uncertainty=None, mode: str = "rank") -> float:
    """How much better than chance an uncertainty sorts wrong from right: the area under the random gain (AURG).

    Unlike :func:`ause` it needs no oracle. The random line falls to 0 at fraction 1 like the curve, so an uncertainty
    that knows nothing gains exactly 0 (code that lets the line run on adds a hundredth of the error rate).

    Parameters
    ----------
    probs : array_like
        Probabilities ``[N, C]``, or ``[M, N, C]``, which are averaged over the members.
    labels : array_like
        Class numbers ``[N]``.
    uncertainty : array_like, optional
        One number a sample, high where the network is unsure; 1 − highest probability if not given.
    mode : {"rank", "percentile"}
        How samples are removed: see :func:`sparsification`.

    Returns
    -------
    float
        Higher is better; negative for an uncertainty worse than none.

    Examples
    --------
    >>> probs, labels = [[0.9, 0.1], [0.6, 0.4]], [0, 1]
    >>> round(aurg(probs, labels), 4), aurg(probs, labels, uncertainty=[1, 1])
    (0.25, 0.0)
    """
    error = sparsification(probs, labels, uncertainty, mode=mode)["error"]
    random = np.append(np.full(STEPS, error.iloc[0]), 0.0)
    return float(np.trapezoid(random - error, dx=1 / STEPS))
