"""Do the network and the data belong together? Asked before anything is measured."""

import torch
from torch import nn

from pruneuq_helpers.audit.failures import one_sentence
from pruneuq_helpers.data import Data
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.models.state import evaluating
from pruneuq_helpers.training.predict import floating_type, placed

_LOOKED_AT = 8


def check_subject(model: nn.Module, data: Data, device: str = "cpu") -> torch.Tensor:
    """Show the network a few test images, and say in one sentence what does not fit.

    >>> from pruneuq_helpers import data
    >>> check_subject(nn.Linear(2, 2), data.load("moons")).shape
    torch.Size([8, 2])
    >>> check_subject(nn.Linear(2, 3), data.load("moons"))
    Traceback (most recent call last):
    ...
    pruneuq_helpers.errors.ParameterError: the network tells 3 classes apart and the data have 2 (upper, lower)
    """
    _check_data(data)
    if next(model.parameters(), None) is None:
        raise ParameterError("parameter `model` got a network without weights; it takes one that has some to remove")
    with one_sentence(f"the network cannot be moved to {device}", "it takes cpu"):
        placed(model, device)
    images = data.normalise(data.test.images[:_LOOKED_AT].to(device)).to(floating_type(model))
    shape = "×".join(map(str, data.input_shape))
    with one_sentence(f"the network does not take images of {shape}", _takes(data)), evaluating(model), torch.no_grad():
        logits = model(images)
    _check_logits(logits, len(images), data)
    return images


def _check_data(data: Data) -> None:
    if len(data.test) == 0:
        raise ParameterError("parameter `data` got an empty test part; it takes images to judge on")
    if len(data.classes) < 2:
        raise ParameterError(f"parameter `data` got {len(data.classes)} classes; it takes two or more to tell apart")


def _takes(data: Data) -> str:
    if len(data.input_shape) == 3:
        return "it takes those that the network was made for: try `size`, or `channels`"
    return "it takes those that the network was made for"


def _check_logits(logits, count: int, data: Data) -> None:
    if not isinstance(logits, torch.Tensor) or logits.ndim != 2 or len(logits) != count:
        got = tuple(logits.shape) if isinstance(logits, torch.Tensor) else f"a {type(logits).__name__}"
        raise ParameterError(f"the network gives {got} for {count} images; it takes one that gives logits [N, classes]")
    if logits.shape[1] != len(data.classes):
        some = ", ".join(data.classes[:8]) + (", …" if len(data.classes) > 8 else "")
        raise ParameterError(
            f"the network tells {logits.shape[1]} classes apart and the data have {len(data.classes)} ({some})"
        )
    if not logits.isfinite().all():
        raise ParameterError("the network gives logits that are not finite; it takes one that was trained")
    if logits.min() >= 0 and torch.allclose(logits.sum(1), torch.ones_like(logits[:, 0]), atol=1e-4):
        raise ParameterError(
            "the network gives probabilities that sum to 1; it takes logits, so leave out the last softmax"
        )
