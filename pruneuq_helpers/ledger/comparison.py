"""The numbers that the papers print, each beside ours at every scale where there is a counterpart."""

from collections.abc import Sequence

import pandas as pd

from pruneuq_helpers.claims import contrast
from pruneuq_helpers.ledger.scales import Run

_KEYS = ("place", "theirs", "row", "measure", "level", "printed")
COLUMNS = (*_KEYS, "ours", "difference", "low", "high", "values", "scale", "data")


def beside(source: str, found: Sequence[Run]) -> pd.DataFrame:
    """A paper's printed numbers beside ours: the difference with its 95 % t interval over seeds."""
    parts = []
    for run in found:
        for theirs, ours in ((theirs, ours) for paper, theirs, ours in run.chapter.printed if paper == source):
            measured = ours(run.table)
            both = theirs(run.table).merge(measured, on=["row", "measure", "level"])
            data = measured.attrs.get("data", run.data)
            # The papers print no spread, so the interval is that of our mean alone.
            parts.append(_differences(both).assign(scale=run.scale, data=data))
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)] if parts else pd.DataFrame(columns=list(COLUMNS))


def _differences(both: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for key, part in both.dropna(subset="ours").groupby(list(_KEYS), sort=False):
        row = dict(zip(_KEYS, key, strict=True))
        found = contrast(part["ours"] - row["printed"])
        numbers = {"ours": part["ours"].mean(), "difference": found.effect, "low": found.low, "high": found.high}
        rows.append(row | numbers | {"values": found.count})
    return pd.DataFrame(rows, columns=list(COLUMNS[:-2]))
