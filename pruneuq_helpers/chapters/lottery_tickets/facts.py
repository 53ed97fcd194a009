"""The numbers of chapter 3's text, a section at a time, and what its sentences rest on."""

import numpy as np
import pandas as pd

from pruneuq_helpers import metrics
from pruneuq_helpers.chapters.lottery_tickets.measures import by_seed, high, where_both_learnt
from pruneuq_helpers.claims import with_interval
from pruneuq_helpers.text import plus_minus
from pruneuq_helpers.training.caps import cap_sentence


def less(rows: pd.DataFrame, column: str, strategy: str, level: float, other: str = "dense") -> pd.Series:
    """What a strategy reaches at a level less what another one does: a value a seed."""
    return by_seed(rows, column, strategy, [level]) - by_seed(rows, column, other, [level])


def collapsed(rows: pd.DataFrame, strategy: str, level: float = 0.0) -> str:
    """How many runs of a strategy collapsed at a level.

    >>> collapsed(pd.DataFrame({"strategy": "random", "level": 0.9, "collapsed": [True, False]}), "random", 0.9)
    '1 of 2'
    """
    runs = rows.loc[(rows["strategy"] == strategy) & (rows["level"] == level), "collapsed"]
    return f"{int(runs.sum())} of {len(runs)}"


def study(table: pd.DataFrame, rows: pd.DataFrame, middle: float, top: float) -> dict:
    """What was trained and what was removed."""

    def removed(strategy: str) -> str:
        own = rows[(rows["strategy"] == strategy) & (rows["level"] == middle)]
        return f"{own['removed'].iloc[0]:.2f}"

    return {
        "network": rows["network"].iloc[0],
        "count": len(table),
        "middle": f"{middle:g}",
        "top": f"{top:g}",
        "removed-once": removed("one-shot"),
        "removed-rounds": removed("iterative"),
    }


def limit(table: pd.DataFrame, epochs: int) -> dict:
    """Whether the trainings ended by their patience."""
    return {"capped": cap_sentence(table[table["part"] == "tickets"], epochs)}


def speed(rows: pd.DataFrame, middle: float, top: float) -> dict:
    """Best epochs, and how many more than the dense network's."""
    found = {"dense-epoch": plus_minus(by_seed(rows, "best_epoch", "dense", []), 0)}
    for name, level in (("middle", middle), ("top", top)):
        for strategy in ("re-initialised", "iterative"):
            found[f"{strategy}-epoch-{name}"] = with_interval(less(rows, "best_epoch", strategy, level), 0, signed=True)
    return found


def accuracy(rows: pd.DataFrame, middle: float, top: float) -> dict:
    """Accuracies, and how many runs collapsed."""
    found = {"dense-accuracy": plus_minus(by_seed(rows, "accuracy", "dense", []))}
    found |= {f"collapsed-{strategy}": collapsed(rows, strategy, top) for strategy in ("random", "re-initialised")}
    found |= {"collapsed-iterative": collapsed(rows, "iterative", top), "collapsed-dense": collapsed(rows, "dense")}
    for strategy in ("re-initialised", "iterative", "random"):
        found[f"{strategy}-middle"] = with_interval(less(rows, "accuracy", strategy, middle), signed=True)
        found[f"{strategy}-top"] = with_interval(less(rows, "accuracy", strategy, top), signed=True)
    return found


def patience(table: pd.DataFrame, losses: list[float]) -> dict:
    """Collapsed dense networks by depth and patience, and the epoch at which a short patience ends a training."""
    deep = table[table["part"] == "depth"]
    short, long = deep["patience"].min(), deep["patience"].max()
    found = {"shortest": short, "longest": long}
    for depth_name, depth in (("shallow", deep["hidden_layers"].min()), ("deep", deep["hidden_layers"].max())):
        found[f"{depth_name}-layers"] = depth
        for name, patience in (("hasty", short), ("patient", long)):
            hit = deep[(deep["hidden_layers"] == depth) & (deep["patience"] == patience)]
            found[f"{name}-{depth_name}"] = f"{int(hit['collapsed'].sum())} of {len(hit)}"
            found[f"{name}-{depth_name}-accuracy"] = plus_minus(hit["accuracy"], 2)
    return found | {"hasty-end": ended(losses, int(short)) or f"later than {len(losses)}"}


def ended(losses: list[float], patience: int) -> int | None:
    """The epoch after which a training with these validation losses ends.

    >>> ended([0.5, 0.4, 0.45, 0.41, 0.3], patience=2), ended([0.5, 0.4], patience=2)
    (4, None)
    """
    for epoch in range(1, len(losses) + 1):
        if epoch - (1 + int(np.argmin(losses[:epoch]))) == patience:
            return epoch
    return None


def starts(rows: pd.DataFrame, top: float) -> dict:
    """Differences between strategies at the high levels."""
    levels = high(rows["level"])

    def mean_less(strategy: str, other: str) -> str:
        values = by_seed(rows, "accuracy", strategy, levels) - by_seed(rows, "accuracy", other, levels)
        return with_interval(values, signed=True)

    own = rows[rows["level"].isin(levels)]
    found = {"high": " and ".join(f"{level:g}" for level in levels)}
    found |= {"rounds-less-once": mean_less("iterative", "re-initialised")}
    found |= {"random-less-own": mean_less("random", "re-initialised")}
    found |= {"random-less-scaled": mean_less("random", "random, dense scale")}
    found |= {"iterative-less-continued": mean_less("iterative", "continued")}
    for strategy in ("random", "re-initialised"):
        runs = own.loc[own["strategy"] == strategy, "collapsed"]
        found[f"fallen-{strategy}"] = f"{int(runs.sum())} of {len(runs)}"
    return found | {"both-learnt": with_interval(where_both_learnt(rows, "random", "re-initialised"), signed=True)}


def calibration(rows: pd.DataFrame, top: float) -> dict:
    """ECE of the dense network and what iterative tickets change."""
    found = {"ece-dense": plus_minus(by_seed(rows, "ece", "dense", []))}
    found |= {
        f"ece-{level:g}": with_interval(less(rows, "ece", "iterative", level), signed=True)
        for level in high(rows["level"])
    }
    return found | {"ece-top": with_interval(less(rows, "ece", "iterative", top), signed=True)}


def chance_ece(probs: np.ndarray, random: np.random.Generator, draws: int = 200) -> float:
    """The ECE of two-class probabilities whose labels are drawn from them: the floor under an ECE."""
    ones = random.random((draws, len(probs))) < probs[:, 1]
    return float(np.mean([metrics.ece(probs, row.astype(int)) for row in ones]))


def beyond_chance(rows: pd.DataFrame, level: float) -> pd.Series:
    """Share of a ticket's units that the initial weights would have kept, less the share by chance: a value a seed."""
    chosen = rows[(rows["strategy"] == "one-shot") & (rows["level"] == level)].set_index("seed")
    return chosen["overlap"].astype(float) - (1 - chosen["removed"])


def survivors(rows: pd.DataFrame) -> dict:
    """How many of a ticket's units the initial weights would have kept."""
    level = high(rows["level"])[0]
    chosen = rows[(rows["strategy"] == "one-shot") & (rows["level"] == level)]
    return {
        "overlap-level": f"{level:g}",
        "overlap": plus_minus(chosen["overlap"].astype(float), 2),
        "overlap-chance": f"{1 - chosen['removed'].iloc[0]:.2f}",
    }
