"""Removal that forgets what a sum ties together: S1's probable reading of "every layer its own channels"."""

import copy
from collections import defaultdict

import torch
from torch import nn

from pruneuq_helpers.checks import networks
from pruneuq_helpers.models.state import evaluating
from pruneuq_helpers.pruning.groups import Cut, Group


def split_groups(model: nn.Module, groups: list[Group], example: torch.Tensor) -> list[Group]:
    """Take tied groups apart, so that each of the layers that a sum ties together chooses channels of its own."""
    # The widths still fit, because every part loses equally many channels, but the sum then adds channels that meant
    # different things. What reads the sum follows the layer that ran last before it, as code does that hands the kept
    # channels from each convolution to the next.
    order = _calls(model, example)
    parts = [part for group in groups for part in (_split(group, order) if len(group.makers) > 1 else [group])]
    return sorted(parts, key=lambda part: order[part.makers[0]])


def _calls(model: nn.Module, example: torch.Tensor) -> dict[str, int]:
    """Place of every layer in the order in which the forward pass calls them."""
    twin, order = copy.deepcopy(model).to(example.device), []
    for name, layer in twin.named_modules():
        layer.register_forward_hook(lambda *_, name=name: order.append(name))
    with evaluating(twin), torch.no_grad(), networks.running(model, example.shape, "example"):
        twin(example)
    return {name: place for place, name in reversed(list(enumerate(order)))}


def _split(group: Group, order: dict[str, int]) -> list[Group]:
    makers = sorted(group.makers, key=order.get)
    cuts: dict[str, list[Cut]] = defaultdict(list)
    for cut in group.cuts:
        own = cut.side == "out" and cut.layer in makers
        # A parameter that stands by itself is called by nobody: it goes with the last layer of the sum.
        place = order.get(cut.layer, len(order))
        earlier = [maker for maker in makers if order[maker] < place] or makers[:1]
        cuts[cut.layer if own else earlier[-1]].append(cut)
    return [Group(tuple(cuts[maker]), (maker,), group.width) for maker in makers]
