"""Random numbers of our own, so that torch's global ones are neither used nor moved."""

import torch

from pruneuq_helpers import checks


def seeded(seed: int) -> torch.Generator:
    """Make a generator for a seed, on the processor: a seed gives the same numbers on every device.

    >>> torch.randperm(3, generator=seeded(0)).tolist()
    [2, 0, 1]
    """
    return torch.Generator().manual_seed(checks.seed("seed", seed))
