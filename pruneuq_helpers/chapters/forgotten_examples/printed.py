"""S4's printed numbers: counts and accuracies with ours beside them, and what its claims measure in them."""

import pandas as pd

from pruneuq_helpers.claims import published
from pruneuq_helpers.claims.counterparts import long


def _forgetting_printed(table: pd.DataFrame) -> pd.DataFrame:
    found = published.table("S4_tables2and3")
    shares = {
        "accuracy": found["top1"] / 100,
        "PIEs, share of images": found["pies"] / found["images"],
        "classes with p ≤ 0.05, share": found["significant_classes"] / found["classes"],
    }
    named = found.assign(place="Table " + found["table"].astype(str), theirs=found["data"], row="populations")
    parts = [named.assign(measure=name, printed=values) for name, values in shares.items()]
    return pd.concat(parts).dropna(subset="printed")[["place", "theirs", "row", "measure", "level", "printed"]]


def _forgetting(table: pd.DataFrame) -> pd.DataFrame:
    populations = table["population"].isin(["dense again", "pruned"])  # and not the controls, which have a level too
    plain = table[(table["experiment"] == "plain") & populations].assign(row="populations")
    levels = plain[plain["part"] == "level"]
    levels = levels.assign(share=levels["pies"].where(levels["level"] > 0) / levels["images"])
    classes = plain[(plain["part"] == "class") & (plain["level"] > 0)]
    hit = classes.assign(hit=classes["significant"].astype(float)).groupby(["row", "level", "seed"])["hit"].mean()
    per_level = long(levels, "row", accuracy="accuracy", **{"PIEs, share of images": "share"})
    return pd.concat([per_level, long(hit.reset_index(), "row", **{"classes with p ≤ 0.05, share": "hit"})])


def shares_apart(column: str, of: str, level: float) -> float:
    """What Tables 2 and 3 print as shares at the highest level minus those at another, mean over data sets."""
    rows = published.table("S4_tables2and3").assign(percent=100)
    shares = rows.assign(share=rows[column] / rows[of]).pivot(index="data", columns="level", values="share")
    return float((shares[0.9] - shares[level]).mean())


def minority_apart() -> float:
    """The share of blond old men among PIEs minus that among other images."""
    rows = published.table("S4_table1")
    mine = rows[(rows["label"] == "blond") & (rows["gender"] == "male") & (rows["age"] == "old")].iloc[0]
    return float(mine["pie"] / rows["pie"].sum() - mine["non_pie"] / rows["non_pie"].sum())


def corrupted_apart() -> float:
    """The share of images called corrupted among PIEs minus that among other images."""
    rows = published.table("S4_human_study").pivot(index="property", columns="set", values="share")
    mine = rows.loc["corrupted image"]
    return float(mine["PIE"] - mine["non-PIE"])


PRINTED = [("S4", _forgetting_printed, _forgetting)]
