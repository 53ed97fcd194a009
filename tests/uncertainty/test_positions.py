"""Dropout stands where S1 has it, and changes nothing while it is off."""

import copy

import pytest
import torch
from torch import nn

from pruneuq_helpers import models, pruning
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.uncertainty import mc_dropout, with_dropout

IMAGES = torch.rand(4, 3, 32, 32)


def places(model):
    return [name for name, layer in model.named_modules() if isinstance(layer, nn.Dropout)]


def test_resnet18_has_one_behind_each_of_its_eight_blocks():
    model = with_dropout(models.build("resnet18", 10, (3, 32, 32), width=4), 0.2)
    assert places(model) == [f"layer{stage}.{block}.dropout" for stage in (1, 2, 3, 4) for block in (0, 1)]


def test_vgg19_has_one_before_each_convolution_that_widens_but_the_first():
    model = with_dropout(models.build("vgg19", 10, (3, 32, 32)), 0.3)
    assert places(model) == ["conv3_dropout", "conv5_dropout", "conv9_dropout"]
    assert model.conv3_dropout.p == 0.3
    names = [name for name, _ in model.named_children()]
    assert names.index("conv3_dropout") + 1 == names.index("conv3")


@pytest.mark.parametrize(("name", "widths"), [("resnet8", {"width": 4}), ("vgg_small", {})])
def test_off_it_changes_nothing_and_on_it_does(name, widths):
    plain = models.build(name, 10, (3, 32, 32), **widths).eval()
    dropping = with_dropout(plain)
    assert torch.equal(dropping(IMAGES), plain(IMAGES))
    assert list(dropping.state_dict()) == list(plain.state_dict())
    assert models.architecture(dropping) == models.architecture(plain)
    first, second = mc_dropout(dropping, IMAGES, passes=2, seed=0)
    assert not torch.equal(first, second)


@pytest.mark.parametrize(("name", "widths"), [("resnet8", {"width": 4}), ("vgg_small", {})])
def test_a_network_with_dropout_is_pruned_like_one_without(name, widths):
    plain = models.build(name, 10, (3, 32, 32), **widths).eval()
    smaller = pruning.remove_channels(with_dropout(plain), 0.5)
    assert torch.equal(smaller.eval()(IMAGES), pruning.remove_channels(plain, 0.5)(IMAGES))
    assert len(places(smaller)) == len(places(with_dropout(plain)))
    assert len(mc_dropout(copy.deepcopy(smaller), IMAGES)) == 5


def test_what_it_cannot_take_is_said():
    with pytest.raises(ParameterError, match="parameter `rate` got 1; it takes"):
        with_dropout(models.build("vgg19", 10, (3, 32, 32)), 1)
    with pytest.raises(ParameterError, match="parameter `model` got a Linear; it takes a ResNet"):
        with_dropout(nn.Linear(2, 2))
