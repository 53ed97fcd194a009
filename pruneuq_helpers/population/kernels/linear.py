"""Fully connected layers."""

import torch


class Linear:
    """``y = W x + b`` for every member: one batched matrix product each way, and one for the weights."""

    def __init__(self, layer, tensors: dict, gradients: dict, scratch):
        self.name, self.scratch = layer.name, scratch
        self.weight, self.weight_gradient = tensors[f"{layer.name}.weight"], gradients.get(f"{layer.name}.weight")
        self.transposed = self.weight.transpose(1, 2)
        self.bias_gradient = gradients.get(f"{layer.name}.bias")
        self.bias = tensors[f"{layer.name}.bias"].unsqueeze(2) if layer.bias else None

    def forward(self, x: torch.Tensor, batch: int, training: bool) -> torch.Tensor:
        """``[K, inputs, B]`` to ``[K, outputs, B]``."""
        self.x = x
        out = self.scratch(self.name, (len(x), self.weight.shape[1], x.shape[2]))
        if self.bias is None:
            return torch.bmm(self.weight, x, out=out)
        return torch.baddbmm(self.bias, self.weight, x, out=out)

    def backward(self, g: torch.Tensor) -> torch.Tensor | None:
        """``[K, outputs, B]`` to ``[K, inputs, B]``; the weight gradient comes out in the weight's own layout."""
        if self.x.shape[1] == 1:
            # A product with a single column is rounded in another way for one member than for several.
            torch.sum(g * self.x, 2, keepdim=True, out=self.weight_gradient)
        else:
            torch.bmm(g, self.x.transpose(1, 2), out=self.weight_gradient)
        if self.bias is not None:
            torch.sum(g, 2, out=self.bias_gradient)
        if not self.wants_input_gradient:
            return None
        return torch.bmm(self.transposed, g, out=self.scratch(f"{self.name} gradient", tuple(self.x.shape)))
