"""S1's printed sizes, and ours, which are counted: no run is needed."""

import pandas as pd

from pruneuq_helpers.chapters.structured_pruning.tables import table_1
from pruneuq_helpers.claims import published
from pruneuq_helpers.claims.counterparts import KEYS, long


def _sizes_printed(table: pd.DataFrame) -> pd.DataFrame:
    found = published.table("S1_table1").query("method == 'l1'")
    names = {"row": found["network"], "measure": "parameters, millions", "theirs": "10 classes", "place": "Table 1"}
    return found.assign(**names, printed=found["millions"])[["place", "theirs", *KEYS, "printed"]]


def _sizes(table: pd.DataFrame) -> pd.DataFrame:
    counted = long(table_1().assign(seed=0), "network", **{"parameters, millions": "our_millions"})
    counted.attrs = {"data": "counted, without data"}
    return counted


PRINTED = [("S1", _sizes_printed, _sizes)]
