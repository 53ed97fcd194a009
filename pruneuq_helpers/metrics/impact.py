"""What pruning does to each class: recall shifts of two populations, and which of them are more than chance (S4)."""

import numpy as np
import pandas as pd
from scipy import stats

from pruneuq_helpers import checks
from pruneuq_helpers.errors import ParameterError


def class_impact(dense, pruned, labels, shift: str = "member", significance: float = 0.05) -> pd.DataFrame:
    r"""Which classes pay: those whose accuracy changes more than the whole does when networks are pruned.

    A member's shift in class c is its recall there less its accuracy, :math:`S^c = \beta^c - \beta`. The shifts of the
    pruned members are held against those of the dense ones with Welch's two-sided test, class by class, and

    .. math:: \text{normalised recall difference} = \overline{S^c_\text{pruned}} - \overline{S^c_\text{dense}}

    (S4, Equation 3). Where both populations have the same shift in every member there is nothing to test: p is 1 if the
    two shifts are equal, and 0 if not. Of many classes some come out as significant by chance alone, so the number to
    expect (classes times `significance`) stands in ``attrs["expected_by_chance"]``, and `significant_bh` bounds the
    share of false discoveries instead (Benjamini and Hochberg, 1995).

    Parameters
    ----------
    dense, pruned : array_like
        Predicted classes ``[K, N]``, a row a member; the two may have different K, of at least 2.
    labels : array_like
        Class numbers ``[N]``.
    shift : {"member", "population"}
        What a recall is held against: the member's own accuracy (S4's text), or the mean over members (S4's code).
    significance : float
        p of at most this is significant.

    Returns
    -------
    pandas.DataFrame
        One row a class that has images: ``class``, ``count``, ``dense_accuracy``, ``pruned_accuracy`` (recall, mean
        over members), ``p_value``, ``normalised_recall_difference``, ``significant``, ``significant_bh``.

    Examples
    --------
    >>> from pruneuq_helpers import metrics
    >>> labels = [0, 0, 0, 0, 1, 1, 1, 1]
    >>> dense = [[0, 0, 0, 0, 1, 1, 1, 0], [0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 0, 1, 1, 0, 1]]
    >>> pruned = [[0, 0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 1, 0, 0, 0]]
    >>> found = metrics.class_impact(dense, pruned, labels)
    >>> found[["class", "normalised_recall_difference", "significant"]].round(3).values.tolist()
    [[0, 0.333, True], [1, -0.333, True]]
    >>> found.attrs["expected_by_chance"]
    0.1
    """
    dense, pruned = populations(dense, pruned, least=2)
    labels = checks.labels(labels, dense.shape[1])
    checks.choice("shift", shift, ("member", "population"))
    significance = checks.share("significance", significance)
    classes, place, counts = np.unique(labels, return_inverse=True, return_counts=True)
    hits = [_class_hits(members == labels, place, len(classes)) for members in (dense, pruned)]
    shifts = [_shifts(each, counts, shift) for each in hits]
    scale = [counts * len(labels) * (1 if shift == "member" else len(each)) for each in hits]
    recalls = [each.mean(axis=0) / counts for each in hits]
    p_value = _welch(*shifts, *scale)
    table = pd.DataFrame(
        {
            "class": classes,
            "count": counts,
            "dense_accuracy": recalls[0],
            "pruned_accuracy": recalls[1],
            "p_value": p_value,
            "normalised_recall_difference": shifts[1].mean(axis=0) / scale[1] - shifts[0].mean(axis=0) / scale[0],
            "significant": p_value <= significance,
            "significant_bh": stats.false_discovery_control(p_value) <= significance,
        }
    )
    table.attrs["expected_by_chance"] = len(classes) * significance
    return table


def populations(dense, pruned, least: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Check the predictions of two populations on the same images."""
    found = predictions("dense", dense, least), predictions("pruned", pruned, least)
    if found[0].shape[1] != found[1].shape[1]:
        raise ParameterError(
            f"parameter `pruned` got predictions for {found[1].shape[1]} images and `dense` for {found[0].shape[1]}; "
            "both take the same images"
        )
    return found


def predictions(name: str, values, least: int = 1) -> np.ndarray:
    """Check the predicted classes of a population."""
    found = checks.array(name, values)
    if found.ndim != 2:
        raise ParameterError(f"parameter `{name}` got shape {found.shape}; it takes predicted classes [K, N]")
    most = checks.MOST_CLASSES
    if found.dtype.kind not in "iu" or found.min() < 0 or found.max() >= most:
        takes = f"it takes whole numbers from 0 to {most - 1}"
        raise ParameterError(f"parameter `{name}` got values that are no classes; {takes}")
    if len(found) < least:
        raise ParameterError(f"parameter `{name}` got {len(found)} members; it takes at least {least}")
    return found.astype(np.int64)


def _class_hits(right: np.ndarray, place: np.ndarray, classes: int) -> np.ndarray:
    """How many images of each class every member gets right, ``[K, C]``."""
    return np.array([np.bincount(place[row], minlength=classes) for row in right])


def _shifts(hits: np.ndarray, counts: np.ndarray, shift: str) -> np.ndarray:
    """The shifts ``[K, C]`` as whole numbers over a common denominator: equal ones are equal, whatever the rounding."""
    images, total = counts.sum(), hits.sum(axis=1, keepdims=True)
    if shift == "member":
        return hits * images - total * counts
    return hits * images * len(hits) - total.sum() * counts


def _welch(dense: np.ndarray, pruned: np.ndarray, dense_scale: np.ndarray, pruned_scale: np.ndarray) -> np.ndarray:
    """Welch's p of each column of whole numbers over their denominators."""
    constant = (np.ptp(dense, axis=0) == 0) & (np.ptp(pruned, axis=0) == 0)
    equal = dense[0] * pruned_scale == pruned[0] * dense_scale
    p_value = np.where(equal, 1.0, 0.0)
    some = [(values / scale)[:, ~constant] for values, scale in ((dense, dense_scale), (pruned, pruned_scale))]
    summary = [part for values in some for part in (values.mean(0), values.std(0, ddof=1), len(values))]
    p_value[~constant] = stats.ttest_ind_from_stats(*summary, equal_var=False).pvalue
    return p_value
