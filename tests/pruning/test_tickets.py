"""Tickets: Algorithm 1 on stacks, S0's own example and widths, initial values kept, and training as if alone."""

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from pruneuq_helpers import pruning
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.population import convnet, mlp
from pruneuq_helpers.pruning import tickets
from pruneuq_helpers.pruning.cutting import round_level, size, widths

NETWORKS = {
    "deep": mlp(2, 20, 18, 16, 14, 2),
    "narrow": mlp(3, 1, 2, 2),
    "lenet": convnet((1, 28, 28), (6, 16), (120, 84), 10, kernel=5, padding=(2, 0)),
    "batch norm": convnet((1, 8, 8), (5, 7), (9,), 3, batch_norm=True),
}


def initial(network, members=2, first=0):
    return tickets.whole(network, [network.initial(first + k) for k in range(members)])


def states(some):
    return [{name: value[k] for name, value in some.weights.items()} for k in range(len(some))]


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("scope", ["all", "fc"])
@given(level=st.floats(0, 0.99), seed=st.integers(0, 99))
@settings(max_examples=6, deadline=None, derandomize=True)
def test_same_units_and_weights_as_one_by_one(name, scope, level, seed):
    network = NETWORKS[name]
    pruned = tickets.prune(initial(network, first=seed), level, scope)
    for k, state in enumerate(states(pruned)):
        model, shape = network.module(seed=seed + k), network.input_shape
        kept = pruning.choose_channels(model, level, scope=scope, input_shape=shape)
        assert {layer: units[k].tolist() for layer, units in pruned.units.items()} == kept
        smaller = pruning.keep_channels(model, kept, input_shape=shape).state_dict()
        for layer, value in state.items():
            torch.testing.assert_close(value, smaller[layer], rtol=0, atol=0)
        assert {layer: tuple(value.shape) for layer, value in state.items()} == {
            **pruned.network.parameters(),
            **pruned.network.buffers(),
        }


def test_example_of_s0():
    weights = {
        "fc1.weight": [[1.0, -1], [5, 2]],
        "fc1.bias": [0.1, 0.2],
        "fc2.weight": [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6], [0.7, 0.8]],
        "fc2.bias": [-0.2, 0.1, 0.3, 0.5],
        "fc3.weight": [[0.1, -0.2, 0.3, 0.1], [-0.1, 0.8, 0.1, -0.4]],
        "fc3.bias": [0.1, -0.2],
    }
    dense = tickets.whole(mlp(2, 2, 4, 2), [{name: torch.tensor(value) for name, value in weights.items()}])
    pruned = tickets.prune(dense, 0.5)
    assert {layer: units.tolist() for layer, units in pruned.units.items()} == {
        "fc1": [[1]], "fc2": [[2, 3]], "fc3": [[0, 1]]
    }  # fmt: skip
    expected = {
        "fc1.weight": [[5.0, 2]], "fc1.bias": [0.2], "fc2.weight": [[0.6], [0.8]], "fc2.bias": [0.3, 0.5],
        "fc3.weight": [[0.3, 0.1], [0.1, -0.4]], "fc3.bias": [0.1, -0.2],
    }  # fmt: skip
    for name, value in expected.items():
        torch.testing.assert_close(pruned.weights[name][0], torch.tensor(value))


def test_of_equal_units_the_lower_index_goes_first():
    network = mlp(2, 5, 2)
    ones = {name: torch.ones(1, *shape) for name, shape in network.parameters().items()}
    assert tickets.prune(tickets.whole(network, ones), 0.4).units["fc1"].tolist() == [[2, 3, 4]]


def test_five_rounds_of_s0():
    lenet = NETWORKS["lenet"]
    levels = [0.2, 0.4, 0.6, 0.8]
    left = tickets.iterate(initial(lenet, 1), levels, fit=list, rounds=5, scope="fc")
    assert [widths(one.network) for one in left] == [
        [6, 16, 98, 69, 10], [6, 16, 75, 52, 10], [6, 16, 50, 35, 10], [6, 16, 26, 18, 10]
    ]  # fmt: skip


@given(level=st.floats(0, 0.98), rounds=st.integers(1, 9))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_rounds_reach_the_level_and_never_pass_it(level, rounds):
    np.testing.assert_allclose((1 - round_level(level, rounds)) ** rounds, 1 - level)
    (one,) = tickets.iterate(initial(mlp(2, 40, 2), 1), [level], fit=list, rounds=rounds)
    assert widths(one.network)[0] >= pruning.kept(40, level)


@given(first=st.floats(0, 0.9), second=st.floats(0, 0.9), seed=st.integers(0, 99))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_units_name_the_dense_units_whatever_is_pruned_again(first, second, seed):
    dense = initial(NETWORKS["deep"], 3, seed)
    twice = tickets.prune(tickets.prune(dense, first), second)
    again = tickets.rewind(twice, dense)
    for name, value in twice.weights.items():
        torch.testing.assert_close(value, again.weights[name], rtol=0, atol=0)
    assert again.network == twice.network


def test_rewinding_gives_initial_values_and_keeps_the_structure():
    dense, other = initial(NETWORKS["deep"]), initial(NETWORKS["deep"], first=50)
    ticket = tickets.rewind(tickets.prune(dense, 0.7), other)
    for k in range(2):
        first, second = ticket.units["fc1"][k], ticket.units["fc2"][k]
        expected = other.weights["fc2.weight"][k][second][:, first]
        torch.testing.assert_close(ticket.weights["fc2.weight"][k], expected, rtol=0, atol=0)
        # S0's code keeps the trained output layer here; everything has to go back.
        last = other.weights["fc5.weight"][k][:, ticket.units["fc4"][k]]
        torch.testing.assert_close(ticket.weights["fc5.weight"][k], last, rtol=0, atol=0)


def test_pruning_leaves_the_dense_network_alone():
    dense = initial(NETWORKS["deep"])
    before = {name: value.clone() for name, value in dense.weights.items()}
    tickets.prune(dense, 0.5).weights["fc1.weight"].zero_()
    for name, value in before.items():
        torch.testing.assert_close(dense.weights[name], value, rtol=0, atol=0)


def data(members, seed=0):
    generator = torch.Generator().manual_seed(seed)
    images = torch.randn(members, 60, 2, generator=generator, dtype=torch.float64)
    return images, (images[..., 0] * images[..., 1] > 0).long()


def fitting(members=2, **options):
    """Training on a data set of each member's own."""
    images, labels = data(members)
    options = {"epochs": 30, "batch": None, "rate": 0.01, "dtype": torch.float64} | options
    return partial(tickets.train, images=images, labels=labels, seeds=range(members), **options)


def test_trained_together_as_if_alone():
    validation = data(2, seed=1)
    fit = fitting(patience=5, validation=validation)
    dense = initial(NETWORKS["deep"])
    other = initial(dense.network, first=9)
    sets = [dense, tickets.prune(dense, 0.5), tickets.rewind(tickets.prune(dense, 0.8), other)]
    images, labels = data(2)
    for start, trained in zip(sets, fit(sets), strict=True):
        for k, state in enumerate(states(start)):
            model = start.network.module().double()
            model.load_state_dict(state)
            adam = torch.optim.Adam(model.parameters(), lr=0.01)
            lowest, best, best_epoch = np.inf, None, 0
            for epoch in range(1, 31):
                adam.zero_grad()
                nn.functional.cross_entropy(model(images[k]), labels[k]).backward()
                adam.step()
                with torch.no_grad():
                    loss = nn.functional.cross_entropy(model(validation[0][k]), validation[1][k]).item()
                if loss < lowest:
                    lowest, best_epoch = loss, epoch
                    best = {name: value.clone() for name, value in model.state_dict().items()}
                elif epoch - best_epoch >= 5:
                    break
            assert (trained.best_epoch[k], trained.stop_epoch[k]) == (best_epoch, epoch)
            for name, value in states(trained)[k].items():
                torch.testing.assert_close(value, best[name], rtol=0, atol=1e-12)


@pytest.mark.parametrize("reset", [True, False])
def test_rounds_are_train_prune_reset_and_nothing_else(reset):
    begin, fit = initial(mlp(2, 12, 9, 2)), fitting()
    (dense,) = fit([begin])
    levels = [0.1, 0.6]
    together = tickets.iterate(dense, levels, fit, rounds=3, initial=begin if reset else None)
    for level, found in zip(levels, together, strict=True):
        one = dense
        for _ in range(3):
            one = tickets.prune(one, round_level(level, 3))
            (one,) = fit([tickets.rewind(one, begin) if reset else one])
        assert found.network == one.network
        assert found.best_epoch.tolist() == one.best_epoch.tolist()
        for name, value in one.weights.items():
            torch.testing.assert_close(found.weights[name], value, rtol=0, atol=1e-12)


def test_a_shared_data_set_is_shared():
    images, labels = data(1)
    begin = initial(mlp(2, 6, 2), 3)
    trained = tickets.train([begin, tickets.prune(begin, 0.5)], images[0], labels[0], range(3), epochs=2)
    assert [one.predict(images[0]).shape for one in trained] == [(3, 60, 2)] * 2


def test_parameters_are_counted():
    assert size(mlp(2, 20, 18, 16, 14, 2)) == 60 + 378 + 304 + 238 + 30


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: tickets.prune(initial(mlp(2, 4, 2)), 1.0), r"`level` got 1.0; it takes a number in \[0, 1\)"),
        (lambda: tickets.prune(initial(mlp(2, 4, 2)), 0.5, "conv"), "`scope` got 'conv'; it takes one of all, fc"),
        (
            lambda: tickets.iterate(initial(mlp(2, 4, 2)), [0.5], list, 0),
            "parameter `rounds` got 0; it takes a whole number of at least 1",
        ),
        (lambda: tickets.iterate(initial(mlp(2, 4, 2)), [-0.1], list), "parameter `levels` got -0.1"),
        (lambda: tickets.rewind(initial(mlp(2, 4, 2)), initial(mlp(2, 4, 2), 3)), "parameter `dense` got 3 networks"),
    ],
)
def test_mistakes_are_told_in_one_sentence(call, sentence):
    with pytest.raises(ParameterError, match=sentence):
        call()
