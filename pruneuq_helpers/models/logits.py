"""Networks that give more than their logits."""

import torch
from torch import nn


class LogitsOf(nn.Module):
    """A network that gives its logits in a tuple, or as `logits` of what it gives."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """The logits alone."""
        return logits_in(self.network(images))


def logits_in(given):
    """The logits in what a network gives, whatever that is."""
    return given[0] if isinstance(given, tuple | list) else getattr(given, "logits", given)


def every_output(network: nn.Module, images: torch.Tensor) -> list[torch.Tensor]:
    """All tensors that a network gives: a layer that only another output needs is part of the network, too."""
    given = network.network(images) if isinstance(network, LogitsOf) else network(images)
    others = given[1:] if isinstance(given, tuple | list) else ()
    return [logits_in(given), *(other for other in others if isinstance(other, torch.Tensor) and other.requires_grad)]
