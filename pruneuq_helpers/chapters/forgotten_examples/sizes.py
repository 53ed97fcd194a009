"""Chapter 8's networks: the dense one, and a narrower dense one with as many parameters as a pruned one has left."""

import torch
from torch import nn

from pruneuq_helpers import models, population
from pruneuq_helpers.chapters.forgotten_examples.images import Shown
from pruneuq_helpers.models.catalogue import CATALOGUE
from pruneuq_helpers.pruning.gradual import prunable

_WIDTHS = ("conv", "hidden", "stages", "inner", "stem")  # what is scaled of a network, all by one factor
_STEPS = 1024  # between no width and the whole one


def network_of(recipe: dict, shown: Shown, level: float = 0.0):
    """A network of the recipe: a description that a population trains, or a module; with a level dense and narrower."""
    make, widths = _maker(recipe, shown)
    if not level:
        return make(widths)
    # The widest whose parameters are no more than a network pruned to that level has left, biases, normalisation and
    # the last layer among them.
    most, low, high = left(make(widths), level), 0, _STEPS
    while high - low > 1:  # more width never means fewer parameters
        middle = (low + high) // 2
        with torch.device("meta"):
            fits = left(make(_scaled(widths, middle / _STEPS))) <= most
        low, high = (middle, high) if fits else (low, middle)
    return make(_scaled(widths, low / _STEPS))


def left(network, level: float = 0.0) -> int:
    """How many parameters a network has, less those that pruning to a level removes."""
    if isinstance(network, nn.Module):
        sizes = {name: value.numel() for name, value in network.named_parameters()}
        names = prunable(network)[:-1]
    else:
        sizes = {name: torch.Size(shape).numel() for name, shape in network.parameters().items()}
        names = network.prunable()[:-1]
    return sum(sizes.values()) - sum(sizes[name] - round(sizes[name] * (1 - level)) for name in names)


def _maker(recipe: dict, shown: Shown):
    """What makes the network from its widths, and the widths that the recipe says."""
    classes, shape, name = len(shown.classes), shown.data.input_shape, recipe["network"]
    hidden = {"hidden": recipe["hidden"]}
    if name == "mlp":
        return lambda widths: population.mlp(torch.Size(shape).numel(), *widths["hidden"], classes), hidden
    if name == "cnn":
        make = population.convnet
        return lambda w: make(shape, w["conv"], w["hidden"], classes), hidden | {"conv": recipe["conv"]}
    own = {width: recipe[width] for width in ("width", "conv", "hidden") if recipe[width] and _takes(name, width)}
    with torch.device("meta"):
        read = models.architecture(models.build(name, classes, shape, **own))
    fixed = {key: read.pop(key) for key in ("name", "classes", "input_shape")}
    return lambda widths: models.build(**fixed, **widths), read


def _takes(name: str, width: str) -> bool:
    return width in CATALOGUE[name].widths


def _scaled(widths: dict, share: float) -> dict:
    found = dict(widths)
    for name in _WIDTHS:
        value = widths.get(name)
        if isinstance(value, int):
            found[name] = max(1, round(share * value))
        elif value:
            found[name] = [max(1, round(share * width)) for width in value]
    return found
