"""Removal with each layer's own channels: same widths, another function."""

import pytest
import torch
from random_networks import scrambled

from pruneuq_helpers import models, pruning
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.metrics.cost import parameters

IMAGES = torch.randn(3, 3, 16, 16, dtype=torch.float64)


def resnet(name="resnet8"):
    return scrambled(models.build(name, 10, (3, 16, 16), width=4).double(), seed=0).eval()


@pytest.mark.parametrize("name", ["resnet8", "resnet18"])
def test_misaligned_removal_counts_alike_and_computes_something_else(name):
    model = resnet(name)
    aligned, own = (pruning.remove_channels(model, 0.5, align=align) for align in ("groups", "none"))
    assert models.architecture(aligned) == models.architecture(own)
    assert parameters(aligned) == parameters(own)
    assert not torch.allclose(aligned(IMAGES), own(IMAGES))


def test_each_layer_keeps_its_own_channels_and_its_readers_follow_the_last_one():
    model = resnet()
    own = pruning.remove_channels(model, 0.5, align="none", order="at_once")
    stem = model.conv1.weight.abs().flatten(1).sum(1).argsort()[2:].sort().values
    second = model.layer1[0].conv2.weight.abs().flatten(1).sum(1).argsort()[2:].sort().values
    assert stem.tolist() != second.tolist()
    assert torch.equal(own.conv1.weight, model.conv1.weight[stem])
    assert torch.equal(own.bn1.weight, model.bn1.weight[stem])
    assert torch.equal(own.layer1[0].bn2.weight, model.layer1[0].bn2.weight[second])
    project = own.layer2[0].shortcut[0].weight  # reads the sum: it follows the second convolution
    kept = {tuple(row) for row in model.layer2[0].shortcut[0].weight[:, second].flatten(1).tolist()}
    assert {tuple(row) for row in project.flatten(1).tolist()} <= kept


def test_without_ties_alignment_changes_nothing():
    model = scrambled(models.build("vgg_small", 10, (3, 16, 16)).double(), seed=1).eval()
    aligned, own = (pruning.remove_channels(model, 0.5, align=align) for align in ("groups", "none"))
    assert torch.equal(aligned(IMAGES), own(IMAGES))


def test_level_zero_changes_nothing():
    model = resnet()
    assert torch.equal(pruning.remove_channels(model, 0.0, align="none")(IMAGES), model(IMAGES))


def test_an_unknown_alignment_is_refused():
    with pytest.raises(ParameterError, match="parameter `align` got 'some'; it takes one of groups, none"):
        pruning.remove_channels(resnet(), 0.5, align="some")
