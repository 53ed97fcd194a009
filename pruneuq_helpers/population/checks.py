"""Everything that can be wrong with a call of `train`, found before anything is trained."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral, Real

import torch

from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.population.architecture import Network
from pruneuq_helpers.population.optimiser import Recipe
from pruneuq_helpers.population.results import as_network
from pruneuq_helpers.population.stack import stacked, unstack


@dataclass(frozen=True)
class Plan:
    """One entry per member of all that members may differ in."""

    seeds: list[int]
    networks: list[Network]
    recipes: list[Recipe]
    states: list[dict]
    masks: list[dict]
    levels: list[float]


def each(name: str, value, members: int) -> list:
    """K values of one value or of a sequence of K.

    >>> each("rate", 0.1, 3)
    [0.1, 0.1, 0.1]
    """
    if not isinstance(value, Sequence | torch.Tensor) and not hasattr(value, "__len__"):
        return [value] * members
    if len(value) != members:
        raise ParameterError(f"parameter `{name}` has {len(value)} entries; it takes one per member, {members}")
    return list(value)


def members(network, seeds, recipe: dict, weights, masks, schedule) -> Plan:
    """Check what differs between members."""
    seeds = _seeds(seeds)
    count = len(seeds)
    networks = network if isinstance(network, list | tuple) else [network]
    shared = [as_network(one) for one in networks]
    networks = each("network", shared, count) if len(shared) > 1 else shared * count
    own = {
        name: [_number(name, value) for value in each(name, recipe.pop(name), count)]
        for name in ("rate", "weight_decay")
    }
    recipes = [Recipe(**recipe, **dict(zip(own, values, strict=True))) for values in zip(*own.values(), strict=True)]
    if weights is None:
        states = [one.initial(seed) for one, seed in zip(networks, seeds, strict=True)]
    else:
        states = _dicts("weights", weights, networks, complete=True)
    masks = [{}] * count if masks is None else _masks(masks, networks)
    levels = [0.0] * count
    if schedule is not None:
        levels = [float(level) for level in each("levels", schedule.levels, count)]
        if not all(0 <= level < 1 for level in levels):
            raise ParameterError(f"parameter `levels` got {levels}; it takes numbers in [0, 1)")
    return Plan(seeds, networks, recipes, states, masks, levels)


def data(name: str, images, labels, networks: list[Network]) -> int:
    """Check images and labels against the networks; returns the number of images."""
    for part, value in ((name, images), ("labels", labels)):
        if not isinstance(value, torch.Tensor):
            raise ParameterError(f"parameter `{part}` got {type(value).__name__}; it takes a tensor")
    size = 0
    for network in dict.fromkeys(networks):
        size = stacked(images, network.input_shape, len(networks), name).shape[1]
        if labels.ndim not in (1, 2) or labels.shape[-1] != size or (labels.ndim == 2 and len(labels) != len(networks)):
            raise ParameterError(
                f"parameter `labels` has shape {tuple(labels.shape)}; it takes [{size}] or [{len(networks)}, {size}]"
            )
        if labels.is_floating_point() or labels.dtype == torch.bool:
            raise ParameterError(f"parameter `labels` holds {labels.dtype}; it takes whole numbers")
        if size and not (int(labels.min()) >= 0 and int(labels.max()) < network.classes):
            raise ParameterError(
                f"parameter `labels` goes from {int(labels.min())} to {int(labels.max())}; "
                f"a network of {network.classes} classes takes 0 to {network.classes - 1}"
            )
    return size


def training_data(images, labels, networks: list[Network]) -> None:
    """Training needs images, and something to tell apart."""
    if not data("images", images, labels, networks):
        raise ParameterError("parameter `images` is empty; it takes at least one image")
    if len(labels.unique()) < 2:
        only = int(labels.flatten()[0])
        raise ParameterError(f"parameter `labels` holds one class only, {only}; it takes two or more")


def stopping(patience, validation, schedule, networks: list[Network]) -> None:
    """Early stopping needs validation images, and a target that stands still."""
    if validation is not None and not (isinstance(validation, tuple | list) and len(validation) == 2):
        raise ParameterError("parameter `validation` got something else; it takes a pair, images and labels")
    count = data("validation", *validation, networks) if validation is not None else 0
    if validation is not None and not count:
        raise ParameterError("parameter `validation` is empty; it takes at least one image")
    if patience is None:
        return
    whole_number("patience", patience, 1)
    if validation is None:
        raise ParameterError(f"parameter `patience` got {patience} without `validation`; it takes validation images")
    if schedule is not None:
        raise ParameterError(f"parameter `patience` got {patience}; it takes None while a `schedule` raises the level")


def whole_number(name: str, value, least: int) -> None:
    """Refuse anything but a whole number of at least ``least``."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise ParameterError(f"parameter `{name}` got {value!r}; it takes a whole number of {least} or more")


def place(dtype, device) -> torch.device:
    """Where members live, if it is a place that torch has here, in floating-point numbers."""
    if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
        raise ParameterError(f"parameter `dtype` got {dtype!r}; it takes a floating-point dtype of torch")
    found = str(device)
    if found != "cpu" and not (found.partition(":")[0] == "cuda" and torch.cuda.is_available()):
        cuda = "`cpu`, `cuda` or `cuda:0` and so on" if torch.cuda.is_available() else "`cpu`: torch finds no GPU here"
        raise ParameterError(f"parameter `device` got {found!r}; it takes {cuda}")
    return torch.device(device)


def _seeds(seeds) -> list[int]:
    if not isinstance(seeds, Iterable):
        raise ParameterError(f"parameter `seeds` got {seeds!r}; it takes one whole number per member, such as range(3)")
    seeds = list(seeds)
    if not seeds:
        raise ParameterError("parameter `seeds` is empty; it takes one whole number per member, at least one")
    for seed in seeds:
        whole_number("seeds", seed, 0)
    return [int(seed) for seed in seeds]


def _number(name: str, value) -> float:
    if not isinstance(value, Real | torch.Tensor) or isinstance(value, bool):
        raise ParameterError(f"parameter `{name}` got {value!r}; it takes a number, or one per member")
    return float(value)


def _dicts(name: str, values, networks: list[Network], complete: bool) -> list[dict]:
    """K dicts of tensors with the networks' names and shapes."""
    for value in values.values() if isinstance(values, dict) else [values]:
        if len(value) != len(networks):
            raise ParameterError(f"parameter `{name}` has {len(value)} members; it takes one each for {len(networks)}")
    dicts = unstack(values, len(networks))
    for tensors, network in zip(dicts, networks, strict=True):
        shapes = {**network.parameters(), **network.buffers()}
        for key in shapes if complete else tensors:
            if key not in shapes or key not in tensors:
                raise ParameterError(f"parameter `{name}` and the network differ at `{key}`; it takes {list(shapes)}")
            if tuple(tensors[key].shape) != shapes[key]:
                raise ParameterError(
                    f"parameter `{name}` has shape {tuple(tensors[key].shape)} at `{key}`; it takes {shapes[key]}"
                )
    return dicts


def _masks(masks, networks: list[Network]) -> list[dict]:
    dicts = _dicts("masks", masks, networks, complete=False)
    for k, tensors in enumerate(dicts):
        for key, mask in tensors.items():
            if not bool(((mask == 0) | (mask == 1)).all()):
                raise ParameterError(f"parameter `masks` of member {k} got other numbers at `{key}`; it takes 0 and 1")
    return dicts
