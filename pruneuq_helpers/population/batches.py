"""Which images a member sees, and when."""

import torch

from pruneuq_helpers.population.stack import stacked
from pruneuq_helpers.training.batches import shuffled


class Order:
    """One member's shuffling: exactly that of ``DataLoader(shuffle=True, generator=g)`` with ``g`` seeded so."""

    def __init__(self, seed: int, size: int):
        self.size, self.generator = size, torch.Generator().manual_seed(seed)

    def epoch(self) -> torch.Tensor:
        """The next epoch's permutation."""
        return shuffled(self.size, self.generator)


class Images:
    """Images and labels on the device: shared by all members, or one set for each live member."""

    def __init__(self, images, labels, input_shape: tuple, places: torch.Tensor, population: int, dtype, device):
        wide = stacked(images, input_shape, population)
        self.shared = population == 1 or wide.stride(0) == 0
        self.images = (wide[0] if self.shared else wide[places]).to(device, dtype)
        self.labels = (labels if labels.ndim == 1 else labels[places]).to(device)
        self.members, self.size = len(places), wide.shape[1]

    def all(self) -> tuple[torch.Tensor, torch.Tensor]:
        """``[k, N, ...]`` and ``[k, N]``, in order; what is shared is not copied."""
        images = self.images.unsqueeze(0) if self.shared else self.images
        return images.expand(self.members, *images.shape[1:]), self.labels.expand(self.members, -1)

    def at(self, index: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """``[k, B, ...]`` and ``[k, B]`` at each member's own places ``[k, B]``."""
        return _taken(self.images, index, self.shared), _taken(self.labels, index, self.labels.ndim == 1)

    def select(self, places: torch.Tensor) -> None:
        """Keep only the members at these places."""
        self.members = len(places)
        self.images = self.images if self.shared else self.images[places]
        self.labels = self.labels if self.labels.ndim == 1 else self.labels[places]


def _taken(values: torch.Tensor, index: torch.Tensor, shared: bool) -> torch.Tensor:
    """Values at ``[k, B]`` places, of one set or of each member's own."""
    if not shared:
        return values[torch.arange(len(index), device=index.device).unsqueeze(1), index]
    # Rows by number are copied several times faster than by the general indexing of `values[index]`.
    return values.index_select(0, index.flatten()).view(*index.shape, *values.shape[1:])
