"""The numbers that the papers print, each beside ours at every scale where there is a counterpart."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pruneuq_helpers.chapters import find
from pruneuq_helpers.claims import decide
from pruneuq_helpers.ledger.reading import table
from pruneuq_helpers.ledger.scales import runs

_NUMBERS = ("printed", "ours", "difference", "low", "high", "values")
COLUMNS = ("place", "theirs", "row", "measure", "level", "scale", "data", *_NUMBERS)


def beside(source: str, places: Sequence[Path] | None = None) -> pd.DataFrame:
    """A paper's printed numbers beside ours: the difference with its 95 % t interval over seeds.

    The papers print no spread, so the interval is that of our mean alone.
    """
    parts = []
    for run in runs(places).itertuples():
        for theirs, ours in ((t, o) for paper, t, o in find(run.chapter).printed if paper == source):
            read = table(run.folder / "table.csv")
            measured = ours(read)
            both = theirs(read).merge(measured, on=["row", "measure", "level"])
            if len(both.dropna(subset="ours")):
                data = measured.attrs.get("data", run.data)
                parts.append(_differences(both).assign(scale=run.scale, data=data))
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)] if parts else pd.DataFrame(columns=list(COLUMNS))


def _differences(both: pd.DataFrame) -> pd.DataFrame:
    rows = []
    keys = ["place", "theirs", "row", "measure", "level", "printed"]
    for key, part in both.dropna(subset="ours").groupby(keys, sort=False):
        row = dict(zip(keys, key, strict=True))
        found = decide(part["ours"] - row["printed"])
        numbers = {"ours": part["ours"].mean(), "difference": found.effect, "low": found.low, "high": found.high}
        rows.append(row | numbers | {"values": found.seeds})
    return pd.DataFrame(rows, columns=[*keys, *_NUMBERS[1:]])
