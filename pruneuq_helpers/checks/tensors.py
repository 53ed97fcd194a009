"""Tensors of torch: images, class numbers, and stacks of weights."""

from collections.abc import Mapping

import torch
from torch import Tensor

from pruneuq_helpers.checks.words import refused
from pruneuq_helpers.errors import ParameterError


def dense(name: str, value, takes: str = "a tensor of torch") -> Tensor:
    """Check a tensor whose values are there."""
    if not isinstance(value, Tensor):
        raise refused(name, value if not isinstance(value, list | tuple | Mapping) else type(value), takes)
    if value.layout != torch.strided or value.is_meta or value.is_quantized:
        got = "one without values (on meta)" if value.is_meta else f"one of layout {value.layout}"
        raise ParameterError(f"parameter `{name}` got {got}; it takes a dense tensor")
    return value


def floats(name: str, value, ndim: int | None = None, empty: bool = False, finite: bool = True) -> Tensor:
    """Check a tensor of finite floating-point numbers; a gradient still flows through it."""
    found = dense(name, value)
    wanted = "floating-point numbers" + (f" in {ndim} dimensions" if ndim is not None else "")
    if not found.is_floating_point() or (ndim is not None and found.ndim != ndim) or found.ndim == 0:
        raise refused(name, found, wanted)
    if found.numel() == 0 and not empty:
        raise refused(name, found, "at least one")
    if finite and not bool(found.isfinite().all()):
        raise ParameterError(f"parameter `{name}` got NaN or an infinite value; it takes finite numbers")
    return found


def images(name: str, value) -> Tensor:
    """Check images or points as a network sees them, ``[N, ...]``."""
    found = dense(name, value)
    if not found.is_floating_point():
        raise ParameterError(
            f"parameter `{name}` got {found.dtype}; it takes normalised images, as floating-point numbers (raw images "
            "also need `normalise`)"
        )
    if found.ndim < 2:
        raise refused(name, found, "one image or point a row, [N, ...]")
    return floats(name, found)


def pixels(name: str, value, empty: bool = False) -> Tensor:
    """Check raw images, ``uint8 [N, C, H, W]``."""
    found = dense(name, value, "a tensor of uint8 [N, C, H, W]")
    if found.dtype != torch.uint8 or found.ndim != 4 or (not empty and found.numel() == 0):
        raise ParameterError(
            f"parameter `{name}` got {found.dtype} of shape {tuple(found.shape)}; it takes uint8 [N, C, H, W]"
        )
    return found


def targets(name: str, value, count: int | None = None, classes: int | None = None) -> Tensor:
    """Check class numbers ``[N]``, and give them as int64."""
    found = dense(name, value, "class numbers in a tensor")
    if found.is_floating_point() or found.is_complex() or found.dtype == torch.bool:
        raise ParameterError(f"parameter `{name}` got values of type {found.dtype}; it takes whole class numbers")
    if found.ndim != 1 or len(found) == 0:
        raise refused(name, found, "one class number a sample, [N], and at least one")
    if count is not None and len(found) != count:
        raise ParameterError(f"parameter `{name}` got {len(found)} values for {count} samples; it takes one a sample")
    low, high = int(found.min()), int(found.max())
    if low < 0 or (classes is not None and high >= classes):
        takes = "class numbers from 0" + ("" if classes is None else f" to {classes - 1}")
        raise ParameterError(f"parameter `{name}` got {low} to {high}; it takes {takes}")
    return found.long()


def stack(name: str, value, finite: bool = True) -> dict[str, Tensor]:
    """Check the weights of K members, name to ``[K, ...]``."""
    if not isinstance(value, Mapping) or not value or not all(isinstance(key, str) for key in value):
        raise refused(name, value if not isinstance(value, Mapping) else list(value), "a dict of name to [K, ...]")
    found = {key: floats(f"{name}[{key!r}]", tensor, finite=finite) for key, tensor in value.items()}
    counts = {len(tensor) for tensor in found.values()}
    if len(counts) > 1:
        raise ParameterError(f"parameter `{name}` got {sorted(counts)} members by name; it takes as many for each")
    return found
