"""The log posterior of a network's weights, and the candidates that Bayesian pruning asks it about (S3).

All works on K members at once, ``name -> [K, ...]``, and in log space: with a likelihood summed over the data the ratio
itself is 0 or infinity. It is a ratio of densities at two points (posterior odds), not of marginal likelihoods.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from pruneuq_helpers import checks
from pruneuq_helpers.checks import networks, tensors
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.pruning import exact
from pruneuq_helpers.training.predict import answers, asked

NORMS = ("mean", "sum")
HOW = ("random", "magnitude")


def log_posterior(
    model: nn.Module, images: Tensor, labels: Tensor, sigma: float = 1.0, norm: str = "mean", biases: bool = False
) -> float:
    r"""How probable a network's weights are, given the data: their log posterior, up to a constant (S3).

    The likelihood is categorical, the prior is normal with mean 0, its constant included:

    .. math:: \log p(w \mid D) = \sum_i \log \mathrm{softmax}(f_w(x_i))_{y_i} + \sum_j \log N(w_j; 0, \sigma^2)

    With ``norm="mean"`` both sums are means: over the images, and over the weights.

    Parameters
    ----------
    model : torch.nn.Module
        From images to logits; evaluated in eval mode.
    images, labels : torch.Tensor
        ``[N, ...]`` normalised images and ``[N]`` classes.
    sigma : float
        Standard deviation of the prior.
    norm : {"mean", "sum"}
        How both terms are put together.
    biases : bool
        Whether one-dimensional parameters (biases, scales) belong to the weights.

    Returns
    -------
    float

    Examples
    --------
    >>> blank = nn.Linear(2, 4)
    >>> _ = blank.weight.data.zero_(), blank.bias.data.zero_()
    >>> value = log_posterior(blank, torch.ones(5, 2), torch.tensor([0, 1, 2, 3, 0]))
    >>> abs(value - math.log(1 / 4) + 0.5 * math.log(2 * math.pi)) < 1e-12
    True
    """
    sigma, norm = checks.positive("sigma", sigma), checks.choice("norm", norm, NORMS)
    biases = checks.flag("biases", biases)
    logits = answers(networks.finite("model", model), asked(images))
    labels = tensors.targets("labels", labels, *logits.shape).cpu()
    weights = pruned_tensors(of_module(model), biases)
    return float(log_likelihood(logits[None], labels, norm).item() + log_prior(weights, sigma, norm).item())


def log_likelihood(logits: Tensor, labels: Tensor, norm: str) -> Tensor:
    """Categorical log-likelihood of every member, in float64: logits ``[K, N, C]`` give ``[K]``."""
    right = logits.double().log_softmax(2).gather(2, labels.expand(len(logits), -1).unsqueeze(2))
    return right.mean((1, 2)) if norm == "mean" else right.sum((1, 2))


def log_prior(weights: dict[str, Tensor], sigma: float, norm: str) -> Tensor:
    """Normal log prior of every member, in float64; zeroing a weight always raises it."""
    squares = sum(tensor.double().square().flatten(1).sum(1) for tensor in weights.values())
    count = sum(tensor[0].numel() for tensor in weights.values())
    total = -squares / (2 * sigma**2) - count * math.log(sigma * math.sqrt(2 * math.pi))
    return total / count if norm == "mean" else total


def candidate(
    weights: dict[str, Tensor], levels: Sequence[float], how: Sequence[str], seeds: Sequence[int], epoch: int = 0
) -> dict[str, Tensor]:
    """Masks that bring each layer of each member to its level, by the counting rule of S3's listings."""
    # Of the n weights of a layer floor(n s) are to be zero, and those that are zero already count. A draw depends on
    # its member's seed and the epoch, and on nothing else.
    draws = [np.random.default_rng([seed, epoch]) for seed in seeds]
    scores = {}
    for name, tensor in weights.items():
        scores[name] = tensor.detach().abs()
        for row, rule, draw in zip(scores[name], how, draws, strict=True):
            if rule == "random":
                # Zeros rank below every draw, so they count first among those that are to go.
                chance = torch.from_numpy(draw.random(row.shape, dtype=np.float32)).to(row)
                row.copy_(torch.where(row == 0, -1.0, chance))
    return exact.by_layer(scores, levels)


def pruned_tensors(weights: dict[str, Tensor], biases: bool = False) -> dict[str, Tensor]:
    """Of a stack's parameters, those that are pruned and have a prior: the weight matrices, or all of them."""
    names = [name for name, tensor in weights.items() if tensor.ndim > 2]
    if not names:
        raise ParameterError("parameter `model` got no weight matrix; it takes one or more, to prune")
    return {name: tensor for name, tensor in weights.items() if biases or name in names}


def of_module(model: nn.Module) -> dict[str, Tensor]:
    """The parameters of one network as a stack of one: views, so that a change reaches the network."""
    return {name: parameter.detach().unsqueeze(0) for name, parameter in model.named_parameters()}
