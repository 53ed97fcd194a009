"""What ranks the units: against hand-worked numbers and numpy's own rank."""

import numpy as np
import pytest
import torch
from random_networks import scrambled
from torch import nn
from torch.nn import functional

from pruneuq_helpers import models, pruning
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.pruning.criteria import bn_scores, l1_scores, random_scores
from pruneuq_helpers.pruning.hrank import drawn_for_hrank, hrank_scores, map_ranks


def images(count=20, shape=(1, 8, 8), seed=0):
    return torch.randn(count, *shape, generator=torch.Generator().manual_seed(seed))


def test_l1_of_convolutions_sums_inputs_and_kernel():
    layer = nn.Conv2d(2, 3, 3)
    by_hand = [sum(abs(w) for w in filters.flatten().tolist()) for filters in layer.weight]
    np.testing.assert_allclose(l1_scores(layer), by_hand, rtol=1e-12)
    without = [sum(abs(w) for w in filters[1].flatten().tolist()) for filters in layer.weight]
    np.testing.assert_allclose(l1_scores(layer, dead=[0]), without, rtol=1e-12)


def test_l1_of_a_transposed_convolution_goes_by_its_outputs():
    layer = nn.ConvTranspose2d(2, 3, 3)
    np.testing.assert_allclose(l1_scores(layer), layer.weight.detach().double().abs().sum((0, 2, 3)))


def test_bn_takes_the_size_of_the_scale():
    layer = nn.BatchNorm2d(3)
    layer.weight.data = torch.tensor([0.5, -2.0, 1.0])
    assert bn_scores(layer).tolist() == [0.5, 2.0, 1.0]


def test_random_is_a_permutation_and_every_group_draws_its_own():
    generator = torch.Generator().manual_seed(0)
    first, second = random_scores(50, generator), random_scores(50, generator)
    assert sorted(first.tolist()) == sorted(second.tolist()) == list(range(50))
    assert not torch.equal(first, second)


def test_bn_removes_the_smallest_scales_of_a_vgg():
    model = models.build("vgg_small", 10, (1, 8, 8))
    model.bn2.weight.data = torch.arange(16.0) - 8  # sizes 8, 7, ..., 0, 1, ..., 7
    assert pruning.choose_channels(model, 0.25, "bn")["conv2"] == [i for i in range(16) if i not in (6, 7, 8, 9)]


def test_bn_of_tied_layers_is_their_mean():
    model = models.build("resnet8", 10, (1, 8, 8), stages=[4, 4, 4], inner=[4, 4, 4])
    model.bn1.weight.data = torch.tensor([4.0, 1.0, 1.0, 2.0])  # over its mean: 2, 0.5, 0.5, 1
    model.layer1[0].bn2.weight.data = torch.tensor([0.1, 0.1, 0.5, 0.1])  # 0.5, 0.5, 2.5, 0.5
    channels = pruning.choose_channels(model, 0.5, "bn")
    assert channels["conv1"] == channels["layer1.0.conv2"] == [0, 2]  # 1.25, 0.5, 1.5, 0.75


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_ranks_agree_with_numpy(dtype):
    generator = torch.Generator().manual_seed(1)
    maps = []
    for rank in range(7):
        left, right = (torch.randn(8, rank, generator=generator, dtype=dtype) for _ in range(2))
        maps.append(left @ right[:6].T if rank else torch.zeros(8, 6, dtype=dtype))
    rtol = 8 * np.finfo(np.float32).eps
    expected = [np.linalg.matrix_rank(one.numpy(), rtol=rtol) for one in maps]
    assert map_ranks(torch.stack(maps)).tolist() == expected == [0, 1, 2, 3, 4, 5, 6]


def test_hrank_looks_at_the_first_relu_behind_each_layer():
    model = scrambled(models.build("vgg_small", 10, (1, 8, 8)), seed=1).eval()
    shown = images()
    maps = model.relu1(model.bn1(model.conv1(shown)))
    later = model.relu3(model.bn3(model.conv3(model.pool1(model.relu2(model.bn2(model.conv2(maps)))))))
    seen = hrank_scores(model, ["conv1", "conv3"], shown)
    for name, expected in (("conv1", maps), ("conv3", later)):
        ranks = np.linalg.matrix_rank(expected.detach().numpy(), rtol=expected.shape[-1] * np.finfo(np.float32).eps)
        np.testing.assert_allclose(seen[name][0], ranks.mean(0), rtol=1e-12)
        np.testing.assert_allclose(seen[name][1], expected.detach().double().mean((0, 2, 3)), rtol=1e-6)


def test_hrank_of_a_block_looks_behind_the_sum():
    model = scrambled(models.build("resnet8", 10, (1, 8, 8)), seed=1).double().eval()
    shown = images().double()
    block = model.layer2[0]
    before = model.layer1(torch.relu(model.bn1(model.conv1(shown))))
    inner, behind = torch.relu(block.bn1(block.conv1(before))), block(before)
    seen = hrank_scores(model, ["layer2.0.conv1", "layer2.0.conv2", "layer2.0.shortcut.0"], shown)
    for name, maps in (("conv1", inner), ("conv2", behind), ("shortcut.0", behind)):
        torch.testing.assert_close(seen[f"layer2.0.{name}"][1], maps.mean((0, 2, 3)).detach())


def test_hrank_finds_its_channels_in_a_concatenation():
    class Beside(nn.Module):
        def __init__(self):
            super().__init__()
            self.left, self.right = nn.Conv2d(1, 2, 1), nn.Conv2d(1, 3, 1)

        def forward(self, x):
            return functional.relu(torch.cat([self.left(x), self.right(x)], dim=1))

    model, shown = Beside(), images()
    seen = hrank_scores(model, ["left", "right"], shown)
    for name in ("left", "right"):
        own = functional.relu(model.get_submodule(name)(shown)).double().mean((0, 2, 3)).detach()
        torch.testing.assert_close(seen[name][1], own)


def test_hrank_takes_the_layer_itself_where_no_activation_follows():
    model, shown = nn.Sequential(nn.Conv2d(1, 3, 3)), images()
    torch.testing.assert_close(
        hrank_scores(model, ["0"], shown)["0"][1], model(shown).double().mean((0, 2, 3)).detach()
    )


def test_hrank_removes_silent_channels_first_and_breaks_ties_by_activation():
    """Maps of one pixel: rank 0 where the ReLU is silent, 1 else; then the mean activation decides."""
    model = models.build("mlp", 2, (1,), hidden=(4,))
    with torch.no_grad():
        model.fc1.weight.copy_(torch.tensor([[3.0], [1.0], [-1.0], [2.0]]))
        model.fc1.bias.zero_()
    shown = torch.rand(10, 1) + 0.1
    chosen = [pruning.choose_channels(model, level, "hrank", images=shown)["fc1"] for level in (0.25, 0.5, 0.75)]
    assert chosen == [[0, 1, 3], [0, 3], [0]]


class OverTokens(nn.Module):
    """Rows of an image are tokens, and one hidden linear layer sees each of them."""

    def __init__(self):
        super().__init__()
        self.hidden, self.head = nn.Linear(8, 6), nn.Linear(6, 2)

    def forward(self, x):
        return self.head(self.hidden(x.squeeze(1)).relu().mean(1))


def test_hrank_refuses_units_over_tokens():
    model, shown = OverTokens(), images()
    sentence = (
        "parameter `criterion` got 'hrank', but `hidden` is a linear layer over tokens, whose units have no feature "
        "map; it takes random or l1 for such a network"
    )
    for ask in (
        lambda: hrank_scores(model, ["hidden"], shown),
        lambda: pruning.remove_channels(model, 0.5, "hrank", images=shown),
    ):
        with pytest.raises(ParameterError) as refusal:
            ask()
        assert str(refusal.value) == sentence
    assert pruning.remove_channels(model, 0.5, "l1", images=shown).hidden.out_features == 3


def test_rank_counts_before_activation():
    model = models.build("mlp", 2, (1,), hidden=(2,))
    with torch.no_grad():
        model.fc1.weight.copy_(torch.tensor([[100.0], [1.0]]))
        model.fc1.bias.copy_(torch.tensor([-50.0, 0.0]))  # strong, but awake for one image of four
    shown = torch.tensor([[0.1], [0.2], [0.3], [0.9]])
    assert pruning.choose_channels(model, 0.5, "hrank", images=shown)["fc1"] == [1]


def test_hrank_looks_at_no_more_than_640_images():
    model, shown = models.build("cnn", 10, (1, 8, 8)), images(700)
    seen, first = (hrank_scores(model, ["conv1"], part)["conv1"] for part in (shown, shown[:640]))
    assert torch.equal(seen, first)
    assert not torch.equal(seen, hrank_scores(model, ["conv1"], shown[:600])["conv1"])


def test_hrank_leaves_the_model_as_it_was():
    model = models.build("vgg_small", 10, (1, 8, 8)).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    pruning.remove_channels(model, 0.5, "hrank", images=images())
    assert model.training
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_hrank_looks_at_every_class_of_images_that_are_sorted_by_class():
    labels = torch.arange(10).repeat_interleave(5000)
    drawn = drawn_for_hrank(labels, [str(digit) for digit in range(10)], seed=3)
    assert torch.bincount(labels[drawn]).tolist() == [64] * 10
    assert len(drawn.unique()) == 640
    assert not torch.equal(drawn, drawn_for_hrank(labels, [str(digit) for digit in range(10)], seed=4))
    rare = torch.tensor([0] * 5000 + [1] * 2)
    assert torch.bincount(rare[drawn_for_hrank(rare, ["dog", "cat"])]).tolist() == [638, 2]


def test_a_class_without_images_for_hrank_is_named(caplog):
    with pytest.raises(ParameterError, match="`images` got none of the class cat; HRank takes some of every class"):
        drawn_for_hrank(torch.zeros(5, dtype=torch.long), ["dog", "cat"])
    assert len(drawn_for_hrank(torch.arange(1000), [str(number) for number in range(1000)])) == 640
    assert caplog.messages == ["HRank looks at 640 images, so at none of 360 classes"]
