"""Networks whose layers stand in a row: MLP, LeNet, a small convolutional net, VGG.

Each is a plain `torch.nn.Sequential` with named layers: `conv1`, `bn1`, `relu1`, `pool1`, ..., `flatten`, `fc1`, ...
"""

import math
from collections import OrderedDict
from collections.abc import Sequence

from torch import nn

from pruneuq_helpers.models.shapes import exactly, image_shape


def _linear_layers(inputs: int, hidden: Sequence[int], classes: int) -> list[tuple[str, nn.Module]]:
    layers: list[tuple[str, nn.Module]] = [("flatten", nn.Flatten())]
    for number, width in enumerate(hidden, start=1):
        layers += [(f"fc{number}", nn.Linear(inputs, width)), (f"fc{number}_relu", nn.ReLU())]
        inputs = width
    return [*layers, (f"fc{len(hidden) + 1}", nn.Linear(inputs, classes))]


def mlp(classes: int, input_shape: Sequence[int], hidden: Sequence[int]) -> nn.Sequential:
    """Make a multilayer perceptron with ReLU; an image is flattened first."""
    return nn.Sequential(OrderedDict(_linear_layers(math.prod(input_shape), hidden, classes)))


def lenet(classes: int, input_shape: Sequence[int], conv: Sequence[int], hidden: Sequence[int]) -> nn.Sequential:
    """Make the tutorial LeNet: two 5x5 convolutions, each pooled, then linear layers (S0, section 5)."""
    channels, *size = image_shape("lenet", input_shape, smallest=16)
    layers: list[tuple[str, nn.Module]] = []
    for number, width in enumerate(exactly("conv", conv, 2), start=1):
        layers += [(f"conv{number}", nn.Conv2d(channels, width, 5)), (f"relu{number}", nn.ReLU())]
        layers += [(f"pool{number}", nn.MaxPool2d(2))]
        channels, size = width, [(side - 4) // 2 for side in size]
    layers += _linear_layers(channels * math.prod(size), exactly("hidden", hidden, 2), classes)
    return nn.Sequential(OrderedDict(layers))


def cnn(classes: int, input_shape: Sequence[int], conv: Sequence[int], hidden: Sequence[int]) -> nn.Sequential:
    """Make a small convolutional net: 3x3 convolutions, each with ReLU and pooling, then linear layers."""
    # With conv=(32, 64) and hidden=(512, 256, 128) it is our reading of the convolutional net of S3.
    channels, height, width = image_shape("cnn", input_shape, smallest=2 ** len(conv))
    layers: list[tuple[str, nn.Module]] = []
    for number, filters in enumerate(conv, start=1):
        layers += [(f"conv{number}", nn.Conv2d(channels, filters, 3, padding=1)), (f"relu{number}", nn.ReLU())]
        layers += [(f"pool{number}", nn.MaxPool2d(2))]
        channels, height, width = filters, height // 2, width // 2
    layers += _linear_layers(channels * height * width, hidden, classes)
    return nn.Sequential(OrderedDict(layers))


def vgg(classes: int, input_shape: Sequence[int], stages: Sequence[int], conv: Sequence[int]) -> nn.Sequential:
    """Make a VGG: stages of 3x3 convolutions with bias and batch norm, a pooling after each stage."""
    channels, _, _ = image_shape("vgg", input_shape, smallest=2 ** len(stages))
    widths = enumerate(exactly("conv", conv, sum(stages)), start=1)
    layers: list[tuple[str, nn.Module]] = []
    for stage, count in enumerate(stages, start=1):
        for _ in range(count):
            number, width = next(widths)
            layers += [(f"conv{number}", nn.Conv2d(channels, width, 3, padding=1))]
            layers += [(f"bn{number}", nn.BatchNorm2d(width)), (f"relu{number}", nn.ReLU())]
            channels = width
        layers.append((f"pool{stage}", nn.MaxPool2d(2)))
    # One linear layer on the average of each map, as in the layout that S1 counts in its Table 1.
    layers += [("average", nn.AdaptiveAvgPool2d(1)), *_linear_layers(channels, (), classes)]
    return nn.Sequential(OrderedDict(layers))


def row_widths(model: nn.Sequential) -> dict[str, list[int]]:
    """Read the widths of a network whose layers stand in a row; pruning may have changed them."""
    return {
        "conv": [layer.out_channels for layer in model if isinstance(layer, nn.Conv2d)],
        "hidden": [layer.out_features for layer in model if isinstance(layer, nn.Linear)][:-1],
    }
