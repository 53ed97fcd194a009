"""Tables of pandas: their columns, and the numbers in them."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from pruneuq_helpers.checks.words import refused
from pruneuq_helpers.errors import ParameterError


def table(name: str, value, columns: Iterable[str] = (), empty: bool = False) -> pd.DataFrame:
    """Check a table that has these columns."""
    if not isinstance(value, pd.DataFrame):
        got = value if isinstance(value, str | int | float | None) else type(value)
        raise refused(name, got, "a pandas.DataFrame")
    absent = next((column for column in columns if column not in value.columns), None)
    if absent is not None:
        got = ", ".join(map(str, value.columns))[:200] or "none"
        raise ParameterError(f"parameter `{name}` got the columns {got}; it takes one named {absent!r}")
    if not value.columns.is_unique:
        raise ParameterError(f"parameter `{name}` got a column twice; it takes each once")
    if not len(value) and not empty:
        raise ParameterError(f"parameter `{name}` got no rows; it takes one row or more")
    return value


def flags(name: str, value: pd.DataFrame, column: str) -> None:
    """Check a column of True and False, or of ones and zeros."""
    if not value[column].isin((False, True)).all():
        raise ParameterError(
            f"parameter `{name}` got other values than 0 and 1 in the column {column!r}; it takes these"
        )


def numbers(name: str, value: pd.DataFrame, column: str, missing: bool = True) -> np.ndarray:
    """Check a column of finite numbers, of which some may be missing."""
    values = value[column]
    kinds = {type(one) for one in values.dropna()} if values.dtype.kind == "O" else set()
    if values.dtype.kind not in "fiubO" or not all(issubclass(kind, int | float | np.number) for kind in kinds):
        raise ParameterError(f"parameter `{name}` got words in the column {column!r}; it takes numbers")
    found = values.to_numpy(float, na_value=np.nan)
    if np.isinf(found).any() or (not missing and np.isnan(found).any()):
        raise ParameterError(f"parameter `{name}` got NaN or an infinite value in {column!r}; it takes finite numbers")
    return found
