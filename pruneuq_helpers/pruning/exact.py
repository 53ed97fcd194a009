"""Exact masks of what is checked already: by row and by layer."""

import math

import numpy as np
import torch
from torch import Tensor

ROUNDINGS = ("floor", "nearest")


def highest(scores: Tensor, keep: Tensor) -> Tensor:
    """Zeros and ones ``[K, n]`` that keep the highest scores of each row, so many as ``keep`` ``[K]`` says."""
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
        found = [np.partition(row, at)[at] for row, at in zip(scores.detach().numpy(), place.tolist(), strict=True)]
        threshold = torch.tensor(np.array(found), dtype=scores.dtype)
    else:
        threshold = scores.sort(dim=1).values.gather(1, place[:, None])[:, 0]
    return torch.where(keep > 0, threshold, torch.inf)[:, None]


def staying(size: int, level: float, rounding: str) -> int:
    """How many of so many weights stay at a level."""
    if rounding == "floor":
        return size - math.floor(level * size + 1e-9)
    return round(size * (1 - level))


def by_layer(scores: dict[str, Tensor], levels, rounding: str = "floor") -> dict[str, Tensor]:
    """Masks that remove the same fraction of every layer."""
    return {name: _rows(layer.flatten(1), levels, rounding).view(layer.shape) for name, layer in scores.items()}


def _rows(scores: Tensor, levels, rounding: str) -> Tensor:
    keep = [staying(scores.shape[1], float(level), rounding) for level in levels]
    return highest(scores, torch.tensor(keep, device=scores.device))
