"""What a network costs on this machine: weights, multiply-adds, bytes, milliseconds."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_model
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from pruneuq_helpers import metrics
from pruneuq_helpers.models.state import evaluating


def bytes_on_disk(model: nn.Module) -> int:
    """Size of the network's weights as a safetensors file.

    >>> bytes_on_disk(nn.Linear(100, 10)) > 4 * 1010
    True
    """
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
    """What a network costs, absolute and beside the dense one.

    >>> found = cost(nn.Linear(4, 1), nn.Linear(4, 2), torch.zeros(1, 4), repeats=3)
    >>> found["parameters"], found["parameter_fraction"], found["macs"]
    (5, 0.5, 4)
    """
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
    low, middle, high = np.quantile(seconds[:, 0], [0.25, 0.5, 0.75]) * 1e3
    found |= {"milliseconds": middle, "milliseconds_low": low, "milliseconds_high": high}
    found["speed_up"] = 1.0 if model is dense else float(np.median(seconds[:, 1]) / np.median(seconds[:, 0]))
    return {name: value if isinstance(value, int) else float(value) for name, value in found.items()}


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
