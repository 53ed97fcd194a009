"""The ledger: every finding of the papers, its rule, and the verdict at every scale that was run.

``verdicts`` reads what the runs left, ``counts`` adds it up, ``beside`` puts the papers' numbers beside ours, ``rules``
and ``history`` say which rule decided what and since when, and ``UNTESTED`` names what nothing here can decide.
"""

from pruneuq_helpers.ledger.comparison import beside
from pruneuq_helpers.ledger.reading import table, unread
from pruneuq_helpers.ledger.rules import fingerprint, history, record, rules, unrecorded
from pruneuq_helpers.ledger.scales import NOT_RUN, SCALES, counts, runs, verdicts
from pruneuq_helpers.ledger.untested import UNTESTED, Untested

__all__ = [
    "NOT_RUN",
    "SCALES",
    "UNTESTED",
    "Untested",
    "beside",
    "counts",
    "fingerprint",
    "history",
    "record",
    "rules",
    "runs",
    "table",
    "unread",
    "unrecorded",
    "verdicts",
]
