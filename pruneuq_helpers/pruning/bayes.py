r"""The log posterior of a network's weights, and the candidates that Bayesian pruning asks it about (S3).

S3 compares two settings of the weights, before and after a prune, by the ratio of their posterior densities:

.. math:: \Delta = \log p(w_{after} \mid D) - \log p(w_{before} \mid D)

It is a ratio of densities at two points (posterior odds), and not a ratio of marginal likelihoods.
Everything here works on the weights of K members at once, ``name -> [K, ...]``, and stays in log space: with a
likelihood summed over the data, the ratio itself is 0 or infinity in floating point.
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
    sigma, norm, biases = *_prior(sigma, norm), checks.flag("biases", biases)
    logits = answers(networks.finite("model", model), asked(images))
    labels = tensors.targets("labels", labels, *logits.shape).cpu()
    weights = matrices(members(model), biases)
    return float(likelihood(logits[None], labels, norm).item() + prior(weights, sigma, norm).item())


def _prior(sigma: float, norm: str) -> tuple[float, str]:
    return checks.positive("sigma", sigma), checks.choice("norm", norm, NORMS)


def log_likelihood(logits: Tensor, labels: Tensor, norm: str = "mean") -> Tensor:
    """Categorical log-likelihood of every member, in float64.

    Parameters
    ----------
    logits : torch.Tensor
        ``[K, N, C]``.
    labels : torch.Tensor
        ``[N]``.
    norm : {"mean", "sum"}
        Over the images.

    Returns
    -------
    torch.Tensor
        ``[K]``.

    Examples
    --------
    >>> log_likelihood(torch.zeros(2, 3, 4), torch.tensor([0, 1, 2]), "sum").exp()
    tensor([0.0156, 0.0156], dtype=torch.float64)
    """
    logits, norm = tensors.floats("logits", logits, ndim=3), checks.choice("norm", norm, NORMS)
    return likelihood(logits, tensors.targets("labels", labels, *logits.shape[1:]), norm)


def likelihood(logits: Tensor, labels: Tensor, norm: str) -> Tensor:  # of what is checked
    right = logits.double().log_softmax(2).gather(2, labels.expand(len(logits), -1).unsqueeze(2))
    return right.mean((1, 2)) if norm == "mean" else right.sum((1, 2))


def log_prior(weights: dict[str, Tensor], sigma: float, norm: str = "mean") -> Tensor:
    r"""Normal log prior of every member, :math:`-w^2 / 2\sigma^2 - \log \sigma \sqrt{2\pi}`, in float64.

    Zeroing a weight always raises it, by :math:`w^2 / 2\sigma^2`: the prior term never votes against a prune.

    Parameters
    ----------
    weights : dict
        Name to ``[K, ...]``.
    sigma : float
        Standard deviation.
    norm : {"mean", "sum"}
        Over all weights of a member.

    Returns
    -------
    torch.Tensor
        ``[K]``.

    Examples
    --------
    >>> kept, zeroed = torch.tensor([[1.0, 2.0]]), torch.zeros(1, 2)
    >>> (log_prior({"w": zeroed}, 0.5, "sum") - log_prior({"w": kept}, 0.5, "sum")).item()
    10.0
    """
    return prior(tensors.stack("weights", weights), *_prior(sigma, norm))


def prior(weights: dict[str, Tensor], sigma: float, norm: str) -> Tensor:  # of what is checked
    squares = sum(tensor.double().square().flatten(1).sum(1) for tensor in weights.values())
    count = sum(tensor[0].numel() for tensor in weights.values())
    total = -squares / (2 * sigma**2) - count * math.log(sigma * math.sqrt(2 * math.pi))
    return total / count if norm == "mean" else total


def candidate(
    weights: dict[str, Tensor], levels: Sequence[float], how: Sequence[str], seeds: Sequence[int], epoch: int = 0
) -> dict[str, Tensor]:
    r"""Masks that bring each layer of each member to its level, by the counting rule of S3's listings.

    Of the :math:`n` weights of a layer :math:`k = \lfloor n s \rfloor` are to be zero. Random: if :math:`n_z` already
    are, :math:`k - n_z` of the others go. Magnitude: the k smallest in size go, those that are zero first.

    Parameters
    ----------
    weights : dict
        Name to ``[K, ...]``.
    levels : sequence of float
        The fraction to remove, one a member.
    how : sequence of str
        "random" or "magnitude", one a member.
    seeds : sequence of int
        Of the random draws, one a member: a draw depends on the member's seed and the epoch, and on nothing else.
    epoch : int
        See above.

    Returns
    -------
    dict
        Name to ``[K, ...]`` of zeros and ones.

    Examples
    --------
    >>> first_convolution = {"conv1.weight": torch.ones(1, 32, 1, 3, 3)}
    >>> int(candidate(first_convolution, [0.99], ["random"], seeds=[0])["conv1.weight"].sum())
    3
    """
    weights = tensors.stack("weights", weights, ndim=2)
    count = len(next(iter(weights.values())))
    levels, seeds = checks.each("levels", levels, checks.level, count), checks.each("seeds", seeds, checks.seed, count)
    how = checks.each("how", how, lambda name, word: checks.choice(name, word, HOW), count)
    return drawn(weights, levels, how, seeds, checks.whole("epoch", epoch, least=0))


def drawn(weights: dict[str, Tensor], levels, how, seeds, epoch: int) -> dict[str, Tensor]:  # of what is checked
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
    """Of a stack's parameters, those that are pruned and have a prior: the weight matrices, or all of them.

    Parameters
    ----------
    weights : dict
        Name to ``[K, ...]``.
    biases : bool
        Take one-dimensional parameters too. At a level of 0.99 nine of ten output biases go.

    Returns
    -------
    dict

    Examples
    --------
    >>> list(pruned_tensors({"fc1.weight": torch.zeros(1, 4, 2), "fc1.bias": torch.zeros(1, 4)}))
    ['fc1.weight']
    """
    return matrices(tensors.stack("weights", weights, finite=False), checks.flag("biases", biases), "weights")


def matrices(weights: dict[str, Tensor], biases: bool, parameter: str = "model") -> dict[str, Tensor]:  # checked
    names = [name for name, tensor in weights.items() if tensor.ndim > 2]
    if not names:
        raise ParameterError(f"parameter `{parameter}` got no weight matrix; it takes one or more, to prune")
    return {name: tensor for name, tensor in weights.items() if biases or name in names}


def of_module(model: nn.Module) -> dict[str, Tensor]:
    """The parameters of one network as a stack of one: views, so that a change reaches the network.

    Parameters
    ----------
    model : torch.nn.Module
        The network.

    Returns
    -------
    dict
        Name to ``[1, ...]``.

    Examples
    --------
    >>> {name: tuple(tensor.shape) for name, tensor in of_module(nn.Linear(2, 4)).items()}
    {'weight': (1, 4, 2), 'bias': (1, 4)}
    """
    return members(networks.network("model", model, least=1))


def members(model: nn.Module) -> dict[str, Tensor]:  # of what is checked
    return {name: parameter.detach().unsqueeze(0) for name, parameter in model.named_parameters()}
