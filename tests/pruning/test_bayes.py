"""Bayesian pruning: values worked by hand, the counting rule, both gates, and stacks against single networks."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch import nn

from pruneuq_helpers import data, population, training
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.pruning import BayesianPruning, Rule, bayes, log_posterior
from pruneuq_helpers.pruning.gate import sparsity

FIELDS = ("delta", "likelihood_gain", "prior_gain", "sparsity")


def points(count=60, inputs=4, seed=0):
    generator = torch.Generator().manual_seed(seed)
    images = torch.randn(count, inputs, generator=generator)
    return images, (images[:, 0] + images[:, 1] > 0).long() + (images[:, 2] > 1).long()


def module(seed=0, *widths):
    return population.mlp(*(widths or (4, 12, 8, 3))).module(seed)


# The posterior


@pytest.mark.parametrize("sigma", [0.1, 1.0, 2.5])
@pytest.mark.parametrize("norm", ["mean", "sum"])
@pytest.mark.parametrize("biases", [False, True])
def test_log_posterior_is_what_scipy_and_torch_say(sigma, norm, biases):
    images, labels = points()
    model = module()
    numbers = np.concatenate([p.detach().double().numpy().ravel() for p in model.parameters() if biases or p.ndim > 1])
    prior = stats.norm.logpdf(numbers, 0, sigma)
    loss = nn.functional.cross_entropy(model(images), labels, reduction=norm).item()
    expected = getattr(np, norm)(prior) - loss
    assert log_posterior(model, images, labels, sigma, norm, biases) == pytest.approx(expected, rel=1e-6)


def test_log_posterior_looks_in_eval_mode_and_leaves_the_model_as_it_was():
    images, labels = points()
    model = nn.Sequential(nn.Linear(4, 16), nn.Dropout(0.5), nn.Linear(16, 3)).train()
    values = {log_posterior(model, images, labels) for _ in range(3)}
    assert len(values) == 1
    assert model.training


def test_zeroing_all_weights_of_a_constant_likelihood_gains_the_analytic_prior():
    # SPEC vector: the last layer is zero, so nothing in front of it can change a prediction.
    images, labels = points()
    model = module()
    model[-1].weight.data.zero_()
    squares = sum(p.detach().double().square().sum() for p in model.parameters() if p.ndim > 1).item()
    before = log_posterior(model, images, labels, sigma=0.3, norm="sum")
    for parameter in model.parameters():
        if parameter.ndim > 1:
            parameter.data.zero_()
    assert log_posterior(model, images, labels, sigma=0.3, norm="sum") - before == pytest.approx(squares / (2 * 0.09))


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(0, 100), st.floats(0.05, 5), st.floats(0, 0.99), st.sampled_from(bayes.HOW))
def test_a_prune_never_lowers_the_prior(seed, sigma, level, how):
    weights = {"a": torch.randn(1, 5, 7, generator=torch.Generator().manual_seed(seed))}
    before = bayes.log_prior(weights, sigma, "mean")
    mask = bayes.candidate(weights, [level], [how], [seed])["a"]
    assert bayes.log_prior({"a": weights["a"] * mask}, sigma, "mean") >= before


def test_a_sum_over_many_images_stays_finite_in_log_space():
    images, labels = points(2000)
    model = module()
    model[-1].weight.data.mul_(1e4)
    value = log_posterior(model, images, labels, norm="sum")
    assert math.isfinite(value)
    assert math.exp(value) == 0


# The counting rule


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 1000), st.integers(2, 60), st.floats(0, 0.99), st.floats(0, 1), st.sampled_from(bayes.HOW))
def test_a_prune_leaves_exactly_the_zeros_asked_for(seed, size, level, already, how):
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(1, size, 3, generator=generator) * (torch.rand(1, size, 3, generator=generator) >= already)
    asked, old = math.floor(weight.numel() * level + 1e-9), int((weight == 0).sum())
    pruned = weight * bayes.candidate({"w": weight}, [level], [how], [seed])["w"]
    assert int((pruned == 0).sum()) == max(asked, old)
    assert torch.equal(pruned[pruned != 0], weight[pruned != 0])


def test_random_99_percent_of_288_keeps_three_and_a_second_prune_changes_nothing():
    weights = {"conv1.weight": torch.ones(1, 32, 1, 3, 3)}
    first = bayes.candidate(weights, [0.99], ["random"], [7], epoch=1)["conv1.weight"]
    assert int(first.sum()) == 3
    second = bayes.candidate({"conv1.weight": first}, [0.99], ["random"], [7], epoch=2)["conv1.weight"]
    assert torch.equal(first * second, first)


def test_magnitude_takes_the_smallest_of_each_layer_and_counts_zeros_first():
    weights = {"a": torch.tensor([[[0.0, -5.0, 0.1, 2.0]]]), "b": torch.tensor([[[9.0, -8.0, 7.0, -6.0]]])}
    masks = bayes.candidate(weights, [0.5], ["magnitude"], [0])
    assert masks["a"].flatten().tolist() == [0, 1, 0, 1]
    assert masks["b"].flatten().tolist() == [1, 1, 0, 0]


def test_random_draws_depend_on_seed_and_epoch_only():
    weights = {"w": torch.ones(3, 10, 10)}
    together = bayes.candidate(weights, [0.5] * 3, ["random"] * 3, [4, 5, 4], epoch=2)["w"]
    alone = bayes.candidate({"w": torch.ones(1, 10, 10)}, [0.5], ["random"], [4], epoch=2)["w"]
    later = bayes.candidate({"w": torch.ones(1, 10, 10)}, [0.5], ["random"], [4], epoch=3)["w"]
    assert torch.equal(together[0], alone[0])
    assert torch.equal(together[2], alone[0])
    assert not torch.equal(together[1], alone[0])
    assert not torch.equal(later, alone)


def test_every_survivor_of_a_random_prune_is_as_likely_as_any_other():
    count = sum(
        bayes.candidate({"w": torch.ones(1, 4, 5)}, [0.75], ["random"], [seed])["w"].flatten() for seed in range(400)
    )
    assert stats.chisquare(count.numpy()).pvalue > 0.01


# The gates


def train(rules, epochs=4, dtype=torch.float64, seeds=None, **settings):
    images, labels = points()
    pruning = BayesianPruning(rules, images.to(dtype), labels)
    settings = {"batch": 16, "rate": 0.02, "dtype": dtype} | settings
    trained = population.train(
        population.mlp(4, 12, 8, 3), images, labels, seeds or [rule.seed for rule in rules], epochs=epochs,
        after_epoch=pruning, **settings,
    )  # fmt: skip
    return trained, pruning.history


def test_the_literal_gate_with_beta_one_shuts_for_good_at_the_first_ratio_that_is_not_positive():
    _, history = train([Rule(0.9, gate="lagged", beta=1.0)], epochs=6)
    assert history["gate_open"].tolist()[0]  # the first prune always happens
    first = next(epoch for epoch, delta in zip(history["epoch"], history["delta"], strict=True) if delta <= 0)
    assert not history.loc[history["epoch"] > first, "gate_open"].any()
    assert (history.loc[history["epoch"] > first, "delta"] == 0).all()


def test_a_lower_threshold_repairs_the_deadlock():
    _, history = train([Rule(0.9, gate="lagged", beta=0.99)], epochs=6)
    opened = history["gate_open"].tolist()
    assert any(later and not earlier for earlier, later in zip(opened, opened[1:], strict=False))
    for earlier, later, delta in zip(opened, opened[1:], history["delta"], strict=False):
        assert later == (delta > math.log(0.99)) if earlier else later


@pytest.mark.parametrize("beta", [1e-9, 0.9, 1.0, 1e9])
def test_the_proposal_gate_keeps_a_prune_exactly_when_its_own_ratio_exceeds_beta(beta):
    _, history = train([Rule(0.75, gate="proposal", beta=beta), Rule(0.75, "random", "proposal", beta=beta)])
    assert history["gate_open"].tolist() == (history["delta"] > math.log(beta)).tolist()
    passed = history["sparsity"] >= 0.74
    assert passed.tolist() == history["gate_open"].tolist()


def test_a_refused_proposal_leaves_the_weights_untouched():
    refused, _ = train([Rule(0.9, gate="proposal", beta=1e9)])
    plain, _ = train([Rule(0.0)])
    for name, weight in refused.weights.items():
        assert torch.equal(weight, plain.weights[name])


def test_a_narrow_prior_opens_the_gate_that_a_wide_one_shuts():
    rules = [Rule(0.9, gate="proposal", sigma=sigma, norm="sum") for sigma in (0.01, 10.0)]
    _, history = train(rules)
    assert history.groupby("member")["gate_open"].all().tolist() == [True, False]


def test_zeros_grow_back_or_are_held():
    trained, history = train([Rule(0.75), Rule(0.75, masks="frozen"), Rule(0.75, "random", masks="frozen")], epochs=5)
    later = history[history["epoch"] > 1].groupby("member")["sparsity_before"]
    assert later.max()[0] < 0.5
    assert later.min()[1] >= 0.74
    assert later.min()[2] >= 0.74
    held = sparsity(bayes.pruned_tensors(trained.weights))
    assert held[1] >= 0.74
    assert (history.query("member > 0 and epoch > 1")["delta"] == 0).all()


def test_with_frozen_zeros_the_lagged_gate_is_no_gate():
    for how in bayes.HOW:
        trained, _ = train([Rule(0.75, how, gate, "frozen") for gate in ("always", "lagged")], seeds=[3, 3])
        for weight in trained.weights.values():
            assert torch.equal(weight[0], weight[1])


def test_biases_are_left_alone_unless_asked_for():
    images, labels = points()
    zeros = {}
    for biases in (False, True):
        pruning = BayesianPruning([Rule(0.9)], images, labels, biases)
        trained = population.train(population.mlp(4, 12, 3), images, labels, [0], epochs=1, after_epoch=pruning)
        zeros[biases] = int((trained.weights["fc1.bias"] == 0).sum())
    assert zeros == {False: 0, True: math.floor(12 * 0.9)}


# One implementation for stacks and for single networks


def test_a_member_does_not_depend_on_its_neighbours():
    rules = [
        Rule(0.9, "magnitude", "lagged", beta=0.5, seed=1),
        Rule(0.5, "random", "always", seed=2),
        Rule(0.75, "random", "proposal", norm="sum", sigma=0.2, seed=3),
        Rule(0.75, "magnitude", "always", "frozen", seed=4),
    ]
    together, history = train(rules, dtype=torch.float32)
    for member, rule in enumerate(rules):
        alone, own = train([rule], dtype=torch.float32)
        for name, weight in alone.weights.items():
            assert torch.equal(weight[0], together.weights[name][member])
        mine = history[history["member"] == member]
        np.testing.assert_allclose(own[[*FIELDS]], mine[[*FIELDS]], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    "rule",
    [
        Rule(0.75, "magnitude", "lagged", beta=0.5),
        Rule(0.75, "random", "always", seed=5),
        Rule(0.75, "random", "proposal", norm="sum", sigma=0.1, seed=5),
        Rule(0.75, "magnitude", "always", "frozen"),
    ],
)
def test_one_network_by_the_hooks_equals_a_stack_of_one(rule):
    images, labels = points()
    parts = data.Part(images, labels), data.Part(images[:4], labels[:4]), data.Part(images[:4], labels[:4])
    model = module().double()
    pruning = BayesianPruning([rule], images.double(), labels)
    training.train(
        model, data.make("points", *parts, classes=("a", "b", "c")), seed=0, epochs=4, batch=16, learning_rate=0.02,
        on_epoch=pruning.on_epoch, on_step=pruning.on_step, stateful=[pruning],
    )  # fmt: skip
    stacked, history = train([rule], seeds=[0])
    np.testing.assert_allclose(pruning.history[[*FIELDS]], history[[*FIELDS]], rtol=1e-6, atol=1e-9)
    for name, parameter in model.named_parameters():
        np.testing.assert_allclose(parameter.detach(), stacked.weights[name][0], atol=1e-8)


def test_a_checkpointed_run_goes_on_with_its_gate_and_its_held_zeros(tmp_path):
    images, labels = points()
    part = data.Part(images, labels)
    loaded = data.make("points", part, part, part, classes=("a", "b", "c"))

    def run(epochs, checkpoint):
        model, pruning = module(), BayesianPruning([Rule(0.75, gate="lagged", masks="frozen")], images, labels)
        hooks = {"on_epoch": pruning.on_epoch, "on_step": pruning.on_step, "stateful": [pruning]}
        training.train(model, loaded, epochs=epochs, batch=16, checkpoint=checkpoint, **hooks)
        return model, pruning

    class Stopped(Exception):
        pass

    whole, all_epochs = run(4, None)
    model, pruning = module(), BayesianPruning([Rule(0.75, gate="lagged", masks="frozen")], images, labels)

    def stop(network, row):
        if row["epoch"] == 3:
            raise Stopped
        pruning.on_epoch(network, row)

    with pytest.raises(Stopped):
        training.train(
            model, loaded, epochs=4, batch=16, checkpoint=tmp_path / "run.pt",
            on_epoch=stop, on_step=pruning.on_step, stateful=[pruning],
        )  # fmt: skip
    resumed, rest = run(4, tmp_path / "run.pt")
    assert rest.history.equals(all_epochs.history)
    for one, other in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_convolutional_network_is_pruned_layer_by_layer():
    images = torch.randn(40, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(40) % 3
    network = population.convnet((1, 8, 8), (4, 6), (10,), 3, batch_norm=True)
    pruning = BayesianPruning([Rule(0.5), Rule(0.9, "random", seed=1)], images, labels)
    trained = population.train(network, images, labels, [0, 1], epochs=2, batch=8, after_epoch=pruning)
    for member, level in enumerate((0.5, 0.9)):
        for name in network.prunable():
            weight = trained.weights[name][member]
            assert int((weight == 0).sum()) >= math.floor(weight.numel() * level + 1e-9)
        assert (trained.weights["bn1.weight"][member] != 0).all()


def test_a_loss_that_is_not_finite_stops_its_member_and_no_other():
    # First weights that overflow stand for a training that blew up.
    images, labels = points()
    start = [module(seed).state_dict() for seed in (0, 1)]
    start[0]["fc1.weight"] = torch.full_like(start[0]["fc1.weight"], 3e38)
    rules = [Rule(0.5, gate="proposal", seed=0), Rule(0.5, gate="lagged", seed=1)]
    pruning = BayesianPruning(rules, images, labels)
    trained = population.train(
        population.mlp(4, 12, 8, 3), images, labels, [0, 1], epochs=3, batch=16, weights=start, after_epoch=pruning
    )
    assert list(trained.failed) == [0]
    assert "loss became" in trained.failed[0]
    alone, _ = train([rules[1]], epochs=3, dtype=torch.float32, rate=1e-3)
    for name, weight in alone.weights.items():
        assert torch.equal(weight[0], trained.weights[name][1])
    assert pruning.history.query("member == 1")["epoch"].tolist() == [1, 2, 3]


# Bad input


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"level": 1.0}, "level"),
        ({"level": -0.1}, "level"),
        ({"level": math.nan}, "level"),
        ({"beta": 0.0}, "beta"),
        ({"beta": -1}, "beta"),
        ({"beta": math.inf}, "beta"),
        ({"beta": math.nan}, "beta"),
        ({"beta": "1"}, "beta"),
        ({"sigma": 0.0}, "sigma"),
        ({"sigma": -2.0}, "sigma"),
        ({"sigma": math.inf}, "sigma"),
        ({"gate": "open"}, "gate"),
        ({"norm": "average"}, "norm"),
        ({"how": "l1"}, "how"),
        ({"masks": "held"}, "masks"),
    ],
)
def test_a_rule_refuses_what_makes_no_sense_in_one_sentence(settings, name):
    with pytest.raises(ParameterError, match=f"^parameter `{name}` got .*; it takes [^\n]*$"):
        Rule(**{"level": 0.5} | settings)


def test_log_posterior_refuses_what_makes_no_sense():
    images, labels = points()
    with pytest.raises(ParameterError, match="`sigma`"):
        log_posterior(module(), images, labels, sigma=0)
    with pytest.raises(ParameterError, match="`norm`"):
        log_posterior(module(), images, labels, norm="max")
    with pytest.raises(ParameterError, match="got no weight matrix"):
        log_posterior(nn.BatchNorm1d(4), images, labels)
    with pytest.raises(ParameterError, match="`labels` got 3 values for 60"):
        log_posterior(module(), images, labels[:3])


def test_a_network_without_a_weight_matrix_cannot_be_pruned():
    images, labels = points()
    pruning = BayesianPruning([Rule(0.5)], images, labels)
    with pytest.raises(ParameterError, match="got no weight matrix"):
        pruning.on_epoch(nn.BatchNorm1d(4), {"epoch": 1})
