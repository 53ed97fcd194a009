"""Odd values by kind of argument: networks, shapes, devices, files."""

import numpy as np
import torch
from hostile_judge import Case, Kind, Made
from torch import nn


class Raises(nn.Module):
    """A network with a fault of its own."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)

    def forward(self, images):
        raise KeyError("cat")


class Pair(nn.Module):
    """A network that gives more than logits."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)

    def forward(self, images):
        return self.fc(images.flatten(1)[:, :3]), images


def with_weight(model: nn.Module, value: float) -> nn.Module:
    """A network one of whose weights is this number."""
    with torch.no_grad():
        next(model.parameters()).view(-1)[0] = value
    return model


NO_NETWORK = (
    Case("None", None),
    Case("text", "model"),
    Case("number", 1.0),
    Case("class", nn.Linear),
    Case("function", len),
    Case("state dict", Made(lambda: nn.Linear(3, 2).state_dict())),
    Case("list", Made(lambda: [nn.Linear(3, 2)])),
)


def _complex() -> nn.Module:
    model = nn.Linear(3, 2)
    model.weight = nn.Parameter(model.weight.detach().cfloat())
    return model


def networks(make) -> Kind:
    """A network that is made by a function."""
    usual = Made(make)
    odd = {
        "without weights": nn.Identity,
        "empty": nn.Sequential,
        "of other inputs": lambda: nn.Linear(7, 2),
        "raising": Raises,
        "a pair": Pair,
        "NaN inside": lambda: with_weight(make(), float("nan")),
        "inf inside": lambda: with_weight(make(), float("inf")),
        "on meta": lambda: make().to("meta"),
        "complex": _complex,
    }
    right = {
        "training": lambda: make().train(),
        "without gradients": lambda: make().requires_grad_(False),
    }
    wrong = tuple(Case(label, Made(form)) for label, form in odd.items())
    return Kind(usual, NO_NETWORK + wrong + tuple(Case(label, Made(form), usual) for label, form in right.items()))


ANY_NETWORK = ("of other inputs", "raising", "a pair", "complex")  # good where the network is not run
NUMBERS_UNREAD = ("NaN inside", "inf inside")  # good where nobody looks at the weights


def shapes(usual: tuple[int, ...]) -> Kind:
    """The shape of one example."""
    odd = {
        "text": "abc",
        "number": 3,
        "empty": (),
        "zero": (0, *usual[1:]),
        "negative": (-1, *usual[1:]),
        "fraction": (1.5, *usual[1:]),
        "NaN": (float("nan"), *usual[1:]),
        "True": (True, *usual[1:]),
        "text inside": ("3", *usual[1:]),
        "None inside": (None, *usual[1:]),
        "huge": (2**70, *usual[1:]),
        "large": (2**40, *usual[1:]),
        "one more": (*usual, 5, 5, 5),
        "another": tuple(size + 4 for size in usual),
        "dict": {"a": 1},
        "None": None,
    }
    right = {"list": list(usual), "size": torch.Size(usual), "array": np.array(usual)}
    wrong = tuple(Case(label, value) for label, value in odd.items())
    return Kind(usual, wrong + tuple(Case(label, value, usual) for label, value in right.items()))


def widths(usual: tuple[int, ...]) -> Kind:
    """Widths of layers, as many as are asked for."""
    odd = {
        "text": "ab",
        "number": 3,
        "None": None,
        "NaN": (*usual[:-1], float("nan")),
        "zero": (*usual[:-1], 0),
        "negative": (*usual[:-1], -4),
        "fraction": (*usual[:-1], 1.5),
        "True": (*usual[:-1], True),
        "text inside": (*usual[:-1], "4"),
        "huge": (*usual[:-1], 2**70),
        "dict": {4: 4},
    }
    right = {"list": list(usual), "array": np.array(usual), "tensor": torch.tensor(usual)}
    wrong = tuple(Case(label, value) for label, value in odd.items())
    return Kind(usual, wrong + tuple(Case(label, value, usual) for label, value in right.items()))


def devices() -> Kind:
    """Where something is computed."""
    odd = ("gpu", "", "meta", "cuda:99", "cpu:x", "mps", 3.5, [], {}, b"cpu", float("nan"), True)
    right = (Case("device", torch.device("cpu"), "cpu"),)
    return Kind("cpu", tuple(Case(repr(value), value) for value in odd) + right)


def functions(usual) -> Kind:
    """A function of the caller's."""
    odd = (None, "ece", 1.0, [len], {})
    return Kind(usual, tuple(Case(repr(value), value) for value in odd))
