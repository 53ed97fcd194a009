"""Convolutions: every window becomes a column, and a matrix product does the rest."""

from math import prod

import torch

# Numbers in a block of columns, if it holds more than one member. On a CPU they should stay in the cache of one core
# from their making to their use; a GPU has no use for small blocks.
BLOCK = {"cpu": 2**17, "cuda": 2**28}


class Conv2d:
    """A square convolution of stride 1, each member with its own filters."""

    # Torch's grouped convolution is two to three times slower here: with one group per member it has no blocked path.
    # The columns are kernel ** 2 times as large as the image, so they are made block by block, and made again on the
    # way back: fetching them from memory would take longer.
    def __init__(self, layer, tensors: dict, gradients: dict, scratch):
        self.name, self.scratch, self.kernel, self.padding = layer.name, scratch, layer.kernel, layer.padding
        self.weight = tensors[f"{layer.name}.weight"].flatten(2)
        self.transposed = self.weight.transpose(1, 2)
        self.bias = tensors[f"{layer.name}.bias"].unsqueeze(2) if layer.bias else None
        self.weight_gradient = gradients[f"{layer.name}.weight"].flatten(2)
        self.bias_gradient = gradients.get(f"{layer.name}.bias")

    def forward(self, x: torch.Tensor, batch: int, training: bool) -> torch.Tensor:
        """``[K, C, H, W, B]`` to ``[K, outputs, H', W', B]``."""
        self.padded = self._padded(x)
        members, _, height, width, images = self.padded.shape
        reach = self.kernel - 1
        out = self.scratch(self.name, (members, self.weight.shape[1], height - reach, width - reach, images))
        for block, columns in self._blocks(out):
            flat = columns.view(len(columns), self.weight.shape[2], -1)
            torch.bmm(self.weight[block], flat, out=out[block].flatten(2))
        if self.bias is not None:
            out.flatten(2).add_(self.bias)
        return out

    def backward(self, g: torch.Tensor) -> torch.Tensor | None:
        """Gradient at the output to gradient at the input, each window added back where it was taken from."""
        if self.bias is not None:
            torch.sum(g.flatten(2), 2, out=self.bias_gradient)
        into = None
        if self.wants_input_gradient:
            into = self.scratch(f"{self.name} gradient", tuple(self.padded.shape)).zero_()
        for block, columns in self._blocks(g):
            flat, at_output = columns.view(len(columns), self.weight.shape[2], -1), g[block].flatten(2)
            torch.bmm(at_output, flat.transpose(1, 2), out=self.weight_gradient[block])
            if into is not None:
                torch.bmm(self.transposed[block], at_output, out=flat)
                self._add_back(columns, into[block])
        return None if into is None else self._inside(into)

    def _blocks(self, out: torch.Tensor):
        """A few members at a time: their places, and their columns ``[k, C, kernel, kernel, H', W', B]``."""
        taps = (self.padded.shape[1], self.kernel, self.kernel, *out.shape[2:])
        member, channel, row, column, image = self.padded.stride()
        strides = (member, channel, row, column, row, column, image)
        several = max(1, BLOCK[out.device.type] // prod(taps))
        for first in range(0, len(out), several):
            block = slice(first, min(first + several, len(out)))
            source = self.padded[block]
            # The input seen through every tap: a view, until it is copied.
            windows = source.as_strided((len(source), *taps), strides, source.storage_offset())
            yield block, self.scratch("columns", tuple(windows.shape)).copy_(windows)

    def _add_back(self, columns: torch.Tensor, into: torch.Tensor) -> None:
        high, wide = columns.shape[4:6]
        for i in range(self.kernel):
            for j in range(self.kernel):
                into[:, :, i : i + high, j : j + wide].add_(columns[:, :, i, j])

    def _padded(self, x: torch.Tensor) -> torch.Tensor:
        """The input with a border of zeros, contiguous."""
        if not self.padding:
            return x.contiguous()
        members, channels, height, width, images = x.shape
        border = 2 * self.padding
        shape = (members, channels, height + border, width + border, images)
        padded = self.scratch(f"{self.name} padded", shape).zero_()
        self._inside(padded).copy_(x)
        return padded

    def _inside(self, padded: torch.Tensor) -> torch.Tensor:
        edge = self.padding
        return padded[:, :, edge : padded.shape[2] - edge, edge : padded.shape[3] - edge]
