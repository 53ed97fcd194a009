"""What the claims of chapter 6 measure of the course of a training: over-fitting, the gate's wavering, its factor."""

import pandas as pd

from pruneuq_helpers.chapters.bayesian_pruning.measures import UNPRUNED, Measure, by_seed
from pruneuq_helpers.chapters.bayesian_pruning.tables import ALIVE, chosen, paired


def relief(result: pd.DataFrame) -> pd.Series:
    """Rise of the validation loss above its lowest at the ends of epochs: unpruned minus magnitude pruning."""
    return -by_seed(paired(result, ("Bayes magnitude", "before"), UNPRUNED, "overfit"))


def random_less_magnitude(column: str) -> Measure:
    """A column at the ends of epochs: random minus magnitude pruning, both with the gate, where both still answer."""

    def measure(result: pd.DataFrame) -> pd.Series:
        ours, theirs = (_alive(result, how, column) for how in ("random", "magnitude"))
        return by_seed((ours - theirs).dropna())

    return measure


def trend(how: str) -> Measure:
    """Log ratio of the prunes that the gate let through: later epochs minus earlier ones, where the network answers."""

    def measure(result: pd.DataFrame) -> pd.Series:
        late, early = (_alive(result, how, f"delta_{half}") for half in ("late", "early"))
        return by_seed((late - early).dropna())

    return measure


def _alive(result: pd.DataFrame, how: str, column: str) -> pd.Series:
    """A column of the gated networks that answer: a prune costs a network at chance nothing, so its gate opens."""
    values, right = (chosen(result, f"Bayes {how}", "before", name) for name in (column, "accuracy"))
    return values[right.reindex(values.index) >= ALIVE]
