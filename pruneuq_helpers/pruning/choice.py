"""Ranking the units of every group, and choosing those that go."""

from collections import defaultdict

import numpy as np
import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from pruneuq_helpers import checks
from pruneuq_helpers.checks import networks, tensors
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.pruning.criteria import CRITERIA, bn_scores, l1_scores, random_scores
from pruneuq_helpers.pruning.groups import Cut, Group
from pruneuq_helpers.pruning.hrank import hrank_scores
from pruneuq_helpers.pruning.levels import staying

SCOPES = ("all", "fc")
ORDERS = ("sequential", "at_once")


def check(model: nn.Module, level: float, criterion: str, images, seed: int, scope: str, order: str) -> None:
    """Say what is wrong with what `choose` gets, before the network is traced."""
    checks.choice("criterion", criterion, CRITERIA)
    networks.plain("model", model, values=criterion != "random")  # chance asks no weight, even of one on meta
    checks.level("level", level)
    checks.seed("seed", seed)
    checks.choice("scope", scope, SCOPES)
    checks.choice("order", order, ORDERS)
    if criterion == "hrank" and images is None:
        raise ParameterError("parameter `images` got none; criterion `hrank` takes images to look at, best 640")
    if images is not None:
        tensors.images("images", images)


def choose(
    model: nn.Module,
    groups: list[Group],
    level: float,
    criterion: str,
    images: torch.Tensor | None,
    seed: int,
    scope: str,
    order: str,
) -> list[list[int]]:
    """Choose the units of each group that go; see `remove_channels` for the parameters."""
    modules, generator = dict(model.named_modules()), torch.Generator().manual_seed(int(seed))
    in_scope = [group for group in groups if scope == "all" or _linear_only(group, modules)]
    if not in_scope:
        raise ParameterError(
            "parameter `model` got a network without hidden "
            f"{'channels' if scope == 'all' else 'linear layers'}; it takes one that has some to remove"
        )
    seen = {}
    if criterion == "hrank":
        seen = hrank_scores(model, [name for group in in_scope for name in group.makers], images)
    dead: dict[str, set[int]] = defaultdict(set)
    removed = []
    for group in groups:
        units: list[int] = []
        if group in in_scope:
            scores = _scores(group, modules, criterion, dead, generator, seen)
            units = _lowest(scores, group.width - staying(group.width, level))
        removed.append(units)
        if order == "sequential":
            for cut in group.cuts:
                if cut.side == "in":
                    dead[cut.layer].update(i for unit in units for i in cut.units[unit])
    return removed


def _linear_only(group: Group, modules: dict[str, nn.Module]) -> bool:
    return all(isinstance(modules[name], nn.Linear) for name in group.makers)


def _scores(group: Group, modules: dict, criterion: str, dead: dict, generator, seen: dict) -> list[np.ndarray]:
    """Scores of a group's units: the first ranks them, the second breaks ties in it."""
    if criterion == "random":
        return [random_scores(group.width, generator).numpy()]
    if criterion == "bn":
        norms = [cut for cut in group.cuts if isinstance(modules.get(cut.layer), _BatchNorm)]
        norms = [cut for cut in norms if modules[cut.layer].affine]
        if not norms:
            raise ParameterError(
                f"parameter `criterion` got 'bn', but no batch norm with a scale follows `{group.makers[0]}`; "
                "it takes random, l1 or hrank for such a network"
            )
        return [_mean([_by_unit(bn_scores(modules[cut.layer]), cut) for cut in norms])]
    makers = group.outputs(group.makers)
    if criterion == "l1":
        return [_mean([_by_unit(l1_scores(modules[cut.layer], dead[cut.layer]), cut) for cut in makers])]
    return [_mean([_by_unit(seen[cut.layer][row], cut) for cut in makers]) for row in (0, 1)]


def _by_unit(scores: torch.Tensor, cut: Cut) -> np.ndarray:
    """Mean score of the outputs that each unit has in a layer: most often one."""
    values = scores.numpy()
    return np.array([values[list(unit)].mean() for unit in cut.units])


def _mean(members: list[np.ndarray]) -> np.ndarray:
    """Mean over tied layers, each score divided by its layer's mean so that none outweighs the others."""
    if len(members) == 1:
        return members[0]
    return np.mean([scores / scores.mean() if scores.mean() else scores for scores in members], axis=0)


def _lowest(scores: list[np.ndarray], count: int) -> list[int]:
    ranked = np.lexsort((np.arange(len(scores[0])), *reversed(scores)))
    return sorted(ranked[:count].tolist())
