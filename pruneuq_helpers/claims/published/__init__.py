"""Numbers that the papers printed, each with its place: read, never computed."""

from functools import cache
from importlib.resources import files

import pandas as pd


def table(name: str) -> pd.DataFrame:
    return _read(name).copy()


@cache
def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(files(__name__) / f"{name}.csv")
