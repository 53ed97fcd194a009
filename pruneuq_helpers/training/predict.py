"""A network's logits for many images."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from pruneuq_helpers import checks
from pruneuq_helpers.checks import networks, tensors
from pruneuq_helpers.data import Part
from pruneuq_helpers.models.state import evaluating
from pruneuq_helpers.training.batches import plain_batches
from pruneuq_helpers.training.precision import PRECISIONS, autocast, settled


def predict(
    model: nn.Module,
    images: Tensor | Dataset,
    batch: int = 1024,
    device: str | torch.device | None = None,
    normalise: Callable[[Tensor], Tensor] | None = None,
    precision: str = "float32",
    workers: int = 0,
) -> Tensor:
    """The logits of all images, in eval mode and without gradients.

    Parameters
    ----------
    model : nn.Module
        Moved to `device`; its modules' train and eval states are as before afterwards.
    images : Tensor or Dataset
        Normalised images or points; or ``uint8`` images together with `normalise`; or a Dataset of such with labels.
    batch : int
        How many at a time.
    device : str or torch.device, optional
        Where the model is, unless given.
    normalise : callable, optional
        Applied to each batch on the device: ``data.normalise`` of the set that the model was trained on.
    precision : {"float32", "bfloat16", "auto"}
        As for `train`.
    workers : int
        Processes that read files, for a Dataset only.

    Returns
    -------
    Tensor
        ``[N, C]`` on the CPU.

    Examples
    --------
    >>> import torch
    >>> from pruneuq_helpers import data, training
    >>> digits = data.load("digits")
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 10))
    >>> logits = training.predict(model, digits.test.images, normalise=digits.normalise)
    >>> torch.allclose(logits, model(digits.normalise(digits.test.images)), atol=1e-6)
    True
    """
    return answers(networks.runnable("model", model), asked(images, batch, device, normalise, precision, workers))


@dataclass(frozen=True)
class Asked:
    """What one or several networks are asked, checked: what `predict` takes beside the network."""

    images: Tensor | Dataset
    batch: int
    device: torch.device | None
    normalise: Callable[[Tensor], Tensor] | None
    precision: str
    workers: int


def asked(images, batch=1024, device=None, normalise=None, precision="float32", workers=0) -> Asked:
    """Check what networks are asked."""
    device = None if device is None else networks.device("device", device)
    checks.choice("precision", precision, PRECISIONS)
    batch, workers = checks.whole("batch", batch), checks.whole("workers", workers, least=0)
    if normalise is not None:
        checks.function("normalise", normalise)
    return Asked(_shown(images, normalise), batch, device, normalise, precision, workers)


def _shown(images, normalise) -> Tensor | Dataset:
    if isinstance(images, Dataset | Part):
        if len(images) == 0:
            raise checks.refused("images", images, "at least one")
        return images
    takes = "a tensor of torch, or a Dataset"
    found = tensors.dense("images", images, takes)
    if normalise is None or found.dtype != torch.uint8:
        return tensors.images("images", found)
    if found.ndim < 2 or len(found) == 0:
        raise checks.refused("images", found, "one image a row, [N, ...], and at least one")
    return found


def answers(model: nn.Module, ask: Asked) -> Tensor:  # of a network that is checked
    device, dtype, found = placed(model, ask.device), floating_type(model), []
    precision, images = settled(device, ask.precision, dtype), ask.images
    held = isinstance(images, Tensor)
    source = Part(images, images) if held else images
    seen = images.shape if held else (len(images),)
    with evaluating(model), torch.no_grad(), autocast(device, precision), networks.running(model, seen):
        for part, _ in plain_batches(source, ask.batch, device, ask.workers):
            part = part.to(device)
            part = part if ask.normalise is None else ask.normalise(part)
            found.append(networks.logits(model(part.to(dtype)), len(part)).to(dtype).cpu())
    return torch.cat(found)


def placed(model: nn.Module, device: torch.device | None) -> torch.device:
    """Move the model to the device, by default the one it is on, and return the device."""
    first = next(model.parameters(), None)
    if device is None:
        return first.device if first is not None else torch.device("cpu")
    model.to(device)
    return device


def floating_type(model: nn.Module) -> torch.dtype:
    """The type of the model's weights."""
    return next((weight.dtype for weight in model.parameters() if weight.is_floating_point()), torch.float32)
