"""A network's logits for many images."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from pruneuq_helpers.data import Part
from pruneuq_helpers.errors import ParameterError
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
    device, dtype = placed(model, device), floating_type(model)
    precision = precision_on(device, precision, dtype)
    if batch < 1:
        raise ParameterError(f"parameter `batch` got {batch}; it takes a number of at least 1")
    held = isinstance(images, Tensor)
    if held and normalise is None and not images.is_floating_point():
        raise ParameterError(f"parameter `images` got {images.dtype}; raw images also need `normalise`")
    source = Part(images, images) if held else images
    logits = []
    with evaluation(model), autocast(device, precision):
        for part, _ in plain_batches(source, batch, device, workers):
            part = part.to(device)
            part = part if normalise is None else normalise(part)
            logits.append(model(part.to(dtype)).to(dtype).cpu())
    return torch.cat(logits)


def placed(model: nn.Module, device: str | torch.device | None) -> torch.device:
    """Move the model to the device, by default the one it is on, and return the device."""
    first = next(model.parameters(), None)
    if device is None:
        return first.device if first is not None else torch.device("cpu")
    try:
        device = torch.device(device)
    except RuntimeError as error:
        raise ParameterError(f"parameter `device` got {device!r}; it takes cpu or cuda") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ParameterError(f"parameter `device` got {device}; torch finds no GPU here, so it takes cpu")
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
