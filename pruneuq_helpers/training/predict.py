"""A network's logits for many images."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from pruneuq_helpers import checks
from pruneuq_helpers.checks import networks, tensors
from pruneuq_helpers.data import Part
from pruneuq_helpers.training.batches import plain_batches
from pruneuq_helpers.training.precision import autocast, precision_on


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
    >>> training.predict(model, digits.test.images, normalise=digits.normalise).shape
    torch.Size([449, 10])
    """
    return logits(model, *prepared(model, images, batch, device, normalise, precision, workers))


def prepared(model, images, batch=1024, device=None, normalise=None, precision="float32", workers=0) -> tuple:
    """What `logits` takes beside the network, checked."""
    device = placed(networks.runnable("model", model), device)
    precision = precision_on(device, precision, floating_type(model))
    batch, workers = checks.whole("batch", batch), checks.whole("workers", workers, least=0)
    if normalise is not None:
        checks.function("normalise", normalise)
    return _shown(images, normalise), batch, device, normalise, precision, workers


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


def logits(model: nn.Module, images, batch: int, device: torch.device, normalise, precision: str, workers: int):
    """What `predict` gives, of what is checked."""
    dtype, found = floating_type(model), []
    held = isinstance(images, Tensor)
    source = Part(images, images) if held else images
    seen = images.shape if held else (len(images),)
    with evaluation(model), autocast(device, precision), networks.running(model, seen):
        for part, _ in plain_batches(source, batch, device, workers):
            part = part.to(device)
            part = part if normalise is None else normalise(part)
            found.append(networks.logits(model(part.to(dtype)), len(part)).to(dtype).cpu())
    return torch.cat(found)


def placed(model: nn.Module, device: str | torch.device | None) -> torch.device:
    """Move the model to the device, by default the one it is on, and return the device."""
    first = next(model.parameters(), None)
    if device is None:
        return first.device if first is not None else torch.device("cpu")
    device = networks.device("device", device)
    model.to(device)
    return device


def floating_type(model: nn.Module) -> torch.dtype:
    """The type of the model's weights."""
    return next((weight.dtype for weight in model.parameters() if weight.is_floating_point()), torch.float32)


@contextmanager
def evaluation(model: nn.Module) -> Iterator[None]:
    """Eval mode without gradients; each module returns to the mode it was in, for they may differ."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, mode in modes:
            module.training = mode
