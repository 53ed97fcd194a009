"""From what a cell's work gives to columns of plain values, and from stored columns to one tidy table."""

import json
from collections.abc import Iterable
from typing import Any

import pandas as pd

from pruneuq_helpers.errors import ParameterError

_PLAIN = (bool, int, float, str, type(None))


def plain_cells(cells: Iterable[dict]) -> list[dict]:
    """The cells as JSON has them; anything else is refused."""
    if not isinstance(cells, list | tuple):
        raise ParameterError(f"`cells` got {str(cells)[:80]!r}; it takes a list of dicts")
    cells = list(cells)
    if not cells:
        raise ParameterError("`cells` got an empty list; it takes at least one cell")
    for position, cell in enumerate(cells):
        try:
            cells[position] = json.loads(json.dumps(cell, allow_nan=False))
        except (TypeError, ValueError) as error:
            raise ParameterError(f"`cells` got {cell!r} at {position}; it takes JSON values ({error})") from None
        if not isinstance(cell, dict):
            raise ParameterError(f"`cells` got {cell!r} at {position}; it takes a dict a cell")
    return cells


def columns_of(rows: Any) -> dict[str, list]:
    """The rows of a cell as lists of numbers, text, booleans and None."""
    if rows is None:
        raise TypeError("the work gave None; it takes a dict, a list of dicts or a DataFrame")
    if isinstance(rows, pd.DataFrame):
        frame = rows.reset_index(drop=all(name is None for name in rows.index.names))
    else:
        frame = pd.DataFrame([rows] if isinstance(rows, dict) else rows)
    columns = {}
    for name in frame.columns:
        values = [None if value is pd.NA else value for value in frame[name].tolist()]
        odd = [value for value in values if not isinstance(value, _PLAIN)]
        if odd or not isinstance(name, str):
            raise TypeError(f"column {name!r} of a result holds {odd[:1]}; it takes numbers, text, booleans and None")
        columns[name] = values
    return columns


def tidy(parts: list[tuple[dict, dict[str, list]]]) -> pd.DataFrame:
    """Put stored columns together; types are found once over all values, so they never depend on the run."""
    plain = [{name: value for name, value in cell.items() if isinstance(value, _PLAIN)} for cell, _ in parts]
    names: dict[str, list] = {}
    for cell, (_, columns) in zip(plain, parts, strict=True):
        names.update({name: [] for name in [*cell, *columns]})
    for cell, (_, columns) in zip(plain, parts, strict=True):
        rows = len(next(iter(columns.values()), []))
        for name, values in names.items():
            values += columns.get(name, [cell.get(name)] * rows)
    return pd.DataFrame(names)
