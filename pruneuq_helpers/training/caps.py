"""Trainings that the limit of epochs ended, and not their patience: of such runs little can be said."""

import pandas as pd


def cut_off(best_epoch: int, stop_epoch: int, patience: int) -> bool:
    """Whether the limit of epochs ended a training: its patience had not run out."""
    return stop_epoch - best_epoch < patience


def ended_by_limit(rows: pd.DataFrame) -> str:
    """How many trainings the limit ended, as text."""
    known = rows["capped"].dropna().astype(bool)
    return f"{int(known.sum())} of {len(known)}"
