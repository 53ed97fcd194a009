"""Arrays of probabilities, labels and scores, from NumPy, torch, pandas or lists."""

import numpy as np

from pruneuq_helpers.errors import ParameterError

MOST_CLASSES = 1 << 24  # what counts classes makes a place for each
BLOCK = 1 << 17  # values in one block of rows: small enough to stay in a core's cache


def array(name: str, values, empty: bool = False) -> np.ndarray:
    """Turn numbers from NumPy, torch, pandas or lists into an array."""
    if hasattr(values, "detach"):
        values = _from_torch(name, values)
    if np.ma.is_masked(values):
        raise ParameterError(f"parameter `{name}` got an array with masked values; it takes one without")
    try:
        found = np.asarray(values)
    except (TypeError, ValueError, OverflowError):  # of rows of different lengths, or no array at all
        raise ParameterError(f"parameter `{name}` got rows of different lengths; it takes a full array") from None
    if found.dtype.kind not in "fiub":
        raise ParameterError(f"parameter `{name}` got values of type {found.dtype}; it takes numbers")
    if found.size == 0 and not empty:
        raise ParameterError(f"parameter `{name}` got no values (shape {found.shape}); it takes at least one sample")
    return found


def _from_torch(name: str, values) -> np.ndarray:
    kind = str(getattr(values, "dtype", ""))
    if kind == "torch.bfloat16":
        raise ParameterError(f"parameter `{name}` got torch.bfloat16; it takes float16, float32 or float64")
    layout = str(getattr(values, "layout", ""))
    if layout != "torch.strided" or getattr(values, "is_meta", False):
        got = "a tensor without values (on meta)" if layout == "torch.strided" else f"a tensor of layout {layout}"
        raise ParameterError(f"parameter `{name}` got {got}; it takes a dense one")
    return values.detach().cpu().numpy()


def precision(values: np.ndarray) -> np.dtype:
    """Return the floating type of these values; whole numbers count as float64."""
    return values.dtype if values.dtype.kind == "f" else np.dtype(np.float64)


def _check_rows(name: str, block: np.ndarray, first: int, tolerance: float) -> None:
    low = block.min()
    if np.isnan(low):
        row = first + int(np.isnan(block).any(axis=1).argmax())
        raise ParameterError(f"parameter `{name}` got NaN in row {row}; it takes probabilities in [0, 1]")
    if low >= 0:
        with np.errstate(over="ignore"):  # an infinite sum is refused like any other that is not 1
            total = block @ np.ones(block.shape[1], block.dtype)
        off = np.abs(total - 1) > tolerance
        if not off.any():
            return
    if low < 0 or block.max() > 1 + tolerance:
        raise ParameterError(
            f"parameter `{name}` got values from {low:.4g} to {block.max():.4g}; it takes probabilities in [0, 1] "
            "(of logits, take the softmax first)"
        )
    row = int(off.argmax())
    raise ParameterError(
        f"parameter `{name}` got row {first + row}, which sums to {total[row]:.4g}; it takes rows that sum to 1"
    )


def blocks(probs: np.ndarray, tolerance: float = 1e-3, name: str = "probs"):
    """Walk through the rows in blocks, checking that each row is a distribution."""
    for rows, block in walk(probs):
        _check_rows(name, block, rows.start, tolerance)
        yield rows, block


def walk(probs: np.ndarray):
    """The same through rows that are checked already."""
    samples, classes = probs.shape
    kind = np.float32 if probs.dtype in (np.float16, np.float32) else np.float64
    step = max(1, BLOCK // classes)
    for first in range(0, samples, step):
        rows = slice(first, min(first + step, samples))
        yield rows, probs[rows].astype(kind, copy=False)


def members(probs, name: str = "probs") -> np.ndarray:
    """Check the probabilities of several members or passes."""
    found = stack(name, probs)
    for member in found:
        for _ in blocks(member, _tolerance(found), name):
            pass
    return found


def stack(name: str, values) -> np.ndarray:
    """Check that values are stacked by member, whatever they mean."""
    found = array(name, values)
    if found.ndim != 3:
        raise ParameterError(f"parameter `{name}` got shape {found.shape}; it takes [M, N, C], members first")
    return found


def _tolerance(values: np.ndarray) -> float:
    # A row of float16 is off by up to 5e-4 from storing alone, and by more after a softmax in float16.
    return max(1e-3, 5 * float(np.finfo(precision(values)).eps))


def probabilities(probs) -> tuple[np.ndarray, float]:
    """Check probabilities and average the members, if there are any."""
    found = array("probs", probs)
    if found.ndim == 3:
        return members(found).mean(axis=0, dtype=np.float64), _tolerance(found)
    if found.ndim != 2:
        raise ParameterError(f"parameter `probs` got shape {found.shape}; it takes [N, C] or [M, N, C]")
    # Rows are checked where they are read, by `blocks`, so that large arrays are read once.
    return found, _tolerance(found)


def labels(values, samples: int, classes: int | None = None) -> np.ndarray:
    """Check class numbers: whole, one a sample, and below the number of classes."""
    found = array("labels", values)
    if found.ndim != 1:
        raise ParameterError(f"parameter `labels` got shape {found.shape}; it takes one class number a sample, [N]")
    if found.dtype.kind not in "iu":
        raise ParameterError(f"parameter `labels` got values of type {found.dtype}; it takes whole class numbers")
    if len(found) != samples:
        raise ParameterError(f"parameter `labels` got {len(found)} values for {samples} samples; it takes one a sample")
    low, high = int(found.min()), int(found.max())
    most = MOST_CLASSES if classes is None else classes
    if low < 0 or high >= most:
        raise ParameterError(f"parameter `labels` got {low} to {high}; it takes class numbers from 0 to {most - 1}")
    return found.astype(np.int64, copy=False)


def scores(name: str, values, samples: int | None = None, low: float = -np.inf, high: float = np.inf) -> np.ndarray:
    """Check one finite number a sample."""
    found = array(name, values)
    if found.ndim != 1:
        raise ParameterError(f"parameter `{name}` got shape {found.shape}; it takes one number a sample, [N]")
    if samples is not None and len(found) != samples:
        raise ParameterError(f"parameter `{name}` got {len(found)} values for {samples} samples; it takes one a sample")
    finite(name, found)
    found = found.astype(np.float64)
    if found.min() < low or found.max() > high:
        raise ParameterError(
            f"parameter `{name}` got values from {found.min():.4g} to {found.max():.4g}; it takes {low:g} to {high:g}"
        )
    return found


def places(name: str, values, count: int) -> np.ndarray:
    """Check places of rows: whole numbers from 0, each below the count."""
    found = array(name, values, empty=True)
    if found.ndim != 1 or (found.size and found.dtype.kind not in "iu"):
        got = f"{found.dtype} of shape {found.shape}"
        raise ParameterError(f"parameter `{name}` got {got}; it takes whole numbers [n]")
    if found.size and (found.min() < 0 or found.max() >= count):
        got = f"{found.min()} to {found.max()}"
        raise ParameterError(f"parameter `{name}` got {got}; it takes places from 0 to {count - 1}")
    return found.astype(np.int64)


def finite(name: str, values: np.ndarray) -> np.ndarray:
    """Check that no value is NaN or infinite."""
    if not np.isfinite(values).all():
        raise ParameterError(f"parameter `{name}` got NaN or an infinite value; it takes finite numbers")
    return values
