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


def cap_sentence(rows: pd.DataFrame, epochs: int) -> str:
    """How many trainings the limit ended; a warning where they are so many that the limit decides."""
    known = rows["capped"].dropna().astype(bool)
    share = capped_share(rows)
    sentence = f"The limit of {epochs} epochs ended {int(known.sum())} of {len(known)} trainings ({100 * share:.1f} %)."
    if share <= FEW:
        return sentence
    fault = "so that epochs and accuracies of these runs are verdicts on the limit"
    return f"{sentence} Warning: that is more than {100 * FEW:.0f} %, {fault}."
