"""Roles that write numbers of the ledger: `finding`, the effect of a claim, its verdict checked; `seeds`, how many.

In the source stand the claim, the run and the verdict that the sentence tells; where the run says otherwise, the build
stops, as with `claims.expect`.
"""

from functools import cache

import pandas as pd
from docutils import nodes
from ledger_pages import PARTS
from sphinx.util.docutils import SphinxRole
from sphinx.util.logging import getLogger

from pruneuq_helpers.claims import UNDECIDED
from pruneuq_helpers.text import interval

LOG = getLogger(__name__)


class Row(SphinxRole):
    """`claim run`, or `claim run/data` where the run has several data sets."""

    def row(self, name: str, where: str) -> pd.Series | None:
        """The one verdict that is meant; without one the build stops."""
        rows = found()[(found()["id"] == name) & (found()["profile"] == where.partition("/")[0])]
        if "/" in where:
            rows = rows[rows["data"] == where.partition("/")[2]]
        if len(rows) != 1:
            LOG.warning("the ledger has %s rows of %s in %s", len(rows), name, where, location=self.get_location())
            return None
        return rows.iloc[0]


class Seeds(Row):
    """Of how many repetitions a verdict is: `claim run`."""

    def run(self):
        row = self.row(*self.text.split(" ", 1))
        return [nodes.Text("–" if row is None else f"{row['seeds']:.0f}")], []


class Finding(Row):
    """The effect with its interval: `claim run verdict`."""

    def run(self):
        name, where, word = self.text.split(" ", 2)
        row = self.row(name, where)
        if row is None:
            return [nodes.Text("–")], []
        text = told(row)
        if row["verdict"] != word:
            if not near(row, word):
                LOG.warning(
                    "the text says of %s in %s: %s, and it is: %s, %s", name, where, word, row["verdict"], text,
                    location=self.get_location(),
                )  # fmt: skip
            text += f"; {row['verdict']} in this build"
        return [nodes.Text(text)], []


def near(row: pd.Series, word: str) -> bool:
    """Whether a quick run and the text differ by no more than that one of them is undecided.

    Few seeds may do that on a processor that rounds otherwise; the page then says so.
    """
    return row["profile"] == "quick" and UNDECIDED in (row["verdict"], word)


@cache
def found() -> pd.DataFrame:
    """Every verdict of the ledger."""
    return pd.read_csv(PARTS / "ledger.csv")


def told(row: pd.Series) -> str:
    """The effect with its interval, to a tenth of the margin.

    >>> told(pd.Series({"value": -0.0456, "low": -0.0614, "high": -0.0298, "margin": 0.01}))
    '−0.046 (−0.061 to −0.030)'
    """
    digits = 3 if row["margin"] < 0.1 else 2 if row["margin"] < 1 else 1
    return interval(row["value"], row["low"], row["high"], digits, signed=True)


def setup(app):
    app.add_role("finding", Finding())
    app.add_role("seeds", Seeds())
    app.connect("builder-inited", lambda app: found.cache_clear(), priority=900)  # the ledger is written before
    return {"parallel_read_safe": True, "parallel_write_safe": True}
