"""What a study's table holds that no claim reads."""

from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import numpy as np
import pandas as pd

from pruneuq_helpers.claims import Claim

_FEW = 20  # more different values than this are measurements, not kinds of rows


def table(path: Path | TextIO) -> pd.DataFrame:
    """A study's table as it was before it was written: numbers and truths that stand among words are none of them."""
    found = pd.read_csv(path, low_memory=False)
    for name in found.columns:
        if not pd.api.types.is_numeric_dtype(found[name]):
            known = {text: _value(text) for text in found[name].dropna().unique()}
            found[name] = found[name].astype(object).map(known)
    return found


def _value(text: str | bool) -> str | bool | float:
    if text in ("True", "False"):
        return text == "True"
    try:
        return float(text)
    except ValueError:
        return text


def unread(claims: Sequence[Claim], table: pd.DataFrame) -> list[str]:
    """Columns and kinds of rows of a table that no claim reads, found by leaving each out.

    A kind of row is a value of a column of words, or of the level; where a column has no more than one value, or one
    that changes nothing when it is left out, no claim depends on it. Claims that this table cannot decide do not count.
    """
    told = {claim: values for claim in claims if (values := _values(claim, table)) is not None and len(values)}
    columns, rows = [], []
    for name in table.columns:
        narrower = table.drop(columns=name)
        if not _read(told, narrower):
            columns.append(name)
            table = narrower
    for name in table.columns:
        values = table[name].dropna().unique()
        if 1 < len(values) <= _FEW and (name == "level" or not pd.api.types.is_numeric_dtype(table[name])):
            rows += [f"{name} = {value}" for value in values if not _read(told, table[table[name] != value])]
    return columns + rows


def _read(told: dict[Claim, np.ndarray], less: pd.DataFrame) -> bool:
    """Whether any claim says something else of the smaller table."""
    for claim, values in told.items():
        now = _values(claim, less)
        if now is None or not np.array_equal(now, values, equal_nan=True):
            return True
    return False


def _values(claim: Claim, table: pd.DataFrame) -> np.ndarray | None:
    try:
        return np.asarray(claim.measure(table), dtype=float)
    except (KeyError, ValueError, IndexError, AttributeError, TypeError):  # the table has not what the rule compares
        return None
