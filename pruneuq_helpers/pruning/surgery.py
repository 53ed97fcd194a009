"""Taking units out of a network, or making them zero, in every layer they reach."""

import copy
from collections import defaultdict

import torch
from torch import nn
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd

from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.pruning.groups import Group, is_depthwise

SIDES = ("in", "out")
Gone = dict[tuple[str, str], set[int]]  # of each side of each layer, or of a number that it holds, the indices that go


def delete(model: nn.Module, groups: list[Group], removed: list[list[int]]) -> nn.Module:
    """Make a smaller copy of a network."""
    return take_out(model, indices(groups, removed))


def take_out(model: nn.Module, removed: Gone) -> nn.Module:
    """Make a copy of a network without these indices of its layers."""
    import torch_pruning

    smaller = copy.deepcopy(model)
    needs_gradient = {name: parameter.requires_grad for name, parameter in model.named_parameters()}
    for (name, side), gone in removed.items():
        parent, last, target = _named(smaller, name)
        if isinstance(target, nn.Parameter):
            stay = [i for i in range(target.shape[_long_side(target)]) if i not in gone]
            shorter = target.detach().index_select(_long_side(target), torch.tensor(stay, device=target.device))
            setattr(parent, last, nn.Parameter(shorter))
        elif side not in SIDES:
            setattr(target, side, _fewer(target, side, len(gone)))
        else:
            pruner = torch_pruning.pruner.function.PrunerBox[torch_pruning.ops.module2type(target)]
            getattr(pruner, f"prune_{side}_channels")(target, sorted(gone))
    for name, parameter in smaller.named_parameters():
        parameter.requires_grad_(needs_gradient[name])
    return smaller


def _fewer(layer: nn.Module, number: str, gone: int) -> int:
    """What is left of a number that a layer counts by, such as its heads."""
    value = getattr(layer, number)
    if type(value) is not int or not gone < value:
        raise ValueError(f"{number} of {type(layer).__name__} is {value!r}, of which {gone} cannot go")
    return value - gone


def _named(model: nn.Module, name: str) -> tuple[nn.Module, str, nn.Module | nn.Parameter]:
    """Find what a name stands for: its parent, its last part, and itself (the model where the name is empty)."""
    path, _, last = name.rpartition(".")
    parent = model.get_submodule(path)
    return parent, last, getattr(parent, last) if last else model


def _long_side(parameter: torch.Tensor) -> int:
    """The dimension torch-pruning takes for the channels of a parameter outside the known layers."""
    return max(dim for dim, size in enumerate(parameter.shape) if size > 1)


def zero(model: nn.Module, groups: list[Group], removed: list[list[int]]) -> nn.Module:
    """Make a copy of a network, of the same shape, in which the removed units count for nothing."""
    masked = copy.deepcopy(model)
    with torch.no_grad():
        for (name, side), gone in indices(groups, removed).items():
            # Also the weights through which later layers would read a unit: so the masked network has as many weights
            # that are not zero as the smaller one has weights.
            _zero_layer(name, _named(masked, name)[2], side, sorted(gone))
    return masked


def _zero_layer(name: str, layer: nn.Module | nn.Parameter, side: str, places: list[int]) -> None:
    if isinstance(layer, nn.LayerNorm):
        raise ParameterError(
            f"parameter `model` got a network whose layer `{name}` (LayerNorm) averages over channels, so that a zero "
            "channel is not a removed one; it takes one without"
        )
    if isinstance(layer, nn.Parameter):
        layer.movedim(_long_side(layer), 0)[places] = 0
    elif isinstance(layer, (_ConvNd, nn.Linear)):
        weight_by_side(layer, side)[places] = 0
        if side == "out" and layer.bias is not None:
            layer.bias[places] = 0
    elif getattr(layer, "affine", False):
        layer.weight[places] = 0
        layer.bias[places] = 0


def weight_by_side(layer: nn.Module, side: str) -> torch.Tensor:
    """View the weight of a convolution or linear layer with its outputs, or its inputs, as the first dimension."""
    transposed = isinstance(layer, _ConvTransposeNd) and not is_depthwise(layer)
    return layer.weight.movedim(int((side == "in") != transposed), 0)


def indices(groups: list[Group], removed: list[list[int]]) -> Gone:
    """Gather, for each side of each layer, the indices that go with the removed units."""
    gone: dict[tuple[str, str], set[int]] = defaultdict(set)
    for group, units in zip(groups, removed, strict=True):
        for cut in group.cuts:
            for unit in units:
                gone[cut.layer, cut.side].update(cut.units[unit])
    return dict(gone)
