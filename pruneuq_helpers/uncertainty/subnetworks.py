"""Which weights to be uncertain about: the last layer, or a subnetwork; all others stay at their trained values."""

import copy

import torch
from torch import Tensor, nn

from pruneuq_helpers import checks
from pruneuq_helpers.checks import networks, tensors
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.uncertainty.curvature import Curve, roots

WAYS = ("variance", "magnitude", "random")


def last_layer(model: nn.Module) -> dict[str, Tensor]:
    """Which weights to be uncertain of: those of the last layer.

    Parameters
    ----------
    model : torch.nn.Module
        A network whose last registered layer with parameters gives the logits.

    Returns
    -------
    dict
        Name to booleans in the shape of the parameter.

    Examples
    --------
    >>> last_layer(nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2)))["2.bias"]
    tensor([True, True])
    """
    return last_with_weights(networks.network("model", model))


def last_with_weights(model: nn.Module) -> dict[str, Tensor]:  # of what is checked to be a network
    layers = [name for name, layer in model.named_modules() if list(layer.parameters(recurse=False))]
    if not layers:
        raise ParameterError(f"parameter `model` got a {type(model).__name__} without weights; it takes a network")
    prefix = f"{layers[-1]}." if layers[-1] else ""
    own = model.get_submodule(layers[-1]).named_parameters(recurse=False)
    return {f"{prefix}{name}": torch.ones_like(value, dtype=torch.bool) for name, value in own}


def survivors(masked: nn.Module) -> dict[str, Tensor]:
    """Which weights to be uncertain of: those that a pruning left, all that are not zero.

    Parameters
    ----------
    masked : torch.nn.Module
        A network with zeros in place of what was pruned.

    Returns
    -------
    dict
        Name to booleans in the shape of the parameter.

    Examples
    --------
    >>> layer = nn.Linear(2, 1)
    >>> layer.weight.data, layer.bias.data = torch.tensor([[0.5, 0.0]]), torch.tensor([0.1])
    >>> survivors(layer)
    {'weight': tensor([[ True, False]]), 'bias': tensor([True])}
    """
    networks.network("masked", masked, least=1)
    return {name: value.detach() != 0 for name, value in masked.named_parameters()}


def subnetwork(
    model: nn.Module, count: int, how: str = "variance", images: Tensor | None = None, seed: int = 0
) -> dict[str, Tensor]:
    r"""Which weights to be uncertain of: as many as you say, the most uncertain or any.

    Daxberger et al., Bayesian deep learning via subnetwork inference, 2021, keep those with the largest variance
    under a diagonal Laplace approximation, :math:`1 / (H_{ii} + \delta)`: the ones that the data hold least.

    Parameters
    ----------
    model : torch.nn.Module
        A trained network.
    count : int
        How many.
    how : {"variance", "magnitude", "random"}
        Largest variance, largest absolute value, or any; of equal ones the earlier is kept.
    images : torch.Tensor, optional
        Training images as the network sees them; needed for "variance".
    seed : int
        Of "random".

    Returns
    -------
    dict
        Name to booleans in the shape of the parameter.

    Examples
    --------
    >>> layer = nn.Linear(2, 1)
    >>> layer.weight.data, layer.bias.data = torch.tensor([[3.0, -1.0]]), torch.tensor([2.0])
    >>> subnetwork(layer, 2, "magnitude")
    {'weight': tensor([[ True, False]]), 'bias': tensor([True])}
    """
    checks.choice("how", how, WAYS)
    parameters = dict(networks.network("model", networks.finite("model", model), least=1).named_parameters())
    total = sum(value.numel() for value in parameters.values())
    count, seed = checks.whole("count", count, 1, total), checks.seed("seed", seed)
    score = _scores(model, how, total, images, seed)
    chosen = torch.zeros(total, dtype=torch.bool)
    chosen[score.argsort(descending=True, stable=True)[:count]] = True
    parts = chosen.split([value.numel() for value in parameters.values()])
    return {name: part.view(value.shape) for (name, value), part in zip(parameters.items(), parts, strict=True)}


def _scores(model: nn.Module, how: str, total: int, images: Tensor | None, seed: int) -> Tensor:
    """What ranks the weights, the highest first to be kept."""
    if how == "random":
        return torch.rand(total, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    if how == "magnitude":
        return torch.cat([value.detach().abs().flatten() for value in model.parameters()]).cpu()
    if images is None:
        raise ParameterError("parameter `images` got None; with how='variance' it takes the training images")
    tensors.images("images", images)
    with networks.running(model, images.shape):
        return -diagonal(model, images)


def diagonal(model: nn.Module, images: Tensor) -> Tensor:
    """Diagonal of the generalised Gauss–Newton matrix of all weights, without the matrix."""
    twin = copy.deepcopy(model).eval()
    curve = Curve(twin, {name: torch.ones_like(value, dtype=torch.bool) for name, value in twin.named_parameters()})
    return sum(roots(*block).square().sum(dim=0) for block in curve.blocks(images)).cpu()
