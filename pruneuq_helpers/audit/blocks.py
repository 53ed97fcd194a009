"""Layers that tie channels in blocks, such as attention: they stay whole, and tracing goes past them."""

import copy
from typing import Any

import torch
from torch import nn
from torch.nn.modules.conv import _ConvNd

from pruneuq_helpers.audit.failures import one_sentence
from pruneuq_helpers.models.state import evaluating
from pruneuq_helpers.pruning.groups import is_depthwise

_BLOCKED = (nn.GroupNorm, nn.MultiheadAttention, nn.RNNBase)


def ties_blocks(layer: nn.Module) -> bool:
    """Tell whether a layer computes with blocks of channels (heads, groups, gates), none of which can go alone."""
    grouped = isinstance(layer, _ConvNd) and layer.groups > 1 and not is_depthwise(layer)
    return grouped or isinstance(layer, _BLOCKED)


def behind_screens(model: nn.Module, images: torch.Tensor) -> tuple[nn.Module, tuple[str, ...]]:
    """A copy to trace, in which nothing is seen of layers that tie blocks but that they come between others."""
    twin = copy.deepcopy(model).requires_grad_(True)
    # By hand: a module multiplies by the weights of its layers itself, as windowed attention does: what it makes of
    # them cannot be known.
    found = {name for name, layer in twin.named_modules() if ties_blocks(layer)} | _by_hand(twin, images)
    names = tuple(name for name, _ in twin.named_modules() if name in found and not _within(name, found))
    if not names or names == ("",):
        return model, names
    # Removal is tried on the network itself: it fails, or computes something else, wherever it would touch a screened
    # layer, so that only what lies between such layers goes.
    for name in names:
        twin.set_submodule(name, _Screen(twin.get_submodule(name)))
    return twin, names


def _by_hand(model: nn.Module, images: torch.Tensor) -> set[str]:
    """Names of the modules that multiply by the weights of layers which they never call."""
    called: set[str] = set()
    hooks = [
        module.register_forward_hook(lambda *_, name=name: called.add(name)) for name, module in model.named_modules()
    ]
    doing, takes = "parameter `model` got a network that cannot be traced", "it takes one that torch-pruning can trace"
    with one_sentence(doing, takes), torch.enable_grad(), evaluating(model):
        used = _weights_behind(model(images))
    for hook in hooks:
        hook.remove()
    layers = {name: layer for name, layer in model.named_modules() if isinstance(layer, (_ConvNd, nn.Linear))}
    bare = [name for name, layer in layers.items() if name not in called and layer.weight in used]
    return {max((module for module in called if _within(name, {module})), key=len) for name in bare} - {""}


def _weights_behind(output: torch.Tensor) -> set[torch.Tensor]:
    """Every weight that an output was computed with: the ends of autograd's graph."""
    ends, seen, ahead = set(), set(), [output.grad_fn]
    while ahead:
        step = ahead.pop()
        if step is not None and step not in seen:
            seen.add(step)
            ahead += [further for further, _ in step.next_functions]
            ends |= {step.variable} if hasattr(step, "variable") else set()
    return ends


def _within(name: str, modules: set[str]) -> bool:
    """Whether a module lies inside one of others; the network itself has the empty name."""
    return any(name != module and name.startswith(f"{module}." if module else "") for module in modules)


class _Screen(nn.Module):
    """Computes what the layer behind it computes; its weights are not to be found, and its steps leave no trace."""

    def __init__(self, layer: nn.Module):
        super().__init__()
        self._hidden = (layer.eval().requires_grad_(False),)  # a tuple: what is in it is no submodule

    def __getattr__(self, name: str) -> Any:
        """What others read of the layer: PyTorch's encoder asks its attention whether the batch comes first."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(self.__dict__["_hidden"][0], name)

    def forward(self, *inputs, **options):
        with torch.no_grad():
            result = self._hidden[0](*inputs, **options)
        given = [value for value in (*inputs, *options.values()) if isinstance(value, torch.Tensor)]
        return _tied(result, given)


def _tied(result: Any, given: list[torch.Tensor]) -> Any:
    """The same result, of which autograd knows from what it came and nothing else."""
    if isinstance(result, tuple):
        return tuple(_tied(part, given) for part in result)
    return _Step.apply(result, *given) if isinstance(result, torch.Tensor) else result


class _Step(torch.autograd.Function):
    """One step in the trace between the inputs of a layer and its output."""

    @staticmethod
    def forward(context, result, *given):
        return result.clone()
