"""The ledger: every finding of the papers, its rule, and the verdict at every scale that was run.

``runs`` reads what the runs left, ``verdicts`` judges it, ``numbers_beside`` puts the papers' numbers beside ours,
``rules`` and ``history`` say which rule decided what and since when, ``UNTESTED`` what nothing here can decide.
"""

from pruneuq_helpers.ledger.comparison import beside as numbers_beside
from pruneuq_helpers.ledger.reading import table, unread
from pruneuq_helpers.ledger.rules import golden, history, record, rules, unrecorded
from pruneuq_helpers.ledger.scales import SCALES, Run, agreed, beside, by_claim, data_of, kept, quick, runs, verdicts
from pruneuq_helpers.ledger.untested import UNTESTED, Untested

__all__ = [
    "SCALES",
    "UNTESTED",
    "Run",
    "Untested",
    "agreed",
    "beside",
    "by_claim",
    "data_of",
    "golden",
    "history",
    "kept",
    "numbers_beside",
    "quick",
    "record",
    "rules",
    "runs",
    "table",
    "unread",
    "unrecorded",
    "verdicts",
]
