"""Pruning-identified examples (PIEs): images on which the majority of pruned members says another class (S4)."""

from functools import partial

import numpy as np
import pandas as pd

from pruneuq_helpers import checks
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.metrics.impact import populations, predictions

TIES = ("probability", "max", "min")
_AT_ONCE = 2**22  # votes that are counted at a time


def modal_labels(predicted, probs=None, ties: str = "probability") -> pd.DataFrame:
    """What most networks of a population say of each image: its modal label.

    Parameters
    ----------
    predicted : array_like
        Predicted classes ``[K, N]``.
    probs : array_like, optional
        Probabilities ``[K, N, C]``, or their mean over members ``[N, C]``; only tied images are looked at.
    ties : {"probability", "max", "min"}
        Which of the classes with the most votes: the one with the highest mean probability, then the lowest (the lowest
        at once without `probs`); the highest class (S4's code); the lowest.

    Returns
    -------
    pandas.DataFrame
        One row an image: ``mode``, ``votes`` (for the mode), ``tie`` (whether another class has as many).

    Examples
    --------
    >>> from pruneuq_helpers import metrics
    >>> metrics.modal_labels([[2, 1], [2, 0], [2, 0], [1, 1]], ties="max").values.tolist()
    [[2, 3, False], [1, 2, True]]
    """
    predicted = predictions("predicted", predicted)
    checks.choice("ties", ties, TIES)
    return _modes(predicted, probs, ties, "probs")


def _modes(predicted: np.ndarray, probs, ties: str, name: str) -> pd.DataFrame:
    mean = None if probs is None else mean_of(probs, predicted, name)
    mode, votes, tie = vote(predicted, mean, ties)
    return pd.DataFrame({"mode": mode, "votes": votes, "tie": tie})


def pie_table(
    dense, pruned, dense_probs=None, pruned_probs=None, ties: str = "probability", labels=None
) -> pd.DataFrame:
    """The images that most dense and most pruned networks see differently, with what either says of them.

    Parameters
    ----------
    dense, pruned : array_like
        Predicted classes ``[K, N]``; the two may have different K.
    dense_probs, pruned_probs : array_like, optional
        Both or neither; as for `modal_labels`.
    ties : {"probability", "max", "min"}
        As for `modal_labels`.
    labels : array_like, optional
        Class numbers ``[N]``, for a column ``label``. Being a PIE does not depend on them.

    Returns
    -------
    pandas.DataFrame
        One row a PIE: ``index``, ``label`` (if given), ``dense_mode``, ``pruned_mode``, ``dense_tie``, ``pruned_tie``.
        ``attrs`` has ``dense_ties`` and ``pruned_ties``, the tied images among all, and ``images``.

    Examples
    --------
    >>> from pruneuq_helpers import metrics
    >>> dense = [[0, 1, 1], [0, 1, 2], [0, 1, 1]]
    >>> pruned = [[0, 0, 1], [0, 0, 1], [0, 1, 2]]
    >>> metrics.pie_table(dense, pruned).values.tolist()
    [[1, 1, 0, False, False]]
    """
    dense, pruned = populations(dense, pruned)
    both_or_neither(dense_probs, pruned_probs)
    checks.choice("ties", ties, TIES)
    ours, theirs = _modes(dense, dense_probs, ties, "dense_probs"), _modes(pruned, pruned_probs, ties, "pruned_probs")
    both = pd.DataFrame(
        {
            "index": np.arange(len(ours)),
            "dense_mode": ours["mode"],
            "pruned_mode": theirs["mode"],
            "dense_tie": ours["tie"],
            "pruned_tie": theirs["tie"],
        }
    )
    if labels is not None:
        both.insert(1, "label", checks.labels(labels, len(ours)))
    table = both[both["dense_mode"] != both["pruned_mode"]].reset_index(drop=True)
    table.attrs |= {"images": len(ours), "dense_ties": int(ours["tie"].sum()), "pruned_ties": int(theirs["tie"].sum())}
    return table


def pies(dense, pruned, dense_probs=None, pruned_probs=None, ties: str = "probability") -> np.ndarray:
    r"""Which images most dense and most pruned networks see differently: pruning-identified exemplars (PIEs).

    .. math:: \mathrm{PIE}_i = 1 \iff \hat{y}^{\,\text{dense}}_i \ne \hat{y}^{\,\text{pruned}}_i

    where :math:`\hat{y}_i` is the mode over a population's members (S4). Whether either is right plays no part.
    A count means little alone: two dense populations differ too, see `null_pies`.

    Parameters
    ----------
    dense, pruned : array_like
        Predicted classes ``[K, N]``; the two may have different K.
    dense_probs, pruned_probs : array_like, optional
        Both or neither: probabilities ``[K, N, C]``, or their mean over members ``[N, C]``, which break ties.
    ties : {"probability", "max", "min"}
        Of classes with as many votes: the one with the higher mean probability, then the lowest (the lowest at once
        without probabilities); the highest class (S4's code); the lowest.

    Returns
    -------
    numpy.ndarray
        Of int, rising.

    Examples
    --------
    >>> from pruneuq_helpers import metrics
    >>> metrics.pies([[0, 1, 1], [0, 1, 2], [0, 1, 1]], [[0, 0, 1], [0, 0, 1], [0, 1, 2]])
    array([1])
    """
    return pie_table(dense, pruned, dense_probs, pruned_probs, ties)["index"].to_numpy()


def vote(predicted: np.ndarray, mean, ties: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mode, votes for it, and whether it is tied, of each image."""
    classes = int(predicted.max(initial=0)) + 1
    found = [np.empty(0, np.int64)] * 2 + [np.empty(0, bool)]
    for start in range(0, predicted.shape[1], max(1, _AT_ONCE // classes)):
        places = slice(start, start + max(1, _AT_ONCE // classes))
        of_block = None if mean is None else partial(_from, mean, start)
        block = _vote(predicted[:, places], classes, of_block, ties)
        found = [np.concatenate(both) for both in zip(found, block, strict=True)]
    return tuple(found)


def _from(mean, start: int, places: np.ndarray):
    return mean(places + start)


def _vote(predicted: np.ndarray, classes: int, mean, ties: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    images = predicted.shape[1]
    place = predicted + classes * np.arange(images)
    votes = np.bincount(place.ravel(), minlength=classes * images).reshape(images, classes)
    most = votes.max(axis=1)
    leading = votes == most[:, None]
    low, high = leading.argmax(axis=1), classes - 1 - leading[:, ::-1].argmax(axis=1)
    tie, mode = low < high, high if ties == "max" else low
    if mean is not None and ties == "probability" and tie.any():
        likely = mean(tie.nonzero()[0])[:, :classes]
        mode[tie] = np.where(leading[tie], likely, -np.inf).argmax(axis=1)
    return mode, most, tie


def mean_of(probs, predicted: np.ndarray, name: str = "probs"):
    """What `vote` asks for mean probabilities, from those of the members or their mean."""
    found = checks.array(name, probs)
    members, images = predicted.shape
    if found.shape[:-1] not in ((images,), (members, images)) or found.shape[-1] <= predicted.max():
        raise ParameterError(
            f"parameter `{name}` got shape {found.shape}; it takes [{images}, C] or [{members}, {images}, C] "
            f"with C above {predicted.max()}"
        )

    checks.members(found if found.ndim == 3 else found[None], name)

    def mean(places: np.ndarray) -> np.ndarray:
        some = found[..., places, :]
        return some.astype(np.float64) if some.ndim == 2 else some.mean(axis=0, dtype=np.float64)

    return mean


def both_or_neither(dense_probs, pruned_probs) -> None:
    """Refuse to break ties differently in two populations."""
    if (dense_probs is None) != (pruned_probs is None):
        missing = "dense_probs" if dense_probs is None else "pruned_probs"
        raise ParameterError(f"parameter `{missing}` got nothing; it takes probabilities where the other does")
