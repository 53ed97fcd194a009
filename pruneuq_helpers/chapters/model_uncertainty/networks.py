"""Chapter 9's data and networks: an ensemble and a network with dropout, dense and pruned to every level."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from pruneuq_helpers import data, population
from pruneuq_helpers.population import Network
from pruneuq_helpers.pruning import tickets
from pruneuq_helpers.pruning.tickets import Tickets
from pruneuq_helpers.study.images import Outside, Shown, show

CLOUD = "cloud"


@dataclass(frozen=True, eq=False)
class Grown:
    """Trained networks by level, 0 for the dense ones."""

    ensemble: dict[float, Tickets]
    dropping: dict[float, Tickets]

    def first(self, level: float) -> nn.Module:
        """The first member of the ensemble, for whatever needs one network."""
        return member(self.ensemble[level])


def shown_for(cell: dict) -> Shown:
    """The data of a cell: the moons with a cloud around them, or images with images from outside."""
    if cell["data"] == "moons":
        return _moons(cell["points"], cell["seed"])
    where, count = cell["where"], cell["where"]["test_images"]
    nothing_else = {"outside": [], "outside_without": [], "outside_near": []}
    shown = show(where | nothing_else | {"data": cell["data"]}, [cell["seed"]])
    outside = [replace(one, images=one.images[:count], group=one.group[:count]) for one in shown.outside]
    test, validation = (tuple(part[:count] for part in pair) for pair in (shown.test, shown.validation))
    return replace(shown, test=test, validation=validation, outside=outside)


def cloud(count: int, seed: int) -> Tensor:
    """Points around the moons: in a square of half-width 5, and not in the inner one of 3 (S0, Fig 3)."""
    points = 10 * torch.rand(4 * count + 100, 2, generator=torch.Generator().manual_seed(seed)) - 5
    return points[points.abs().amax(dim=1) > 3][:count]


def network_for(cell: dict, shown: Shown, dropout: float = 0.0) -> Network:
    """The dense network of a cell."""
    classes = len(shown.classes)
    if "channels" not in cell:
        return population.mlp(*shown.input_shape, *cell["hidden"], classes, dropout=dropout)
    look = {"kernel": cell["kernel"], "padding": cell["padding"], "dropout": dropout}
    return population.convnet(shown.input_shape, cell["channels"], cell["hidden"], classes, **look)


def grown(cell: dict, shown: Shown) -> Grown:
    """Train the dense networks, prune them to every level, and fine-tune."""
    # The weight decay is the prior that a Laplace approximation speaks of, and nothing is stopped early, so that the
    # weights are near their mode.
    found = []
    for count, rate in ((cell["members"], 0.0), (1, cell["dropout"])):
        network = network_for(cell, shown, rate)
        seeds = [1000 * cell["seed"] + k for k in range(count)]
        start = tickets.whole(network, [network.initial(seed) for seed in seeds])
        (dense,) = tickets.train([start], *shown.train, seeds, epochs=cell["epochs"], **_recipe(cell))
        pruned = [tickets.prune(dense, level) for level in cell["levels"]]
        tuned = tickets.train(pruned, *shown.train, seeds, epochs=cell["tune_epochs"], **_recipe(cell))
        found.append({0.0: dense} | dict(zip(cell["levels"], tuned, strict=True)))
    return Grown(*found)


def member(some: Tickets, place: int = 0) -> nn.Module:
    """One of the networks as a plain module."""
    module = some.network.module()
    module.load_state_dict({name: value[place] for name, value in some.weights.items()})
    return module.eval()


def surviving(dense: Tickets, pruned: Tickets) -> dict[str, Tensor]:
    """Which weights of the first dense network are still there in the pruned one."""
    # Numbers in place of the weights: those that come through the cut are those that survive.
    numbers = {
        name: torch.arange(value[0].numel(), dtype=torch.float64).view(value[0].shape).expand_as(value)
        for name, value in dense.weights.items()
    }
    left = tickets.rewind(pruned, replace(dense, weights=numbers)).weights
    kept = {name: torch.zeros(value[0].numel(), dtype=torch.bool) for name, value in dense.weights.items()}
    for name, value in left.items():
        kept[name][value[0].flatten().long()] = True
    return {name: mask.view(dense.weights[name][0].shape) for name, mask in kept.items()}


def _recipe(cell: dict) -> dict:
    return {name: cell[name] for name in ("batch", "rate", "weight_decay", "device")}


def _moons(points: int, seed: int) -> Shown:
    loaded = data.load("moons", seed=seed)
    (x, y), spare = (loaded.train.images, loaded.train.labels), slice(points, None)
    test = torch.cat([loaded.test.images, x[spare]]), torch.cat([loaded.test.labels, y[spare]])
    around = cloud(len(test[0]), seed)
    outside = [Outside(CLOUD, False, around, (CLOUD,), torch.zeros(len(around), dtype=torch.long))]
    validation = loaded.validation.images, loaded.validation.labels
    return Shown((x[:points], y[:points]), validation, test, outside, loaded.classes, (2,))
