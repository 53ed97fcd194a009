"""The networks of the book and their files, and how each function is called."""

import numpy as np
import torch
from hostile_judge import Call, Case, Kind, Made
from hostile_networks import devices, networks, shapes, widths
from hostile_pruning import small
from hostile_values import whole, word

from pruneuq_helpers import models


def built(**given):
    """The shape of a network."""
    return models.architecture(models.build(**({"name": "lenet", "classes": 2, "input_shape": (1, 16, 16)} | given)))


def net():
    """A small network of the book."""
    torch.manual_seed(0)
    return models.build("mlp", 2, (3,), hidden=(4,))


LENET = {"classes": whole(2), "input_shape": shapes((1, 16, 16)).but("another")}
FOREIGN = (
    Case("foreign", Made(small)),
    Case("odd name", Made(lambda: _named([1]))),
    Case("unknown name", Made(lambda: _named("lenet99"))),
    Case("another's name", Made(lambda: _named("resnet8"))),
)
OTHER = ("NaN inside", "inf inside", "training", "without gradients", "on meta")


def _named(name, shape=(3,)):
    model = small()
    model.name, model.classes, model.input_shape = name, 2, shape
    return model


CALLS = [
    Call(
        "build",
        built,
        name=word("lenet"),
        **LENET,
        conv=widths((2, 3)).also(Case("one more", (2, 3, 4))),
        hidden=widths((4, 3)).also(Case("one more", (2, 3, 4))),
    ),
    Call("build an unknown width", built, also={"wide": ("wide",)}, conv=Kind((2, 3), ())),
    Call(
        "build a resnet",
        models.architecture,
        model=Kind(Made(lambda: models.build("resnet8", 2, (1, 8, 8), width=2)), ()),
    ),
    Call(
        "build by width",
        lambda **given: built(name="resnet8", **given),
        width=whole(2),
        stages=widths((2, 3, 4)).but("None"),
        inner=widths((2, 3, 4)).but("None"),
    ),
    Call(
        "build by depth",
        lambda **given: built(name="wrn", **given),
        depth=whole(10, least=10).but("uint8", "int64"),
        width=whole(1),
        stem=whole(16).but("uint8", "int64", "float"),
    ),
    Call("architecture", models.architecture, model=networks(net).but(*OTHER).also(*FOREIGN)),
]
__all__ = ["devices", "np"]
