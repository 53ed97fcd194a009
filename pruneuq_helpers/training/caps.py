"""Trainings that the limit of epochs ended, and not their patience: of such runs little can be said."""

import pandas as pd

FEW = 0.02  # a share of trainings below which a limit decides nothing


def cut_off(best_epoch: int, stop_epoch: int, patience: int) -> bool:
    """Whether the limit of epochs ended a training: its patience had not run out."""
    return stop_epoch - best_epoch < patience


def capped_share(rows: pd.DataFrame) -> float:
    """Share of the trainings that the limit ended; rows that no early stopping ended have None in `capped`."""
    known = rows["capped"].dropna()
    return float(known.astype(float).mean()) if len(known) else 0.0


def ended_by_limit(rows: pd.DataFrame) -> str:
    """How many trainings the limit ended, as text.

    >>> ended_by_limit(pd.DataFrame({"capped": [True, False, None]}))
    '1 of 2'
    """
    known = rows["capped"].dropna().astype(bool)
    return f"{int(known.sum())} of {len(known)}"
