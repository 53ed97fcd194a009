"""An audit: a network of the reader's own, pruned at each level by each criterion and compared with itself.

The functions are loaded when they are first used, because torch takes a second or two to import.
"""

from pruneuq_helpers import lazy_room

_WHERE = {
    "Audit": "examination",
    "AuditSettings": "settings",
    "Kept": "choice",
    "apply": "choice",
    "build_network": "network",
    "examine": "examination",
    "judge": "verdicts",
    "load_data": "inputs",
    "load_outsiders": "inputs",
    "load_weights": "network",
    "recall_changes": "classes",
    "share_change": "intervals",
    "verdict_of": "verdicts",
    "words": "wording",
    "write_report": "report",
}
__all__ = list(_WHERE)

__getattr__, __dir__ = lazy_room(__name__, _WHERE)
