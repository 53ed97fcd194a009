"""Say which rules of the claims are not in the ledger's history; with --record, write them there.

With --unread, list what the quick tables hold that no claim reads: of runs that the book's build left.
"""

import argparse
import sys

from pruneuq_helpers import ledger
from pruneuq_helpers.errors import ParameterError


def main(record: bool, why: str) -> int:
    """Record what changed, or tell it; return the number of changes that are not recorded."""
    if record:
        try:
            added = ledger.record(why)
        except ParameterError as error:
            print(error, file=sys.stderr)
            return 1
        print(f"{len(added)} written to book/ledger_history.csv")
        return 0
    open_changes = ledger.unrecorded(ledger.rules(), ledger.history())
    for row in open_changes.itertuples():
        print(f"{row.change}: {row.id} ({row.rule})")
    if len(open_changes):
        print("run `python tools/ledger.py --record --why REASON` to write them to the history", file=sys.stderr)
    return len(open_changes)


def list_unread() -> int:
    """Print the columns that no claim reads, a line a chapter."""
    for run in ledger.quick():
        names = ledger.unread(run.chapter.claims.CLAIMS, run.table)
        print(f"{run.chapter.name}: {', '.join(names) or 'nothing'}")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true", help="write the changes to the history")
    parser.add_argument("--why", default="", help="the reason for a change of a rule")
    parser.add_argument("--unread", action="store_true", help="list what no claim reads")
    chosen = parser.parse_args()
    sys.exit(list_unread() if chosen.unread else 1 if main(chosen.record, chosen.why) else 0)
