"""The networks that chapter 7 begins with: made, trained together where they are small, and kept in files."""

import copy
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from torch import nn

from pruneuq_helpers import data, models, population, training
from pruneuq_helpers.data import Data, crop_flip
from pruneuq_helpers.pruning.hrank import BATCH, BATCHES
from pruneuq_helpers.studies.places import load
from pruneuq_helpers.study.parts import Networks, networks_in
from pruneuq_helpers.uncertainty import with_dropout

Spec = dict[str, Any]


def member_seed(seed: int, place: int) -> int:
    """Seed of a member: no two of a study are the same.

    Parameters
    ----------
    seed, place : int
        Seed of the study, and the member's place; the network with dropout comes last.

    Returns
    -------
    int

    Examples
    --------
    >>> member_seed(3, 2)
    3002
    """
    return 1000 * seed + place


def load_data(spec: Spec, seed: int) -> Data:
    """The data set of a seed: another split where the set has no test part of its own, and no more than asked for.

    Parameters
    ----------
    spec : dict
        data, source, training_images, test_images.
    seed : int
        Of the split.

    Returns
    -------
    Data

    Examples
    --------
    >>> spec = {"data": "digits", "source": {"root": "data", "download": False}}
    >>> found = load_data(spec | {"training_images": 100, "test_images": 1000}, seed=0)
    >>> len(found.train), len(found.test)
    (100, 449)
    """
    source = spec["source"]
    return _load(spec["data"], source["root"], source["download"], spec["training_images"], spec["test_images"], seed)


@lru_cache(maxsize=2)
def _load(name: str, root: str, download: bool, training_images: int, test_images: int, seed: int) -> Data:
    whole = load(name, root, download, seed=seed)
    parts = [
        part if count >= len(part) else part.take(data.split(part.labels, [count / len(part)], seed)[0])
        for part, count in ((whole.train, training_images), (whole.validation, 0), (whole.test, test_images))
    ]
    return data.make(name, *parts, whole.classes)


def images_for_hrank(loaded: Data) -> torch.Tensor:
    """The images on which HRank takes its ranks: 5 x 128 of the training part.

    Parameters
    ----------
    loaded : Data
        What the network learns.

    Returns
    -------
    torch.Tensor

    Examples
    --------
    >>> images_for_hrank(data.load("digits")).shape
    torch.Size([640, 1, 8, 8])
    """
    return loaded.normalise(loaded.train.images[: BATCHES * BATCH])


def fresh(spec: Spec, loaded: Data, seed: int) -> nn.Module:
    """A network with the initial weights of a seed.

    Parameters
    ----------
    spec : dict
        network, channels.
    loaded : Data
        What it will learn.
    seed : int
        Of the weights.

    Returns
    -------
    torch.nn.Module

    Examples
    --------
    >>> fresh({"network": "resnet8", "channels": [4]}, data.load("digits"), seed=0).widths()["stages"]
    [4, 8, 16]
    """
    shape, classes, channels = loaded.input_shape, len(loaded.classes), spec["channels"]
    if spec["network"] == "convnet":
        network = population.convnet(shape, channels, (), classes, batch_norm=True).module(seed)
        network.input_shape = shape
        return network
    widths = {"conv": channels} if spec["network"].startswith("vgg") else {"width": channels[0]}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return models.build(spec["network"], classes, shape, **widths)


def fit(networks: list[nn.Module], loaded: Data, seeds: list[int], recipe: dict, spec: Spec) -> list[nn.Module]:
    """Train copies of networks: those of one shape together where they are small, one by one where not.

    Parameters
    ----------
    networks : list of torch.nn.Module
        They are left as they were.
    loaded : Data
        What they learn.
    seeds : list of int
        Of the batch orders and of dropout.
    recipe : dict
        As for ``training.train``.
    spec : dict
        network, augment, device.

    Returns
    -------
    list of torch.nn.Module

    Examples
    --------
    >>> digits, spec = data.load("digits"), {"network": "convnet", "channels": [2], "augment": False, "device": "cpu"}
    >>> networks = [fresh(spec, digits, seed) for seed in (0, 1)]
    >>> recipe = {"epochs": 1, "batch": 512, "optimiser": "adam", "learning_rate": 0.01, "weight_decay": 0.0}
    >>> len(fit(networks, digits, [0, 1], recipe, spec))
    2
    """
    twins = copy.deepcopy(networks)
    if spec["network"] != "convnet":
        augment = crop_flip if spec["augment"] else None
        settings = {"augment": augment, "device": spec["device"], "channels_last": True} | recipe
        for twin, seed in zip(twins, seeds, strict=True):
            training.train(twin, loaded, seed=seed, **settings)
        return twins
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
        device=spec["device"],
    )
    for twin, state in zip(twins, trained.states, strict=True):
        twin.load_state_dict(twin.state_dict() | state)
        twin.eval()
    return twins


def network_cells_of(spec: Spec, members: int, seed: int) -> list[dict[str, Any]]:
    """What decides the weights of a seed's networks: small ones are trained in a stack, others each for itself.

    The network with dropout, if there is one, has the place after the members.
    """
    stacked = spec["network"] == "convnet"
    sets = [list(range(members))] if stacked else [[place] for place in range(members)]
    cells = [{"base": spec | {"dropout": None}, "places": places} for places in sets]
    cells += [{"base": spec, "places": [members]}] if spec["dropout"] else []
    return [{"data": spec["data"], "seed": seed} | cell for cell in cells]


def train(cell: dict[str, Any]) -> dict[str, torch.Tensor]:
    """Train the networks of a cell: their weights, named by their place in it."""
    spec, loaded = cell["base"], load_data(cell["base"], cell["seed"])
    networks, seeds = _untrained(cell, loaded)
    trained = fit(networks, loaded, seeds, spec["recipe"], spec)
    return {
        f"{place}.{name}": tensor
        for place, network in enumerate(trained)
        for name, tensor in network.state_dict().items()
    }


ANNEALS = "a cosine anneals step by step, and to its end"
DENSE = Networks(
    cells=lambda study: [],
    work=train,
    version=2,
    history={2: ANNEALS},
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


def bases(spec: Spec, seed: int, members: int, folder: Path | None = None) -> Bases:
    """The trained networks of a seed: read from the store of the run at work, or from a folder, or trained."""
    found: list[nn.Module] = []
    checks: list[str] = []
    for cell in network_cells_of(spec, members, seed):
        with networks_in(folder) if folder else nullcontext():
            weights, check = DENSE.of(cell)
        networks, _ = _untrained(cell, load_data(spec, seed))
        for place, network in enumerate(networks):
            start = f"{place}."
            own = {name.removeprefix(start): value for name, value in weights.items() if name.startswith(start)}
            network.load_state_dict(own)
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
