"""What a network costs on this machine: weights, multiply-adds, bytes, milliseconds."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from safetensors.torch import save_model
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from pruneuq_helpers import metrics
from pruneuq_helpers.models.state import evaluating

BUSY = 1.25  # times that the two halves of the timings may differ


def bytes_on_disk(model: nn.Module) -> int:
    """Size of the network's weights as a safetensors file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "weights.safetensors")
        save_model(model, str(path))
        return path.stat().st_size


def timed(networks: list[nn.Module], images: torch.Tensor, repeats: int) -> np.ndarray:
    """Seconds of a prediction; the networks take turns, so that a busy moment hits all of them."""
    seconds = np.empty((repeats + 1, len(networks)))
    with torch.inference_mode():
        for turn in range(repeats + 1):
            for place, network in enumerate(networks):
                start = time.perf_counter()
                network(images).cpu()  # a GPU works on while Python goes ahead: this waits for the result
                seconds[turn, place] = time.perf_counter() - start
    return seconds[1:]


def cost(model: nn.Module, dense: nn.Module, images: torch.Tensor, repeats: int) -> dict[str, float]:
    """What a network costs, absolute and beside the dense one."""
    shape = tuple(images.shape[1:])
    with _step_by_step():
        counts = [(metrics.parameters(net), metrics.macs(net, shape), bytes_on_disk(net)) for net in (model, dense)]
    found = {}
    for what, fraction, own, whole in zip(
        ("parameters", "macs", "bytes"), ("parameter_fraction", "mac_fraction", "byte_fraction"), *counts, strict=True
    ):
        found |= {what: own, fraction: own / whole if whole else np.nan}
    with evaluating(model), evaluating(dense):
        seconds = timed([model, dense], images, repeats)
    found |= {"dense_milliseconds": seconds[:, 1].min() * 1e3} | speed_up(seconds, model is dense)
    return {name: value if isinstance(value, int) else float(value) for name, value in found.items()}


def speed_up(seconds: np.ndarray, same: bool = False) -> dict[str, float]:
    """How many times as fast as the dense network, from timings in turns; NaN on a machine that is too busy."""
    if same:
        return {"speed_up": 1.0, "speed_up_low": 1.0, "speed_up_high": 1.0}
    # What else a machine does only adds to a time, so the smallest time of each network is its own. Where the two
    # halves of the timings say different things, neither is.
    halves = [part.min(axis=0) for part in np.array_split(seconds, 2)]
    ratios = [part[1] / part[0] for part in halves]
    if max(ratios) > BUSY * min(ratios):
        return dict.fromkeys(("speed_up", "speed_up_low", "speed_up_high"), np.nan)
    least = seconds.min(axis=0)
    low, high = np.quantile(seconds[:, 1] / seconds[:, 0], [0.25, 0.75])
    middle = least[1] / least[0]
    return {"speed_up": middle, "speed_up_low": min(low, middle), "speed_up_high": max(high, middle)}


def with_milliseconds(networks: pd.DataFrame) -> pd.DataFrame:
    """The same table with one consistent time a network: the dense network's smallest, over its speed-up."""
    least = networks["dense_milliseconds"].min()
    return networks.drop(columns="dense_milliseconds").assign(milliseconds=least / networks["speed_up"])


def uncounted(model: nn.Module) -> list[str]:
    """What the count of multiply-adds leaves out of a network."""
    names = ", ".join(name for name, layer in model.named_modules() if isinstance(layer, nn.RNNBase))
    return [f"The multiply–adds of recurrent layers are not counted: {names}."] if names else []


@contextmanager
def _step_by_step() -> Iterator[None]:
    """For a while PyTorch's attention and encoder go through their products: in a fused step they are not counted."""
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)
