"""Random numbers of our own, so that torch's global ones are neither used nor moved."""

import torch


def seeded(seed: int) -> torch.Generator:
    """Make a generator for a seed, on the processor: a seed gives the same numbers on every device."""
    return torch.Generator().manual_seed(int(seed))
