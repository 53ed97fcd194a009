"""Random numbers of our own, so that torch's global ones are neither used nor moved."""

import numbers

import torch

from pruneuq_helpers.errors import ParameterError


def seeded(seed: int) -> torch.Generator:
    """Make a generator for a seed, on the processor: a seed gives the same numbers on every device.

    >>> torch.randperm(3, generator=seeded(0)).tolist()
    [2, 0, 1]
    """
    if isinstance(seed, bool) or not isinstance(seed, numbers.Integral):
        raise ParameterError(f"parameter `seed` got {seed!r}; it takes a whole number")
    return torch.Generator().manual_seed(int(seed))
