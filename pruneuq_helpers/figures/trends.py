"""A tidy table in numbers: mean and spread over seeds, and the words that stand for its figure."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from pruneuq_helpers import checks
from pruneuq_helpers.checks import tables
from pruneuq_helpers.errors import ParameterError


def summarise(table: pd.DataFrame, x: str, y: str, by: str | None = None) -> pd.DataFrame:
    """Mean and sample standard deviation over seeds of every group at every `x`; missing values are counted."""
    named = {"x": x, "y": y} | ({} if by is None else {"by": by})
    for parameter, column in named.items():
        checks.text(parameter, column, "the name of a column")
    tables.table("table", table, named.values())
    tables.numbers("table", table, y)
    if is_numeric(table, x):
        tables.numbers("table", table, x, missing=False)
    keys = [x] if by is None else [by, x]
    if "seed" in table.columns and table.duplicated([*keys, "seed"]).any():
        raise ParameterError(
            f"parameter `table` got several rows of one seed at one {' and '.join(keys)}; "
            "it takes one, so select rows or give `by`"
        )
    cells = table.groupby(keys, sort=False, observed=True)[y]
    out = cells.agg(mean="mean", sd="std", seeds="count", missing=lambda v: int(v.isna().sum())).reset_index()
    if is_numeric(table, x):
        out = out.sort_values(x, kind="stable")
    if by is not None:
        places = {group: place for place, group in enumerate(table[by].unique())}
        out = out.sort_values(by, key=lambda column: column.map(places).astype(int), kind="stable")
    return out.reset_index(drop=True)


def is_numeric(table: pd.DataFrame, column: str) -> bool:
    """Whether a column holds numbers, so that its order is theirs."""
    return pd.api.types.is_numeric_dtype(table[column]) and not pd.api.types.is_bool_dtype(table[column])


def groups(summary: pd.DataFrame, by: str | None) -> list[tuple[str, pd.DataFrame]]:
    """The groups of a summary with their names, in order; one group without a name when `by` is None."""
    if by is None:
        return [("", summary)]
    # A number alone does not say what it is a number of.
    write = f"{words(by)} {{:g}}".format if is_numeric(summary, by) else str
    return [(write(name), part) for name, part in summary.groupby(by, sort=False, observed=True)]


def trend(table: pd.DataFrame, x: str, y: str, by: str | None = None) -> str:
    """Say in words and numbers how `y` runs along `x`: the text alternative of the figure of the same table.

    It names both ends, and an extreme that lies outside them by half their spread or more; whether the change
    means something, it does not say. Numbers are means over seeds ± sample standard deviation.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a seed, `x` and group, as for `lines`.
    x, y : str
        Columns: where, and what was measured.
    by : str, optional
        Column of the groups.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> from pruneuq_helpers import figures
    >>> table = pd.DataFrame({"seed": [0, 1] * 3, "level": [0, 0, 0.8, 0.8, 0.9, 0.9],
    ...                       "accuracy": [0.96, 0.98, 0.89, 0.90, 0.90, 0.92]})
    >>> figures.trend(table, "level", "accuracy")
    'accuracy goes from 0.97 ± 0.01 at level 0 to 0.91 ± 0.01 at level 0.9, lowest 0.90 at 0.8'
    """
    summary = summarise(table, x, y, by)
    describe = _run if is_numeric(summary, x) else _list
    write = _writer(summary)
    sentences = [(f"for {name} " if name else "") + describe(part, x, write) for name, part in groups(summary, by)]
    return f"{words(y)} " + "; ".join(sentences)


def words(column: str) -> str:
    """A column's name as words."""
    return str(column).replace("_", " ")


def _run(part: pd.DataFrame, x: str, write) -> str:
    known = part[part["mean"].notna()]
    if known.empty:
        return f"has no value{_missing(part)}"
    first, last, place = known.iloc[0], known.iloc[-1], words(x)
    if len(known) == 1:
        return f"is {write(first)} at {place} {first[x]:g}{_missing(part)}"
    text = f"goes from {write(first)} at {place} {first[x]:g} to {write(last)} at {place} {last[x]:g}"
    return text + _extremes(known, x, write, known["sd"].iloc[[0, -1]].max()) + _missing(part)


def _extremes(known: pd.DataFrame, x: str, write, spread: float) -> str:
    ends, text = known["mean"].iloc[[0, -1]], ""
    for word, row, beyond in (
        ("lowest", known.loc[known["mean"].idxmin()], ends.min() - known["mean"].min()),
        ("highest", known.loc[known["mean"].idxmax()], known["mean"].max() - ends.max()),
    ):
        told = write(row, False) not in [write(known.iloc[0], False), write(known.iloc[-1], False)]
        if told and not beyond < spread / 2:
            text += f", {word} {write(row, False)} at {row[x]:g}"
    return text


def _list(part: pd.DataFrame, x: str, write) -> str:
    known = part[part["mean"].notna()]
    if known.empty:
        return f"has no value{_missing(part)}"
    return "is " + ", ".join(f"{write(row)} for {row[x]}" for _, row in known.iterrows()) + _missing(part)


def _missing(part: pd.DataFrame) -> str:
    count = int(part["missing"].sum())
    return f" ({count} value{'s' * (count > 1)} missing)" if count else ""


def _writer(summary: pd.DataFrame):
    """A function that writes means with the decimals that their spread, or else their range, gives sense to."""
    means, spreads = (summary[c].to_numpy(float) for c in ("mean", "sd"))
    means, spreads = means[np.isfinite(means)], spreads[np.isfinite(spreads) & (spreads > 0)]
    if spreads.size:
        step = float(np.median(spreads))  # its first digit is the last that counts
    else:
        sizes = [np.ptp(means) / 5, np.abs(means).max() / 50] if means.size else []
        step = min((s for s in sizes if s > 0), default=1.0)
    decimals = min(max(-math.floor(math.log10(step)), 0), 6)

    def write(row, with_spread: bool = True) -> str:
        text = f"{row['mean']:,.{decimals}f}".replace("-", "−")  # a hyphen is no sign to a screen reader
        known_spread = row["sd"] == row["sd"]
        return f"{text} ± {row['sd']:,.{decimals}f}" if with_spread and known_spread else text

    return write
