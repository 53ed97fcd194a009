"""What ranks the units of a layer: chance, the size of the weights, the scale of the batch norm.

The fourth criterion, the rank of the feature maps, stands in `hrank`. Every score is one number a unit, and the
lowest go first. All are computed in float64, so that ties are ties.
"""

from collections.abc import Iterable

import torch
from torch import nn

from pruneuq_helpers.pruning.surgery import weight_by_side

CRITERIA = ("random", "l1", "bn", "hrank")


def l1_scores(layer: nn.Module, dead: Iterable[int] = ()) -> torch.Tensor:
    """Sum of the absolute weights that enter each unit from inputs that are not dead (S0, S1); no bias counts."""
    weight = weight_by_side(layer, "out").detach().double().abs()
    dead = sorted(dead)
    if dead:
        weight = weight.index_fill(1, torch.tensor(dead, device=weight.device), 0)
    return weight.flatten(1).sum(1).cpu()


def bn_scores(layer: nn.Module) -> torch.Tensor:
    """Size of a batch norm's scale for each channel (S1)."""
    return layer.weight.detach().double().abs().cpu()


def random_scores(width: int, generator: torch.Generator) -> torch.Tensor:
    """A random order of the units."""
    return torch.randperm(width, generator=generator).double()
