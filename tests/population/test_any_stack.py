"""A member's numbers do not depend on its neighbours, its place or the chunk: bitwise for fully connected networks."""

import pytest
import torch
from plain_loop import clouds, random_masks

from pruneuq_helpers.population import convnet, mlp, train

STACKS = [(1, 0, None), (2, 1, None), (5, 0, 2), (5, 4, 2), (7, 3, None), (7, 3, 1), (30, 29, None), (30, 15, 7)]
RECIPES = [{"optimiser": "adam"}, {"optimiser": "sgd", "momentum": 0.9, "weight_decay": 1e-3}]


def member(network, members, place, chunk, dtype=torch.float32, batch=64, **recipe):
    """Seed 11, trained at one place among others."""
    images, labels = clouds(150, network.input_shape, network.classes, dtype=dtype)
    validation = clouds(61, network.input_shape, network.classes, seed=1, dtype=dtype)
    masks = dict(enumerate(random_masks(network, 30)))
    seeds = [seed for seed in range(30) if seed != 11][: members - 1]
    seeds.insert(place, 11)
    trained = train(
        network, images, labels, seeds, epochs=3, batch=batch, rate=0.01, masks=[masks[seed] for seed in seeds],
        validation=validation, dtype=dtype, chunk=chunk, **recipe,
    )  # fmt: skip
    losses = trained.history.query("member == @place")[["train_loss", "validation_loss"]].to_numpy().tolist()
    return trained.states[place], losses


@pytest.mark.parametrize("widths", [(2, 128, 128, 2), (5, 7, 3, 3), (2, 20, 18, 16, 14, 2), (3, 1, 2), (37, 20, 13, 5)])
@pytest.mark.parametrize("recipe", RECIPES, ids=["adam", "sgd"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_mlp_is_bitwise_the_same(widths, recipe, dtype):
    alone, losses = member(mlp(*widths), *STACKS[0], dtype=dtype, **recipe)
    for stack in STACKS[1:]:
        state, other_losses = member(mlp(*widths), *stack, dtype=dtype, **recipe)
        assert all(torch.equal(state[name], alone[name]) for name in alone)
        assert losses == other_losses


@pytest.mark.parametrize("batch", [None, 149, 1])
def test_mlp_is_bitwise_the_same_for_any_batch(batch):
    alone, _ = member(mlp(5, 7, 3), *STACKS[0], batch=batch)
    for stack in STACKS[1:4]:
        state, _ = member(mlp(5, 7, 3), *stack, batch=batch)
        assert all(torch.equal(state[name], alone[name]) for name in alone)


def test_mlp_is_bitwise_the_same_whatever_the_number_of_threads():
    alone, _ = member(mlp(64, 100, 100, 10), *STACKS[0])
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        state, _ = member(mlp(64, 100, 100, 10), *STACKS[0])
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)
    assert all(torch.equal(state[name], alone[name]) for name in alone)


@pytest.mark.parametrize("batch_norm", [False, True])
def test_cnn_is_the_same(batch_norm):
    network = convnet((1, 8, 8), (5, 7), (9,), 10, batch_norm=batch_norm)
    recipe = RECIPES[1] | {"dtype": torch.float64}
    alone, _ = member(network, *STACKS[0], **recipe)
    for stack in STACKS[1:6]:
        state, _ = member(network, *stack, **recipe)
        assert all(torch.allclose(state[name], alone[name], rtol=0, atol=1e-12) for name in alone)


def test_leaving_neighbours_change_nothing():
    images, labels = clouds(dtype=torch.float32)
    validation = clouds(61, seed=1, dtype=torch.float32)
    options = {"epochs": 30, "rate": 0.1, "validation": validation, "patience": 2}
    together = train(mlp(5, 16, 3), images, labels, range(12), **options)
    assert len(set(together.stop_epoch.tolist())) > 1
    for seed in range(12):
        alone = train(mlp(5, 16, 3), images, labels, [seed], **options)
        assert alone.best_epoch[0] == together.best_epoch[seed]
        assert all(torch.equal(alone.states[0][name], together.states[seed][name]) for name in alone.states[0])


def test_each_member_can_have_its_own_data_and_rate():
    sets = [clouds(100, seed=seed) for seed in range(3)]
    images, labels = torch.stack([x for x, _ in sets]), torch.stack([y for _, y in sets])
    validation = (images[:, :30], labels[:, :30])
    rates = [0.01, 0.1, 0.01]
    options = {"epochs": 8, "patience": 1, "dtype": torch.float64}
    together = train(mlp(5, 8, 3), images, labels, [5, 6, 7], rate=rates, validation=validation, **options)
    for k in range(3):
        alone = train(
            mlp(5, 8, 3), *sets[k], [5 + k], rate=rates[k], validation=(images[k, :30], labels[k, :30]), **options
        )
        assert all(torch.equal(alone.states[0][name], together.states[k][name]) for name in alone.states[0])
    logits = together.predict(images)
    assert torch.equal(logits[1], together.predict(images[1])[1])


def test_members_of_one_call_may_differ_in_their_weight_decay():
    images, labels = clouds(90, (5,), 3)
    settings = {"epochs": 2, "batch": 30, "rate": 0.01}
    both = train(mlp(5, 7, 3), images, labels, [4, 4], weight_decay=[0.0, 0.1], **settings)
    for place, decay in enumerate((0.0, 0.1)):
        alone = train(mlp(5, 7, 3), images, labels, [4], weight_decay=decay, **settings)
        assert all(torch.equal(alone.weights[name][0], both.weights[name][place]) for name in both.weights)
    assert not torch.equal(both.weights["fc1.weight"][0], both.weights["fc1.weight"][1])
