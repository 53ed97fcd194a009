"""What a network costs: parameters, multiply-adds, time."""

import statistics
import time
from collections.abc import Sequence

import pandas as pd
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from pruneuq_helpers import checks
from pruneuq_helpers.checks import networks
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.models.state import evaluating, example_of


def parameters(model: nn.Module) -> int:
    """Count the parameters of a network, zeros included: a mask makes it no smaller, a removal does.

    Parameters
    ----------
    model : torch.nn.Module
        The network.

    Returns
    -------
    int

    Examples
    --------
    >>> parameters(nn.Linear(2, 3))
    9
    """
    return _size(networks.network("model", model))


def _size(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def macs(model: nn.Module, input_shape: Sequence[int]) -> int:
    """Count the multiply-adds of one example in convolutions and matrix products: half of torch's FLOPs.

    Parameters
    ----------
    model : torch.nn.Module
        The network; it is left as it was.
    input_shape : sequence of int
        Shape of one example.

    Returns
    -------
    int

    Examples
    --------
    >>> macs(nn.Linear(2, 3), (2,))
    6
    """
    return _macs(networks.network("model", model), networks.shape("input_shape", input_shape))


def _macs(model: nn.Module, input_shape: tuple[int, ...]) -> int:
    example = example_of(model, input_shape=input_shape)
    counter, run = FlopCounterMode(display=False), networks.running(model, input_shape, "input_shape")
    with evaluating(model), torch.no_grad(), run, counter:
        model(example)
    return counter.get_total_flops() // 2


def latency(model: nn.Module, input_shape: Sequence[int], repeats: int = 20, batch: int = 1) -> float:
    """Measure the median seconds of a prediction, after a few that do not count.

    Parameters
    ----------
    model : torch.nn.Module
        The network; it is left as it was.
    input_shape : sequence of int
        Shape of one example.
    repeats : int
        How many predictions are timed.
    batch : int
        Examples in a prediction.

    Returns
    -------
    float
        Seconds for the whole batch.

    Examples
    --------
    >>> latency(nn.Linear(2, 3), (2,), repeats=3) > 0
    True
    """
    repeats, batch = checks.whole("repeats", repeats), checks.whole("batch", batch)
    input_shape = networks.shape("input_shape", input_shape)
    example = example_of(networks.runnable("model", model), input_shape=input_shape)
    images = example.repeat(batch, *[1] * len(input_shape))
    with evaluating(model), torch.inference_mode(), networks.running(model, input_shape, "input_shape"):
        for _ in range(3):
            _timed(model, images)
        return statistics.median(_timed(model, images) for _ in range(repeats))


def _timed(model: nn.Module, images: torch.Tensor) -> float:
    start = time.perf_counter()
    # A GPU works on while Python goes ahead: bringing the result here waits for it.
    model(images).cpu()
    return time.perf_counter() - start


def _costs(name: str, model: nn.Module, input_shape: tuple[int, ...]) -> tuple[int, int]:
    """Parameters and multiply-adds of a network that has some."""
    model = networks.network(name, model, least=1)
    size, work = _size(model), _macs(model, input_shape)
    if not work:
        raise ParameterError(f"parameter `{name}` got a network without multiply-adds; it takes one with some")
    return size, work


def cost_ratios(dense: nn.Module, pruned: nn.Module, input_shape: Sequence[int]) -> pd.Series:
    """How much smaller and faster a network is than another.

    Compression ratio is the original over the kept parameters, theoretical speed-up the original over the kept
    multiply-adds (Blalock et al. 2020); the fractions are their inverses.

    Parameters
    ----------
    dense, pruned : torch.nn.Module
        The original network and the smaller one.
    input_shape : sequence of int
        Shape of one example.

    Returns
    -------
    pandas.Series
        compression, speed_up, parameter_fraction, mac_fraction.

    Examples
    --------
    >>> dense = nn.Sequential(nn.Linear(2, 8, bias=False), nn.Linear(8, 2, bias=False))
    >>> pruned = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))
    >>> cost_ratios(dense, pruned, (2,)).to_dict()
    {'compression': 4.0, 'speed_up': 4.0, 'parameter_fraction': 0.25, 'mac_fraction': 0.25}
    """
    input_shape = networks.shape("input_shape", input_shape)
    counts = [_costs(name, model, input_shape) for name, model in {"dense": dense, "pruned": pruned}.items()]
    compression, speed_up = (before / after for before, after in zip(*counts, strict=True))
    ratios = {"compression": compression, "speed_up": speed_up}
    return pd.Series(ratios | {"parameter_fraction": 1 / compression, "mac_fraction": 1 / speed_up})
