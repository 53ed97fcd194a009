"""Which units of a network can only go together, in every layer they reach.

torch-pruning's dependency graph finds what depends on what, for any architecture it can trace; which units go
is decided by the package itself, because torch-pruning's rounding does not give the counts of S1.
"""

import copy
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.modules.conv import _ConvNd

from pruneuq_helpers.checks.networks import FAULTS
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.models.logits import every_output
from pruneuq_helpers.models.state import evaluating

_MIXED = (nn.GroupNorm, nn.MultiheadAttention, nn.LSTM)
_OUTPUT = "(output)"  # stands for a layer: what leaves the network


@dataclass(frozen=True)
class Cut:
    """Where the units of a group lie in one layer."""

    layer: str
    side: str
    units: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Group:
    """Units that can be removed one by one, each from every layer of the group at once."""

    cuts: tuple[Cut, ...]
    makers: tuple[str, ...]
    width: int

    def outputs(self, names: Iterable[str]) -> list[Cut]:
        """List the cuts at the outputs of some layers."""
        return [cut for cut in self.cuts if cut.side == "out" and cut.layer in set(names)]


def find_groups(model: nn.Module, example: torch.Tensor) -> list[Group]:
    """Find the groups of a network, in the order of its forward pass."""
    for name, layer in model.named_modules():
        _check_layer(layer, name)
    owner = _Union()
    with _one_sentence(example):
        graph, order, names = _trace(model, example)
        for maker in order:
            for place, root in _reach(graph, names, maker):
                owner.join(place, root)
    parts: dict[tuple, list[tuple]] = defaultdict(list)
    for place in owner.places():
        parts[owner.find(place)].append(place)
    makers = [names[maker] for maker in order]
    # Units with the same members form one group: all of a plain layer, or all channels of a residual stage. Where a sum
    # meets a concatenation, the channels that come from each part are groups of their own.
    alike: dict[tuple, list[list[tuple]]] = defaultdict(list)
    for places in sorted((sorted(unit) for unit in parts.values()), key=lambda unit: _first(unit, makers)):
        if all(layer != _OUTPUT for layer, _, _ in places):
            alike[tuple(sorted({(layer, side) for layer, side, _ in places}))].append(places)
    groups = [_group(signature, units, makers) for signature, units in alike.items()]
    return sorted(groups, key=lambda group: makers.index(group.makers[0]))


class _Union:
    """Places that belong to one unit: (layer, side, index), joined two by two."""

    def __init__(self):
        self._parent: dict[tuple, tuple] = {}

    def find(self, place: tuple) -> tuple:
        parent = self._parent.setdefault(place, place)
        while parent != self._parent[parent]:
            self._parent[parent] = self._parent[self._parent[parent]]
            parent = self._parent[parent]
        return parent

    def join(self, one: tuple, other: tuple) -> None:
        self._parent[self.find(one)] = self.find(other)

    def places(self) -> list[tuple]:
        return list(self._parent)


def _trace(model: nn.Module, example: torch.Tensor):
    """Build the dependency graph on a copy, and list its convolutions and linear layers as they are called."""
    import torch_pruning  # slow to import, and needed nowhere else

    # The graph is read off autograd, so that everything in the copy must require a gradient.
    twin = copy.deepcopy(model).to(example.device).requires_grad_(True)
    order: list[nn.Module] = []
    for layer in twin.modules():
        if isinstance(layer, (_ConvNd, nn.Linear)):
            layer.register_forward_hook(lambda layer, *_: order.append(layer) if layer not in order else None)
    with torch.enable_grad(), evaluating(twin):
        # Called by ourselves, because torch-pruning would try a second way and hide the first error.
        graph = torch_pruning.DependencyGraph().build_dependency(twin, example, forward_fn=every_output, verbose=False)
    return graph, order, {module: name for name, module in twin.named_modules()}


def _reach(graph, names: dict, maker: nn.Module) -> Iterator[tuple[tuple, tuple]]:
    """Yield each place that the outputs of a layer reach, beside the output it belongs to."""
    pruner, name = graph.get_pruner_of_module(maker), names[maker]
    outputs = range(pruner.get_out_channels(maker))
    reached = [graph.get_pruning_group(maker, pruner.prune_out_channels, list(outputs))]
    if any(len(set(item.root_idxs)) < len(outputs) for item in reached[0].items):
        # Where several outputs reach one place torch-pruning remembers only one of them: ask one by one.
        reached = [graph.get_pruning_group(maker, pruner.prune_out_channels, [output]) for output in outputs]
    if not graph.module2node[maker].outputs:
        yield from (((_OUTPUT, "out", output), (name, "out", output)) for output in outputs)
    for item in (item for group in reached for item in group.items):
        label = _label(graph, names, item.dep.target)
        if label is not None:
            side = "out" if graph.is_out_channel_pruning_fn(item.dep.handler) else "in"
            for place, output in zip(item.idxs, item.root_idxs, strict=True):
                yield (label, side, place), (name, "out", output)


def _label(graph, names: dict, node) -> str | None:
    """Name of what a node of the graph stands for; none for a step that holds nothing, such as a sum."""
    if isinstance(node.module, nn.Parameter):
        return graph._param_to_name[node.module]
    return _OUTPUT if node.type == graph.ops.OPTYPE.OUTPUT else names.get(node.module)


@contextmanager
def _one_sentence(example: torch.Tensor) -> Iterator[None]:
    """Say in one sentence that a network cannot be traced, whichever way tracing failed."""
    try:
        yield
    except ParameterError:
        raise
    except FAULTS as error:
        said = (str(error).splitlines() or [""])[0]
        raise ParameterError(
            f"parameter `model` got a network that cannot be traced with an input of shape {tuple(example.shape)} "
            f"({type(error).__name__}: {said}); it takes one that torch-pruning can trace"
        ) from error


def _check_layer(layer: nn.Module, name: str) -> None:
    grouped = isinstance(layer, _ConvNd) and layer.groups > 1 and not is_depthwise(layer)
    if grouped or isinstance(layer, _MIXED):
        raise ParameterError(
            f"parameter `model` got a network whose layer `{name}` ({type(layer).__name__}) ties channels in blocks; "
            "it takes one whose channels can be removed one by one"
        )


def is_depthwise(layer: nn.Module) -> bool:
    """Tell whether each filter of a convolution sees one channel only."""
    return isinstance(layer, _ConvNd) and 1 < layer.groups == layer.in_channels == layer.out_channels


def _first(unit: list[tuple], makers: list[str]) -> tuple:
    """Place of a unit in the order of the forward pass: its first maker, then its index there."""
    return min((makers.index(layer), i) for layer, side, i in unit if side == "out" and layer in makers)


def _group(signature: tuple, units: list[list[tuple]], makers: list[str]) -> Group:
    cuts = tuple(
        Cut(layer, side, tuple(tuple(i for at, of, i in unit if (at, of) == (layer, side)) for unit in units))
        for layer, side in sorted(signature, key=lambda end: makers.index(end[0]) if end[0] in makers else len(makers))
    )
    return Group(cuts, tuple(cut.layer for cut in cuts if cut.side == "out" and cut.layer in makers), len(units))
