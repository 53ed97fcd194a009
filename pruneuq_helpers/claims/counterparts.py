"""Our numbers in the form in which they stand beside a paper's printed ones."""

import pandas as pd

KEYS = ["row", "measure", "level"]


def long(table: pd.DataFrame, row: str, **measures: str) -> pd.DataFrame:
    """Measures of a study's table under one another; `measures` are the printed names with our columns."""
    parts = [
        table.assign(row=table[row], measure=name, ours=pd.to_numeric(table[column]))[[*KEYS, "seed", "ours"]]
        for name, column in measures.items()
        if column in table
    ]
    return pd.concat(parts)
