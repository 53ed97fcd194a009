"""Predictions of one network, read from a file or handed over, and checked once."""

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import softmax

from pruneuq_helpers.checks import paths
from pruneuq_helpers.errors import ParameterError

KNOWN = ("labels", "probs", "logits", "groups", "ood_probs", "ood_logits", "classes")
FEWEST = 30  # examples: intervals by resampling fewer say nothing
OFF = 1e-3  # how far a row may be from summing to 1


@dataclass(frozen=True, eq=False)
class Predictions:
    """What one network said of some examples."""

    labels: np.ndarray  # class numbers [N]
    probs: np.ndarray  # [N, C]
    outside: np.ndarray | None  # probabilities for examples of no class [M, C]
    groups: np.ndarray | None  # a name for each example [N]
    classes: tuple[str, ...]
    named: bool  # whether the classes have names, and not only numbers


def predictions(given, which: str) -> Predictions:
    """Read predictions from an ``.npz`` file or a mapping; `which` names them in sentences ("before", "after")."""
    file = isinstance(given, str | Path)
    values = _read(paths.path(which, given, "an .npz file"), which) if file else _mapped(given, which)
    unknown = sorted(map(str, set(values) - set(KNOWN)))
    if unknown:
        raise ParameterError(f"parameter `{which}` got {unknown[0]!r}; it takes {', '.join(KNOWN)}")
    labels = _labels(values, which)
    probs = _probs(values, "probs", "logits", which)
    if probs is None:
        raise ParameterError(f"parameter `{which}` got neither `probs` nor `logits`; it takes one of them")
    if len(labels) != len(probs):
        raise ParameterError(
            f"parameter `{which}` got {len(labels)} labels for {len(probs)} predictions; it takes as many"
        )
    if len(labels) < FEWEST:
        raise ParameterError(f"parameter `{which}` got {len(labels)} examples; it takes {FEWEST} or more")
    if labels.min() < 0 or labels.max() >= probs.shape[1]:
        raise ParameterError(
            f"parameter `{which}` got labels from {labels.min()} to {labels.max()} for {probs.shape[1]} classes; "
            f"it takes numbers from 0 to {probs.shape[1] - 1}"
        )
    outside = _probs(values, "ood_probs", "ood_logits", which)
    if outside is not None and len(outside) < FEWEST:
        raise ParameterError(
            f"parameter `{which}` got {len(outside)} examples of no class; it takes {FEWEST} or more, or none"
        )
    if outside is not None and outside.shape[1] != probs.shape[1]:
        raise ParameterError(
            f"parameter `{which}` got `ood_probs` of {outside.shape[1]} classes and `probs` of {probs.shape[1]}; "
            "they take the same"
        )
    groups, classes = _groups(values, len(labels), which), _classes(values, probs.shape[1], which)
    return Predictions(labels, probs, outside, groups, classes, "classes" in values)


def _read(path: Path, which: str) -> dict[str, np.ndarray]:
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            raise ParameterError(f"parameter `{which}` got {str(path)!r}, one array; it takes an .npz file of several")
        with loaded:
            return {name: loaded[name] for name in loaded.files}
    except ParameterError:
        raise
    except MemoryError:
        raise ParameterError(
            f"parameter `{which}` got {str(path)!r}, larger than the memory; it takes one that fits"
        ) from None
    except (
        OSError,
        ValueError,
        EOFError,
        KeyError,
        zlib.error,
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
    ) as error:
        missing = isinstance(error, FileNotFoundError)
        reason = "there is no such file" if missing else "it is no readable .npz file of plain arrays"
        raise ParameterError(f"parameter `{which}` got {str(path)!r}; {reason}, and it takes one") from None


def _mapped(given, which: str) -> dict[str, np.ndarray]:
    if not isinstance(given, Mapping):
        kind = type(given).__name__
        raise ParameterError(
            f"parameter `{which}` got a {kind}; it takes the path of an .npz file, or a dictionary of arrays"
        )
    found = {}
    for name, value in given.items():
        value = value.detach().cpu() if hasattr(value, "detach") else value
        if np.ma.is_masked(value):
            raise ParameterError(f"parameter `{which}` got masked values in `{name}`; it takes an array without")
        try:
            found[name] = np.asarray(value.float().numpy() if "bfloat16" in str(getattr(value, "dtype", "")) else value)
        except (TypeError, ValueError):
            raise ParameterError(
                f"parameter `{which}` got rows of different lengths in `{name}`, or no array; it takes full arrays"
            ) from None
    return found


def _labels(values: dict, which: str) -> np.ndarray:
    if "labels" not in values:
        raise ParameterError(f"parameter `{which}` got no `labels`; it takes the class number of each example")
    labels = values["labels"]
    if (
        labels.ndim != 1
        or labels.dtype.kind not in "iuf"
        or not np.isfinite(labels).all()
        or (labels != np.round(labels)).any()
    ):
        takes = "it takes one whole number an example"
        raise ParameterError(
            f"parameter `{which}` got `labels` of shape {labels.shape} and type {labels.dtype}; {takes}"
        )
    return labels.astype(np.int64)


def _probs(values: dict, name: str, logits: str, which: str) -> np.ndarray | None:
    if name in values and logits in values:
        raise ParameterError(f"parameter `{which}` got both `{name}` and `{logits}`; it takes one of them")
    key = name if name in values else logits
    if key not in values:
        return None
    given = values[key]
    if given.ndim != 2 or given.dtype.kind not in "iuf" or 0 in given.shape:
        takes = "it takes numbers, one row an example and one column a class"
        raise ParameterError(f"parameter `{which}` got `{key}` of shape {given.shape} and type {given.dtype}; {takes}")
    if given.shape[1] < 2:
        raise ParameterError(f"parameter `{which}` got `{key}` of one class; it takes two or more")
    if not np.isfinite(given).all():
        row = int((~np.isfinite(given)).any(axis=1).argmax())
        raise ParameterError(
            f"parameter `{which}` got a value that is not finite in row {row} of `{key}`; it takes numbers"
        )
    if key == logits:
        return softmax(given.astype(np.float64), axis=1)  # in their own type, those of quantised networks would wrap
    return _summing(given, key, which)


def _summing(probs: np.ndarray, name: str, which: str) -> np.ndarray:
    if probs.min() < 0 or probs.max() > 1 + OFF:
        raise ParameterError(
            f"parameter `{which}` got `{name}` from {probs.min():.4g} to {probs.max():.4g}; it takes probabilities "
            f"(hand logits over as `{name.replace('probs', 'logits')}`)"
        )
    totals = probs.sum(axis=1, dtype=np.float64)
    row = int(np.abs(totals - 1).argmax())
    if abs(totals[row] - 1) > OFF:
        raise ParameterError(
            f"parameter `{which}` got row {row} of `{name}`, which sums to {totals[row]:.4g}; it takes 1"
        )
    return probs


def _groups(values: dict, count: int, which: str) -> np.ndarray | None:
    if "groups" not in values:
        return None
    groups = values["groups"]
    if groups.shape != (count,) or groups.dtype.kind not in "iubUS":
        takes = f"it takes a name or a number for each of the {count} examples"
        raise ParameterError(
            f"parameter `{which}` got `groups` of shape {groups.shape} and type {groups.dtype}; {takes}"
        )
    return groups.astype(str)


def _classes(values: dict, count: int, which: str) -> tuple[str, ...]:
    if "classes" not in values:
        return tuple(map(str, range(count)))
    names = values["classes"]
    if names.shape != (count,) or names.dtype.kind not in "iuUSO":
        raise ParameterError(f"parameter `{which}` got {names.size} names of classes; it takes {count}, one a column")
    return tuple(map(str, names.tolist()))
