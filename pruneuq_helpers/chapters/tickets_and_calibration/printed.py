"""Numbers that S0 and S2 print of convolutional tickets, and ours."""

import pandas as pd

from pruneuq_helpers.chapters.tickets_and_calibration.tables import networks_of, outside_of
from pruneuq_helpers.claims import published
from pruneuq_helpers.claims.counterparts import long


def _figures(table: pd.DataFrame) -> pd.DataFrame:
    found = published.table("S0_figures")
    names = {"strategy": "row", "value": "printed", "data": "theirs"}
    return found[found["data"] == "cifar10"].rename(columns=names).drop(columns=["read", "source"])


def _convolutional(table: pd.DataFrame) -> pd.DataFrame:
    return long(networks_of(table), "strategy", epochs="stop_epoch", accuracy="accuracy", ECE="ece10")


def _panel_printed(table: pd.DataFrame) -> pd.DataFrame:
    found = published.table("S2_panel").rename(columns={"strategy": "row", "value": "printed"})
    theirs = "one photograph of a " + found["image"] + ", probability of " + found["class"]
    return found.assign(theirs=theirs)[["place", "theirs", "row", "measure", "level", "printed"]]


def _outside(table: pd.DataFrame) -> pd.DataFrame:
    means = outside_of(table).groupby(["strategy", "level", "seed"])["judged_class"].mean().reset_index()
    return long(means, "strategy", probability="judged_class")


PRINTED = [("S0", _figures, _convolutional), ("S2", _panel_printed, _outside)]
