"""What a member looks like: a network as a plain, comparable list of layers."""

import math
from collections import OrderedDict
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import prod
from numbers import Real

import torch
from torch import nn

from pruneuq_helpers import checks
from pruneuq_helpers.checks import networks
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.population.layers import Layer, read


@dataclass(frozen=True)
class Network:
    """A network that a population can train: input shape and layers, in order.

    Made by `mlp`, by `convnet` or from a plain sequential module by ``Network.of``.
    Two networks are equal when their layers are.

    Examples
    --------
    >>> network = mlp(2, 20, 2)
    >>> network.classes, list(network.parameters())
    (2, ['fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias'])
    """

    input_shape: tuple[int, ...]
    layers: tuple[Layer, ...]

    @classmethod
    def of(cls, module: nn.Module, input_shape=None) -> "Network":
        """Read a plain module whose layers run one after the other, in the order in which they are registered.

        Parameters
        ----------
        module : torch.nn.Module
            Made of the layers Linear, Conv2d (square kernel, stride 1), BatchNorm2d, ReLU, MaxPool2d(2),
            Dropout, Flatten and Identity.
        input_shape : sequence of int, optional
            Shape of one image; not needed for a module of `pruneuq_helpers.models`, which knows its own,
            nor when the first layer with weights is Linear.

        Returns
        -------
        Network
            With the parameter names of the module's ``state_dict``.
        """
        networks.network("network", module)
        if input_shape is not None:
            input_shape = networks.shape("input_shape", input_shape)
        leaves = [(name, leaf) for name, leaf in module.named_modules() if not list(leaf.children())]
        layers = tuple(read(name, leaf) for name, leaf in leaves if not isinstance(leaf, nn.Identity))
        weighted = [layer for layer in layers if layer.kind in ("Linear", "Conv2d")]
        if not weighted:
            raise ParameterError("parameter `network` got no Linear or Conv2d layer; it takes at least one")
        if layers[0].kind not in ("Linear", "Conv2d", "Flatten"):
            raise ParameterError(f"parameter `network` got {layers[0].kind} first; it takes Linear, Conv2d or Flatten")
        if weighted[0].kind == "Linear":
            return cls((weighted[0].inputs,), layers)
        input_shape = input_shape or getattr(module, "input_shape", None)
        if input_shape is None:
            raise ParameterError(
                "parameter `input_shape` got none; of a convolutional network it takes (channels, h, w)"
            )
        return cls(tuple(input_shape), layers)

    @property
    def classes(self) -> int:
        """Width of the last layer with weights."""
        return [layer for layer in self.layers if layer.kind == "Linear"][-1].outputs

    def parameters(self) -> dict[str, tuple]:
        """Name to shape of every parameter."""
        return {name: shape for layer in self.layers for name, shape in layer.parameters().items()}

    def buffers(self) -> dict[str, tuple]:
        """Name to shape of every buffer (batch normalisation's running statistics)."""
        return {name: shape for layer in self.layers for name, shape in layer.buffers().items()}

    def prunable(self) -> list[str]:
        """Names of the weight tensors, biases and normalisation left out, from first to last layer."""
        return [f"{layer.name}.weight" for layer in self.layers if layer.kind in ("Linear", "Conv2d")]

    def numbers(self, batch: int) -> int:
        """About how many numbers one member touches in a training step: its optimiser's state and its layers."""
        total = 5 * sum(prod(shape) for shape in self.parameters().values())
        shape = self.input_shape
        for layer in self.layers:
            if layer.kind == "Conv2d":
                total += batch * prod(shape)
                shape = (layer.outputs, *(side + 2 * layer.padding - layer.kernel + 1 for side in shape[1:]))
                total += batch * prod(shape)
            elif layer.kind == "MaxPool2d":
                shape = (shape[0], shape[1] // 2, shape[2] // 2)
                total += 4 * batch * prod(shape)
            elif layer.kind == "Linear":
                shape = (layer.outputs,)
                total += 2 * batch * layer.outputs
            elif layer.kind in ("BatchNorm2d", "Dropout"):
                total += 2 * batch * prod(shape)
        return total

    def module(self, seed: int | None = None) -> nn.Sequential:
        """A plain torch module with these layers and names, with the weights of ``torch.manual_seed(seed)``."""
        return self.built(None if seed is None else checks.seed("seed", seed))

    def built(self, seed: int | None = None) -> nn.Sequential:  # of what is checked
        with torch.random.fork_rng(devices=[], enabled=seed is not None):
            if seed is not None:
                torch.manual_seed(seed)
            return _nested([(layer.name, layer.module()) for layer in self.layers])

    def initial(self, seed: int) -> dict[str, torch.Tensor]:
        """The parameters and buffers that a plain module starts with under this seed."""
        return self.begun(checks.seed("seed", seed))

    def begun(self, seed: int) -> dict[str, torch.Tensor]:  # of what is checked
        state = self.built(seed).state_dict()
        return {name: state[name] for name in (*self.parameters(), *self.buffers())}


def mlp(*widths: int, dropout: float = 0.0) -> Network:
    """A fully connected network with ReLU between its layers; images are flattened.

    Parameters
    ----------
    *widths : int
        From the number of inputs to the number of classes.
    dropout : float
        Rate after every hidden ReLU, ``0 <= dropout < 1``.

    Returns
    -------
    Network
        Parameters are named ``fc1.weight``, ``fc1.bias``, ``fc2.weight``, ...

    Examples
    --------
    >>> mlp(2, 20, 18, 16, 14, 2).parameters()["fc2.weight"]
    (18, 20)
    """
    if len(widths) < 2:
        raise checks.refused("widths", widths, "at least two whole numbers of 1 or more")
    widths = checks.each("widths", widths, checks.whole)
    dropout = checks.number("dropout", dropout, "a number in [0, 1)", 0, math.nextafter(1, 0))
    return Network((widths[0],), (Layer("Flatten", "flatten"), *_dense(widths, dropout)))


def convnet(
    input_shape, channels, hidden=(), classes=10, kernel=3, padding=1, batch_norm=False, dropout=0.0
) -> Network:
    """A small convolutional network: conv, ReLU and 2x2 max pooling, repeated, then fully connected layers.

    Parameters
    ----------
    input_shape : sequence of int
        Channels, height and width of an image.
    channels : sequence of int
        Output channels of each convolution.
    hidden : sequence of int
        Widths of the hidden fully connected layers.
    classes : int
        Number of classes.
    kernel, padding : int or sequence of int
        For all convolutions, or one each.
    batch_norm : bool
        Batch normalisation after every convolution.
    dropout : float
        Rate after every hidden fully connected ReLU.

    Returns
    -------
    Network
        Parameters are named ``conv1.weight``, ``bn1.weight``, ``fc1.weight``, ...

    Examples
    --------
    >>> lenet = convnet((1, 28, 28), (6, 16), (120, 84), 10, kernel=5, padding=(2, 0))
    >>> lenet.parameters()["fc1.weight"]
    (120, 400)
    """
    input_shape = networks.shape("input_shape", input_shape)
    if len(input_shape) != 3:
        raise checks.refused("input_shape", input_shape, "channels, height and width")
    inputs, height, width = input_shape
    channels = checks.each("channels", channels, checks.whole, least=0)
    hidden = checks.each("hidden", hidden, checks.whole, least=0)
    classes, batch_norm = checks.whole("classes", classes), checks.flag("batch_norm", batch_norm)
    dropout = checks.number("dropout", dropout, "a number in [0, 1)", 0, math.nextafter(1, 0))
    kernels, paddings = _each("kernel", kernel, channels, 1), _each("padding", padding, channels, 0)
    layers = []
    for i, (outputs, size, pad) in enumerate(zip(channels, kernels, paddings, strict=True), start=1):
        layers.append(Layer("Conv2d", f"conv{i}", inputs, outputs, size, pad))
        if batch_norm:
            layers.append(Layer("BatchNorm2d", f"bn{i}", outputs=outputs))
        layers += [Layer("ReLU", f"relu{i}"), Layer("MaxPool2d", f"pool{i}")]
        inputs, height, width = outputs, (height + 2 * pad - size + 1) // 2, (width + 2 * pad - size + 1) // 2
    if min(height, width) < 1:
        takes = f"fewer, for an image of {input_shape} has no room"
        raise ParameterError(f"parameter `channels` got {len(channels)} blocks; it takes {takes}")
    widths = (inputs * height * width, *hidden, classes)
    return Network(tuple(input_shape), (*layers, Layer("Flatten", "flatten"), *_dense(widths, dropout)))


def _dense(widths, dropout: float) -> list[Layer]:
    layers = []
    for i, (inputs, outputs) in enumerate(pairwise(widths), start=1):
        layers.append(Layer("Linear", f"fc{i}", inputs, outputs))
        if i < len(widths) - 1:
            layers.append(Layer("ReLU", f"fc{i}_relu"))
            layers += [Layer("Dropout", f"fc{i}_dropout", rate=dropout)] if dropout else []
    return layers


def _each(name: str, value, channels: list[int], least: int) -> list[int]:
    one = isinstance(value, Real | str) or value is None
    values = (
        [value] * (len(channels) or 1) if one else checks.sequence(name, value, "a whole number, or a list of them")
    )
    found = [checks.whole(name, size, least) for size in values]
    if len(found) != len(channels) and not one:
        raise ParameterError(
            f"parameter `{name}` got {len(found)} entries; it takes one per convolution, {len(channels)}"
        )
    return found[: len(channels)]


def _nested(named: list[tuple[str, nn.Module]]) -> nn.Sequential:
    """A sequential module from dotted names, so that the state dict has these names again."""
    parts = OrderedDict()
    for head, group in groupby(named, key=lambda item: item[0].partition(".")[0]):
        group = [(name.partition(".")[2], module) for name, module in group]
        parts[head] = group[0][1] if not group[0][0] else _nested(group)
    return nn.Sequential(parts)
