"""Batch normalisation."""

import torch

EPSILON, MOMENTUM = 1e-5, 0.1  # torch's defaults


class BatchNorm2d:
    """Each channel to mean 0 and variance 1 over the batch and the map, then scaled and shifted."""

    def __init__(self, layer, tensors: dict, gradients: dict, scratch):
        self.name, self.scratch = layer.name, scratch
        self.weight, self.bias = (tensors[f"{layer.name}.{part}"].unsqueeze(2) for part in ("weight", "bias"))
        self.mean, self.variance = (tensors[f"{layer.name}.running_{part}"] for part in ("mean", "var"))
        self.weight_gradient = gradients.get(f"{layer.name}.weight")
        self.bias_gradient = gradients.get(f"{layer.name}.bias")

    def forward(self, x: torch.Tensor, batch: int, training: bool) -> torch.Tensor:
        """Batch statistics (and their running mean) while training, the running ones otherwise."""
        if training:
            variance, mean = torch.var_mean(x[..., :batch], (2, 3, 4), correction=0)
            self.count = batch * x.shape[2] * x.shape[3]
            self.mean.lerp_(mean, MOMENTUM)
            self.variance.lerp_(variance * (self.count / max(self.count - 1, 1)), MOMENTUM)
        else:
            mean, variance = self.mean, self.variance
        flat, self.batch = x.view(len(x), x.shape[1], -1), batch
        self.scale = (variance + EPSILON).rsqrt().unsqueeze(2)
        self.normalised = self.scratch(f"{self.name} normalised", tuple(flat.shape))
        torch.sub(flat, mean.unsqueeze(2), out=self.normalised).mul_(self.scale)
        out = torch.addcmul(self.bias, self.normalised, self.weight, out=self.scratch(self.name, tuple(flat.shape)))
        return out.view(x.shape)

    def backward(self, g: torch.Tensor) -> torch.Tensor:
        """``scale * weight * (g - mean(g) - normalised * mean(g * normalised))``; overwrites what it is given."""
        g = g.contiguous()  # from a convolution with padding it comes as the inside of a larger tensor
        flat = g.view(self.normalised.shape)
        torch.sum(flat, 2, out=self.bias_gradient)
        torch.sum(flat * self.normalised, 2, out=self.weight_gradient)
        flat.sub_(self.bias_gradient.unsqueeze(2), alpha=1 / self.count)
        flat.addcmul_(self.normalised, self.weight_gradient.unsqueeze(2), value=-1 / self.count)
        flat.mul_(self.scale * self.weight)
        g[..., self.batch :].zero_()
        return g
