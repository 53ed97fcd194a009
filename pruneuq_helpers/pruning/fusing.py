"""A convolution, a batch norm and a compactor in one."""

import math

import torch
from torch import nn


@torch.no_grad()
def fuse(conv: nn.Conv2d, norm: nn.BatchNorm2d, compactor: nn.Conv2d) -> None:
    """Make a convolution and its batch norm do what the compactor behind them does too."""
    mix = compactor.weight.flatten(1).double()
    scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    bias = 0 if conv.bias is None else conv.bias.double()
    shift = mix @ (norm.bias.double() + (bias - norm.running_mean.double()) * scale)
    conv.weight.copy_(((mix * scale) @ conv.weight.double().flatten(1)).view_as(conv.weight))
    if conv.bias is not None:
        conv.bias.zero_()
    norm.running_mean.zero_()
    norm.running_var.fill_(1)
    norm.weight.fill_(math.sqrt(1 + norm.eps))
    norm.bias.copy_(shift)
