"""The loss."""

import torch


def mean_losses(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy of every member, as in `cross_entropy`, where no gradient is wanted."""
    return -torch.log_softmax(logits, 1).gather(1, labels.unsqueeze(1)).mean((1, 2))


def cross_entropy(logits: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean cross-entropy of every member, and its gradient at the logits."""
    at_label = labels.unsqueeze(1)
    losses = mean_losses(logits, labels)
    # Not the exponential of its log-softmax: that vectorised loop has a remainder rounded otherwise (see `Packed`).
    gradient = torch.softmax(logits, 1)
    gradient.scatter_add_(1, at_label, gradient.new_full((), -1.0).expand(at_label.shape))
    return losses, gradient.div_(labels.shape[1])
