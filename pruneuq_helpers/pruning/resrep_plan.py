"""What of a network ResRep works on: the layers that a compactor can shorten, and the work of all."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from pruneuq_helpers.checks import networks
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.models.catalogue import defined_here
from pruneuq_helpers.models.state import evaluating, example_of
from pruneuq_helpers.pruning.groups import Group, find_groups


@dataclass(frozen=True)
class Target:
    """A layer that a compactor can shorten: its group of units, its convolution and its batch norm."""

    group: Group
    conv: str
    norm: str


@dataclass(frozen=True)
class Plan:
    """What of a network ResRep works on."""

    groups: list[Group]
    # A compactor can shorten a group of one convolution with a batch norm behind it, and no sum that ties it.
    targets: list[Target]
    # Of each convolution and linear layer its multiply-adds, and the places in `targets` of its inputs and of its
    # outputs (None where they cannot shrink).
    work: list[tuple[int, int | None, int | None]]

    @classmethod
    def of(cls, model: nn.Module, input_shape: Sequence[int] | None = None) -> "Plan":
        """Read the plan of a network, which is left as it was."""
        input_shape = None if input_shape is None else networks.shape("input_shape", input_shape)
        example = example_of(networks.plain("model", model), input_shape=input_shape)
        example = example.to("meta") if defined_here(model) else example
        with torch.inference_mode(mode=False):
            groups = find_groups(model, example)
        work, feeds = _watched(model, example)
        targets = [found for group in groups if (found := _target(model, group)) and feeds[found.norm] == found.conv]
        if not targets:
            raise ParameterError(
                "parameter `model` got a network without a convolution that a batch norm follows and no sum ties; "
                "ResRep takes one with some"
            )
        places = {(cut.layer, cut.side): at for at, found in enumerate(targets) for cut in found.group.cuts}
        work = [(count, places.get((name, "in")), places.get((name, "out"))) for name, count in work]
        return cls(groups, targets, work)

    @property
    def widths(self) -> list[int]:
        """Units of every target."""
        return [target.group.width for target in self.targets]

    def macs(self, kept: Sequence[int]) -> float:
        """Multiply-adds when so many units of every target are kept."""
        share = [count / width for count, width in zip(kept, self.widths, strict=True)]
        return sum(
            count * (1 if inputs is None else share[inputs]) * (1 if outputs is None else share[outputs])
            for count, inputs, outputs in self.work
        )


def _target(model: nn.Module, group: Group) -> Target | None:
    norms = [cut.layer for cut in group.cuts if isinstance(_module(model, cut.layer), _BatchNorm)]
    usable = len(norms) == 1 and _module(model, norms[0]).affine and _module(model, norms[0]).track_running_stats
    conv = _module(model, group.makers[0])
    alone = len(group.makers) == 1 and isinstance(conv, nn.Conv2d)
    if not (alone and usable) or group.width != _module(model, norms[0]).num_features:
        return None
    return Target(group, group.makers[0], norms[0])


def _module(model: nn.Module, name: str) -> nn.Module | None:
    return dict(model.named_modules()).get(name)


def _watched(model: nn.Module, example: torch.Tensor) -> tuple[list[tuple[str, int]], dict[str, str | None]]:
    """Multiply-adds of every convolution and linear layer for one example, and what each batch norm takes as it is."""
    twin, work, made, feeds = copy.deepcopy(model).to(example.device), [], {}, {}

    def after(name: str, layer: nn.Module, _, maps: torch.Tensor) -> None:
        work.append((name, layer.weight.numel() * maps[0, 0].numel()))
        made[id(maps)] = (name, maps)  # kept, so that no other gets its id

    def before(name: str, _, taken: tuple[torch.Tensor]) -> None:
        # None after something else than a convolution, such as a pooling: then nothing folds.
        feeds[name] = made.get(id(taken[0]), (None,))[0]

    for name, layer in twin.named_modules():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            layer.register_forward_hook(partial(after, name))
        elif isinstance(layer, _BatchNorm):
            layer.register_forward_pre_hook(partial(before, name))
    with evaluating(twin), torch.no_grad():
        twin(example)
    return work, feeds
