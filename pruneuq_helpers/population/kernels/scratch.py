"""Memory that is kept from step to step."""

from math import prod

import torch


class Scratch:
    """Named buffers that are allocated once and handed out again."""

    # Fresh memory costs a page fault for every 4 KiB, which for a small network is as dear as the arithmetic.
    def __init__(self, dtype: torch.dtype, device):
        self.dtype, self.device = dtype, device
        self._memory, self._views = {}, {}

    def __call__(self, name: str, shape: tuple) -> torch.Tensor:
        """An uninitialised tensor of this shape; its content lasts until the name is asked for again."""
        views = self._views.setdefault(name, {})
        if shape not in views:
            views[shape] = self._view(name, shape)
        return views[shape]

    def _view(self, name: str, shape: tuple) -> torch.Tensor:
        size = prod(shape)
        if name not in self._memory or self._memory[name].numel() < size:
            self._views[name].clear()
            self._memory[name] = torch.empty(size, dtype=self.dtype, device=self.device)
        return self._memory[name][:size].view(shape)

    def clear(self) -> None:
        """Give all memory back."""
        self._memory.clear()
        self._views.clear()
