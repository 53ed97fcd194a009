"""Batch norm's statistics, taken again: what a cut network can have without any training."""

import copy

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from pruneuq_helpers.data import Data
from pruneuq_helpers.models.state import evaluating
from pruneuq_helpers.training.predict import floating_type


def statistics_again(model: nn.Module, data: Data, batch: int = 128, images: int = 10_000, seed: int = 0) -> nn.Module:
    """A copy of a network whose batch norms know the means and variances of the maps that reach them now."""
    twin = copy.deepcopy(model)
    norms = [layer for layer in twin.modules() if isinstance(layer, _BatchNorm) and layer.track_running_stats]
    first = next(twin.parameters())
    order = torch.randperm(len(data.train), generator=torch.Generator().manual_seed(seed))[:images]
    # Batches in the order of the file may hold one class each; a smaller last one would count as much as the others.
    whole = len(order) // batch * batch or len(order)
    with evaluating(twin), torch.no_grad():
        momenta = [norm.momentum for norm in norms]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # torch's word for a plain average
            norm.train()
        for drawn in order[:whole].split(batch):
            shown = data.normalise(data.train.images[drawn].to(first.device))
            twin(shown.to(floating_type(twin)))
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
    return twin
