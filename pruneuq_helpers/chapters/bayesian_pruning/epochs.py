"""What the claims of chapter 6 measure of the course of a training: losses, over-fitting, the gate's wavering."""

from collections.abc import Callable

import pandas as pd

from pruneuq_helpers.chapters.bayesian_pruning.measures import STATES, UNPRUNED, by_seed
from pruneuq_helpers.chapters.bayesian_pruning.tables import chosen, paired


def loss_gain(method: str, state: str, smaller: float, larger: float) -> Callable:
    """A measure: validation loss at one level minus that at another.

    >>> row = {"data": "digits", "network": "fcn", "seed": 0, "method": "magnitude", "state": "before"}
    >>> rows = [row | {"level": level, "validation_loss": 1 - level} for level in (0.25, 0.75)]
    >>> loss_gain("magnitude", "before", 0.25, 0.99)(pd.DataFrame(rows)).tolist()
    [0.5]
    """

    def measure(result: pd.DataFrame) -> pd.Series:
        loss = chosen(result, method, STATES[state], "validation_loss")
        return (by_seed(loss, smaller) - by_seed(loss, larger)).dropna()

    return measure


def relief(result: pd.DataFrame) -> pd.Series:
    """Rise of the validation loss above its lowest: unpruned minus magnitude-pruned before its prune, one value a
    seed.

    >>> row = {"data": "digits", "network": "fcn", "seed": 0}
    >>> rows = [row | {"level": 0.0, "method": "unpruned", "state": "dense", "overfit": 0.5},
    ...         row | {"level": 0.9, "method": "Bayes magnitude", "state": "before", "overfit": 0.25}]
    >>> relief(pd.DataFrame(rows)).tolist()
    [0.25]
    """
    return -by_seed(paired(result, ("Bayes magnitude", "before"), UNPRUNED, "overfit"))


def wavering(result: pd.DataFrame) -> pd.Series:
    """Deviation of the sparsity that the gate leaves, over the later epochs: random minus magnitude, one value a
    seed.

    >>> row = {"data": "digits", "network": "fcn", "level": 0.9, "seed": 0, "state": "before"}
    >>> rows = [row | {"method": "Bayes random", "wavering": 0.5}, row | {"method": "Bayes magnitude", "wavering": 0.0}]
    >>> wavering(pd.DataFrame(rows)).tolist()
    [0.5]
    """
    ours, theirs = (chosen(result, f"Bayes {how}", "before", "wavering") for how in ("random", "magnitude"))
    return (by_seed(ours) - by_seed(theirs)).dropna()


def falling(result: pd.DataFrame) -> pd.Series:
    """Log ratio of magnitude prunes that the gate let through: later epochs minus earlier ones, one value a seed.

    >>> row = {"data": "digits", "network": "fcn", "level": 0.9, "seed": 0, "state": "before"}
    >>> falling(pd.DataFrame([row | {"method": "Bayes magnitude", "delta_early": -1.0, "delta_late": -0.5}])).tolist()
    [0.5]
    """
    late, early = (chosen(result, "Bayes magnitude", "before", f"delta_{half}") for half in ("late", "early"))
    return by_seed((late - early).dropna())
