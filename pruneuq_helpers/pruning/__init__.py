"""Pruning: what goes (criteria), how it goes (masks, removal), and when (the schedule).

The functions are loaded when they are first used, because torch takes a second or two to import.
"""

from pruneuq_helpers import lazy_room

_WHERE = {
    "kept": "levels",
    "remove_channels": "channels",
    "mask_channels": "channels",
    "choose_channels": "channels",
    "keep_channels": "channels",
    "ResRep": "resrep",
    "train_and_cut": "resrep",
    "weight_mask": "weights",
    "cubic_level": "weights",
    "Gradual": "gradual",
    "GradualPruning": "gradual",
    "log_posterior": "bayes",
    "BayesianPruning": "gate",
    "Rule": "gate",
}
__all__ = list(_WHERE)

__getattr__, __dir__ = lazy_room(__name__, _WHERE)
