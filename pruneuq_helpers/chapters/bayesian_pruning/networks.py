"""The data sets and the networks of chapter 6."""

from dataclasses import replace
from functools import cache
from math import prod

import torch

from pruneuq_helpers import data, population
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study import places


@cache
def load(name: str, root: str = "data", download: bool = False, training_images: int = 0) -> data.Data:
    """A data set, read once a process; with so many of its training images, evenly from all over the set."""
    loaded = places.load(name, root, download)
    if training_images > len(loaded.train):
        takes = f"it takes at most {len(loaded.train)}, or 0 for all"
        raise ParameterError(f"parameter `training_images` got {training_images}; {takes}")
    if not training_images:
        return loaded
    index = torch.linspace(0, len(loaded.train) - 1, training_images).long()
    return replace(loaded, train=loaded.train.take(index))


def describe(network: str, widths: dict, loaded: data.Data) -> population.Network:
    """The network of a cell: "fcn" or "cnn", with its widths, for what it is to read."""
    shape, classes = loaded.input_shape, len(loaded.classes)
    if network == "cnn":
        return population.convnet(shape, widths["channels"], widths["hidden"], classes)
    return population.mlp(prod(shape), *widths["hidden"], classes)


def decay(objective: str, sigma: float, images: int) -> float:
    """The weight decay that trains on the log posterior: minus its gradient, over the number of images, is w / σ²N."""
    # Biases too, as S3's prior has it; in the ratio before and after a prune they cancel.
    return 1 / (sigma**2 * images) if objective == "posterior" else 0.0


def wider(widths: dict[str, list[int]], times: float) -> dict[str, list[int]]:
    """Hidden layers and channels so many times as wide."""
    return {name: [round(times * width) for width in each] for name, each in widths.items()}


def level_of_rival(wide: population.Network, plain: population.Network, level: float) -> float:
    """The level at which the wide network has as many weights left as the plain one has at another level."""
    return 1 - (1 - level) * weights_of(plain) / weights_of(wide)


def weights_of(network: population.Network) -> int:
    """How many weights there are to prune, biases left out."""
    return sum(prod(network.parameters()[name]) for name in network.prunable())
