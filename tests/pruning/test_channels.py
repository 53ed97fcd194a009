"""Removal: the counts of the papers, and the logits of masking."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import SHAPE, networks, scrambled
from torch import nn

from pruneuq_helpers import models, pruning
from pruneuq_helpers.metrics.cost import parameters

LEVELS = (0.0, 0.2, 0.4, 0.6, 0.8)
TABLE_1 = {
    ("resnet18", 10): (11_173_962, 7_175_586, 4_049_352, 1_803_314, 457_578),
    ("resnet18", 100): (11_220_132, 7_212_576, 4_077_162, 1_821_854, 466_938),
    ("vgg19", 10): (20_040_522, 12_858_225, 7_258_530, 3_224_231, 817_115),
    ("vgg19", 100): (20_086_692, 12_895_215, 7_286_340, 3_242_771, 826_475),
}


@pytest.fixture
def example_of_s0():
    """The 2-2-4-2 network of S0's appendix."""
    model = models.build("mlp", 2, (2,), hidden=(2, 4))
    weights = (
        [[1, -1], [5, 2]],
        [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6], [0.7, 0.8]],
        [[0.1, -0.2, 0.3, 0.1], [-0.1, 0.8, 0.1, -0.4]],
    )
    biases = ([0.1, 0.2], [-0.2, 0.1, 0.3, 0.5], [0.1, -0.2])
    with torch.no_grad():
        for layer, weight, bias in zip((model.fc1, model.fc2, model.fc3), weights, biases, strict=True):
            layer.weight.copy_(torch.tensor(weight))
            layer.bias.copy_(torch.tensor(bias))
    return model


def test_kept_counts_of_the_papers():
    expected = {64: [52, 39, 26, 13], 128: [103, 77, 52, 26], 256: [205, 154, 103, 52], 512: [410, 308, 205, 103]}
    assert {width: [pruning.kept(width, level) for level in LEVELS[1:]] for width in expected} == expected
    assert pruning.kept(100, 0.29) == 71  # 0.29 * 100 is 28.999999999999996
    assert pruning.kept(3, 0.999999999999) == 1
    assert pruning.kept(1, 0.99) == 1


@pytest.mark.parametrize("order", ["sequential", "at_once"])
def test_the_example_of_s0_by_hand(example_of_s0, order):
    smaller = pruning.remove_channels(example_of_s0, 0.5, order=order)
    expected = {
        "fc1.weight": [[5, 2]], "fc1.bias": [0.2],
        "fc2.weight": [[0.6], [0.8]], "fc2.bias": [0.3, 0.5],
        "fc3.weight": [[0.3, 0.1], [0.1, -0.4]], "fc3.bias": [0.1, -0.2],
    }  # fmt: skip
    state = smaller.state_dict()
    assert list(state) == list(expected)
    for name, values in expected.items():
        torch.testing.assert_close(state[name], torch.tensor(values, dtype=torch.float32))
    assert pruning.choose_channels(example_of_s0, 0.5) == {"fc1": [1], "fc2": [2, 3], "fc3": [0, 1]}


def test_sequential_scores_leave_out_dead_inputs_and_at_once_does_not():
    model = models.build("mlp", 2, (2,), hidden=(2, 2))
    with torch.no_grad():
        model.fc1.weight.copy_(torch.tensor([[0.1, 0.1], [1.0, 1.0]]))  # unit 0 goes
        model.fc2.weight.copy_(torch.tensor([[9.0, 1.0], [0.0, 2.0]]))  # 10 and 2, without unit 0: 1 and 2
    assert pruning.choose_channels(model, 0.5)["fc2"] == [1]
    assert pruning.choose_channels(model, 0.5, order="at_once")["fc2"] == [0]


def test_of_equal_units_the_lower_index_goes_first():
    model = models.build("mlp", 2, (2,), hidden=(5,))
    nn.init.ones_(model.fc1.weight)
    assert pruning.choose_channels(model, 0.4)["fc1"] == [2, 3, 4]


@pytest.mark.parametrize(("name", "classes"), TABLE_1)
def test_table_1_of_s1_to_the_unit(name, classes):
    with torch.device("meta"):  # counts need no weights
        model = models.build(name, classes, (3, 32, 32))
    counts = [parameters(pruning.remove_channels(model, level, "random")) for level in LEVELS]
    assert tuple(counts) == TABLE_1[name, classes]


@pytest.mark.parametrize(
    ("level", "widths", "count"),
    [(0.2, [96, 68], 48_654), (0.4, [72, 51], 35_987), (0.6, [48, 34], 24_136), (0.8, [24, 17], 13_101)],
)
def test_one_shot_lenet_of_s0(level, widths, count):
    smaller = pruning.remove_channels(models.build("lenet", 10, (3, 32, 32)), level, scope="fc")
    assert models.architecture(smaller)["hidden"] == widths
    assert models.architecture(smaller)["conv"] == [6, 16]
    assert parameters(smaller) == count


@pytest.mark.parametrize(
    ("level", "widths", "count"),
    [(0.2, [98, 69], 49_701), (0.4, [75, 52], 37_429), (0.6, [50, 35], 25_067), (0.8, [26, 18], 13_974)],
)
def test_iterative_lenet_of_s0(level, widths, count):
    model = models.build("lenet", 10, (3, 32, 32))
    for _ in range(5):
        model = pruning.remove_channels(model, 1 - (1 - level) ** (1 / 5), scope="fc")
    assert models.architecture(model)["hidden"] == widths
    assert parameters(model) == count


@pytest.mark.parametrize(("level", "count"), [(0.2, 40_600), (0.4, 23_629), (0.6, 11_224), (0.8, 3_385)])
def test_all_layers_of_lenet(level, count):
    assert parameters(pruning.remove_channels(models.build("lenet", 10, (3, 32, 32)), level)) == count


@given(networks, st.floats(0, 0.99), st.sampled_from(["l1", "random"]), st.sampled_from(["sequential", "at_once"]))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_removal_equals_masking_on_random_networks(model, level, criterion, order):
    options = {"criterion": criterion, "order": order, "input_shape": SHAPE}
    before = copy.deepcopy(model.state_dict())
    smaller = pruning.remove_channels(model, level, **options)
    masked = pruning.mask_channels(model, level, **options)
    images = torch.randn(4, *SHAPE, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(smaller(images), masked(images), rtol=1e-9, atol=1e-9)
    smaller.train(), masked.train()  # batch statistics agree as well
    torch.testing.assert_close(smaller(images), masked(images), rtol=1e-9, atol=1e-9)
    assert parameters(smaller) == sum(int((p != 0).sum()) for p in masked.parameters())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@given(networks, st.floats(0, 0.99))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_the_choice_tells_what_removal_does(model, level):
    channels = pruning.choose_channels(model, level, input_shape=SHAPE)
    smaller = pruning.remove_channels(model, level, input_shape=SHAPE)
    for name, stay in channels.items():
        layer = smaller.get_submodule(name)
        assert len(stay) == len(layer.weight) >= 1
    again = pruning.keep_channels(model, channels, input_shape=SHAPE)
    assert all(torch.equal(a, b) for a, b in zip(again.parameters(), smaller.parameters(), strict=True))


@pytest.mark.parametrize("name", ["lenet", "resnet8", "resnet10", "vgg_small", "wrn"])
def test_removal_equals_masking_for_networks_of_the_book(name):
    widths = {"depth": 10, "width": 1} if name == "wrn" else {}
    model = scrambled(models.build(name, 10, (3, 16, 16), **widths).double(), seed=1).eval()
    images = torch.randn(2, 3, 16, 16, dtype=torch.float64)
    logits = pruning.mask_channels(model, 0.4)(images)
    assert logits.std() > 0
    torch.testing.assert_close(pruning.remove_channels(model, 0.4)(images), logits, rtol=1e-9, atol=1e-9)


def test_a_layer_that_becomes_maps_keeps_whole_channels():
    """A linear layer whose outputs are shaped into maps loses all the outputs of a channel, or none."""

    class Shaped(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.conv, self.head = nn.Linear(5, 12), nn.Conv2d(3, 4, 1), nn.Linear(16, 2)

        def forward(self, x):
            return self.head(self.conv(self.first(x).view(len(x), -1, 2, 2)).flatten(1))

    model = scrambled(Shaped().double(), seed=2)
    stay = pruning.choose_channels(model, 0.4, input_shape=(5,))["first"]
    assert len(stay) == 8
    assert all(stay[i] // 4 == stay[i + 3] // 4 for i in (0, 4))
    images = torch.randn(3, 5, dtype=torch.float64)
    smaller, masked = (f(model, 0.4, input_shape=(5,)) for f in (pruning.remove_channels, pruning.mask_channels))
    torch.testing.assert_close(smaller(images), masked(images))


def test_what_belongs_to_the_model_stays():
    model = models.build("resnet8", 10, (1, 8, 8)).double()
    model.bn1.eval()
    model.conv1.weight.requires_grad_(False)
    smaller = pruning.remove_channels(model, 0.5)
    assert smaller.training
    assert not smaller.bn1.training
    assert model.training
    assert not model.bn1.training
    assert not smaller.conv1.weight.requires_grad
    assert smaller.linear.weight.requires_grad
    assert {p.dtype for p in smaller.parameters()} == {torch.float64}
    assert parameters(model) == parameters(models.build("resnet8", 10, (1, 8, 8)))
    smaller(torch.zeros(2, 1, 8, 8, dtype=torch.float64)).sum().backward()  # it can be trained on


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_removal_works_where_gradients_are_off(mode):
    model = models.build("resnet8", 10, (1, 8, 8))
    with mode():
        smaller = pruning.remove_channels(model, 0.5)
    smaller(torch.zeros(2, 1, 8, 8)).sum().backward()
    assert all(p.requires_grad for p in smaller.parameters())


@pytest.mark.parametrize("criterion", ["l1", "bn", "hrank", "random"])
def test_half_precision_models_are_ranked_too(criterion):
    model = models.build("resnet8", 10, (1, 8, 8)).to(torch.bfloat16)
    smaller = pruning.remove_channels(model, 0.5, criterion, images=torch.rand(4, 1, 8, 8))
    assert {p.dtype for p in smaller.parameters()} == {torch.bfloat16}
    assert smaller.conv1.out_channels == 8


def test_random_choice_depends_on_the_seed_alone():
    model = models.build("cnn", 10, (1, 8, 8))
    torch.manual_seed(3)
    state = torch.get_rng_state()
    first = pruning.choose_channels(model, 0.5, "random", seed=1)
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(4)
    assert pruning.choose_channels(model, 0.5, "random", seed=1) == first
    assert pruning.choose_channels(model, 0.5, "random", seed=2) != first


def test_tied_layers_vote_with_their_relative_scores():
    """Two layers that are added: the one with large weights must not outvote the other."""

    class Sum(nn.Module):
        def __init__(self):
            super().__init__()
            self.large, self.small, self.head = nn.Linear(1, 3), nn.Linear(1, 3), nn.Linear(3, 2)

        def forward(self, x):
            return self.head(self.large(x) + self.small(x))

    model = Sum()
    with torch.no_grad():
        model.large.weight.copy_(torch.tensor([[100.0], [110.0], [120.0]]))  # means 0.909, 1, 1.091
        model.small.weight.copy_(torch.tensor([[0.3], [0.2], [0.1]]))  # means 1.5, 1, 0.5
    channels = pruning.choose_channels(model, 0.34, input_shape=(1,))
    assert channels == {"large": [0, 1], "small": [0, 1], "head": [0, 1]}


def test_structure_of_one_network_on_the_weights_of_another():
    trained, initial = (scrambled(models.build("lenet", 10, (1, 28, 28)), seed) for seed in (1, 2))
    channels = pruning.choose_channels(trained, 0.5)
    ticket = pruning.keep_channels(initial, channels)
    assert torch.equal(ticket.conv1.weight, initial.conv1.weight[channels["conv1"]])
    assert torch.equal(ticket.fc3.weight, initial.fc3.weight[:, channels["fc2"]])
