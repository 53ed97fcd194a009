"""What ranks the units of a layer: chance, the size of the weights, the scale of the batch norm.

The fourth criterion, the rank of the feature maps, stands in `hrank`. Every score is one number a unit, and the
lowest go first. All are computed in float64, so that ties are ties.
"""

from collections.abc import Iterable

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm as _NORMS
from torch.nn.modules.conv import _ConvNd

from pruneuq_helpers import checks
from pruneuq_helpers.checks import networks
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.pruning.surgery import weight_by_side

CRITERIA = ("random", "l1", "bn", "hrank")


def l1_scores(layer: nn.Module, dead: Iterable[int] = ()) -> torch.Tensor:
    r"""Sum of the absolute weights that enter each unit: :math:`\sum |w|` over inputs and kernel (S0, S1).

    The bias does not count.

    Parameters
    ----------
    layer : torch.nn.Module
        A convolution or a linear layer.
    dead : iterable of int
        Inputs that are already removed, and do not count.

    Returns
    -------
    torch.Tensor
        One score a unit.

    Examples
    --------
    >>> layer = nn.Linear(2, 2)
    >>> _ = layer.weight.data.copy_(torch.tensor([[1.0, -1.0], [5.0, 2.0]]))
    >>> l1_scores(layer), l1_scores(layer, dead=[0])
    (tensor([2., 7.], dtype=torch.float64), tensor([1., 2.], dtype=torch.float64))
    """
    checks.instance("layer", layer, (_ConvNd, nn.Linear), "a convolution or a linear layer")
    inputs = weight_by_side(networks.finite("layer", layer), "in").shape[0]
    takes = f"indices of inputs, 0 to {inputs - 1}"
    dead = [checks.whole("dead", place, 0, inputs - 1) for place in _listed(dead, takes)]
    return sizes(layer, dead)


def _listed(values, takes: str) -> list:
    return sorted(values) if isinstance(values, set) else checks.sequence("dead", values, takes)


def sizes(layer: nn.Module, dead: Iterable[int]) -> torch.Tensor:  # of what is checked
    weight = weight_by_side(layer, "out").detach().double().abs()
    dead = sorted(dead)
    if dead:
        weight = weight.index_fill(1, torch.tensor(dead, device=weight.device), 0)
    return weight.flatten(1).sum(1).cpu()


def bn_scores(layer: nn.Module) -> torch.Tensor:
    r"""Size of a batch norm's scale, :math:`|\gamma|`, for each channel (S1).

    Parameters
    ----------
    layer : torch.nn.Module
        A batch norm with a scale.

    Returns
    -------
    torch.Tensor

    Examples
    --------
    >>> bn_scores(nn.BatchNorm2d(2))
    tensor([1., 1.], dtype=torch.float64)
    """
    checks.instance("layer", layer, _NORMS, "a batch norm")
    if not layer.affine:
        raise ParameterError("parameter `layer` got a batch norm without a scale; it takes one with a scale")
    return scales(networks.finite("layer", layer))


def scales(layer: nn.Module) -> torch.Tensor:  # of what is checked
    return layer.weight.detach().double().abs().cpu()


def random_scores(width: int, generator: torch.Generator) -> torch.Tensor:
    """Draw a random order of the units of a group.

    Parameters
    ----------
    width : int
        Number of units.
    generator : torch.Generator
        Where the numbers come from.

    Returns
    -------
    torch.Tensor
        A permutation.

    Examples
    --------
    >>> from pruneuq_helpers.pruning.seeds import seeded
    >>> sorted(random_scores(3, seeded(0)).tolist())
    [0.0, 1.0, 2.0]
    """
    checks.instance("generator", generator, torch.Generator, "a torch.Generator on the processor")
    return torch.randperm(checks.whole("width", width), generator=generator).double()
