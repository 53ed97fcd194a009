import pytest
import torch
from torch import nn

from pruneuq_helpers import models
from pruneuq_helpers.population import Network, convnet, mlp, predict


@pytest.mark.parametrize(
    ("name", "shape", "widths"),
    [
        ("mlp", (2,), {"hidden": (20, 18)}),
        ("mlp", (1, 8, 8), {"hidden": ()}),
        ("lenet", (3, 32, 32), {}),
        ("cnn", (1, 8, 8), {"conv": (4, 6), "hidden": (7,)}),
    ],
)
def test_networks_of_the_book_are_read_and_computed(name, shape, widths):
    network = models.build(name, 10, shape, **widths)
    described = Network.of(network)
    assert list(described.parameters()) == [name for name, _ in network.named_parameters()]
    images = torch.randn(5, *shape)
    torch.testing.assert_close(predict(network, [network], images)[0], network(images).detach())
    again = described.module()
    again.load_state_dict(network.state_dict())
    torch.testing.assert_close(again(images), network(images))


def test_ours_are_those_of_the_book():
    ours = convnet((1, 8, 8), (16, 32), (7,), 10).module(seed=3)
    torch.manual_seed(3)
    theirs = models.build("cnn", 10, (1, 8, 8), conv=(16, 32), hidden=(7,))
    assert ours.state_dict().keys() == theirs.state_dict().keys()
    assert all(torch.equal(ours.state_dict()[name], value) for name, value in theirs.state_dict().items())
    assert mlp(2, 3, 2) == Network.of(models.build("mlp", 2, (2,), hidden=(3,)))


def test_nested_modules_keep_their_names():
    nested = nn.Sequential(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True)), nn.Flatten(), nn.Linear(72, 2))
    network = Network.of(nested, (1, 8, 8))
    assert list(network.parameters()) == ["0.0.weight", "0.0.bias", "2.weight", "2.bias"]
    assert list(network.module().state_dict()) == list(nested.state_dict())


def test_monte_carlo_dropout_by_seed():
    network, images = mlp(2, 50, 2, dropout=0.5), torch.randn(9, 2)
    weights = [network.initial(seed) for seed in (0, 1)]
    still, first = predict(network, weights, images), predict(network, weights, images, dropout=3)
    assert torch.equal(first, predict(network, weights, images, dropout=3))
    assert not torch.equal(first, predict(network, weights, images, dropout=4))
    assert not torch.allclose(first, still)
    assert torch.equal(first[1], predict(network, weights[1:], images, dropout=4)[0])


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: mlp(2), "widths"),
        (lambda: mlp(2, 0, 2), "widths"),
        (lambda: mlp(2, 3, 2, dropout=1.0), "dropout"),
        (lambda: convnet((1, 8, 8), (4, 4, 4, 4)), "channels"),
        (lambda: convnet((1, 8, 8), (4, 4), kernel=(3,)), "kernel"),
        (lambda: Network.of(nn.Sequential(nn.Conv2d(1, 2, 3, stride=2)), (1, 8, 8)), "network"),
        (lambda: Network.of(nn.Sequential(nn.ReLU(), nn.Linear(2, 2))), "network"),
        (lambda: Network.of(nn.Sequential(nn.ReLU())), "network"),
        (lambda: Network.of(nn.Sequential(nn.Linear(2, 2), nn.Tanh())), "network"),
        (lambda: Network.of(nn.Sequential(nn.Conv2d(1, 2, 3))), "input_shape"),
    ],
)
def test_bad_input_is_named(call, named):
    with pytest.raises(ValueError, match=f"`{named}`"):
        call()
