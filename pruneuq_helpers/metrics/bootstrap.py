"""Bootstrap intervals: how far could a metric have come out otherwise, with other samples of the same kind?"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd

from pruneuq_helpers import checks
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.metrics import calibration, samples, scores, sparsification
from pruneuq_helpers.metrics.ranks import Ranking

CHUNK = 1 << 17  # weights held at once: few enough to stay in a core's cache
BIASED = (calibration.ece, calibration.mce, calibration.uce)  # sums of absolute gaps: too high on resamples
_ALIGNED = ("uncertainty", "confidence")  # options with one value a sample, resampled with the samples


def _mean(values: np.ndarray):
    return lambda weights: weights @ values / len(values)


def _gaps(bins, gap: np.ndarray):
    return lambda weights: np.abs(bins.sums_resampled(gap, weights)).sum(axis=1) / len(gap)


def _largest_gap(bins, gap: np.ndarray):
    def statistic(weights: np.ndarray) -> np.ndarray:
        count = bins.sums_resampled(np.ones(len(gap)), weights)
        sums = np.abs(bins.sums_resampled(gap, weights))
        return np.divide(sums, count, out=np.zeros_like(sums), where=count > 0).max(axis=1)

    return statistic


def _curve(score: np.ndarray, wrong: np.ndarray):
    ranking, kept = Ranking(score), sparsification.kept_counts(len(wrong))
    return lambda weights: ranking.lowest_resampled(wrong, kept, weights) / kept


def _area(errors: np.ndarray) -> np.ndarray:
    # The last point, at fraction 1, is 0.
    return np.trapezoid(np.pad(errors, ((0, 0), (0, 1))), dx=1 / sparsification.STEPS, axis=1)


def _ause(probs, labels, uncertainty=None, oracle="true_prob", literal=False):
    score, perfect, wrong = sparsification.scored(probs, labels, uncertainty, oracle, literal)
    curve, best = _curve(score, wrong), _curve(perfect, wrong)
    return lambda weights: _area(curve(weights) - best(weights))


def _aurg(probs, labels, uncertainty=None):
    score, _, wrong = sparsification.scored(probs, labels, uncertainty)
    curve = _curve(score, wrong)

    def statistic(weights: np.ndarray) -> np.ndarray:
        errors = curve(weights)
        return _area(errors[:, :1] - errors)

    return statistic


def _aurc(probs, labels, uncertainty=None):
    score, _, wrong = sparsification.scored(probs, labels, uncertainty)
    return sparsification.risk_area(score, wrong)


def _binned(statistic):
    def prepare(probs, labels, **options):
        bins, confidence, hit = calibration.binned(probs, labels, **options)
        return statistic(bins, confidence - hit)

    return prepare


def _uce(probs, labels, bins=15):
    made, uncertainty, wrong = calibration.uncertain(probs, labels, bins)
    return _gaps(made, uncertainty - wrong)


def _signed_gap(probs, labels, confidence=None):
    _, confidence, hit = calibration.binned(probs, labels, confidence=confidence)
    return _mean(confidence - hit)


# For each metric, what turns its arguments into a function of the resamples' weights [B, N].
_VECTORISED = {
    scores.accuracy: lambda probs, labels: _mean(samples.read(probs, labels).hit),
    scores.brier: lambda probs, labels: _mean(samples.squares(probs, labels)),
    scores.nll: lambda probs, labels: _mean(samples.log_losses(probs, labels)),
    calibration.ece: _binned(_gaps),
    calibration.mce: _binned(_largest_gap),
    calibration.signed_gap: _signed_gap,
    calibration.uce: _uce,
    sparsification.ause: _ause,
    sparsification.aurc: _aurc,
    sparsification.aurg: _aurg,
}


def _draws(samples_: int, resamples: int, seed: int):
    """Yield index arrays [b, N] of a few resamples at a time."""
    rng = np.random.default_rng(seed)
    chunk = max(1, CHUNK // samples_)
    for first in range(0, resamples, chunk):
        yield rng.integers(samples_, size=(min(chunk, resamples - first), samples_))


def _weights(draws: np.ndarray) -> np.ndarray:
    rows, samples_ = draws.shape
    places = draws + np.arange(rows)[:, None] * samples_
    return np.bincount(places.ravel(), minlength=draws.size).reshape(draws.shape).astype(np.float64)


def _one_by_one(metric, probs, labels, options: dict):
    """Evaluate a metric that has no vectorised form on each resample in turn."""
    probs, labels = checks.array("probs", probs), checks.array("labels", labels)
    given = {name: checks.array(name, options[name]) for name in _ALIGNED if options.get(name) is not None}

    def statistic(draws: np.ndarray) -> np.ndarray:
        return np.array(
            [
                metric(probs[..., rows, :], labels[rows], **{**options, **{n: v[rows] for n, v in given.items()}})
                for rows in draws
            ]
        )

    return statistic


def resampled(metric, probs, labels, resamples: int = 1000, seed: int = 0, **options) -> np.ndarray:
    """Return the values of a metric on bootstrap resamples of the samples."""
    vectorised = dict(options)
    fast = metric in _VECTORISED and vectorised.pop("mode", "rank") == "rank"
    if fast:
        statistic = _VECTORISED[metric](probs, labels, **vectorised)
    else:
        statistic = _one_by_one(metric, probs, labels, options)
    # The same seed draws the same resamples for all predictions of as many samples: so two networks can be compared
    # resample by resample.
    draws = _draws(len(checks.array("labels", labels)), resamples, seed)
    return np.concatenate([statistic(_weights(rows) if fast else rows) for rows in draws])


def resampled_pairs(metrics, before, after, labels, resamples: int = 1000, seed: int = 0) -> dict:
    """Values of metrics of two predictions, on the resamples that `resampled` draws: ``[2, resamples]`` each."""

    def values_of(probs) -> list[np.ndarray]:
        statistics = [_VECTORISED[metric](probs, labels) for metric in metrics]
        weights = map(_weights, _draws(len(labels), resamples, seed))
        parts = [[statistic(drawn) for statistic in statistics] for drawn in weights]
        return [np.concatenate(values) for values in zip(*parts, strict=True)]

    with ThreadPoolExecutor(2) as pool:  # NumPy lets go of the lock where the time is spent
        pair = pool.map(values_of, (before, after))
    return {metric: np.stack(values) for metric, values in zip(metrics, zip(*pair, strict=True), strict=True)}


def _value(metric, probs, labels, options: dict) -> float:
    value = metric(probs, labels, **options)
    if not isinstance(value, int | float | np.number) or not np.isfinite(value):
        raise ParameterError(
            f"parameter `metric` got one that gives {checks.shown(value)} on these samples; it takes one that gives a "
            "finite number"
        )
    return float(value)


def interval(
    metric,
    probs,
    labels,
    confidence_level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    method: str | None = None,
    **options,
) -> pd.Series:
    """A metric with its interval: how far other samples of the same kind could have moved it (bootstrap).

    N samples are drawn with replacement, again and again; the interval comes from percentiles of the metric's values
    on them (Efron and Tibshirani, An introduction to the bootstrap, 1993). It speaks of the *samples* of one network,
    not of other networks: those need seeds. The metrics of this package that return a number are evaluated on many
    resamples at once; any other function of ``(probs, labels)`` is called once a resample.

    A sum of absolute gaps comes out too high with few samples, and higher still on resamples: the plain percentile
    interval of the calibration error of a calibrated network misses the truth every time. So ``ece``, ``mce`` and
    ``uce`` use the basic interval, mirrored at the value and cut at 0 and 1, which takes most of the bias back. It may
    lie below the value, which is then mostly bias, and at a true error near 0 it covers less often than it says.

    Parameters
    ----------
    metric : callable
        Function of ``(probs, labels, **options)`` that returns a number.
    probs : array_like
        Probabilities ``[N, C]`` or ``[M, N, C]``; members are kept together.
    labels : array_like
        Class numbers ``[N]``.
    confidence_level : float
        Between 0 and 1.
    resamples : int
        How many resamples.
    seed : int
        The same seed gives the same interval.
    method : {"percentile", "basic"}, optional
        Which interval; by default as said above.
    **options
        Passed to the metric; ``uncertainty`` and ``confidence`` are resampled with the samples.

    Returns
    -------
    pandas.Series
        ``value``, ``low``, ``high``.

    Examples
    --------
    >>> from pruneuq_helpers import metrics
    >>> probs, labels = [[0.75, 0.25]] * 100, [0] * 80 + [1] * 20
    >>> metrics.interval(metrics.accuracy, probs, labels).round(2).to_dict()
    {'value': 0.8, 'low': 0.72, 'high': 0.88}
    """
    resamples = checks.whole("resamples", resamples)
    confidence_level, seed = checks.share("confidence_level", confidence_level), checks.seed("seed", seed)
    biased = checks.function("metric", metric, "a function of probabilities and labels") in BIASED
    usual = "basic" if biased else "percentile"
    method = checks.choice("method", usual if method is None else method, ("percentile", "basic"))
    value = _value(metric, probs, labels, options)
    found = resampled(metric, probs, labels, resamples, seed, **options)
    tail = (1 - confidence_level) / 2
    low, high = np.quantile(found, [tail, 1 - tail])
    if method == "basic":
        low, high = 2 * value - high, 2 * value - low
    if biased:
        low, high = np.clip([low, high], 0, 1)
    return pd.Series({"value": value, "low": float(low), "high": float(high)})
