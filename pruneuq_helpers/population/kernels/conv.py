"""Convolutions: every window becomes a column, and a matrix product does the rest."""

import torch


class Conv2d:
    """A square convolution of stride 1, each member with its own filters.

    Torch's grouped convolution is two to three times slower here: with one group per member it has no blocked path.
    """

    def __init__(self, layer, tensors: dict, gradients: dict, scratch):
        self.name, self.scratch, self.kernel, self.padding = layer.name, scratch, layer.kernel, layer.padding
        self.weight = tensors[f"{layer.name}.weight"].flatten(2)
        self.bias = tensors[f"{layer.name}.bias"].unsqueeze(2) if layer.bias else None
        self.weight_gradient = gradients[f"{layer.name}.weight"].flatten(2) if gradients else None
        self.bias_gradient = gradients.get(f"{layer.name}.bias")

    def forward(self, x: torch.Tensor, batch: int, training: bool) -> torch.Tensor:
        """``[K, C, H, W, B]`` to ``[K, outputs, H', W', B]``."""
        members, channels, height, width, batch = x.shape
        high, wide = height + 2 * self.padding - self.kernel + 1, width + 2 * self.padding - self.kernel + 1
        self.columns = self.scratch(
            f"{self.name} columns", (members, channels, self.kernel, self.kernel, high, wide, batch)
        )
        self.columns.copy_(self._windows(self._padded(x), high, wide))
        out = self.scratch(self.name, (members, self.weight.shape[1], high * wide * batch))
        columns = self.columns.view(members, self.weight.shape[2], -1)
        if self.bias is None:
            torch.bmm(self.weight, columns, out=out)
        else:
            torch.baddbmm(self.bias, self.weight, columns, out=out)
        return out.view(members, -1, high, wide, batch)

    def backward(self, g: torch.Tensor) -> torch.Tensor | None:
        """Gradient at the output to gradient at the input, each window added back where it was taken from."""
        members, channels, _, _, high, wide, batch = self.columns.shape
        g, columns = g.view(members, g.shape[1], -1), self.columns.view(members, self.weight.shape[2], -1)
        torch.bmm(g, columns.transpose(1, 2), out=self.weight_gradient)
        if self.bias is not None:
            torch.sum(g, 2, out=self.bias_gradient)
        if not self.wants_input_gradient:
            return None
        torch.bmm(self.weight.transpose(1, 2), g, out=columns)
        reach = self.kernel - 1
        padded = self.scratch(f"{self.name} gradient", (members, channels, high + reach, wide + reach, batch)).zero_()
        for i in range(self.kernel):
            for j in range(self.kernel):
                padded[:, :, i : i + high, j : j + wide].add_(self.columns[:, :, i, j])
        return self._inside(padded)

    def _padded(self, x: torch.Tensor) -> torch.Tensor:
        """The input with a border of zeros, contiguous."""
        if not self.padding:
            return x.contiguous()
        members, channels, height, width, batch = x.shape
        border = 2 * self.padding
        shape = (members, channels, height + border, width + border, batch)
        padded = self.scratch(f"{self.name} padded", shape).zero_()
        self._inside(padded).copy_(x)
        return padded

    def _inside(self, padded: torch.Tensor) -> torch.Tensor:
        edge = self.padding
        return padded[:, :, edge : padded.shape[2] - edge, edge : padded.shape[3] - edge]

    def _windows(self, x: torch.Tensor, high: int, wide: int) -> torch.Tensor:
        """``[K, C, kernel, kernel, H', W', B]``: the input seen through every tap, without a copy."""
        member, channel, row, column, item = x.stride()
        shape = (*x.shape[:2], self.kernel, self.kernel, high, wide, x.shape[4])
        return x.as_strided(shape, (member, channel, row, column, row, column, item))
