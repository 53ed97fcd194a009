"""Members of other widths: what a structured ticket trains to is what the smaller network trains to alone."""

import pytest
import torch
from plain_loop import clouds, distance, plain_loop

from pruneuq_helpers.population import Network, mlp, predict, stack, train

WIDTHS = [(5, 16, 12, 3), (5, 9, 7, 3), (5, 16, 12, 3), (5, 1, 1, 3), (5, 9, 7, 3)]


def shrink(state, widths):
    """The first units of every layer, as a ticket: a smaller network with its own initial weights."""
    small = {}
    for i, (inputs, outputs) in enumerate(zip(widths, widths[1:], strict=False), start=1):
        small[f"fc{i}.weight"] = state[f"fc{i}.weight"][:outputs, :inputs]
        small[f"fc{i}.bias"] = state[f"fc{i}.bias"][:outputs]
    return small


def test_tickets_of_any_width_in_one_call():
    images, labels = clouds()
    validation = clouds(61, seed=1)
    seeds = range(len(WIDTHS))
    tickets = [shrink(mlp(5, 16, 12, 3).initial(seed), widths) for seed, widths in enumerate(WIDTHS)]
    options = {"epochs": 10, "rate": 0.05, "patience": 2, "validation": validation}
    networks = [mlp(*widths) for widths in WIDTHS]
    trained = train(networks, images, labels, seeds, weights=tickets, dtype=torch.float64, **options)
    logits = trained.predict(validation[0])
    for k, seed in enumerate(seeds):
        model = networks[k].module().double()
        model.load_state_dict(tickets[k])
        state, best, stop = plain_loop(model, images, labels, seed, **options)
        assert distance(state, trained.states[k]) < 1e-12
        assert (trained.best_epoch[k], trained.stop_epoch[k]) == (best, stop)
        model.load_state_dict(state)
        torch.testing.assert_close(logits[k], model(validation[0]).detach())


def test_a_ticket_trains_as_the_masked_network_does():
    """Zeros in and out of a unit keep it at zero, so the removed structure is the masked one without its ballast."""
    images, labels = clouds()
    start, widths = mlp(5, 16, 12, 3).initial(0), (5, 9, 7, 3)
    ticket = shrink(start, widths)
    mask = {name: torch.zeros_like(value) for name, value in start.items()}
    for name, kept in ticket.items():
        mask[name][tuple(slice(size) for size in kept.shape)] = 1
    options = {"epochs": 5, "rate": 0.02, "dtype": torch.float64}
    masked = train(mlp(5, 16, 12, 3), images, labels, [0], weights=[start], masks=[mask], **options)
    removed = train(mlp(*widths), images, labels, [0], weights=[ticket], **options)
    assert distance(shrink(masked.states[0], widths), removed.states[0]) < 1e-12


def test_to_and_from_plain_modules():
    models = [mlp(5, 8, 3).module(seed=seed) for seed in range(3)]
    images, labels = clouds(dtype=torch.float32)
    trained = train(models[0], images, labels, range(3), epochs=2, weights=stack(models))
    again = train(mlp(5, 8, 3), images, labels, range(3), epochs=2)
    assert all(torch.equal(trained.weights[name], again.weights[name]) for name in again.weights)
    logits = trained.predict(images)
    for k in range(3):
        torch.testing.assert_close(trained.member(k)(images), logits[k])
    assert torch.equal(predict(Network.of(models[0]), trained.weights, images), logits)


def test_training_goes_on_from_given_weights():
    images, labels = clouds()
    options = {"batch": None, "optimiser": "sgd", "rate": 0.1, "dtype": torch.float64}
    whole = train(mlp(5, 8, 3), images, labels, [0, 1], epochs=6, **options)
    half = train(mlp(5, 8, 3), images, labels, [0, 1], epochs=3, **options)
    rest = train(mlp(5, 8, 3), images, labels, [0, 1], epochs=3, weights=half.weights, **options)
    assert all(torch.equal(rest.weights[name], whole.weights[name]) for name in whole.weights)


def test_stack_refuses_what_does_not_stack():
    with pytest.raises(ValueError, match="different shapes"):
        stack([mlp(2, 3, 2).module(), mlp(2, 4, 2).module()])
    with pytest.raises(ValueError, match="`models` got"):
        stack([])
