"""Every member is what a plain loop with a DataLoader and torch.optim gives, to 1e-12 in float64."""

import pytest
import torch
from plain_loop import clouds, distance, plain_loop, random_masks
from torch import nn

from pruneuq_helpers.population import Network, convnet, mlp, train

ADAM = {"optimiser": "adam", "rate": 0.01}
SGD = {"optimiser": "sgd", "rate": 0.05, "momentum": 0.9, "weight_decay": 1e-3}
SEEDS = [3, 1, 4]


def compare(network, recipe, batch=64, masks=True, patience=None, epochs=4, free=()):
    images, labels = clouds(150, network.input_shape, network.classes)
    validation = clouds(61, network.input_shape, network.classes, seed=1)
    masks = random_masks(network, len(SEEDS)) if masks else [None] * len(SEEDS)
    options = {"epochs": epochs, "batch": batch, "validation": validation, "patience": patience, **recipe}
    trained = train(
        network, images, labels, SEEDS, masks=masks if masks[0] else None, dtype=torch.float64, chunk=2, **options
    )
    for k, seed in enumerate(SEEDS):
        model = network.module(seed).double()
        state, best, stop = plain_loop(model, images, labels, seed, mask=masks[k], **options)
        state = {name: value for name, value in state.items() if name in trained.states[k] and name not in free}
        assert distance(state, trained.states[k]) < 1e-12
        assert (trained.best_epoch[k], trained.stop_epoch[k]) == (best, stop)
    return trained


@pytest.mark.parametrize("batch", [64, 149, None, 1000])
@pytest.mark.parametrize("recipe", [ADAM, SGD], ids=["adam", "sgd"])
def test_mlp(recipe, batch):
    compare(mlp(5, 16, 12, 3), recipe, batch)


@pytest.mark.parametrize("recipe", [ADAM, SGD], ids=["adam", "sgd"])
def test_cnn_with_odd_maps_and_padding(recipe):
    compare(convnet((2, 9, 9), (4, 6), (10,), 3), recipe)
    compare(convnet((3, 8, 8), (4, 6), (), 3, kernel=(5, 3), padding=(2, 1)), recipe, batch=None)


def test_lenet():
    compare(convnet((1, 28, 28), (3, 4), (12,), 3, kernel=5, padding=(2, 0)), ADAM, epochs=2)


@pytest.mark.parametrize("network", [mlp(5, 16, 12, 3), convnet((2, 8, 8), (4, 6), (10,), 3)], ids=["mlp", "cnn"])
@pytest.mark.parametrize("recipe", [ADAM | {"rate": 0.1}, SGD | {"rate": 0.3}], ids=["adam", "sgd"])
def test_early_stopping(network, recipe):
    trained = compare(network, recipe, patience=2, epochs=12)
    assert trained.stop_epoch.min() < 12


@pytest.mark.parametrize("network", [mlp(5, 16, 12, 3, dropout=0.3), convnet((2, 8, 8), (4,), (9, 8), 3, dropout=0.2)])
@pytest.mark.parametrize("batch", [64, None])
def test_dropout(network, batch):
    compare(network, ADAM, batch, masks=False)


@pytest.mark.parametrize("batch", [64, 50])
def test_batch_norm(batch):
    network = convnet((2, 8, 8), (4, 6), (10,), 3, batch_norm=True)
    compare(network, SGD, batch)
    # Before batch normalisation a bias has no gradient but rounding noise, which Adam blows up to full steps:
    # it changes nothing but itself and the running mean that takes it away again.
    noise = ("conv1.bias", "conv2.bias", "bn1.running_mean", "bn2.running_mean")
    compare(network, ADAM, batch, masks=False, free=noise)


def test_batch_norm_between_convolutions_without_pooling():
    layers = [nn.Conv2d(1, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(), nn.Conv2d(3, 4, 3, padding=1)]
    layers += [nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 3)]
    compare(Network.of(nn.Sequential(*layers), (1, 8, 8)), SGD)


def test_history_is_the_mean_loss_of_each_epoch():
    images, labels = clouds()
    trained = train(mlp(5, 8, 3), images, labels, [0, 1], epochs=2, batch=None, dtype=torch.float64)
    assert trained.history.columns.tolist() == ["member", "epoch", "train_loss", "validation_loss"]
    assert trained.history[["member", "epoch"]].to_numpy().tolist() == [[0, 1], [0, 2], [1, 1], [1, 2]]
    start = mlp(5, 8, 3).module(1).double()
    loss = torch.nn.functional.cross_entropy(start(images), labels).item()
    assert trained.history.train_loss[2] == pytest.approx(loss, abs=1e-14)
    assert trained.history.validation_loss.isna().all()
    assert trained.best_epoch.tolist() == trained.stop_epoch.tolist() == [2, 2]
