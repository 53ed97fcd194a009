"""Which weights stay: exact masks for a whole stack of networks at once.

Every mask keeps exactly the number asked for.
Where scores are equal at the border, the lowest index stays, so a mask never depends on the sorting routine.
"""

from numbers import Integral

import torch

from pruneuq_helpers import checks
from pruneuq_helpers.checks import tensors
from pruneuq_helpers.pruning import exact


def top(scores: torch.Tensor, keep) -> torch.Tensor:
    """Masks that keep the highest scores of each row.

    Parameters
    ----------
    scores : torch.Tensor
        ``[K, n]``, one row per member; a score that is not a number counts as the lowest.
    keep : int or sequence of int
        How many each row keeps, from 0 to n: one number, or one per row.

    Returns
    -------
    torch.Tensor
        ``[K, n]`` of zeros and ones in the type of ``scores``.

    Examples
    --------
    >>> top(torch.tensor([[0.5, 2.0, 0.5, 0.5]]), 2)
    tensor([[1., 1., 0., 0.]])
    """
    scores = tensors.dense("scores", scores)
    if scores.ndim != 2 or scores.numel() == 0 or scores.is_complex():
        raise checks.refused("scores", scores, "real numbers [members, weights]")
    rows, size = scores.shape
    if isinstance(keep, Integral) and not isinstance(keep, bool):
        keep = [keep] * rows
    keep = checks.each("keep", keep, lambda name, value: checks.whole(name, value, 0, size), rows)
    return exact.highest(scores, torch.tensor(keep, device=scores.device))


def counts(size: int, levels, rounding: str = "floor") -> list[int]:
    """How many of ``size`` weights stay at each level.

    Parameters
    ----------
    size : int
        The number of weights.
    levels : sequence of float
        The fraction to remove, ``0 <= level < 1``, one per member.
    rounding : str
        ``"floor"`` removes ``floor(level * size)`` (S3); ``"nearest"`` keeps ``round((1 - level) * size)`` (S4).

    Returns
    -------
    list of int
        One count per level.

    Examples
    --------
    >>> counts(10, [0.0, 0.25, 0.99]), counts(10, [0.25, 0.99], rounding="nearest")
    ([10, 8, 1], [8, 0])
    """
    size, rounding = checks.whole("size", size), checks.choice("rounding", rounding, exact.ROUNDINGS)
    return [exact.staying(size, level, rounding) for level in checks.each("levels", levels, checks.level)]


def per_layer(scores: dict, levels, rounding: str = "floor") -> dict:
    """Masks that remove the same fraction of every layer.

    Parameters
    ----------
    scores : dict
        Name to ``[K, ...]``: the higher, the longer it stays (magnitudes, say).
    levels : sequence of float
        One level per member.
    rounding : str
        See `counts`.

    Returns
    -------
    dict
        Name to a mask in the shape of the scores.

    Examples
    --------
    >>> per_layer({"fc1.weight": torch.tensor([[[3.0, 1.0], [2.0, 4.0]]])}, [0.5])
    {'fc1.weight': tensor([[[1., 0.],
             [0., 1.]]])}
    """
    return exact.by_layer(*_checked(scores, levels, rounding))


def overall(scores: dict, levels, rounding: str = "floor") -> dict:
    """Masks that remove a fraction of all weights together, the lowest scores wherever they are.

    Parameters
    ----------
    scores : dict
        Name to ``[K, ...]``; ties go by the order of the names, then by index.
    levels : sequence of float
        One level per member.
    rounding : str
        See `counts`.

    Returns
    -------
    dict
        Name to a mask in the shape of the scores.

    Examples
    --------
    >>> masks = overall({"a": torch.tensor([[1.0, 2.0]]), "b": torch.tensor([[3.0, 4.0]])}, [0.5])
    >>> masks["a"].tolist(), masks["b"].tolist()
    ([[0.0, 0.0]], [[1.0, 1.0]])
    """
    return exact.over_all(*_checked(scores, levels, rounding))


def _checked(scores: dict, levels, rounding: str) -> tuple[dict, list[float], str]:
    scores = tensors.stack("scores", scores, finite=False)
    members = len(next(iter(scores.values())))
    flat = next((name for name, layer in scores.items() if layer.ndim < 2), None)
    if flat is not None:
        raise checks.refused("scores", scores[flat], "scores [K, ...] of the weights of each layer")
    levels = checks.each("levels", levels, checks.level, members)
    return scores, levels, checks.choice("rounding", rounding, exact.ROUNDINGS)
