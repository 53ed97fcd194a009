"""Which weights stay: exact masks for a whole stack of networks at once.

Every mask keeps exactly the number asked for.
Where scores are equal at the border, the lowest index stays, so a mask never depends on the sorting routine.
"""

import numpy as np
import torch

from pruneuq_helpers.errors import ParameterError


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
    if scores.ndim != 2:
        raise ParameterError(f"parameter `scores` has shape {tuple(scores.shape)}; it takes [members, weights]")
    rows, size = scores.shape
    keep = torch.as_tensor(keep, device=scores.device).expand(rows)
    if keep.is_floating_point() or bool(((keep < 0) | (keep > size)).any()):
        raise ParameterError(f"parameter `keep` got {keep.tolist()}; it takes whole numbers from 0 to {size}")
    scores = torch.where(scores.isnan(), -torch.inf, scores)
    threshold = _smallest_kept(scores, keep)
    above, equal = scores > threshold, scores == threshold
    wanted = keep - above.sum(1)
    mask = above | equal
    # The running count is the slow part, and only rows with more ties than places need it.
    crowded = (equal.sum(1) > wanted).nonzero()[:, 0]
    first = equal[crowded].cumsum(1) <= wanted[crowded, None]
    mask[crowded] = above[crowded] | (equal[crowded] & first)
    return mask.to(scores.dtype)


def _smallest_kept(scores: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
    """The lowest score that stays in each row, ``[K, 1]``; infinity where nothing stays."""
    size = scores.shape[1]
    place = (size - keep).clamp(max=size - 1)
    if scores.device.type == "cpu":
        # Partitioning finds one order statistic about ten times faster than sorting the row.
        found = [np.partition(row, at)[at] for row, at in zip(scores.numpy(), place.tolist(), strict=True)]
        threshold = torch.tensor(np.array(found), dtype=scores.dtype)
    else:
        threshold = scores.sort(dim=1).values.gather(1, place[:, None])[:, 0]
    return torch.where(keep > 0, threshold, torch.inf)[:, None]


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
    levels = np.asarray(levels, dtype=float)
    if not np.all((levels >= 0) & (levels < 1)):
        raise ParameterError(f"parameter `levels` got {levels.tolist()}; it takes numbers in [0, 1)")
    if rounding == "floor":
        return [size - int(np.floor(level * size + 1e-9)) for level in levels]
    if rounding == "nearest":
        return [round(size * (1 - float(level))) for level in levels]
    raise ParameterError(f'parameter `rounding` got {rounding!r}; it takes "floor" or "nearest"')


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
    _check_levels(scores, levels)
    return {
        name: top(layer.flatten(1), counts(layer[0].numel(), levels, rounding)).view(layer.shape)
        for name, layer in scores.items()
    }


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
    _check_levels(scores, levels)
    joined = torch.cat([layer.flatten(1) for layer in scores.values()], dim=1)
    mask = top(joined, counts(joined.shape[1], levels, rounding))
    parts = mask.split([layer[0].numel() for layer in scores.values()], dim=1)
    return {name: part.view(layer.shape) for (name, layer), part in zip(scores.items(), parts, strict=True)}


def _check_levels(scores: dict, levels) -> None:
    if not scores:
        raise ParameterError("parameter `scores` is empty; it takes at least one layer")
    members = {len(layer) for layer in scores.values()}
    if members != {len(levels)}:
        raise ParameterError(
            f"parameter `levels` has {len(levels)} entries; it takes one per member, and `scores` has {sorted(members)}"
        )
