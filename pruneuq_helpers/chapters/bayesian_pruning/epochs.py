"""What the claims of chapter 6 measure of the course of a training: over-fitting, the gate's wavering, its factor."""

import pandas as pd

from pruneuq_helpers.chapters.bayesian_pruning.measures import UNPRUNED, Measure, by_seed
from pruneuq_helpers.chapters.bayesian_pruning.tables import chosen, paired


def relief(result: pd.DataFrame) -> pd.Series:
    """Rise of the validation loss above its lowest at the ends of epochs: unpruned minus magnitude pruning.

    >>> row = {"data": "digits", "network": "fcn", "seed": 0}
    >>> rows = [row | {"level": 0.0, "method": "unpruned", "state": "dense", "overfit": 0.5},
    ...         row | {"level": 0.9, "method": "Bayes magnitude", "state": "before", "overfit": 0.25}]
    >>> relief(pd.DataFrame(rows)).tolist()
    [0.25]
    """
    return -by_seed(paired(result, ("Bayes magnitude", "before"), UNPRUNED, "overfit"))


def random_less_magnitude(column: str) -> Measure:
    """A column at the ends of epochs: random minus magnitude pruning, both with the gate.

    >>> row = {"data": "digits", "network": "fcn", "level": 0.9, "seed": 0, "state": "before"}
    >>> rows = [row | {"method": "Bayes random", "wavering": 0.5}, row | {"method": "Bayes magnitude", "wavering": 0.0}]
    >>> random_less_magnitude("wavering")(pd.DataFrame(rows)).tolist()
    [0.5]
    """

    def measure(result: pd.DataFrame) -> pd.Series:
        ours, theirs = (chosen(result, f"Bayes {how}", "before", column) for how in ("random", "magnitude"))
        return (by_seed(ours) - by_seed(theirs)).dropna()

    return measure


def trend(how: str) -> Measure:
    """Log ratio of the prunes that the gate let through: later epochs minus earlier ones.

    >>> row = {"data": "digits", "network": "fcn", "level": 0.9, "seed": 0, "state": "before"}
    >>> rows = [row | {"method": "Bayes magnitude", "delta_early": -1.0, "delta_late": -0.5}]
    >>> trend("magnitude")(pd.DataFrame(rows)).tolist()
    [0.5]
    """

    def measure(result: pd.DataFrame) -> pd.Series:
        late, early = (chosen(result, f"Bayes {how}", "before", f"delta_{half}") for half in ("late", "early"))
        return by_seed((late - early).dropna())

    return measure
