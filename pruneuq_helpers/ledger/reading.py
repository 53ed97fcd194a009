"""What a study's table holds that no claim reads."""

from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import numpy as np
import pandas as pd

from pruneuq_helpers.claims import Claim


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
    """Columns of a table without which no value changes; claims that it cannot decide do not count."""
    told = {claim: values for claim in claims if (values := _values(claim, table)) is not None and len(values)}
    found: list[str] = []

    # Half of the columns are left out at a time, and halved again where some claim reads one of them.
    def ask(names: list[str]) -> None:
        if not _read(told, table.drop(columns=[*found, *names])):
            found.extend(names)
        elif len(names) > 1:
            middle = len(names) // 2
            ask(names[:middle])
            ask(names[middle:])

    ask(list(table.columns))
    return found


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
