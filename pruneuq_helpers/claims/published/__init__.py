"""Numbers that the papers printed, each with its place: read, never computed."""

from functools import cache
from importlib.resources import files

import pandas as pd


def table(name: str) -> pd.DataFrame:
    """Read one published table.

    >>> table("S1_table1").query("network == 'vgg19' and method == 'l1' and level == 0.8")["millions"].item()
    0.82
    """
    return _read(name).copy()


@cache
def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(files(__name__) / f"{name}.csv")
