"""What the claims of chapter 6 measure of the course of a training: over-fitting, the gate's wavering, its factor."""

import pandas as pd

from pruneuq_helpers.chapters.bayesian_pruning.measures import UNPRUNED, Measure, by_seed
from pruneuq_helpers.chapters.bayesian_pruning.tables import chosen, paired


def relief(result: pd.DataFrame) -> pd.Series:
    """Rise of the validation loss above its lowest at the ends of epochs: unpruned minus magnitude pruning."""
    return -by_seed(paired(result, ("Bayes magnitude", "before"), UNPRUNED, "overfit"))


def random_less_magnitude(column: str) -> Measure:
    """A column at the ends of epochs: random minus magnitude pruning, both with the gate."""

    def measure(result: pd.DataFrame) -> pd.Series:
        ours, theirs = (chosen(result, f"Bayes {how}", "before", column) for how in ("random", "magnitude"))
        return (by_seed(ours) - by_seed(theirs)).dropna()

    return measure


def trend(how: str) -> Measure:
    """Log ratio of the prunes that the gate let through: later epochs minus earlier ones."""

    def measure(result: pd.DataFrame) -> pd.Series:
        late, early = (chosen(result, f"Bayes {how}", "before", f"delta_{half}") for half in ("late", "early"))
        return by_seed((late - early).dropna())

    return measure
