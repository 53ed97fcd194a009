"""The networks that chapter 7 begins with: made, trained together where they are small, and kept in files."""

import copy
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from torch import nn

from pruneuq_helpers import data, models, population, training
from pruneuq_helpers.data import Data
from pruneuq_helpers.data.augment import moved_by
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.models.catalogue import CATALOGUE
from pruneuq_helpers.pruning.hrank import drawn_for_hrank
from pruneuq_helpers.study.parts import Networks, networks_in
from pruneuq_helpers.study.places import load
from pruneuq_helpers.uncertainty import with_dropout

Spec = dict[str, Any]
Weights = dict[str, torch.Tensor]
RUNGS = 6  # earlier epochs of a training whose networks are kept


def member_seed(seed: int, place: int) -> int:
    """Seed of a member: no two of a study are the same; the network with dropout has the last place."""
    return 1000 * seed + place


def load_data(spec: Spec, seed: int) -> Data:
    """The data set of a seed: another split where the set has no test part of its own, and no more than asked for."""
    source, sizes = spec["source"], (spec["training_images"], spec["test_images"])
    return _load(spec["data"], source["root"], source["download"], *sizes, tuple(spec["held_out"]), seed)


@lru_cache(maxsize=2)
def _load(
    name: str, root: str, download: bool, training_images: int, test_images: int, held_out: tuple[str, ...], seed: int
) -> Data:
    whole = load(name, root, download, seed=seed)
    for absent in sorted(set(held_out) - set(whole.classes)):
        raise ParameterError(f"parameter `held_out` got {absent!r}; it takes some of {', '.join(whole.classes[:20])}")
    whole = data.hold_out(whole, held_out)[0] if held_out else whole
    parts = [
        part if count >= len(part) else part.take(data.split(part.labels, [count / len(part)], seed)[0])
        for part, count in ((whole.train, training_images), (whole.validation, 0), (whole.test, test_images))
    ]
    return data.make(name, *parts, whole.classes)


def images_for_hrank(loaded: Data, seed: int) -> torch.Tensor:
    """The images on which HRank takes its ranks: 5 x 128 of the training part, drawn over all classes by the seed."""
    return loaded.normalise(loaded.train.images[drawn_for_hrank(loaded.train.labels, loaded.classes, seed)])


def in_a_row(network: str) -> bool:
    """Whether a network's convolutions follow each other, so that each has a width of its own."""
    return network == "convnet" or "conv" in CATALOGUE[network].widths


def fresh(spec: Spec, loaded: Data, seed: int) -> nn.Module:
    """A network with the initial weights of a seed."""
    shape, classes, channels = loaded.input_shape, len(loaded.classes), spec["channels"]
    if spec["network"] == "convnet":
        network = population.convnet(shape, channels, (), classes, batch_norm=True).module(seed)
        network.input_shape = shape
        return network
    widths = {"conv": channels} if in_a_row(spec["network"]) else {"width": channels[0]}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return models.build(spec["network"], classes, shape, **widths)


def like(network: nn.Module, spec: Spec, seed: int) -> nn.Module:
    """A network of the same shape, pruned or not, with the initial weights of a seed."""
    if spec["network"] == "convnet":
        channels = [layer.out_channels for layer in network.modules() if isinstance(layer, nn.Conv2d)]
        classes = [layer for layer in network.modules() if isinstance(layer, nn.Linear)][-1].out_features
        twin = population.convnet(network.input_shape, channels, (), classes, batch_norm=True).module(seed)
        twin.input_shape = network.input_shape
        return twin
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return models.build(**models.architecture(network))


def precision_of(spec: Spec) -> str:
    """What networks of this kind are trained in, here: populations know one precision."""
    if spec["network"] == "convnet":
        return str(torch.get_default_dtype()).removeprefix("torch.")
    return training.precision_on(spec["device"], spec["precision"], torch.get_default_dtype())


def fit(
    networks: list[nn.Module],
    loaded: Data,
    seeds: list[int],
    recipe: dict,
    spec: Spec,
    on_epoch: Callable[[int, int, Weights], None] | None = None,
) -> list[nn.Module]:
    """Train copies of networks: those of one shape together where they are small, one by one where not."""
    twins = copy.deepcopy(networks)
    if spec["network"] == "convnet":
        return _fit_together(twins, loaded, seeds, recipe, spec["device"], on_epoch)
    settings = {"augment": moved_by(spec["augment"]), "device": spec["device"]}
    for place, (twin, seed) in enumerate(zip(twins, seeds, strict=True)):

        def told(model: nn.Module, row: dict, place: int = place) -> None:
            if on_epoch is not None:
                on_epoch(place, row["epoch"], model.state_dict())

        training.train(twin, loaded, seed=seed, precision=spec["precision"], on_epoch=told, **settings | recipe)
    return twins


def _fit_together(twins: list, loaded: Data, seeds: list[int], recipe: dict, device: str, on_epoch) -> list[nn.Module]:
    def told(stack: population.Stack) -> None:
        for place, member in enumerate(stack.members):
            on_epoch(member, stack.epoch, stack.parameters.member(place) | stack.buffers.member(place))

    trained = population.train(
        [population.Network.of(twin, loaded.input_shape) for twin in twins],
        loaded.normalise(loaded.train.images),
        loaded.train.labels,
        seeds,
        epochs=recipe["epochs"],
        batch=recipe["batch"],
        optimiser=recipe["optimiser"],
        rate=recipe["learning_rate"],
        momentum=0.9 if recipe["optimiser"] == "sgd" else 0.0,
        weight_decay=recipe["weight_decay"],
        weights=[twin.state_dict() for twin in twins],
        after_epoch=told if on_epoch is not None else None,
        device=device,
    )
    for twin, state in zip(twins, trained.states, strict=True):
        twin.load_state_dict(twin.state_dict() | state)
        twin.eval()
    return twins


def rungs(epochs: int) -> list[int]:
    """The epochs of a training whose networks are kept beside the last: close together where much is learnt."""
    return sorted({round((epochs - 1) ** (step / (RUNGS - 1))) for step in range(RUNGS)}) if epochs > 1 else []


def network_cells_of(spec: Spec, members: int, seed: int) -> list[dict[str, Any]]:
    """What decides the weights of a seed's networks: small ones are trained in a stack, others each for itself."""
    stacked = spec["network"] == "convnet"
    sets = [list(range(members))] if stacked else [[place] for place in range(members)]
    cells = [{"base": spec | {"dropout": None}, "places": places} for places in sets]
    # The network with dropout has the place after the members.
    cells += [{"base": spec, "places": [members]}] if spec["dropout"] else []
    return [{"data": spec["data"], "seed": seed} | cell for cell in cells]


def train(cell: dict[str, Any]) -> Weights:
    """Train the networks of a cell: their weights, named by their place in it; those of earlier epochs too."""
    spec, loaded = cell["base"], load_data(cell["base"], cell["seed"])
    networks, seeds = _untrained(cell, loaded)
    found, kept = {}, rungs(spec["recipe"]["epochs"])

    def keep(place: int, epoch: int, weights: Weights) -> None:
        if epoch in kept:
            found.update({f"{place}@{epoch}.{name}": value.detach().cpu().clone() for name, value in weights.items()})

    for place, network in enumerate(fit(networks, loaded, seeds, spec["recipe"], spec, keep)):
        found |= {f"{place}.{name}": value for name, value in network.state_dict().items()}
    return found


ANNEALS = "a cosine anneals step by step, and to its end"
DROPS = "dropout is drawn in the memory layout that the training chooses"
DENSE = Networks(
    cells=lambda study: [],
    work=train,
    version=4,
    history={2: ANNEALS, 3: "networks of earlier epochs are kept beside the last", 4: DROPS},
    chapter="07_pruning_meets_uncertainty",
    name="networks",
)


@dataclass(frozen=True, eq=False)
class Bases:
    """The trained networks of a seed, each with the checksum of the weights that it was stored with."""

    members: list[nn.Module]
    dropping: nn.Module | None
    checks: list[str]
    dropping_check: str | None


def bases(spec: Spec, seed: int, members: int, folder: Path | None = None, epoch: int | None = None) -> Bases:
    """A seed's networks, trained or as they were at one of the `rungs`: from the store of the run, or a folder."""
    found: list[nn.Module] = []
    checks: list[str] = []
    for cell in network_cells_of(spec, members, seed):
        with networks_in(folder) if folder else nullcontext():
            weights, check = DENSE.of(cell)
        networks, _ = _untrained(cell, load_data(spec, seed))
        for place, network in enumerate(networks):
            start = f"{place}." if epoch is None else f"{place}@{epoch}."
            own = {name.removeprefix(start): value for name, value in weights.items() if name.startswith(start)}
            network.load_state_dict(network.state_dict() | own)
            found.append(network.to(spec["device"]).eval())
            checks.append(check)
    dropping = bool(spec["dropout"])
    return Bases(found[:members], found[-1] if dropping else None, checks[:members], checks[-1] if dropping else None)


def joined(checks: list[str]) -> str:
    """One checksum of several networks."""
    return sha256(" ".join(checks).encode()).hexdigest()[:12]


def _untrained(cell: dict[str, Any], loaded: Data) -> tuple[list[nn.Module], list[int]]:
    spec, seeds = cell["base"], [member_seed(cell["seed"], place) for place in cell["places"]]
    networks = [fresh(spec, loaded, seed) for seed in seeds]
    return ([with_dropout(one, spec["dropout"]) for one in networks] if spec["dropout"] else networks), seeds
