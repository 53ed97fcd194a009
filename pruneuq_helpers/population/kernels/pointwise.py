"""Layers without weights that work on one number at a time."""

import torch


class ReLU:
    """``max(x, 0)``, in place."""

    def __init__(self, layer, tensors: dict, gradients: dict, scratch):
        pass

    def forward(self, x: torch.Tensor, batch: int, training: bool) -> torch.Tensor:
        """Overwrites its input."""
        self.out = x.relu_()
        return self.out

    def backward(self, g: torch.Tensor) -> torch.Tensor:
        """Zero where the output was zero; overwrites the gradient it is given."""
        return torch.ops.aten.threshold_backward.grad_input(g, self.out, 0, grad_input=g)


class Dropout:
    """Sets a share of the numbers to zero and scales the rest, each member by its own generator."""

    def __init__(self, layer, tensors: dict, gradients: dict, scratch):
        self.name, self.scratch, self.keep = layer.name, scratch, 1 - layer.rate

    def forward(self, x: torch.Tensor, batch: int, training: bool) -> torch.Tensor:
        """Draws ``[batch, ...]`` for every member, in the order in which a plain network would."""
        self.training = training
        if not training:
            return x
        noise = self.scratch(f"{self.name} noise", (len(x), x.shape[-1], *x.shape[1:-1]))
        for row, generator in zip(noise, self.generators, strict=True):
            row[:batch].bernoulli_(self.keep, generator=generator)
        noise[:, batch:].zero_()
        self.noise = noise.div_(self.keep).movedim(1, -1)
        return torch.mul(x, self.noise, out=self.scratch(self.name, tuple(x.shape)))

    def backward(self, g: torch.Tensor) -> torch.Tensor:
        """The same share, the same scale."""
        return g.mul_(self.noise) if self.training else g


class Flatten:
    """``[K, C, H, W, B]`` to ``[K, C * H * W, B]``."""

    def __init__(self, layer, tensors: dict, gradients: dict, scratch):
        pass

    def forward(self, x: torch.Tensor, batch: int, training: bool) -> torch.Tensor:
        """A view, in torch's order of features."""
        self.shape = x.shape
        return x.flatten(1, -2)

    def backward(self, g: torch.Tensor) -> torch.Tensor:
        """The view back."""
        return g.view(self.shape)
