"""Gradual pruning of one network: torch's own schedule, a member of a population, and what is removed."""

import pytest
import torch
from torch import nn
from torch.ao.pruning import BaseSparsifier, CubicSL

from pruneuq_helpers import data, models, population, training
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.pruning import Gradual, GradualPruning
from pruneuq_helpers.pruning.gradual import prunable


def clouds(shape, count=150, classes=3):
    """A data set of uint8 images that can be told apart."""
    draw = torch.Generator().manual_seed(0)
    labels = torch.randint(0, classes, (count,), generator=draw)
    centres = torch.randint(60, 200, (classes, *shape), generator=torch.Generator().manual_seed(9))
    noise = 30 * torch.randn(count, *shape, generator=draw)
    part = data.Part((centres[labels] + noise).clamp(0, 255).to(torch.uint8), labels)
    return data.make("clouds", part, part.take(torch.arange(0)), part.take(torch.arange(1)), classes=range(classes))


def hooks(pruning):
    return {"on_gradients": pruning.on_gradients, "on_step": pruning.on_step, "stateful": [pruning]}


class Asked(BaseSparsifier):
    """One of torch's sparsifiers, for its scheduler to set the level of."""

    def update_mask(self, module, tensor_name, **settings):
        """The masks are ours."""


@pytest.mark.parametrize("final", [0.3, 0.9])
def test_at_each_update_as_sparse_as_torch_s_scheduler_says(final):
    begin, every, updates = 4, 3, 6
    model = nn.Sequential(nn.Linear(40, 50), nn.ReLU(), nn.Linear(50, 3))
    asked = Asked({"sparsity_level": final})
    asked.prepare(nn.Sequential(nn.Linear(40, 50)), [{"tensor_fqn": "0.weight", "sparsity_level": final}])
    theirs = CubicSL(asked, init_t=begin, delta_t=every, total_t=updates)
    pruning = GradualPruning(model, Gradual(final, begin=begin, end=begin + every * updates, every=every))
    for step in range(1, 40):
        asked.step()
        theirs.step()
        pruning.on_step(model, step)
        if step in pruning.updates:
            level = theirs.get_last_sl()[0]
            assert int(pruning.masks["0.weight"].sum()) == round(2000 * (1 - level))
            assert int((model[0].weight != 0).sum()) == round(2000 * (1 - level))
    assert sorted(pruning.updates) == list(range(begin, begin + every * updates + 1, every))
    assert int((model[0].weight == 0).sum()) == round(2000 * final)
    assert (model[2].weight != 0).all()


@pytest.mark.parametrize("grad", ["masked", "dense"])
@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
@pytest.mark.parametrize(
    "network",
    [population.mlp(20, 16, 12, 3), population.convnet((1, 8, 8), (4, 6), (10,), 3)],
    ids=["mlp", "cnn"],
)
def test_equals_a_member_of_a_population(network, optimiser, grad):
    clouded = clouds(network.input_shape if len(network.input_shape) == 3 else (1, 4, 5))
    levels, seeds = [0.0, 0.5, 0.9], [3, 1, 4]
    when = {"begin": 2, "end": 17, "every": 4, "grad": grad}
    recipe = {"optimiser": optimiser, "momentum": 0.9 if optimiser == "sgd" else 0.0, "weight_decay": 1e-3}
    together = population.train(
        network, clouded.normalise(clouded.train.images).double(), clouded.train.labels, seeds, epochs=5, batch=32,
        rate=0.05, schedule=Gradual(levels, **when), dtype=torch.float64, **recipe,
    )  # fmt: skip
    for member, (seed, level) in enumerate(zip(seeds, levels, strict=True)):
        model = network.module(seed).double()
        pruning = GradualPruning(model, Gradual(level, **when))
        training.train(model, clouded, seed=seed, epochs=5, batch=32, learning_rate=0.05, **recipe, **hooks(pruning))
        state = model.state_dict()
        apart = max((state[name] - other).abs().max().item() for name, other in together.states[member].items())
        assert apart < 1e-12
        assert all(torch.equal(mask, together.masks[member][name]) for name, mask in pruning.masks.items())


def one_step(grad, weight_decay=0.0):
    """A layer with half of its weights removed, before and after a step with a gradient of one everywhere."""
    model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2))
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([[4.0, 0.5], [-3.0, 0.25]]))
    pruning = GradualPruning(model, Gradual(0.5, begin=0, end=1, every=1, grad=grad))
    optimiser = torch.optim.SGD(model.parameters(), lr=1.0, weight_decay=weight_decay)
    pruning.on_step(model, 1)
    seen = model[0].weight.detach().clone()
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    pruning.on_gradients(model, 2)
    optimiser.step()
    beneath = model[0].weight.detach().clone()
    pruning.on_step(model, 2)
    return seen.tolist(), beneath.tolist(), model[0].weight.tolist()


def test_removed_weights_stand_still_with_a_masked_gradient_and_move_with_a_dense_one():
    assert one_step("masked") == ([[4, 0], [-3, 0]], [[3, 0.5], [-4, 0.25]], [[3, 0], [-4, 0]])
    assert one_step("dense") == ([[4, 0], [-3, 0]], [[3, -0.5], [-4, -0.75]], [[3, 0], [-4, 0]])
    assert one_step("masked", weight_decay=0.5)[1] == [[1, 0.25], [-2.5, 0.125]]


def test_a_residual_network_is_pruned_in_every_convolution_and_nowhere_else():
    torch.manual_seed(0)
    model = models.build("wrn", 3, (3, 8, 8), depth=10, width=1)
    clouded = clouds((3, 8, 8), count=64)
    pruning = GradualPruning(model, Gradual(0.7, begin=0, end=6, every=2))
    training.train(model, clouded, epochs=4, batch=32, optimiser="sgd", learning_rate=0.01, **hooks(pruning))
    for name, layer in model.named_modules():
        if isinstance(layer, nn.Conv2d):
            zeros = int((layer.weight == 0).sum())
            assert zeros == layer.weight.numel() - round(layer.weight.numel() * (1 - 0.7))
            assert f"{name}.weight" in pruning.names
        elif isinstance(layer, nn.Linear | nn.BatchNorm2d):
            assert (layer.weight != 0).all()
            assert f"{name}.weight" not in pruning.names


def test_channels_last_changes_nothing():
    clouded, found = clouds((3, 8, 8)), []
    for layout in (False, True):
        torch.manual_seed(0)
        model = models.build("cnn", 3, (3, 8, 8), conv=(8, 8)).double()
        pruning = GradualPruning(model, Gradual(0.8, begin=0, end=6, every=2))
        training.train(model, clouded, epochs=3, batch=50, channels_last=layout, **hooks(pruning))
        found.append(model.state_dict())
    assert all((found[0][name] - found[1][name]).abs().max() < 1e-9 for name in found[0])


@pytest.mark.parametrize("grad", ["masked", "dense"])
def test_an_interrupted_training_goes_on_as_if_it_had_not_been(tmp_path, grad):
    clouded, schedule, found = clouds((1, 4, 5)), Gradual(0.8, begin=0, end=20, every=3, grad=grad), []
    for stops in ((6,), (2, 4, 6)):
        for epochs in stops:
            model = population.mlp(20, 16, 3).module(0)
            pruning = GradualPruning(model, schedule)
            file = tmp_path / f"{len(stops)}.pt"
            plan = {"optimiser": "sgd", "learning_rate": 0.05, "weight_decay": 1e-3, "batch": 32}
            if epochs < 6:
                plan["on_epoch"] = stop_after(epochs)
            try:
                training.train(model, clouded, epochs=6, checkpoint=file, **plan, **hooks(pruning))
            except KeyboardInterrupt:
                continue
        found.append((model.state_dict(), pruning.masks))
    assert all(torch.equal(found[0][0][name], found[1][0][name]) for name in found[0][0])
    assert all(torch.equal(found[0][1][name], found[1][1][name]) for name in found[0][1])


def stop_after(epochs):
    """A hook that interrupts in the epoch after these."""

    def hook(model, row):
        if row["epoch"] == epochs + 1:
            raise KeyboardInterrupt

    return hook


def test_a_checkpoint_of_another_schedule_is_refused():
    model = population.mlp(20, 16, 3).module(0)
    saved = GradualPruning(model, Gradual(0.8, begin=0, end=20, every=3)).state_dict()
    with pytest.raises(ParameterError, match="the checkpoint belongs to Gradual.levels=0.8"):
        GradualPruning(model, Gradual(0.5, begin=0, end=20, every=3)).load_state_dict(saved)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"levels": [0.5, 0.9]}, r"`schedule` got levels \[0.5, 0.9\]; of one network it takes one"),
        ({"levels": 1.0}, r"parameter `levels` got 1.0; it takes a number in \[0, 1\)"),
        ({"layers": ("fc9.weight",)}, "`layers` got .'fc9.weight'.; it takes some of .'fc1.weight', 'fc2.weight'"),
    ],
)
def test_mistakes_get_one_sentence(change, sentence):
    settings = {"levels": 0.5, "begin": 0, "end": 10, "every": 2, **change}
    with pytest.raises(ParameterError, match=sentence):
        GradualPruning(population.mlp(20, 16, 3).module(0), Gradual(**settings))


def test_weights_are_named_in_their_order_without_biases_and_normalisation():
    model = models.build("cnn", 10, (1, 8, 8), conv=(4, 8))
    assert prunable(model) == ["conv1.weight", "conv2.weight", "fc1.weight"]
    turned = nn.ModuleDict({"head": nn.Linear(2, 2), "conv": nn.Conv2d(1, 1, 3), "norm": nn.BatchNorm2d(1)})
    assert prunable(turned) == ["conv.weight", "head.weight"]  # the last linear layer's stands at the end
