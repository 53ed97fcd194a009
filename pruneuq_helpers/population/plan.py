"""What differs between the members of a call of `train`, and what can be wrong with it."""

from dataclasses import dataclass
from numbers import Real

import torch

from pruneuq_helpers import checks
from pruneuq_helpers.checks import tensors
from pruneuq_helpers.checks.networks import device as device_of
from pruneuq_helpers.checks.networks import floating
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.population.architecture import Network
from pruneuq_helpers.population.optimiser import Recipe
from pruneuq_helpers.population.results import as_network
from pruneuq_helpers.population.stack import stacked, unstack
from pruneuq_helpers.pruning.gradual import Gradual


@dataclass(frozen=True)
class Plan:
    """One entry per member of all that members may differ in."""

    seeds: list[int]
    networks: list[Network]
    recipes: list[Recipe]
    states: list[dict]
    masks: list[dict]
    levels: list[float]


def _each(name: str, value, members: int) -> list[float]:
    """K numbers of one or of a sequence of K."""
    if isinstance(value, Real | str | bytes) or value is None or getattr(value, "ndim", 1) == 0:
        value = [value] * members
    return checks.each(name, value, _number, members)


def _number(name: str, value) -> float:
    return checks.number(name, value, "a finite number of 0 or more, or one per member", low=0)


def members(network, seeds, recipe: dict, weights, masks, schedule) -> Plan:
    """Check what differs between members."""
    takes = "one whole number per member, such as range(3)"
    seeds = [checks.seed("seeds", seed) for seed in checks.sequence("seeds", seeds, takes, least=1)]
    count = len(seeds)
    networks = described(network, count)
    own = {name: _each(name, recipe.pop(name), count) for name in ("rate", "weight_decay")}
    recipe["momentum"] = checks.number("momentum", recipe["momentum"], "a finite number of 0 or more", low=0)
    recipes = [Recipe(**recipe, **dict(zip(own, values, strict=True))) for values in zip(*own.values(), strict=True)]
    if weights is None:
        states = [one.begun(seed) for one, seed in zip(networks, seeds, strict=True)]
    else:
        states = _dicts("weights", weights, networks, complete=True)
    masks = [{}] * count if masks is None else _masks(masks, networks)
    levels = [0.0] * count
    if schedule is not None:
        checks.instance("schedule", schedule, Gradual, "a Gradual")
        levels = _each("levels", schedule.levels, count)
    return Plan(seeds, networks, recipes, states, masks, levels)


def data(name: str, images, labels, networks: list[Network]) -> int:
    """Check images and labels against the networks; returns the number of images."""
    tensors.floats(name, images, empty=True)
    truth = "labels" if name == "images" else name
    tensors.dense(truth, labels, "class numbers in a tensor")
    size = 0
    for network in dict.fromkeys(networks):
        size = stacked(images, network.input_shape, len(networks), name).shape[1]
        if labels.ndim not in (1, 2) or labels.shape[-1] != size or (labels.ndim == 2 and len(labels) != len(networks)):
            takes = f"[{size}] or [{len(networks)}, {size}]"
            raise ParameterError(f"parameter `{truth}` got labels of shape {tuple(labels.shape)}; it takes {takes}")
    if size:
        tensors.targets(truth, labels.flatten(), classes=min(network.classes for network in networks))
    return size


def training_data(images, labels, networks: list[Network]) -> None:
    """Training needs images, and something to tell apart."""
    if not data("images", images, labels, networks):
        raise ParameterError("parameter `images` got none; it takes at least one image")
    if len(labels.unique()) < 2:
        only = int(labels.flatten()[0])
        raise ParameterError(f"parameter `labels` got one class only, {only}; it takes two or more")


def stopping(patience, validation, schedule, networks: list[Network]) -> None:
    """Early stopping needs validation images, and a target that stands still."""
    if validation is not None and not (isinstance(validation, tuple | list) and len(validation) == 2):
        raise checks.refused("validation", validation, "a pair, images and labels")
    count = data("validation", *validation, networks) if validation is not None else 0
    if validation is not None and not count:
        raise ParameterError("parameter `validation` got none; it takes at least one image")
    if patience is None:
        return
    checks.whole("patience", patience)
    if validation is None:
        raise ParameterError(f"parameter `patience` got {patience} without `validation`; it takes validation images")
    if schedule is not None:
        raise ParameterError(f"parameter `patience` got {patience}; it takes None while a `schedule` raises the level")


def described(network, members: int) -> list[Network]:
    """One description a member, of one network or of a list with one each."""
    networks = [as_network(one) for one in (network if isinstance(network, list | tuple) else [network])]
    if len(networks) not in (1, members):
        raise ParameterError(
            f"parameter `network` got {len(networks)} entries; it takes one, or one per member, {members}"
        )
    return networks * members if len(networks) == 1 else networks


def place(dtype, device) -> torch.device:
    """Where members live, in floating-point numbers."""
    floating("dtype", dtype)
    return device_of("device", device)


def _dicts(name: str, values, networks: list[Network], complete: bool) -> list[dict]:
    """K dicts of tensors with the networks' names and shapes."""
    dicts = _by_member(name, values, len(networks))
    for given, network in zip(dicts, networks, strict=True):
        shapes = {**network.parameters(), **network.buffers()}
        for key in shapes if complete else given:
            if key not in shapes or key not in given:
                raise ParameterError(
                    f"parameter `{name}` got others than the network at `{key}`; it takes {list(shapes)}"
                )
            given[key] = tensors.floats(name, given[key]).detach()
            if tuple(given[key].shape) != shapes[key]:
                raise ParameterError(
                    f"parameter `{name}` got shape {tuple(given[key].shape)} at `{key}`; it takes {shapes[key]}"
                )
    return dicts


def _by_member(name: str, values, members: int) -> list[dict]:
    takes = f"a dict of name to [{members}, ...], or one dict per member, {members}"
    if isinstance(values, dict):
        for key, value in values.items():
            if value is None or not hasattr(value, "shape") or not len(value.shape) or len(value) != members:
                raise checks.refused(name, value, f"{takes}; look at {key!r}")
            tensors.dense(name, value)
    else:
        values = checks.sequence(name, values, takes)
        if len(values) != members or not all(isinstance(one, dict | torch.nn.Module | None) for one in values):
            raise checks.refused(name, values, takes)
    return unstack(values, members)


def _masks(masks, networks: list[Network]) -> list[dict]:
    dicts = _dicts("masks", masks, networks, complete=False)
    for k, given in enumerate(dicts):
        for key, mask in given.items():
            if not bool(((mask == 0) | (mask == 1)).all()):
                raise ParameterError(f"parameter `masks` of member {k} got other numbers at `{key}`; it takes 0 and 1")
    return dicts
