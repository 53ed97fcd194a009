"""What a count of pruning-identified examples is to be held against, and how hard they are."""

import numpy as np
import pandas as pd

from pruneuq_helpers import checks
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.metrics.examples import TIES, both_or_neither, vote
from pruneuq_helpers.metrics.impact import populations, predictions

PAPER_SAMPLE = 1024  # images of each set in S4's Figure 3, where there are as many


def null_pies(
    dense, dense_probs=None, *, splits: int = 100, seed: int = 0, size: int | None = None, ties: str = "probability"
) -> pd.DataFrame:
    """How many images dense networks see differently among themselves: PIEs where nothing was pruned.

    The halves have K/2 members each, and modes of fewer members are less steady, so these counts may not be held
    against PIEs of whole populations: use `matched_pies`, or a second dense population of the same K. The splits share
    members, so their spread is that of the splitting, and less than that of new populations.

    Parameters
    ----------
    dense : array_like
        Predicted classes ``[K, N]`` of at least 2 members.
    dense_probs : array_like, optional
        Probabilities ``[K, N, C]``, which break ties.
    splits : int
        How many times.
    seed : int
        The same seed gives the same splits.
    size : int, optional
        Members in each of the two parts; half of all, unless given.
    ties : {"probability", "max", "min"}
        As for `pies`.

    Returns
    -------
    pandas.DataFrame
        One row a split: ``split``, ``null`` (PIEs of one part against the other). ``attrs["null"]`` has its mean, the
        range that holds 95 % of the splits and the members in a part: ``{"mean", "low", "high", "size"}``.

    Examples
    --------
    >>> from pruneuq_helpers import metrics
    >>> metrics.null_pies([[0, 0, 1], [0, 0, 1], [0, 1, 1], [0, 1, 1]], splits=40).attrs["null"]["high"]
    1.0
    """
    dense = predictions("dense", dense, least=2)
    return _splits(dense, None, dense_probs, None, splits, seed, size, ties)


def matched_pies(
    dense,
    pruned,
    dense_probs=None,
    pruned_probs=None,
    *,
    splits: int = 100,
    seed: int = 0,
    size: int | None = None,
    ties: str = "probability",
) -> pd.DataFrame:
    """PIEs of pruning beside PIEs where nothing was pruned, with as many networks on every side.

    Each split draws two parts of the dense population that share no member, and a part of the pruned one of the same
    size; the first dense part is held against the second (`null`), and against the pruned one (`pruned`).

    Parameters
    ----------
    dense, pruned : array_like
        Predicted classes ``[K, N]``.
    dense_probs, pruned_probs : array_like, optional
        Both or neither: probabilities ``[K, N, C]``, which break ties.
    splits, seed, size, ties
        As for `null_pies`.

    Returns
    -------
    pandas.DataFrame
        One row a split: ``split``, ``null``, ``pruned``, ``excess`` (their difference). ``attrs`` has for each of the
        three what `null_pies` has for one.

    Examples
    --------
    >>> from pruneuq_helpers import metrics
    >>> dense, pruned = [[0, 1, 2]] * 6, [[0, 1, 1]] * 6
    >>> metrics.matched_pies(dense, pruned, splits=2)[["null", "pruned", "excess"]].values.tolist()
    [[0, 1, 1], [0, 1, 1]]
    """
    dense, pruned = populations(dense, pruned)
    both_or_neither(dense_probs, pruned_probs)
    return _splits(dense, pruned, dense_probs, pruned_probs, splits, seed, size, ties)


def subset_accuracy(predicted, labels, indices, seed: int = 0, most: int = PAPER_SAMPLE) -> pd.DataFrame:
    """Accuracy on PIEs, on all other images and on any, with as many of each (S4, Figure 3).

    A PIE is chosen by predictions, and so is harder for the members that chose it: hand in members of neither
    population. Each set is drawn without replacement, the same for all members.

    Parameters
    ----------
    predicted : array_like
        Predicted classes ``[K, N]`` of held-out members.
    labels : array_like
        Class numbers ``[N]``.
    indices : array_like
        The PIEs.
    seed : int
        Of the draws.
    most : int
        Images of a set, at most; fewer where there are fewer PIEs or others.

    Returns
    -------
    pandas.DataFrame
        ``set`` ("PIE", "non-PIE", "random"), ``member``, ``accuracy`` (not a number where there is no PIE, or nothing
        else), ``images``.

    Examples
    --------
    >>> from pruneuq_helpers import metrics
    >>> found = metrics.subset_accuracy([[0, 1, 1, 0]], [0, 1, 0, 1], indices=[2, 3])
    >>> found[found["set"] != "random"].values.tolist()
    [['PIE', 0, 0.0, 2], ['non-PIE', 0, 1.0, 2]]
    """
    predicted = predictions("predicted", predicted)
    images = predicted.shape[1]
    labels = checks.labels(labels, images)
    seed = checks.seed("seed", seed)
    chosen = np.unique(checks.places("indices", indices, images))
    sets = {"PIE": chosen, "non-PIE": np.setdiff1d(np.arange(images), chosen), "random": np.arange(images)}
    count = min(checks.whole("most", most), *map(len, sets.values()))
    generator, rows = np.random.default_rng(seed), []
    for name, members in sets.items():
        drawn = generator.choice(members, size=count, replace=False)
        right = predicted[:, drawn] == labels[drawn]
        accuracy = right.mean(axis=1) if count else np.full(len(predicted), np.nan)
        rows += [(name, member, float(value), count) for member, value in enumerate(accuracy)]
    return pd.DataFrame(rows, columns=["set", "member", "accuracy", "images"])


def _splits(dense, pruned, dense_probs, pruned_probs, splits, seed, size, ties) -> pd.DataFrame:
    limit = len(dense) // 2 if pruned is None else min(len(dense) // 2, len(pruned))
    size = limit if size is None else checks.whole("size", size)
    if not 1 <= size <= limit:
        raise ParameterError(f"parameter `size` got {size}; it takes at most {limit} with as many members as there are")
    splits, seed = checks.whole("splits", splits), checks.seed("seed", seed)
    checks.choice("ties", ties, TIES)
    dense_probs = _members("dense_probs", dense_probs, dense)
    pruned_probs = _members("pruned_probs", pruned_probs, pruned)
    dense, pruned, dense_probs, pruned_probs = _contested(dense, pruned, dense_probs, pruned_probs)
    generator, rows = np.random.default_rng(seed), []
    for split in range(splits):
        order = generator.permutation(len(dense))
        first = _modes(dense, dense_probs, order[:size], ties)
        second = _modes(dense, dense_probs, order[size : 2 * size], ties)
        row = {"split": split, "null": int((first != second).sum())}
        if pruned is not None:
            part = generator.permutation(len(pruned))[:size]
            row["pruned"] = int((first != _modes(pruned, pruned_probs, part, ties)).sum())
            row["excess"] = row["pruned"] - row["null"]
        rows.append(row)
    table = pd.DataFrame(rows)
    for name in table.columns[1:]:
        low, high = np.quantile(table[name], [0.025, 0.975])
        table.attrs[name] = {"mean": float(table[name].mean()), "low": float(low), "high": float(high), "size": size}
    return table


def _contested(dense, pruned, dense_probs, pruned_probs):
    """All of it for the images on which some members differ: elsewhere no two parts have different modes."""
    everyone = dense if pruned is None else np.concatenate([dense, pruned])
    differ = (everyone != everyone[0]).any(axis=0)
    return [None if each is None else each[:, differ] for each in (dense, pruned, dense_probs, pruned_probs)]


def _members(name: str, probs, members):
    if probs is None:
        return None
    found = checks.members(probs, name)
    if members is None or found.shape[:2] != members.shape or found.shape[2] <= members.max():
        raise ParameterError(
            f"parameter `{name}` got shape {found.shape}; it takes [K, N, C] for the members and classes predicted"
        )
    return found


def _modes(predicted: np.ndarray, probs, part: np.ndarray, ties: str) -> np.ndarray:
    """Modes of some members; of their probabilities only those of tied images are read."""
    mean = None if probs is None else lambda places: probs[np.ix_(part, places)].mean(axis=0, dtype=np.float64)
    return vote(predicted[part], mean, ties)[0]
