"""S0's printed numbers of its tickets on moons, and ours."""

import pandas as pd

from pruneuq_helpers.chapters.lottery_tickets.measures import main as first_network
from pruneuq_helpers.claims import published
from pruneuq_helpers.claims.counterparts import long


def theirs(table: pd.DataFrame) -> pd.DataFrame:
    found = published.table("S0_figures")
    names = {"strategy": "row", "value": "printed", "data": "theirs"}
    return found[found["data"] == "moons"].rename(columns=names).drop(columns=["read", "source"])


def ours(table: pd.DataFrame) -> pd.DataFrame:
    rows = first_network(table)
    rows = rows[rows["data"] == "moons"]  # other data have no counterpart in the figures
    return long(rows, "strategy", epochs="stop_epoch", accuracy="accuracy", ECE="ece")


PRINTED = [("S0", theirs, ours)]
