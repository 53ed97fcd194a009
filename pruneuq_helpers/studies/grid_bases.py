"""The networks that chapter 7 begins with: made, trained together where they are small, and kept in files."""

import copy
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from pruneuq_helpers import data, models, population, training
from pruneuq_helpers.data import Data, crop_flip
from pruneuq_helpers.keys import cell_key, code_identity
from pruneuq_helpers.study.parameters import repository
from pruneuq_helpers.pruning.hrank import BATCH, BATCHES
from pruneuq_helpers.studies.places import load
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


def bases(spec: Spec, seed: int, folder: str) -> tuple[list[nn.Module], nn.Module | None]:
    """The trained networks of a seed, read from their file, or trained and kept if it is not there.

    Parameters
    ----------
    spec : dict
        Everything that decides them but the seed; ``dropout`` None for no network with dropout.
    seed : int
        Of the study.
    folder : str
        Where the files are; relative to the repository.

    Returns
    -------
    members : list of torch.nn.Module
    dropping : torch.nn.Module or None
        The network with dropout.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> spec = {"data": "digits", "source": {"root": "data", "download": False}, "training_images": 20}
    >>> spec |= {"test_images": 20, "network": "convnet", "channels": [2], "members": 2, "dropout": 0.2}
    >>> spec |= {"recipe": {"epochs": 1, "batch": 20, "optimiser": "adam", "learning_rate": 0.01, "weight_decay": 0.0}}
    >>> folder = mkdtemp()
    >>> members, dropping = bases(spec | {"augment": False, "device": "cpu"}, 0, folder)
    >>> len(members), len(list(Path(folder).iterdir()))
    (2, 1)
    """
    loaded = load_data(spec, seed)
    count = spec["members"] + (spec["dropout"] is not None)
    seeds = [member_seed(seed, place) for place in range(count)]
    networks = [fresh(spec, loaded, one) for one in seeds]
    if spec["dropout"] is not None:
        networks[-1] = with_dropout(networks[-1], spec["dropout"])
    path = _path(spec, seed, loaded, folder)
    if path.is_file():
        _read(path, networks)
    else:
        trained = fit(networks[: spec["members"]], loaded, seeds[: spec["members"]], spec["recipe"], spec)
        networks = trained + fit(networks[len(trained) :], loaded, seeds[len(trained) :], spec["recipe"], spec)
        _write(path, networks)
    networks = [network.to(spec["device"]).eval() for network in networks]
    return networks[: spec["members"]], (networks[-1] if spec["dropout"] is not None else None)


def _path(spec: Spec, seed: int, loaded: Data, folder: str) -> Path:
    key = cell_key(spec | {"seed": seed, "content": loaded.identity}, code_identity(fit))
    return repository() / folder / f"{key[:32]}.safetensors"


def _write(path: Path, networks: list[nn.Module]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    weights = {
        f"{place}.{name}": tensor.detach().cpu().contiguous()
        for place, network in enumerate(networks)
        for name, tensor in network.state_dict().items()
    }
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    save_file(weights, unfinished)
    os.replace(unfinished, path)


def _read(path: Path, networks: list[nn.Module]) -> None:
    weights = load_file(path)
    for place, network in enumerate(networks):
        start = f"{place}."
        own = {name.removeprefix(start): value for name, value in weights.items() if name.startswith(start)}
        network.load_state_dict(own)
