"""What the papers say of removing channels, as rules that the results of chapter 2 decide."""

from collections.abc import Callable

import pandas as pd

from pruneuq_helpers.chapters.structured_pruning.tables import whole_table
from pruneuq_helpers.claims import Claim, above_chance

MOONS = 2  # classes


def table(run: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """What the claims read: accuracies and costs, `part` says of which a row is."""
    return whole_table(run("accuracy"), run("cost"))


def l1_advantage(table: pd.DataFrame) -> pd.Series:
    """How much more accuracy the smallest norms leave than chance, mean over the levels, by seed."""
    if not {"l1", "random"} <= set(table.get("criterion", ())):
        return pd.Series(dtype=float)
    wide = table.pivot_table(index=["seed", "level"], columns="criterion", values="accuracy")
    return (wide["l1"] - wide["random"]).dropna().groupby("seed").mean()


def _dense(table: pd.DataFrame) -> pd.Series:
    return table.loc[table["level"] == 0, "accuracy"]


CLAIMS = [
    Claim(
        "S1.sec3.random-loses-more", "02", "S1", "§3.1",
        "which results in a higher performance loss during pruning", "random removal loses more than L1",
        "Removing units at random costs more accuracy than removing those with a small L1 norm.",
        "accuracy after L1 removal minus after random removal, mean over levels, no training afterwards, share of "
        "points", "accuracy", l1_advantage, part="accuracy", needs=(above_chance(_dense, MOONS),),
    ),
]  # fmt: skip
