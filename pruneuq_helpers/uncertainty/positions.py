"""Where S1 puts dropout into a network that has none."""

import copy
import math
from collections import OrderedDict

from torch import Tensor, nn

from pruneuq_helpers import checks
from pruneuq_helpers.checks import networks
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.models.residual import BasicBlock


def with_dropout(model: nn.Module, rate: float = 0.2) -> nn.Module:
    """Give a network dropout: a copy of it with dropout where S1 has it (section 6.1).

    In a residual network that is behind every block; in a network whose layers stand in a row, before every
    convolution with more outputs than inputs, but for the first, which reads the image. The names of the weights stay.

    Parameters
    ----------
    model : torch.nn.Module
        A ResNet, or a sequence of layers with convolutions; it is left as it was.
    rate : float
        Share of the numbers that are dropped, in (0, 1).

    Returns
    -------
    torch.nn.Module
        With fresh ``nn.Dropout`` modules, which :func:`pruneuq_helpers.uncertainty.mc_dropout` leaves on.

    Examples
    --------
    >>> from pruneuq_helpers import models
    >>> network = with_dropout(models.build("vgg19", 10, (3, 32, 32)))
    >>> [name for name, layer in network.named_modules() if isinstance(layer, nn.Dropout)]
    ['conv3_dropout', 'conv5_dropout', 'conv9_dropout']
    """
    rate = checks.number("rate", rate, "a number above 0 and below 1", math.ulp(0.0), math.nextafter(1, 0))
    networks.network("model", model)
    twin = copy.deepcopy(model)
    blocks = [module for module in twin.modules() if isinstance(module, BasicBlock)]
    if blocks:
        for block in blocks:
            block.dropout = nn.Dropout(rate).train(block.training)
            block.register_forward_hook(_drop)
        return twin
    if isinstance(model, nn.Sequential) and any(isinstance(layer, nn.Conv2d) for layer in model):
        return _in_a_row(twin, rate)
    raise ParameterError(
        f"parameter `model` got a {type(model).__name__}; it takes a ResNet or a sequence of layers with convolutions"
    )


def _drop(block: nn.Module, _inputs: tuple, maps: Tensor) -> Tensor:
    return block.dropout(maps)


def _in_a_row(model: nn.Sequential, rate: float) -> nn.Sequential:
    layers, first = OrderedDict(), True
    for name, layer in model.named_children():
        if isinstance(layer, nn.Conv2d):
            if layer.out_channels > layer.in_channels and not first:
                layers[f"{name}_dropout"] = nn.Dropout(rate)
            first = False
        layers[name] = layer
    row = nn.Sequential(layers).train(model.training)
    for known in ("name", "classes", "input_shape"):  # what `models.build` writes on its networks
        if hasattr(model, known):
            setattr(row, known, getattr(model, known))
    return row
