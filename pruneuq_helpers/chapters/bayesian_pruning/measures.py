"""What the claims of chapter 6 measure: one value a seed, from the study's result."""

from collections.abc import Callable

import pandas as pd

from pruneuq_helpers.chapters.bayesian_pruning.paper import PAPER_DATA, beside_the_paper
from pruneuq_helpers.chapters.bayesian_pruning.tables import chosen, deciding, gate_pairs, paired

UNPRUNED = ("unpruned", "dense")
STATES = {"before": "before", "pruned": "delivered", "frozen": "frozen"}


def by_seed(values: pd.Series, level: float | None = None) -> pd.Series:
    """One value a seed: the mean over data sets, networks and levels.

    >>> names = ["data", "network", "level", "seed"]
    >>> index = pd.MultiIndex.from_product([["digits"], ["fcn"], [0.5, 0.9], [0, 1]], names=names)
    >>> by_seed(pd.Series([1.0, 2.0, 3.0, 4.0], index=index), level=0.9).tolist()
    [3.0, 4.0]
    """
    if level is not None and len(values):
        run = values.index.get_level_values("level")
        values = values[run == min(set(run), key=lambda one: abs(one - level))]
    return values.groupby("seed").mean()


def gain(first: str, state: str, second: tuple[str, str] | str, level: float | None = None) -> Callable:
    """A measure: accuracy of a method minus that of another in the same state, or of the unpruned network."""
    theirs = second if isinstance(second, tuple) else (second, STATES[state])
    return lambda result: by_seed(paired(result, (first, STATES[state]), theirs), level)


def gate_gain(how: str, state: str) -> Callable:
    """A measure: accuracy with the gate minus without, of the pairs that are equally sparse and whose gate acts.

    >>> row = {"data": "digits", "network": "fcn", "level": 0.5, "seed": 0, "state": "before", "sparsity": 0.5}
    >>> rows = [row | {"method": "random", "accuracy": 0.5, "gate_open": 1.0},
    ...         row | {"method": "Bayes random", "accuracy": 0.75, "gate_open": 0.5}]
    >>> gate_gain("random", "before")(pd.DataFrame(rows)).tolist()
    [0.25]
    >>> rows[1]["sparsity"] = 0.1
    >>> gate_gain("random", "before")(pd.DataFrame(rows)).tolist()
    []
    """
    return lambda result: by_seed(deciding(gate_pairs(result, how, STATES[state])))


def either(state: str) -> Callable:
    """A measure: accuracy above the unpruned network, mean of random and magnitude pruning.

    >>> row = {"data": "digits", "network": "fcn", "seed": 0, "level": 0.5, "state": "before", "accuracy": 0.75}
    >>> dense = row | {"level": 0.0, "method": "unpruned", "state": "dense", "accuracy": 1.0}
    >>> either("before")(pd.DataFrame([dense, row | {"method": "Bayes random"}])).tolist()
    [-0.25]
    """
    plain = "" if state == "frozen" else "Bayes "

    def measure(result: pd.DataFrame) -> pd.Series:
        gains = [paired(result, (plain + how, STATES[state]), UNPRUNED) for how in ("random", "magnitude")]
        return by_seed(pd.concat(gains))

    return measure


def against_before(state: str) -> Callable:
    """A measure: accuracy of the plain methods in a state minus that before the prune.

    >>> row = {"data": "digits", "network": "fcn", "seed": 0, "level": 0.5, "method": "magnitude"}
    >>> rows = [row | {"state": "before", "accuracy": 1.0}, row | {"state": "frozen", "accuracy": 0.75}]
    >>> against_before("frozen")(pd.DataFrame(rows)).tolist()
    [-0.25]
    """

    def measure(result: pd.DataFrame) -> pd.Series:
        gains = [paired(result, (how, STATES[state]), (how, "before")) for how in ("random", "magnitude")]
        return by_seed(pd.concat(gains))

    return measure


def off_level(result: pd.DataFrame) -> pd.Series:
    """Measured sparsity before the prune, minus the level named, one value a seed.

    >>> row = {"data": "digits", "network": "fcn", "level": 0.5, "seed": 0, "state": "before", "sparsity": 0.25}
    >>> off_level(pd.DataFrame([row | {"method": name} for name in ("Bayes magnitude", "Bayes random")])).tolist()
    [-0.25]
    """
    sparsity = pd.concat([chosen(result, f"Bayes {how}", "before", "sparsity") for how in ("random", "magnitude")])
    return by_seed(sparsity - sparsity.index.get_level_values("level"))


def nearer_to_the_paper(state: str) -> Callable[[pd.DataFrame], pd.Series]:
    """A measure: how much nearer to Table 1 a state comes than the network before its prune."""

    def measure(result: pd.DataFrame) -> pd.Series:
        beside = beside_the_paper(result[~result["data"].isin(PAPER_DATA)])  # the paper's own data alone
        beside["distance"] = (beside["lost"] - beside["paper_lost"]).abs()
        keys = ["data", "network", "level", "method", "seed"]
        wide = beside.pivot(index=keys, columns="state", values="distance").reindex(columns=["before", state])
        return (wide["before"] - wide[state]).dropna().groupby("seed").mean()

    return measure
