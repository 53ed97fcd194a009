"""What every rule says of the golden rows, and the history of its changes.

A rule is what it computes, not how it is written: its history holds its words and its values on the small tables under
``tests/golden``, which change only where a part's numbers do.
"""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd

from pruneuq_helpers.chapters import CHAPTERS, Chapter, register
from pruneuq_helpers.claims import Claim, check
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.ledger.reading import table as read_table
from pruneuq_helpers.study.parameters import repository

COLUMNS = ("date", "id", "rule", "values", "change")
REMOVED = "removed"
_FIGURES = 5  # significant: golden rows agree on every processor to six


def golden(chapter: Chapter) -> pd.DataFrame:
    """The table of a chapter's claims, of the rows that its tests compute."""
    folder = repository() / "tests" / "golden" / chapter.name

    def run(part: str) -> pd.DataFrame:
        path = folder / f"{part}.csv"
        if not path.is_file():
            return pd.DataFrame()
        _, _, rows = path.read_text(encoding="utf-8").partition("\n")  # the first line is the version
        return read_table(StringIO(rows))

    return chapter.claims.table(run)


def rules() -> pd.DataFrame:
    """The rule of every claim of the register as it stands now: in words, and as a digest of its values."""
    rows = []
    for chapter in CHAPTERS:
        table = golden(chapter)
        rows += [(claim.id, claim.rule, _digest(claim, table)) for claim in chapter.claims.CLAIMS]
    order = {claim.id: place for place, claim in enumerate(register())}
    return pd.DataFrame(sorted(rows, key=lambda row: order[row[0]]), columns=["id", "rule", "values"])


def _digest(claim: Claim, table: pd.DataFrame) -> str:
    """Eight digits of what a claim measures; nothing where the small tables have not what it compares."""
    # Without its needs: whether such small networks could decide the claim does not matter here.
    values = check([replace(claim, needs=())], table)["value"].to_numpy(dtype=float)
    values = values[np.isfinite(values)]
    if not len(values):
        return ""
    return hashlib.sha256(" ".join(f"{value:.{_FIGURES - 1}e}" for value in values).encode()).hexdigest()[:8]


def history(path: Path | None = None) -> pd.DataFrame:
    """When each rule was registered, changed or removed: ``book/ledger_history.csv``."""
    path = path or repository() / "book" / "ledger_history.csv"
    if not path.is_file():
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.read_csv(path, keep_default_na=False, dtype=str)


def unrecorded(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Rules that are new, changed or gone since the history was last written."""
    last = before.drop_duplicates("id", keep="last").set_index("id")
    last = last[~last["change"].str.startswith(REMOVED)]
    rows = []
    for row in now.to_dict("records"):
        if row["id"] not in last.index:
            rows.append(row | {"change": "registered"})
        elif row["rule"] != last.loc[row["id"], "rule"]:
            rows.append(row | {"change": "rule changed"})
        elif row["values"] != last.loc[row["id"], "values"]:
            rows.append(row | {"change": "other values"})
    gone = last[~last.index.isin(now["id"])].reset_index()
    rows += [row | {"change": REMOVED} for row in gone[["id", "rule", "values"]].to_dict("records")]
    return pd.DataFrame(rows, columns=["id", "rule", "values", "change"])


def record(why: str = "", path: Path | None = None) -> pd.DataFrame:
    """Write what `unrecorded` finds into the history, with today's date."""
    path = path or repository() / "book" / "ledger_history.csv"
    before = history(path)
    new = unrecorded(rules(), before)
    if not why.strip() and (new["change"] != "registered").any():
        changed = ", ".join(new.loc[new["change"] != "registered", "id"])
        raise ParameterError(f"`why` got {why!r}; it takes the reason why these rules changed: {changed}")
    said = new["change"] + (f": {why.strip()}" if why.strip() else "")
    new["change"] = said.where(new["change"] != "registered", new["change"])
    new.insert(0, "date", datetime.now(UTC).date().isoformat())
    pd.concat([before, new])[list(COLUMNS)].to_csv(path, index=False, lineterminator="\n")
    return new
