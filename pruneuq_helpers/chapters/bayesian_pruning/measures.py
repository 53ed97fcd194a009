"""What the claims of chapter 6 measure, one value a seed; none where a result lacks what is compared.

"Pruned" is the network at the level named, whatever the gate said in the last epoch: the state ``delivered``.
"""

import pandas as pd

from pruneuq_helpers.chapters.bayesian_pruning.paper import PAPER_DATA, beside_the_paper
from pruneuq_helpers.chapters.bayesian_pruning.tables import chosen, deciding, gate_pairs, paired
from pruneuq_helpers.claims import Measure

UNPRUNED = ("unpruned", "dense")
PLAIN, GATED = ("random", "magnitude"), ("Bayes random", "Bayes magnitude")
SAME_LEVEL = 0.005  # a level that is written otherwise is another one


def by_seed(values: pd.Series, level: float | None = None) -> pd.Series:
    """One value a seed: the mean over data sets, networks and levels, or at the level nearest to one."""
    if level is not None and len(values):
        run = values.index.get_level_values("level")
        values = values[run == min(set(run), key=lambda one: abs(one - level))]
    return values.groupby("seed").mean()


def at_level(values: pd.Series, level: float) -> pd.Series:
    """One value a seed at this very level; none in a run without it."""
    return by_seed(values[abs(values.index.get_level_values("level") - level) < SAME_LEVEL])


def above_unpruned(method: str, level: float) -> Measure:
    """Accuracy of a method's pruned networks at a level, minus that of the unpruned ones."""
    return lambda result: at_level(paired(result, (method, "delivered"), UNPRUNED), level)


def gated_above_unpruned(result: pd.DataFrame) -> pd.Series:
    """Accuracy of pruned networks minus that of the unpruned ones: both gated methods, all levels."""
    return by_seed(pd.concat([paired(result, (method, "delivered"), UNPRUNED) for method in GATED]))


def gate_gain(how: str) -> Measure:
    """Accuracy with the gate minus without, of the pairs that are equally sparse and whose gate acts."""
    return lambda result: by_seed(deciding(gate_pairs(result, how)))


def loss_apart(method: str, one: float, other: float) -> Measure:
    """Validation loss of pruned networks at one level minus that at another."""

    def measure(result: pd.DataFrame) -> pd.Series:
        loss = chosen(result, method, "delivered", "validation_loss")
        return (at_level(loss, one) - at_level(loss, other)).dropna()

    return measure


def off_level(result: pd.DataFrame) -> pd.Series:
    """Measured sparsity of the methods without a gate before the prune, minus the level named."""
    sparsity = pd.concat([chosen(result, how, "before", "sparsity") for how in PLAIN])
    return by_seed(sparsity - sparsity.index.get_level_values("level"))


def distances(result: pd.DataFrame) -> pd.DataFrame:
    """How far the accuracy that a network has lost lies from the loss in Table 1, a column a state."""
    beside = beside_the_paper(result[~result["data"].isin(PAPER_DATA)])  # the paper's own data alone
    beside["distance"] = (beside["lost"] - beside["paper_lost"]).abs()
    keys = ["data", "network", "level", "method", "seed"]
    return beside.pivot(index=keys, columns="state", values="distance")


def nearer_before(result: pd.DataFrame) -> pd.Series:
    """How much nearer to the losses of accuracy in Table 1 networks are before their prune than at the level named."""
    wide = distances(result).reindex(columns=["before", "delivered"])
    return (wide["delivered"] - wide["before"]).dropna().groupby("seed").mean()


def nearer_held(result: pd.DataFrame, level: float) -> pd.Series:
    """How much nearer to Table 1 randomly pruned networks are with held zeros than before their prune."""
    wide = _distances_of_random(result, level)
    return (wide["before"] - wide["frozen"]).groupby("seed").mean()


def nearest_random(result: pd.DataFrame, level: float) -> pd.Series:
    """How far from Table 1 a randomly pruned network is in the state that is nearest to it."""
    return _distances_of_random(result, level).min(axis=1).groupby("seed").mean()


def _distances_of_random(result: pd.DataFrame, level: float) -> pd.DataFrame:
    return distances(result).query("method == 'random' and level == @level")
