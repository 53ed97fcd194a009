"""S3's printed accuracies, and ours."""

import pandas as pd

from pruneuq_helpers.chapters.bayesian_pruning.paper import beside_the_paper
from pruneuq_helpers.claims.counterparts import long
from pruneuq_helpers.study.images import label_of
from pruneuq_helpers.text import called

_STATES = {"before": "scored before the prune", "delivered": "at the level named", "frozen": "zeros held"}


def _bayesian_printed(table: pd.DataFrame) -> pd.DataFrame:
    found = beside_the_paper(table).drop_duplicates(["data", "network", "level", "method", "state"])
    found = found[found["state"].isin(_STATES)]
    names = {"place": "Table 1", "theirs": found["network"].str.upper(), "row": _bayesian_row(found)}
    found = found.assign(**names, measure="accuracy", printed=found["paper"])
    return found[["place", "theirs", "row", "measure", "level", "printed"]]


def _bayesian_row(table: pd.DataFrame) -> pd.Series:
    data = table["data"].map(lambda name: called(label_of(name)))
    return data + ", " + table["network"].str.upper() + ", " + table["method"] + ", " + table["state"].map(_STATES)


def _bayesian(table: pd.DataFrame) -> pd.DataFrame:
    rows = beside_the_paper(table)
    rows = rows[rows["state"].isin(_STATES)]
    return long(rows.assign(row=_bayesian_row(rows)), "row", accuracy="accuracy")


PRINTED = [("S3", _bayesian_printed, _bayesian)]
