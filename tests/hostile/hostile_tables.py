"""Odd texts, odd tables, and things of their own kind."""

import numpy as np
import pandas as pd
from hostile_judge import Case, Kind


def text(usual: str) -> Kind:
    """Text that is not empty."""
    return odd(usual, None, 3, True, float("nan"), [], {}, b"x", "")


def odd(usual, *wrong) -> Kind:
    """Something of its own kind, and what it cannot be."""
    return Kind(usual, tuple(Case(repr(value)[:40], value) for value in wrong))


def frames(usual: pd.DataFrame, *free: str) -> Kind:
    """A table; `free` names columns whose values may be anything."""
    wrong = {
        "None": None,
        "text": "table",
        "number": 3,
        "list": usual.to_dict("records"),
        "dict": usual.to_dict("list"),
        "array": usual.to_numpy(),
        "a column": usual.iloc[:, 0],
        "empty": usual.iloc[:0],
        "no columns": pd.DataFrame(),
    }
    right = {
        "another index": usual.set_axis(list("zyxwvutsrq")[: len(usual)]),
        "columns turned round": usual[usual.columns[::-1]],
        "one more column": usual.assign(other="x"),
        "32 bits": usual.astype({name: "float32" for name in usual if usual[name].dtype == "float64"}),
    }
    for name in usual.columns:
        wrong[f"no {name!r}"] = usual.drop(columns=name)
        if usual[name].dtype.kind in "iuf" and name not in free:
            values = usual[name].astype(float)
            values.iloc[0] = np.nan
            wrong[f"words in {name!r}"] = usual.assign(**{name: "x"})
            wrong[f"NaN in {name!r}"] = usual.assign(**{name: values})
            wrong[f"inf in {name!r}"] = usual.assign(**{name: values.fillna(np.inf)})
    cases = tuple(Case(*item) for item in wrong.items())
    return Kind(usual, cases + tuple(Case(label, value, usual) for label, value in right.items()))


def records(usual: pd.DataFrame) -> Kind:
    """A table that another function gave."""
    wrong = (None, "table", 3, [], True, usual.iloc[:, 1:], [usual])
    return odd(usual, *wrong)
