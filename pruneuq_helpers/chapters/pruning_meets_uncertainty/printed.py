"""S1's printed AUSE, ECE and accuracy, and ours."""

import pandas as pd

from pruneuq_helpers.chapters.pruning_meets_uncertainty.paper import WORDS, printed
from pruneuq_helpers.claims.counterparts import long

_TABLES = {
    "ause": {"ResNet18": 2, "VGG19": 3, "ImageNet": 6},
    "ece": {"ResNet18": 4, "VGG19": 5, "ImageNet": 7},
}


def _grid_printed(table: pd.DataFrame) -> pd.DataFrame:
    parts = []
    for metric in ("ause", "ece"):
        found = printed(metric)
        place = "Table " + found["setting"].map(_TABLES[metric]).astype(str)
        found = found.assign(place=place, theirs=found["setting"], row=_grid_row(found))
        for measure, column in ((metric.upper(), "value"), ("accuracy", "accuracy")):
            parts.append(found.assign(measure=measure, printed=found[column]))
    return pd.concat(parts)[["place", "theirs", "row", "measure", "level", "printed"]]


def _grid_row(table: pd.DataFrame, criterion: str = "method", method: str = "uncertainty") -> pd.Series:
    return table[method].map(WORDS) + ", " + table[criterion].map(WORDS)


def _grid(table: pd.DataFrame) -> pd.DataFrame:
    if "method" not in table:  # nothing of the grid was run
        return pd.DataFrame({"row": [""], "measure": "", "level": 0.0, "seed": 0, "ours": 0.0}).iloc[:0]
    rows = table[(table["part"] == "grid") & table["method"].isin(["msp", "ensemble", "mc_dropout"])]
    dense = rows[rows["criterion"] == "dense"]
    known = rows[rows["criterion"].isin(["random", "l1", "bn", "hrank", "resrep"])]
    # S1 prints the dense network once for every criterion.
    rows = pd.concat([known, *(dense.assign(criterion=name) for name in known["criterion"].unique())])
    rows = rows.assign(row=_grid_row(rows, "criterion", "method"))
    return long(rows, "row", AUSE="ause", ECE="ece", accuracy="accuracy")


PRINTED = [("S1", _grid_printed, _grid)]
