"""Monte Carlo dropout on stacks of pruned networks."""

from collections.abc import Sequence

import torch

from pruneuq_helpers import population
from pruneuq_helpers.pruning import tickets


def passes(
    some: tickets.Tickets, images: torch.Tensor, count: int, device: str = "cpu", seeds: Sequence[int] = (0,)
) -> torch.Tensor:
    """Logits ``[M, K, N, C]`` of M passes with dropout on, of K networks; images are theirs each, or shared."""
    own = images if images.ndim > 1 + len(some.network.input_shape) else [images] * len(seeds)

    def passed(k: int, turn: int) -> torch.Tensor:
        weights = {name: value[k : k + 1] for name, value in some.weights.items()}
        # Every network of every pass draws with a seed of its own, whatever its place in the stack is.
        return population.predict(some.network, weights, own[k], dropout=1000 * turn + seeds[k], device=device)[0]

    return torch.stack([torch.stack([passed(k, turn) for k in range(len(seeds))]) for turn in range(count)])
