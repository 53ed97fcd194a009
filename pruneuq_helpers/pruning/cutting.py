"""Which units of a stack of networks are weakest, and the smaller stack without them.

`choose_channels` and `keep_channels` do the same for one network of any architecture, but trace it each time; studies
of tickets cut thousands of small networks, whose layers stand in a row.
"""

from dataclasses import replace
from math import prod

import torch

from pruneuq_helpers import checks
from pruneuq_helpers.population import Network
from pruneuq_helpers.pruning.levels import staying


def widths(network: Network) -> list[int]:
    """Units of each layer with weights, the outputs of the network last."""
    return [layer.outputs for layer in weighted(network)]


def round_level(level: float, rounds: int) -> float:
    """Level of one of n equal rounds that reach a level together: :math:`1 - (1 - p)^{1/n}`."""
    return 1 - (1 - level) ** (1 / rounds)


def size(network: Network) -> int:
    """Number of parameters."""
    return sum(prod(shape) for shape in network.parameters().values())


def weighted(network: Network) -> list:
    """The layers with units: convolutions and linear ones, in order."""
    return [layer for layer in network.layers if layer.kind in ("Conv2d", "Linear")]


def strongest(network: Network, weights: dict, level: float, scope: str) -> dict[str, torch.Tensor]:
    """Choose the units that stay, layer after layer, on the inputs that are still there."""
    layers, chosen, alive = weighted(network), {}, None
    for layer, following in zip(layers, [*layers[1:], None], strict=True):
        weight = weights[f"{layer.name}.weight"].double().abs()
        everything = torch.arange(layer.outputs, device=weight.device).repeat(len(weight), 1)
        stay = everything
        if following is not None and (scope == "all" or layer.kind == "Linear"):
            entering = weight.flatten(3).sum(3) if weight.ndim > 3 else weight
            scores = (entering if alive is None else entering * alive.unsqueeze(1)).sum(2)
            order = scores.argsort(dim=1, stable=True)
            stay = order[:, layer.outputs - staying(layer.outputs, level) :].sort(dim=1).values
        chosen[layer.name] = stay
        if following is not None:
            alive = torch.zeros_like(everything, dtype=weight.dtype).scatter(1, stay, 1.0)
            alive = alive.repeat_interleave(following.inputs // layer.outputs, dim=1)
    return chosen


def cut(network: Network, weights: dict, units: dict) -> tuple[Network, dict]:
    """Make the smaller network: rows of the units that stay, columns of those that stay before."""
    layers, smaller, maker = [], {}, None
    for layer in network.layers:
        columns = None
        if layer.kind in ("Conv2d", "Linear"):
            if maker is not None:
                columns = _columns(units[maker.name], layer.inputs // maker.outputs)
            maker = layer
        changes = {"outputs": units[maker.name].shape[1]} if layer.outputs else {}
        layers.append(replace(layer, **changes, **({} if columns is None else {"inputs": columns.shape[1]})))
        for name in (*layer.parameters(), *layer.buffers()):
            value = _at(weights[name], units[maker.name], 1)
            smaller[name] = value if columns is None or value.ndim == 2 else _at(value, columns, 2)
    return Network(network.input_shape, tuple(layers)), smaller


def _columns(units: torch.Tensor, spread: int) -> torch.Tensor:
    """Inputs that units feed: a channel owns several columns of the linear layer behind it."""
    return (units.unsqueeze(2) * spread + torch.arange(spread, device=units.device)).flatten(1)


def _at(value: torch.Tensor, places: torch.Tensor, dim: int) -> torch.Tensor:
    """Every member's own places ``[K, kept]`` of one dimension of ``[K, ...]``."""
    member = torch.arange(len(value), device=value.device).unsqueeze(1)
    return value.movedim(dim, 1)[member, places.to(value.device)].movedim(1, dim).contiguous()


def fitted(fit, begun: list) -> list:
    """What a function of the caller's makes of some sets of tickets: as many sets."""
    found = fit(begun) if begun else []
    if (
        not isinstance(found, list | tuple)
        or len(found) != len(begun)
        or not all(isinstance(f, type(begun[0])) for f in found)
    ):
        raise checks.refused("fit", found, f"a function that gives the {len(begun)} sets of Tickets it was handed")
    return found


def repeated(data: torch.Tensor, labels: torch.Tensor, times: int) -> torch.Tensor:
    """One data set a seed, repeated for every set of tickets; a shared one stays as it is."""
    return data.repeat(times, *[1] * (data.ndim - 1)) if labels.ndim == 2 else data
