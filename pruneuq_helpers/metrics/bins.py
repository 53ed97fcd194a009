"""Bins of confidence or uncertainty: of equal width, or holding equally many samples."""

import numpy as np

from pruneuq_helpers.metrics.ranks import Ranking


class WidthBins:
    """Bins of equal width ``(low, high]`` over [0, 1], the first closed at 0.

    A value counts as lying on an edge when it is that edge stored in the value's own type: 0.6 in float32 is a little
    more than 0.6 and still belongs to the bin that ends there.

    Parameters
    ----------
    values : numpy.ndarray
        What is binned, ``[N]`` in [0, 1].
    bins : int
        How many bins.
    rounding : float
        Relative rounding error of the type the values came in.

    Examples
    --------
    >>> WidthBins(np.array([0.0, 0.5, 0.6, 1.0]), 2, 0.0).sums(np.ones(4))
    array([2., 2.])
    """

    def __init__(self, values: np.ndarray, bins: int, rounding: float):
        self.edges = np.linspace(0, 1, bins + 1)
        self.low, self.high = self.edges[:-1], self.edges[1:]
        fences = self.edges * (1 + rounding)
        fences[0], fences[-1] = -np.inf, np.inf
        # A multiplication finds the bin or its neighbour; the two comparisons settle it, faster than a search.
        index = np.minimum((values * bins).astype(np.intp), bins - 1)
        index -= values <= fences[index]
        index += values > fences[index + 1]
        self.index = index

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Return the sum of the values in each bin.

        Parameters
        ----------
        values : numpy.ndarray
            One value a sample.

        Returns
        -------
        numpy.ndarray
            One sum a bin.
        """
        return np.bincount(self.index, values, minlength=len(self.low))

    def sums_resampled(self, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the sums of :meth:`sums` for many resamples at once.

        Parameters
        ----------
        values : numpy.ndarray
            One value a sample ``[N]``.
        weights : numpy.ndarray
            How often each sample stands in each resample ``[B, N]``.

        Returns
        -------
        numpy.ndarray
            Sums ``[B, bins]``.
        """
        found = np.zeros((len(weights), len(self.low)))
        for bin_ in np.unique(self.index):
            inside = np.flatnonzero(self.index == bin_)
            found[:, bin_] = weights[:, inside] @ values[inside]
        return found


class MassBins:
    """Bins that hold equally many samples, give or take one; tied values are spread over their bins by average.

    Parameters
    ----------
    values : numpy.ndarray
        What is binned, ``[N]``.
    bins : int
        How many bins.

    Examples
    --------
    >>> MassBins(np.array([0.1, 0.2, 0.8, 0.9]), 2).sums(np.array([1.0, 0.0, 1.0, 1.0]))
    array([1., 2.])
    """

    def __init__(self, values: np.ndarray, bins: int):
        self.ranking = Ranking(values)
        self.cuts = np.arange(bins + 1) * len(values) // bins
        ordered = self.ranking.score
        last = len(values) - 1
        self.low = ordered[np.minimum(self.cuts[:-1], last)]
        # An empty bin (more bins than samples) has no width.
        self.high = np.maximum(self.low, ordered[np.maximum(self.cuts[1:] - 1, 0)])

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Return the sum of the values in each bin.

        Parameters
        ----------
        values : numpy.ndarray
            One value a sample.

        Returns
        -------
        numpy.ndarray
            One sum a bin.
        """
        return np.diff(self.ranking.lowest(values, self.cuts))

    def sums_resampled(self, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the sums of :meth:`sums` for many resamples at once.

        Parameters
        ----------
        values : numpy.ndarray
            One value a sample ``[N]``.
        weights : numpy.ndarray
            How often each sample stands in each resample ``[B, N]``.

        Returns
        -------
        numpy.ndarray
            Sums ``[B, bins]``.
        """
        return np.diff(self.ranking.lowest_resampled(values, self.cuts, weights), axis=1)
