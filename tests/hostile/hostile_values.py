"""Odd values by kind of argument: numbers, words, arrays."""

from fractions import Fraction

import numpy as np
import pandas as pd
import torch
from hostile_judge import Case, Kind, Refused
from scipy import sparse

HUGE = 2**70
NO_NUMBER = (
    Case("None", None),
    Case("True", True),
    Case("text", "0.5"),
    Case("NaN", float("nan")),
    Case("inf", float("inf")),
    Case("-inf", float("-inf")),
    Case("-1e308", -1e308),
    Case("complex", 1 + 2j),
    Case("empty list", []),
    Case("list", [1, 2]),
    Case("dict", {}),
    Case("array", np.array([0.5, 0.25])),
    Case("tensor", torch.tensor([0.5, 0.25])),
)


def whole(usual: int, least: int = 1) -> Kind:
    """A whole number."""
    wrong = (Case("fraction", 1.5), Case("below", least - 1), Case("huge", HUGE), Case("1e308", 1e308))
    right = (Case("int64", np.int64(usual), usual), Case("uint8", np.uint8(usual), usual))
    return Kind(usual, NO_NUMBER + wrong + right + (Case("float", float(usual), usual),))


def number(usual: float, *outside: float, large: bool = False) -> Kind:
    """A number, and some that are out of its range; 1e308 is one of them unless all large ones fit."""
    wrong = tuple(Case(f"{value:g}", value) for value in outside) + (() if large else (Case("1e308", 1e308),))
    right = [Case("float64", np.float64(usual), usual), Case("fraction", Fraction(usual), usual)]
    right += [Case("float32", np.float32(usual), usual), Case("tensor of one", torch.tensor(usual), usual)]
    return Kind(usual, NO_NUMBER + wrong + tuple(right))


def seed(usual: int = 3) -> Kind:
    """A seed."""
    wrong = (Case("fraction", 1.5), Case("negative", -1), Case("beyond 2**63", 2**63), Case("huge", HUGE))
    return Kind(
        usual, NO_NUMBER + wrong + (Case("uint64", np.uint64(usual), usual), Case("int8", np.int8(usual), usual))
    )


def word(usual: str) -> Kind:
    """One of a few words."""
    odd = (None, True, 0, float("nan"), "", "nonsense", usual.upper(), [usual], {}, np.array([usual, usual]), b"x")
    return Kind(usual, tuple(Case(repr(value), value) for value in odd))


def flag(usual: bool) -> Kind:
    """True or False."""
    odd = (None, "no", 2, float("nan"), [], np.array([True, False]))
    right = (Case("numpy's", np.bool_(usual), usual),)
    return Kind(usual, tuple(Case(repr(value), value) for value in odd) + right)


def optional(kind: Kind) -> Kind:
    """The same kind where None is good."""
    return kind.but("None")


def _forms(values: np.ndarray, narrow: tuple[str, ...]) -> tuple[Case, ...]:
    """The same numbers, stored otherwise."""
    usual = values
    wide = np.zeros((2 * len(values), *values.shape[1:]), values.dtype)
    wide[::2] = values
    frozen = values.copy()
    frozen.flags.writeable = False
    forms = {
        "list": values.tolist(),
        "tuple": tuple(values.tolist()),
        "Fortran order": np.asfortranarray(values),
        "every second": wide[::2],
        "negative stride": values[::-1].copy()[::-1],
        "read-only": frozen,
        "other byte order": values.astype(values.dtype.newbyteorder(">")),
        "tensor": torch.tensor(values),
        "strided tensor": torch.tensor(wide)[::2],
        "frame": pd.DataFrame(values)
        if values.ndim == 2
        else pd.Series(values.tolist())
        if values.ndim == 1
        else values,
        "masked array without a mask": np.ma.array(values),
    } | {kind: values.astype(kind) for kind in narrow}
    if values.dtype.kind == "f":
        forms["tensor with gradient"] = torch.tensor(values, requires_grad=True)
    return tuple(Case(label, form, usual) for label, form in forms.items())


def _no_array(values: np.ndarray) -> tuple[Case, ...]:
    """What holds no numbers, or not all of them."""
    flat = values.reshape(len(values), -1)
    mask = np.zeros(values.shape, bool)
    mask.flat[0] = True
    odd = {
        "None": None,
        "text": "probs",
        "words": np.full(values.shape, "a").tolist(),
        "dict": {"a": 1},
        "set": {0, 1},
        "generator": (value for value in ()),
        "function": len,
        "number": 0.5,
        "empty": values[:0],
        "empty list": [],
        "ragged": [[0, 1], [0]],
        "complex": values.astype(complex),
        "complex tensor": torch.tensor(values).cfloat(),
        "objects": np.array([None] * len(values), dtype=object),
        "dates": np.full(values.shape, np.datetime64("2026-01-01")),
        "masked": np.ma.array(values, mask=mask),
        "sparse tensor": torch.tensor(values).to_sparse(),
        "sparse matrix": sparse.csr_matrix(flat),
        "tensor on meta": torch.zeros(values.shape, device="meta"),
        "one more dimension": np.stack([[values] * 2] * 2),
        "bfloat16": torch.tensor(values).bfloat16(),
    }
    return tuple(Case(label, value) for label, value in odd.items())


def _with(values: np.ndarray, value) -> np.ndarray:
    changed = values.copy()
    changed.flat[1] = value
    return changed


def _not_finite(values: np.ndarray) -> tuple[Case, ...]:
    odd = {"NaN inside": np.nan, "inf inside": np.inf, "-inf inside": -np.inf}
    return tuple(Case(label, _with(values, value)) for label, value in odd.items())


def probs(values: np.ndarray) -> Kind:
    """Probabilities ``[N, C]`` or ``[M, N, C]``."""
    odd = {
        "logits": np.log(values) + 3,
        "log probabilities": np.log(values),
        "negative": _with(values, -0.5),
        "1e308 inside": _with(values, 1e308),
        "not normalised": values * 0.9,
        "one sample fewer": values[..., 1:, :],
        "one dimension": values.ravel(),
        "booleans": values.astype(bool),
    }
    hot = np.eye(values.shape[-1])[values.argmax(-1)]
    right = (Case("one-hot bytes", hot.astype(np.uint8), hot),)
    if values.ndim == 2:
        right += (Case("two alike members", np.stack([values] * 2), values),)
    wrong = tuple(Case(label, value) for label, value in odd.items()) + _not_finite(values) + _no_array(values)
    return Kind(values, wrong + right + _forms(values, ("float32", "float16", "longdouble")))


def classes(values: np.ndarray, known: int | None = None) -> Kind:
    """Class numbers ``[N]`` or predicted classes ``[K, N]``; as many classes as are known."""
    odd = {
        "negative": _with(values, -1),
        "fractions": _with(values.astype(float), 0.5),
        "NaN inside": _with(values.astype(float), np.nan),
        "inf inside": _with(values.astype(float), np.inf),
        "beyond int64": _with(values.astype(np.uint64), 2**64 - 1),
        "one more": np.concatenate([values, values[..., :1]], axis=-1),
        "one fewer": values[..., 1:],
        "one-hot": np.eye(int(values.max()) + 1, dtype=int)[values],
        "booleans": values.astype(bool),
    }
    if known is not None:
        odd["out of range"] = _with(values, known)
    wrong = tuple(Case(label, value) for label, value in odd.items()) + _no_array(values)
    whole_floats = (Case("whole floats", values.astype(float), values),)
    return Kind(values, wrong + whole_floats + _forms(values, ("int8", "uint8", "int32", "uint64")))


def scores(values: np.ndarray, low: float | None = None) -> Kind:
    """One number a sample; only their order counts, unless there are bounds."""
    odd = {"one more": np.append(values, 0.5), "one fewer": values[1:]}
    if low is not None:
        odd |= {"below": _with(values, low - 1), "1e308 inside": _with(values, 1e308)}
    wrong = tuple(Case(label, value) for label, value in odd.items()) + _not_finite(values) + _no_array(values)
    true = (values - values.min()).astype(bool)
    wrong += (Case("booleans", true, true.astype(float)),)
    right = () if low is not None else (Case("up to 1e308", values / np.abs(values).max() * 1e308, values),)
    return Kind(values, wrong + right + _forms(values, ("float32", "float16")))


def tensors(values: torch.Tensor) -> Kind:
    """A floating tensor, such as images ``[N, ...]``: nothing but a tensor is one."""
    wide = torch.zeros(2 * len(values), *values.shape[1:], dtype=values.dtype)
    wide[::2] = values
    changed = {name: values.clone() for name in ("nan", "inf", "-inf")}
    for name, tensor in changed.items():
        tensor.view(-1)[1] = float(name)
    odd = {
        "None": None,
        "text": "images",
        "number": 0.5,
        "list": values.tolist(),
        "function": len,
        "dict": {"a": values},
        "empty": values[:0],
        "one sample": values[0],
        "one more dimension": values[None, None],
        "complex": values.cfloat(),
        "booleans": values > 0,
        "whole numbers": (values * 9).long(),
        "sparse": values.to_sparse(),
        "on meta": values.to("meta"),
        "NaN inside": changed["nan"],
        "inf inside": changed["inf"],
        "-inf inside": changed["-inf"],
    }
    right = {
        "strided": wide[::2],
        "with gradient": values.clone().requires_grad_(),
        "float64": values.double(),
        "array": values.numpy(),
    }
    wrong = tuple(Case(label, value) for label, value in odd.items())
    return Kind(values, wrong + tuple(Case(label, value, values) for label, value in right.items()))


def targets(values: torch.Tensor, known: int) -> Kind:
    """Class numbers in a tensor."""
    odd = {
        "None": None,
        "text": "labels",
        "number": 1,
        "function": len,
        "empty": values[:0],
        "one fewer": values[1:],
        "one more": torch.cat([values, values[:1]]),
        "one more dimension": values[None, None],
        "one-hot": torch.eye(known)[values].long(),
        "negative": values - 1,
        "out of range": values + known,
        "fractions": values.float() + 0.5,
        "NaN inside": torch.full(values.shape, float("nan")),
        "booleans": values > 0,
        "complex": values.cfloat(),
        "sparse": values.to_sparse(),
        "on meta": values.to("meta"),
    }
    right = {"uint8": values.to(torch.uint8), "int32": values.int(), "strided": values.repeat_interleave(2)[::2]}
    right |= {"list": values.tolist(), "array": values.numpy()}
    wrong = tuple(Case(label, value) for label, value in odd.items())
    return Kind(values, wrong + tuple(Case(label, value, values) for label, value in right.items()))


__all__ = ["Case", "Kind", "Refused"]
