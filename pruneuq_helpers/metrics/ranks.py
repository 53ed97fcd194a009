"""Sums over the samples with the lowest scores, ties counted by their average."""

import numpy as np


def lowest_flags(score: np.ndarray, flags: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Count the flags set among the lowest-scored samples; a flag inside a group of ties counts in proportion."""
    # As `Ranking.lowest` of 0 and 1, but several times as fast as sorting indices and following them.
    ordered, flagged = np.sort(score), np.sort(score[flags])
    at = ordered[counts - 1]  # the score of the last sample counted
    start, end = np.searchsorted(ordered, at), np.searchsorted(ordered, at, side="right")
    below, upto = np.searchsorted(flagged, at), np.searchsorted(flagged, at, side="right")
    return below + (upto - below) * (counts - start) / (end - start)


class Ranking:
    """Samples in the order of a score, in which tied samples have no order."""

    def __init__(self, score: np.ndarray):
        self.order = np.argsort(score)
        self.score = score[self.order]
        # Where each group of equal scores ends, counted in samples.
        self.ends = np.flatnonzero(np.append(self.score[1:] != self.score[:-1], True)) + 1

    def lowest(self, values: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the sums of the values over the lowest-scored samples."""
        total = np.cumsum(values[self.order], dtype=np.float64)[self.ends - 1]
        # Where a count ends inside a group of ties, the group contributes in proportion: the expected sum over random
        # orders of the group, which is a straight line between the sums at its two ends.
        return np.interp(counts, np.append(0, self.ends), np.append(0, total))

    def lowest_resampled(self, values: np.ndarray, counts: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the sums of :meth:`lowest` for many resamples at once."""
        resamples, samples = weights.shape
        size = weights[:, self.order]
        total = size * values[self.order]
        if len(self.ends) < samples:
            starts = np.append(0, self.ends[:-1])
            size, total = np.add.reduceat(size, starts, axis=1), np.add.reduceat(total, starts, axis=1)
        # The rows laid end to end make one increasing curve, so that a single look-up serves every resample.
        first = np.arange(resamples)[:, None] * samples
        sums = np.append(0, np.cumsum(total))
        found = np.interp(first + counts, np.append(0, np.cumsum(size)), sums)
        return found - sums[:-1].reshape(resamples, -1)[:, :1]
