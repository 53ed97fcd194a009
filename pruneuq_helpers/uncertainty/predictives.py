"""From a Gaussian over logits to probabilities: shrunk in closed form, or averaged over draws."""

from math import pi

import torch
from torch import Tensor

PREDICTIVES = ("probit", "linearised", "sampled")


def probit(mean: Tensor, variance: Tensor) -> Tensor:
    """MacKay's shrinking of every logit by its own variance: ``[..., N, C]``; what logits share is not seen."""
    return (mean * (1 + pi / 8 * variance).rsqrt()).softmax(dim=-1)


def averaged(mean: Tensor, covariance: Tensor, draws: int, seed: int) -> Tensor:
    """Mean softmax over draws of the logits, the same draws for every image: ``[..., N, C]``."""
    classes = mean.shape[-1]
    size = covariance.diagonal(dim1=-2, dim2=-1).mean(dim=-1)[..., None, None]
    # Logits that move as one leave a covariance without full rank.
    eye = torch.eye(classes, dtype=covariance.dtype, device=covariance.device)
    root = torch.linalg.cholesky(covariance + (1e-7 * size + 1e-12) * eye)
    total = torch.zeros_like(covariance[..., 0])
    for noise in normal((draws, classes), seed).to(root):
        total += (mean + root @ noise).softmax(dim=-1)
    return total / draws


def from_logits(predictive: str, mean: Tensor, covariance: Tensor, draws: int, seed: int) -> Tensor:
    """One of the two that need no more than the Gaussian over logits."""
    if predictive == "probit":
        return probit(mean, covariance.diagonal(dim1=-2, dim2=-1))
    return averaged(mean, covariance, draws, seed)


def normal(shape: tuple[int, ...], seed: int) -> Tensor:
    """Standard normal numbers in float64, the same on every device."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
