"""Networks, the shape of what they see, and where they are; and one sentence where a network does not run."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from pruneuq_helpers.checks.numbers import whole
from pruneuq_helpers.checks.words import refused, sequence
from pruneuq_helpers.errors import ParameterError

# Whatever a network of somebody else's can raise, but for its own bugs in Python's names and the machine's.
FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, NameError, RuntimeError, TypeError, ValueError)
_MOST_NUMBERS = 2**31  # in one example: 8 GiB


def network(name: str, model, least: int = 0) -> nn.Module:
    """Check a network; with `least`, that it has so many weights."""
    if not isinstance(model, nn.Module):
        raise refused(name, model, "a network, a torch.nn.Module")
    if least and next(model.parameters(), None) is None:
        raise ParameterError(f"parameter `{name}` got a {type(model).__name__} without weights; it takes a network")
    return model


def runnable(name: str, model) -> nn.Module:
    """Check a network that is going to be run: its weights are there, and real."""
    for key, weight in network(name, model).named_parameters():
        if weight.is_meta:
            raise ParameterError(
                f"parameter `{name}` got weights without values (`{key}` is on meta); it takes a network"
            )
        if weight.is_complex():
            raise ParameterError(
                f"parameter `{name}` got complex weights in `{key}`; it takes a network of real numbers"
            )
    return model


def finite(name: str, model) -> nn.Module:
    """Check a network whose weights are looked at."""
    for key, weight in runnable(name, model).named_parameters():
        if not bool(weight.isfinite().all()):
            raise ParameterError(
                f"parameter `{name}` got NaN or an infinite weight in `{key}`; it takes finite weights"
            )
    return model


def plain(name: str, model, values: bool = True) -> nn.Module:
    """Check a network that is taken apart: TorchScript's cannot be, and a weight in two places would go from one."""
    if values:
        finite(name, model)
    if any(isinstance(part, torch.jit.ScriptModule) for part in network(name, model).modules()):
        raise ParameterError(f"parameter `{name}` got a network of TorchScript; it takes the one that it was made of")
    return untied(name, model)


def untied(name: str, model: nn.Module) -> nn.Module:
    """Check that no two layers have one weight between them."""
    owners: dict[int, str] = {}
    for key, weight in model.named_parameters(remove_duplicate=False):
        if owners.setdefault(id(weight), key) != key and not _same_module(model, owners[id(weight)], key):
            raise ParameterError(
                f"parameter `{name}` got a network whose `{owners[id(weight)]}` and `{key}` are one weight; "
                "it takes one whose layers have weights of their own"
            )
    return model


def _same_module(model: nn.Module, one: str, other: str) -> bool:
    """Whether two names are of one layer that is used twice."""
    return model.get_submodule(one.rpartition(".")[0]) is model.get_submodule(other.rpartition(".")[0])


def shape(name: str, value) -> tuple[int, ...]:
    takes = "the shape of one example, such as (3, 32, 32)"
    found = tuple(sequence(name, value, takes, least=1))
    sizes = tuple(whole(name, size) for size in found)
    if math.prod(sizes) > _MOST_NUMBERS:
        raise refused(name, sizes, f"{takes}, with at most {_MOST_NUMBERS} numbers")
    return sizes


def device(name: str, value, here: bool = True) -> torch.device:
    """Check a place that torch has, here or at all."""
    try:
        found = torch.device(value) if isinstance(value, str | torch.device) else None
    except RuntimeError:
        found = None
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if found is None or not (found.type == "cpu" or (found.type == "cuda" and (not here or (found.index or 0) < gpus))):
        takes = "`cpu`, `cuda` or `cuda:0` and so on" if gpus else "`cpu`: torch finds no GPU here"
        raise refused(name, str(value) if isinstance(value, torch.device) else value, takes)
    return found


def floating(name: str, value) -> torch.dtype:
    """Check a type of numbers that networks can have."""
    if not isinstance(value, torch.dtype) or not value.is_floating_point:
        raise refused(name, value, "a floating-point dtype of torch")
    return value


@contextmanager
def running(model: nn.Module, seen, name: str = "images") -> Iterator[None]:
    """Say in one sentence that a network does not take what it is shown."""
    try:
        yield
    except (ParameterError, torch.OutOfMemoryError):
        raise
    except FAULTS as error:
        said = (str(error).strip().splitlines() or [""])[0][:200]
        raise ParameterError(
            f"parameter `{name}` got shape {tuple(seen)} for a {type(model).__name__}, which fails on it "
            f"({type(error).__name__}: {said}); it takes what the network in `model` takes"
        ) from error


def logits(given, count: int, name: str = "model") -> torch.Tensor:
    """Check what a network gives: a row of logits an example."""
    if not isinstance(given, torch.Tensor) or given.ndim != 2 or len(given) != count or given.is_complex():
        got = f"shape {tuple(given.shape)}" if isinstance(given, torch.Tensor) else f"a {type(given).__name__}"
        raise ParameterError(
            f"parameter `{name}` got a network that gives {got} for {count} examples; it takes one that gives [N, C]"
        )
    return given
