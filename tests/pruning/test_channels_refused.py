"""What the choice of channels refuses, in one sentence."""

import pytest
import torch
from random_networks import SHAPE
from torch import nn

from pruneuq_helpers import models, pruning
from pruneuq_helpers.errors import ParameterError


@pytest.mark.parametrize("level", [1.0, -0.1, 2, float("nan"), "0.5", True, None])
def test_a_level_outside_is_refused(level):
    model = models.build("mlp", 2, (2,))
    for function in (pruning.remove_channels, pruning.mask_channels, pruning.choose_channels):
        with pytest.raises(ParameterError, match=r"`level` got .*; it takes a number in \[0, 1\)"):
            function(model, level)
    with pytest.raises(ParameterError, match="`level`"):
        pruning.kept(10, level)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"criterion": "l2"}, "`criterion` got 'l2'; it takes one of random, l1, bn, hrank"),
        ({"criterion": "hrnk"}, "did you mean `hrank`"),
        ({"criterion": "bn"}, "no batch norm with a scale follows `fc1`"),
        ({"criterion": "hrank"}, "`images` got none"),
        ({"scope": "conv"}, "`scope` got 'conv'"),
        ({"order": "backward"}, "`order` got 'backward'"),
        ({"seed": 0.5}, "`seed` got 0.5"),
        ({"seed": True}, "`seed` got True"),
    ],
)
def test_an_option_that_cannot_be_used_is_refused(options, sentence):
    with pytest.raises(ParameterError, match=sentence):
        pruning.remove_channels(models.build("mlp", 2, (2,)), 0.5, **options)


@pytest.mark.parametrize(
    ("model", "options", "sentence"),
    [
        (nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 2)), {}, "`input_shape` got none"),
        (nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 2)), {"input_shape": (5,)}, r"cannot be traced .*\(1, 5\)"),
        (nn.Linear(2, 2), {"input_shape": (2,)}, "without hidden channels"),
        (nn.Sequential(nn.Conv2d(1, 4, 3), nn.Conv2d(4, 2, 3)), {"input_shape": SHAPE, "scope": "fc"}, "linear layers"),
        (
            nn.Sequential(nn.Conv2d(1, 4, 1), nn.Conv2d(4, 4, 1, groups=2), nn.Conv2d(4, 2, 1)),
            {"input_shape": SHAPE},
            "layer `1` .Conv2d. ties channels in blocks",
        ),
        (
            nn.Sequential(nn.Conv2d(1, 4, 1), nn.GroupNorm(2, 4), nn.Conv2d(4, 2, 1)),
            {"input_shape": SHAPE},
            "layer `1` .GroupNorm.",
        ),
    ],
)
def test_a_network_that_cannot_be_pruned_is_refused(model, options, sentence):
    with pytest.raises(ParameterError, match=sentence):
        pruning.remove_channels(model, 0.5, **options)


def test_a_network_that_breaks_is_refused():
    class AddsItsInput(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.head = nn.Linear(4, 4), nn.Linear(4, 2)

        def forward(self, x):
            return self.head(x + self.first(x))

    with pytest.raises(ParameterError, match="does not run without these channels"):
        pruning.remove_channels(AddsItsInput(), 0.5, input_shape=(4,))


def test_masking_refuses_a_norm_over_channels_which_removal_allows():
    model = nn.Sequential(nn.Linear(2, 4), nn.LayerNorm(4), nn.Linear(4, 2))
    assert pruning.remove_channels(model, 0.5, input_shape=(2,))(torch.zeros(1, 2)).shape == (1, 2)
    with pytest.raises(ParameterError, match="LayerNorm"):
        pruning.mask_channels(model, 0.5, input_shape=(2,))


@pytest.mark.parametrize(
    ("channels", "sentence"),
    [
        ({"conv9": [0]}, "got a layer 'conv9'"),
        ({"conv1": []}, r"got \[\]; it takes one or more of 0 to 15 for `conv1`"),
        ({"conv1": [16]}, "one or more of 0 to 15"),
        ({"linear": [0, 1]}, "all outputs of the network"),
        ({"conv1": [0], "layer1.0.conv2": [1]}, "same channels for layers that are added"),
    ],
)
def test_channels_that_cannot_be_kept_are_refused(channels, sentence):
    with pytest.raises(ParameterError, match=sentence):
        pruning.keep_channels(models.build("resnet8", 10, (1, 8, 8)), channels)
