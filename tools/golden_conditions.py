"""Under what golden rows are made: in double precision, and again from disturbed weights and by plain kernels."""

import contextlib
import sys
from collections.abc import Callable, Iterator

import torch
from torch import nn

NOISE = 1e-10
# The plainest kernels that torch, oneDNN, MKL and OpenBLAS have, as an old processor would run them.
PLAIN = {
    "ATEN_CPU_CAPABILITY": "default",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "MKL_CBWR": "COMPATIBLE",
    "OPENBLAS_CORETYPE": "Nehalem",
}


@contextlib.contextmanager
def in_float64() -> Iterator[None]:
    """Train in double precision on one thread, with nothing remembered from before in single precision."""
    before, threads = torch.get_default_dtype(), torch.get_num_threads()
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    _forget()
    try:
        yield
    finally:
        torch.set_default_dtype(before)
        torch.set_num_threads(threads)
        _forget()


def _forget() -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("pruneuq_helpers."):
            for clear in (getattr(value, "cache_clear", None) for value in vars(module).values()):
                if clear:
                    clear()


@contextlib.contextmanager
def disturbed() -> Iterator[None]:
    """Let the initial weights of every layer differ in the tenth digit from what their seed gives."""
    layers = (nn.Linear, nn.modules.conv._ConvNd)
    before = [layer.reset_parameters for layer in layers]
    generator = torch.Generator().manual_seed(0)  # its own: the draws of the networks stay as they are

    def reset(self, plain: Callable) -> None:
        plain(self)
        with torch.no_grad():
            for weights in self.parameters():
                # Layers described without memory have no numbers to disturb.
                if weights.device.type == "cpu":
                    weights.mul_(1 + NOISE * torch.randn(weights.shape, generator=generator, dtype=weights.dtype))

    try:
        for layer, plain in zip(layers, before, strict=True):
            layer.reset_parameters = lambda self, plain=plain: reset(self, plain)
        yield
    finally:
        for layer, plain in zip(layers, before, strict=True):
            layer.reset_parameters = plain
