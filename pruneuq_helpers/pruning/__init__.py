"""Pruning: what goes (criteria), how it goes (masks, removal), and when (the schedule).

The functions are loaded when they are first used, because torch takes a second or two to import.
"""

from importlib import import_module

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


def __getattr__(name: str):
    if name in _WHERE:
        return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *_WHERE])
