"""Bins of confidence or uncertainty: of equal width, or holding equally many samples."""

import numpy as np

from pruneuq_helpers.metrics.ranks import Ranking


class WidthBins:
    """Bins of equal width ``(low, high]`` over [0, 1], the first closed at 0."""

    def __init__(self, values: np.ndarray, bins: int, precision: type | np.dtype = np.float64):
        edges = np.linspace(0, 1, bins + 1)
        self.low, self.high = edges[:-1], edges[1:]
        # Rounded to the type that the values came in: 0.6 stored in float32 is a little more than 0.6, and still
        # belongs to the bin that ends there.
        fences = edges.astype(precision).astype(np.float64)
        fences[0] = -np.inf
        # A multiplication finds the bin, or the next one for a value on the edge: faster than a search.
        self.index = np.minimum((values * bins).astype(np.intp), bins - 1)
        self.index -= values <= fences[self.index]

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Return the sum of the values in each bin."""
        return np.bincount(self.index, values, minlength=len(self.low))

    def sums_resampled(self, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the sums of :meth:`sums` for many resamples at once."""
        found = np.zeros((len(weights), len(self.low)))
        for bin_ in np.unique(self.index):
            inside = np.flatnonzero(self.index == bin_)
            found[:, bin_] = weights[:, inside] @ values[inside]
        return found


class MassBins:
    """Bins that hold equally many samples, give or take one; tied values are spread over their bins by average."""

    def __init__(self, values: np.ndarray, bins: int):
        self.ranking = Ranking(values)
        self.cuts = np.arange(bins + 1) * len(values) // bins
        ordered = self.ranking.score
        last = len(values) - 1
        self.low = ordered[np.minimum(self.cuts[:-1], last)]
        # An empty bin (more bins than samples) has no width.
        self.high = np.maximum(self.low, ordered[np.maximum(self.cuts[1:] - 1, 0)])

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Return the sum of the values in each bin."""
        return np.diff(self.ranking.lowest(values, self.cuts))

    def sums_resampled(self, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the sums of :meth:`sums` for many resamples at once."""
        return np.diff(self.ranking.lowest_resampled(values, self.cuts, weights), axis=1)
