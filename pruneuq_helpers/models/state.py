"""Looking at a model without leaving a trace: evaluation mode for a while, and an example to show it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import nn

from pruneuq_helpers.errors import ParameterError


@contextmanager
def evaluating(model: nn.Module) -> Iterator[nn.Module]:
    """Put a model in evaluation mode for a while; every module gets its own mode back."""
    modes = [(module, module.training) for module in model.modules()]
    try:
        yield model.eval()
    finally:
        for module, mode in modes:
            module.training = mode


def example_of(model: nn.Module, images: torch.Tensor | None = None, input_shape: Sequence[int] | None = None):
    """Make one example, all zeros, that a model accepts, in its type and on its device."""
    if input_shape is None and images is not None:
        input_shape = tuple(images.shape[1:])
    if input_shape is None:
        input_shape = getattr(model, "input_shape", None)
    if input_shape is None:
        raise ParameterError(
            f"parameter `input_shape` got none; of a {type(model).__name__}, which this package does not define, "
            "it takes the shape of one example, such as (3, 32, 32)"
        )
    weight = next((p for p in model.parameters() if p.is_floating_point()), torch.empty(0))
    return torch.zeros(1, *input_shape, dtype=weight.dtype, device=weight.device)
