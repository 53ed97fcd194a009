"""What many verdicts at once are worth."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

LEVEL = 0.05


def holm(p: Sequence[float]) -> np.ndarray:
    """P-values adjusted by Holm's method: below a level, no more than that share of families holds a single error."""
    p = np.asarray(p, dtype=float)
    order = np.argsort(p, kind="stable")
    steps = p[order] * np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps)) if len(p) else steps
    return adjusted


def surviving(verdicts: pd.DataFrame, among: Sequence[str]) -> pd.DataFrame:
    """Adds whether each verdict `survives` Holm's correction, or is `discovered` by Benjamini and Hochberg's."""
    verdicts = verdicts.assign(survives=False, discovered=False)
    # Among those that are alike in these columns.
    for _, part in verdicts[verdicts["p"].notna()].groupby(list(among)):
        p = part["p"].to_numpy(dtype=float)
        verdicts.loc[part.index, "survives"] = holm(p) < LEVEL
        verdicts.loc[part.index, "discovered"] = stats.false_discovery_control(p) < LEVEL
    return verdicts


def by_chance(p: Sequence[float]) -> float:
    """How many of these would be decided by chance if nothing were there."""
    return LEVEL * len(p)
