"""S4's printed counts and accuracies, and ours."""

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


PRINTED = [("S4", _forgetting_printed, _forgetting)]
