"""Batches for training: from tensors on the device, or from files through a DataLoader."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from pruneuq_helpers import checks
from pruneuq_helpers.data import Part

Augment = Callable[[Tensor, torch.Generator], Tensor]


def batch_order(count: int, generator: torch.Generator) -> Tensor:
    """One epoch's order of the training images, bit for bit that of a shuffling DataLoader with this generator.

    Parameters
    ----------
    count : int
        How many images.
    generator : torch.Generator
        On the CPU; it is left as the DataLoader would leave it, so that later epochs agree too.

    Returns
    -------
    Tensor
        A permutation of 0 … count-1.

    Examples
    --------
    >>> import torch
    >>> from pruneuq_helpers.training import batch_order
    >>> from torch.utils.data import DataLoader
    >>> loader = DataLoader(range(5), shuffle=True, generator=torch.Generator().manual_seed(1))
    >>> [int(item) for item in loader] == batch_order(5, torch.Generator().manual_seed(1)).tolist()
    True
    """
    checks.instance("generator", generator, torch.Generator, "a torch.Generator on the processor")
    return shuffled(checks.whole("count", count, least=0), generator)


def shuffled(count: int, generator: torch.Generator) -> Tensor:  # of what is checked
    # A DataLoader draws a seed for its workers first, and its sampler asks for one more permutation at the end.
    torch.empty((), dtype=torch.int64).random_(generator=generator)
    order = torch.randperm(count, generator=generator)
    torch.randperm(count, generator=generator)
    return order


def training_batches(
    part: Part | Dataset, batch: int, generator: torch.Generator, device: torch.device, workers: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch of shuffled batches, on the device."""
    if isinstance(part, Part):
        order = shuffled(len(part), generator).to(device)
        for index in order.split(batch):
            yield part.images[index], part.labels[index]
    else:
        yield from _loaded(part, batch, device, workers, shuffle=True, generator=generator)


def plain_batches(
    part: Part | Dataset, batch: int, device: torch.device, workers: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """All batches in order, on the device."""
    if isinstance(part, Part):
        yield from zip(part.images.split(batch), part.labels.split(batch), strict=True)
    else:
        yield from _loaded(part, batch, device, workers)


def _loaded(dataset: Dataset, batch: int, device: torch.device, workers: int, **order):
    pinned = device.type == "cuda"
    loader = DataLoader(dataset, batch, num_workers=workers, pin_memory=pinned, **order)
    for images, labels in loader:
        yield images.to(device, non_blocking=pinned), labels.to(device, non_blocking=pinned)
