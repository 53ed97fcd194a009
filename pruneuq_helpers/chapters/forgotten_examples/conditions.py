"""Why a table of chapter 8 cannot decide a claim, or nothing."""

import pandas as pd

from pruneuq_helpers.chapters.forgotten_examples.networks import SHORT
from pruneuq_helpers.chapters.forgotten_examples.tables import beside_controls, comparable_level, part
from pruneuq_helpers.claims import only
from pruneuq_helpers.claims.margins import margin

POINT = margin("accuracy").value
planted, minority = only("experiment", "planted"), only("experiment", "minority")


def dense_accuracy(table: pd.DataFrame) -> pd.Series:
    """What chance is compared with."""
    return part(table, "level", "plain")["dense_accuracy"]


def one_repetition(table: pd.DataFrame) -> str:
    """Members stand in for repetitions only where there is no more than one."""
    return "" if table["seed"].nunique() == 1 else "the repetitions of this run decide it, not the members"


def comparable_somewhere(table: pd.DataFrame) -> str:
    """At some level the accuracy has hardly moved: nothing is hidden by one that fell."""
    return "" if comparable_level(table, POINT) is not None else "at every level the accuracy moves by a point or more"


def as_accurate_as_short(table: pd.DataFrame) -> str:
    """Networks that were stopped early are as accurate as the pruned ones that they stand beside, on planted faults."""
    off = beside_controls(table, "accuracy", "planted", SHORT).mean()
    if not abs(off) > POINT:
        return ""
    return f"networks stopped early are off the pruned ones' accuracy by {abs(100 * off):.1f} points"
