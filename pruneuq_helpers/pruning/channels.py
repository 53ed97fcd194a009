"""Structured pruning: which channels go, the smaller network without them, and the masked one of the same size."""

from collections.abc import Mapping, Sequence

import torch
from torch import nn
from torch.nn.modules.conv import _ConvNd

from pruneuq_helpers import checks
from pruneuq_helpers.checks import networks
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.models.catalogue import defined_here
from pruneuq_helpers.models.state import evaluating, example_of
from pruneuq_helpers.pruning.choice import check, choose
from pruneuq_helpers.pruning.groups import Group, find_groups
from pruneuq_helpers.pruning.misaligned import split_groups
from pruneuq_helpers.pruning.surgery import delete, indices, weight_by_side, zero

ALIGN = ("groups", "none")

# Tracing follows gradients, so that these functions must work inside `torch.inference_mode` too.
_traced = torch.inference_mode(mode=False)


@_traced
def remove_channels(
    model: nn.Module,
    level: float,
    criterion: str = "l1",
    images: torch.Tensor | None = None,
    seed: int = 0,
    scope: str = "all",
    *,
    order: str = "sequential",
    align: str = "groups",
    input_shape: Sequence[int] | None = None,
) -> nn.Module:
    r"""Make a smaller network: the lowest-ranked channels of every layer are gone, not merely zero.

    Of a layer with :math:`C` units the :math:`\lfloor sC \rfloor` with the lowest score go, of equal ones the lower
    index first; one at least stays, and the outputs of the network all stay. Channels that a sum ties together go
    together, by the mean over their layers of the score divided by the layer's mean score.

    Parameters
    ----------
    model : torch.nn.Module
        Any network torch-pruning can trace; it is left as it was. The new one has its modes, type and device.
    level : float
        Fraction of the channels of each layer to remove, in [0, 1).
    criterion : str
        "random"; "l1", the absolute weights that enter a unit (S0, S1); "bn", the scale of its batch norm (S1);
        "hrank", the mean rank of its feature map (S1).
    images : torch.Tensor, optional
        What "hrank" looks at, 640 at most.
    seed : int
        For "random"; torch's global random numbers are neither used nor moved.
    scope : str
        "all" layers, or "fc": the hidden linear layers only (S0).
    order : str
        Matters for "l1". "sequential" (Algorithm 1 of S0): in the order of the forward pass, each layer is scored
        on the inputs that are still there. Tied layers are scored together when the first of them is reached.
        "at_once" (one-step pruning of S1): all layers are scored on the dense network.
    align : str
        "groups": channels that a sum ties together go together. "none" (S1's probable reading): each layer loses
        its own, so that the sum adds channels that meant different things; no mask computes the same.
    input_shape : sequence of int, optional
        Shape of one example, for a network that this package does not define.

    Returns
    -------
    torch.nn.Module

    Examples
    --------
    >>> from pruneuq_helpers import models
    >>> smaller = remove_channels(models.build("lenet", 10, (3, 32, 32)), level=0.8)
    >>> models.architecture(smaller)["conv"], sum(p.numel() for p in smaller.parameters())
    ([2, 4], 3385)
    """
    checks.choice("align", align, ALIGN)
    check(model, level, criterion, images, seed, scope, order)
    example = _example(model, images, input_shape)
    groups = find_groups(model, example)
    groups = groups if align == "groups" else split_groups(model, groups, example)
    return _runs(delete(model, groups, choose(model, groups, level, criterion, images, seed, scope, order)), example)


@_traced
def mask_channels(
    model: nn.Module,
    level: float,
    criterion: str = "l1",
    images: torch.Tensor | None = None,
    seed: int = 0,
    scope: str = "all",
    *,
    order: str = "sequential",
    input_shape: Sequence[int] | None = None,
) -> nn.Module:
    """Make a network of the same size in which the channels that `remove_channels` removes are zero.

    Its logits are those of the smaller network, and as many of its parameters are not zero as the smaller one
    has: but it computes as much as before, so nothing is gained in time.

    Parameters
    ----------
    model, level, criterion, images, seed, scope, order, input_shape
        As for `remove_channels`.

    Returns
    -------
    torch.nn.Module

    Examples
    --------
    >>> from pruneuq_helpers import models
    >>> masked = mask_channels(models.build("mlp", 2, (2,), hidden=(4,)), level=0.5)
    >>> masked.fc1.weight.shape, int((masked.fc1.weight == 0).all(1).sum())
    (torch.Size([4, 2]), 2)
    """
    check(model, level, criterion, images, seed, scope, order)
    groups = find_groups(model, _example(model, images, input_shape))
    return zero(model, groups, choose(model, groups, level, criterion, images, seed, scope, order))


@_traced
def choose_channels(
    model: nn.Module,
    level: float,
    criterion: str = "l1",
    images: torch.Tensor | None = None,
    seed: int = 0,
    scope: str = "all",
    *,
    order: str = "sequential",
    input_shape: Sequence[int] | None = None,
) -> dict[str, list[int]]:
    """List the channels of each layer that `remove_channels` would keep.

    Parameters
    ----------
    model, level, criterion, images, seed, scope, order, input_shape
        As for `remove_channels`.

    Returns
    -------
    dict
        Name of every convolution and linear layer to the indices of the outputs that stay.

    Examples
    --------
    >>> from pruneuq_helpers import models
    >>> model = models.build("mlp", 2, (2,), hidden=(2,))
    >>> _ = model.fc1.weight.data.copy_(torch.tensor([[1.0, -1.0], [5.0, 2.0]]))
    >>> choose_channels(model, level=0.5)
    {'fc1': [1], 'fc2': [0, 1]}
    """
    check(model, level, criterion, images, seed, scope, order)
    groups = find_groups(model, _example(model, images, input_shape))
    removed = choose(model, groups, level, criterion, images, seed, scope, order)
    gone = indices(groups, removed)
    return {name: [i for i in range(width) if i not in gone.get((name, "out"), ())] for name, width in _widths(model)}


@_traced
def keep_channels(
    model: nn.Module, channels: Mapping[str, Sequence[int]], *, input_shape: Sequence[int] | None = None
) -> nn.Module:
    """Make a smaller network that has only the channels given.

    With `choose_channels` on the trained network and `keep_channels` on the initial one this is a structured
    ticket: the structure that training found, with the initial weights (S0).

    Parameters
    ----------
    model : torch.nn.Module
        The network; it is left as it was.
    channels : mapping
        Name of a convolution or linear layer to the indices of the outputs that stay; layers left out stay whole.
    input_shape : sequence of int, optional
        Shape of one example, for a network that this package does not define.

    Returns
    -------
    torch.nn.Module

    Examples
    --------
    >>> from pruneuq_helpers import models
    >>> keep_channels(models.build("mlp", 2, (2,), hidden=(4,)), {"fc1": [0, 3]}).fc2
    Linear(in_features=2, out_features=2, bias=True)
    """
    example, widths = _example(networks.plain("model", model), None, input_shape), dict(_widths(model))
    channels = _stays(channels, widths)
    groups = find_groups(model, example)
    lost = {name: set(range(widths[name])) - set(stay) for name, stay in channels.items()}
    removed = [_units_lost(group, lost) for group in groups]
    gone = indices(groups, removed)
    torn = next((name for name in lost if lost[name] != gone.get((name, "out"), set())), None)
    if torn is not None:
        raise ParameterError(
            f"parameter `channels` got others for `{torn}` than can go, "
            f"{sorted(lost[torn] ^ gone.get((torn, 'out'), set()))}; it takes the same channels for layers that are "
            "added together, and all outputs of the network"
        )
    return _runs(delete(model, groups, removed), example)


def _stays(channels, widths: dict[str, int]) -> dict[str, list[int]]:
    if not isinstance(channels, Mapping):
        raise checks.refused("channels", channels, "a dict of layer names to the channels that stay")
    for name in channels:
        if name not in widths:
            raise ParameterError(f"parameter `channels` got a layer {name!r}; it takes some of {', '.join(widths)}")
    return {name: _places(name, stay, widths[name]) for name, stay in channels.items()}


def _places(name: str, stay, width: int) -> list[int]:
    takes = f"one or more of 0 to {width - 1} for `{name}`"
    stay = sorted(stay) if isinstance(stay, set) else stay
    found = checks.sequence("channels", stay, takes, least=1)
    whole = all(isinstance(place, int) and not isinstance(place, bool) for place in found)
    if not whole or not set(found) <= set(range(width)):
        raise checks.refused("channels", found, takes)
    return found


def _units_lost(group: Group, lost: Mapping[str, set[int]]) -> list[int]:
    """Units of a group that have an output among those lost."""
    cuts = group.outputs(group.makers)
    return [u for u in range(group.width) if any(lost.get(cut.layer, set()) & set(cut.units[u]) for cut in cuts)]


def _example(model: nn.Module, images, input_shape) -> torch.Tensor:
    input_shape = None if input_shape is None else networks.shape("input_shape", input_shape)
    example = example_of(model, images, input_shape)
    # Networks of this package can be traced without computing anything, which is much faster.
    return example.to("meta") if defined_here(model) else example


def _widths(model: nn.Module) -> list[tuple[str, int]]:
    makers = [(name, layer) for name, layer in model.named_modules() if isinstance(layer, (_ConvNd, nn.Linear))]
    return [(name, len(weight_by_side(layer, "out"))) for name, layer in makers]


def _runs(smaller: nn.Module, example: torch.Tensor) -> nn.Module:
    """Return the network if it still runs: what is done outside of layers may need every channel."""
    if example.is_meta:
        return smaller
    try:
        with evaluating(smaller), torch.no_grad():
            smaller(example)
    except RuntimeError as error:
        raise ParameterError(
            f"parameter `model` got a network that does not run without these channels ({str(error).splitlines()[0]}); "
            "it takes one whose layers depend on each other in a way that can be traced"
        ) from error
    return smaller
