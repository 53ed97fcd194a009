"""Compactors: square 1x1 convolutions behind batch norms, whose rows may be driven to zero; and folding them away."""

import copy
from collections import OrderedDict

import torch
from torch import nn

from pruneuq_helpers.pruning.fusing import fuse
from pruneuq_helpers.pruning.resrep_plan import Plan
from pruneuq_helpers.pruning.surgery import delete


class Compactor(nn.Conv2d):
    """A bias-free 1x1 convolution that begins as the identity, with what ResRep remembers of its rows."""

    def __init__(self, width: int):
        super().__init__(width, width, 1, bias=False)
        nn.init.dirac_(self.weight)
        # 1 for rows that the loss may still move; buffers follow the network to a device and into a checkpoint.
        self.register_buffer("mask", torch.ones(width))
        self.register_buffer("velocity", torch.zeros(width, width))

    def norms(self) -> torch.Tensor:
        """Euclidean norm of each row, ``[width]``."""
        return self.weight.detach().flatten(1).norm(dim=1)

    @torch.no_grad()
    def step(self, rate: float, strength: float, momentum: float) -> None:
        """Move the rows once, with momentum: by the masked gradient, and a pull to zero on all (S1, Eq. 4)."""
        rows = self.weight.flatten(1)
        pull = rows / rows.norm(dim=1, keepdim=True).clamp_min(1e-12)
        gradient = self.weight.grad.flatten(1) * self.mask.unsqueeze(1) + strength * pull
        self.velocity.mul_(momentum).add_(gradient)
        self.weight.sub_(rate * self.velocity.view_as(self.weight))
        self.weight.grad = None  # the network's own optimiser leaves alone what has no gradient


def insert(model: nn.Module, plan: Plan) -> nn.Module:
    """Copy a network with a compactor behind the batch norm of every target: its logits are the same."""
    twin = copy.deepcopy(model)
    for target in plan.targets:
        norm = twin.get_submodule(target.norm)
        compactor = Compactor(target.group.width).to(norm.weight)
        # What was `bn1` is then `bn1.norm`, and its compactor `bn1.compactor`.
        _put(twin, target.norm, nn.Sequential(OrderedDict(norm=norm, compactor=compactor)))
    return twin


def fold(model: nn.Module, plan: Plan, threshold: float) -> nn.Module:
    """Fold every compactor into the convolution and batch norm before it, and cut the rows that are next to zero."""
    twin, gone = copy.deepcopy(model), {}
    for target in plan.targets:
        pair = twin.get_submodule(target.norm)
        gone[target.group] = short_rows(pair.compactor, threshold)
        # The convolution becomes compactor times batch norm times convolution, and the batch norm keeps its place with
        # nothing left to do but to add the shift: so the network is one of the usual shape, only narrower.
        fuse(twin.get_submodule(target.conv), pair.norm, pair.compactor)
        _put(twin, target.norm, pair.norm)
    return delete(twin, plan.groups, [gone.get(group, []) for group in plan.groups])


def short_rows(compactor: Compactor, threshold: float) -> list[int]:
    """Rows of a compactor whose norm is below a threshold, but for the longest."""
    norms = compactor.norms()
    longest = int(norms.argmax())
    return [row for row in (norms < threshold).nonzero().flatten().tolist() if row != longest]


def _put(model: nn.Module, name: str, module: nn.Module) -> None:
    parent, _, last = name.rpartition(".")
    setattr(model.get_submodule(parent), last, module)
