import pytest
import torch
from plain_loop import clouds, distance
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from pruneuq_helpers.population import Gradual, convnet, mlp, train
from pruneuq_helpers.pruning import exact


def test_updates_and_levels_are_those_of_the_paper():
    cifar = Gradual(0.9, begin=1000, end=20000, every=2000)
    assert cifar.steps() == list(range(2000, 20001, 2000))
    expected = [0.1348, 0.3625, 0.5399, 0.6733, 0.7688, 0.8328, 0.8717, 0.8916, 0.8990, 0.9000]
    assert [cifar.level(step, 0.9) for step in cifar.steps()] == pytest.approx(expected, abs=5e-5)
    mild = [0.0449, 0.1208, 0.1800, 0.2244, 0.2563, 0.2776, 0.2906, 0.2972, 0.2997, 0.3000]
    assert [cifar.level(step, 0.3) for step in cifar.steps()] == pytest.approx(mild, abs=5e-5)
    imagenet = Gradual(0.9, begin=1000, end=9000, every=500)
    assert imagenet.steps() == list(range(1000, 9001, 500))
    assert len(imagenet.steps()) == 17


def plain_gradual(model, images, labels, seed, schedule, final, names, epochs):
    """One network pruned as it trains: dense parameters underneath, the masked ones in use."""
    dense = {name: p.detach().clone() for name, p in model.named_parameters()}
    keep = {name: torch.ones_like(dense[name]) for name in names}
    velocity = {name: torch.zeros_like(value) for name, value in dense.items()}
    loader = DataLoader(TensorDataset(images, labels), 32, shuffle=True, generator=torch.Generator().manual_seed(seed))
    step = 0
    for _ in range(epochs):
        for x, y in loader:
            used = {n: (w * keep[n] if n in keep else w).requires_grad_() for n, w in dense.items()}
            loss = nn.functional.cross_entropy(torch.func.functional_call(model, used, (x,)), y)
            for name, g in zip(used, torch.autograd.grad(loss, list(used.values())), strict=True):
                if schedule.grad == "masked" and name in keep:
                    g = g * keep[name]
                velocity[name] = 0.9 * velocity[name] + g + 1e-3 * dense[name]
                dense[name] = dense[name] - 0.1 * velocity[name]
            step += 1
            if step in schedule.steps():
                for name in names:
                    n = dense[name].numel()
                    count = round(n * (1 - schedule.level(step, final)))
                    order = dense[name].abs().flatten().argsort(descending=True, stable=True)
                    keep[name] = torch.zeros(n, dtype=torch.float64)
                    keep[name][order[:count]] = 1
                    keep[name] = keep[name].view(dense[name].shape)
    return {n: w * keep[n] if n in keep else w for n, w in dense.items()}, keep


@pytest.mark.parametrize("grad", ["masked", "dense"])
@pytest.mark.parametrize("network", [mlp(5, 16, 12, 3), convnet((2, 8, 8), (4, 6), (10,), 3)], ids=["mlp", "cnn"])
def test_equals_a_plain_loop(network, grad):
    images, labels = clouds(150, network.input_shape, 3)
    levels, seeds = [0.0, 0.5, 0.9], [3, 1, 4]
    schedule = Gradual(levels, begin=2, end=17, every=4, grad=grad)
    trained = train(
        network, images, labels, seeds, epochs=5, batch=32, optimiser="sgd", rate=0.1, momentum=0.9,
        weight_decay=1e-3, schedule=schedule, dtype=torch.float64, chunk=2,
    )  # fmt: skip
    names = network.prunable()[:-1]
    for k, seed in enumerate(seeds):
        model = network.module(seed).double()
        state, keep = plain_gradual(model, images, labels, seed, schedule, levels[k], names, epochs=5)
        assert distance(state, trained.states[k]) < 1e-12
        assert trained.masks[k].keys() == keep.keys()
        assert all(torch.equal(trained.masks[k][name], keep[name]) for name in names)


def test_the_end_is_at_the_level_asked_for():
    images, labels = clouds(dtype=torch.float32)
    network = mlp(5, 16, 12, 3)
    schedule = Gradual([0.0, 0.3, 0.9], begin=0, end=10, every=2, layers=("fc1.weight", "fc3.weight"))
    trained = train(network, images, labels, range(3), epochs=5, schedule=schedule)
    for k, level in enumerate(schedule.levels):
        assert trained.masks[k].keys() == {"fc1.weight", "fc3.weight"}
        for name, mask in trained.masks[k].items():
            assert int(mask.sum()) == exact.staying(mask.numel(), level, "nearest")
            assert not trained.states[k][name][mask == 0].any()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"begin": 5, "end": 5}, "begin"),
        ({"begin": -1}, "begin"),
        ({"every": 0}, "every"),
        ({"grad": "none"}, "grad"),
        ({"levels": 1.0}, "levels"),
        ({"levels": [0.5, -0.1]}, "levels"),
        ({"levels": [0.5]}, "levels"),
        ({"layers": ("fc9.weight",)}, "layers"),
    ],
)
def test_bad_input_is_named(options, named):
    images, labels = clouds(dtype=torch.float32)
    settings = {"levels": 0.5, "begin": 0, "end": 10, "every": 2, **options}
    with pytest.raises(ValueError, match=f"`{named}`"):
        train(mlp(5, 8, 3), images, labels, [0, 1], epochs=1, schedule=Gradual(**settings))
