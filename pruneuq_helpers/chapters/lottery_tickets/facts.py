"""The numbers of chapter 3's text, a section at a time, and what its sentences rest on."""

import pandas as pd

from pruneuq_helpers.chapters.lottery_tickets.measures import at_equal_size, by_seed, half, high, where_both_learnt
from pruneuq_helpers.claims import contrast, with_interval
from pruneuq_helpers.claims.contrast import Contrast
from pruneuq_helpers.text import plus_minus
from pruneuq_helpers.training.caps import ended_by_limit

ONE_LAYER = "2-30-2"  # S0's notebook has this network, too


def less(rows: pd.DataFrame, column: str, strategy: str, level: float, other: str = "dense") -> pd.Series:
    """What a strategy reaches at a level less what another one does: a value a seed."""
    return by_seed(rows, column, strategy, [level]) - by_seed(rows, column, other, [level])


def collapsed(rows: pd.DataFrame, strategy: str, level: float = 0.0) -> str:
    """How many runs of a strategy collapsed at a level."""
    runs = rows.loc[(rows["strategy"] == strategy) & (rows["level"] == level), "collapsed"]
    return f"{int(runs.sum())} of {len(runs)}"


def answer(rows: pd.DataFrame) -> dict[str, Contrast]:
    """What the chapter's conclusion rests on: tickets of half the units, and the best start at the highest level."""
    (middle,), top, levels = half(rows["level"]), max(rows["level"]), high(rows["level"])
    names = {"accuracy": "accuracy", "ece": "ece", "nll": "nll", "epochs": "best_epoch"}
    found = {f"half-{name}": less(rows, column, "re-initialised", middle) for name, column in names.items()}
    found |= {f"top-{name}": less(rows, column, "iterative", top) for name, column in names.items()}
    once = by_seed(rows, "accuracy", "re-initialised", levels)
    found |= {
        "random-top": less(rows, "accuracy", "random", top),
        "collapses": less(rows.astype({"collapsed": float}), "collapsed", "random", top, "iterative"),
        "rounds": by_seed(rows, "accuracy", "iterative", levels) - once,
        "random": fallen_behind(rows),
        "again": by_seed(rows, "accuracy", "iterative", levels) - by_seed(rows, "accuracy", "continued", levels),
        "both-learnt": where_both_learnt(rows, "random", "re-initialised"),
        "equal-size": at_equal_size(high)(rows),
        "mended-equal-size": at_equal_size(high, "one-shot")(rows),
        "top-continued": less(rows, "accuracy", "continued", top),
    }
    return {name: contrast(values.dropna()) for name, values in found.items() if len(values.dropna())}


def large(rows: pd.DataFrame) -> dict:
    """The same as text, with the seeds and the levels."""
    found = {
        f"large-{name}": with_interval(one, 0) if name.endswith("epochs") else with_interval(one, signed=True)
        for name, one in answer(rows).items()
    }
    top = max(rows["level"])
    found |= {f"large-collapsed-{name}": collapsed(rows, name, top) for name in ("random", "re-initialised")}
    found |= {"large-seeds": rows["seed"].nunique(), "large-top": f"{top:g}"}
    return found | {"large-dense-epochs": f"{by_seed(rows, 'best_epoch', 'dense', []).mean():.0f}"}


def fallen_behind(rows: pd.DataFrame) -> pd.Series:
    """Accuracy of random starts less that of re-initialised tickets at the high levels: a value a seed."""
    ours, theirs = (by_seed(rows, "accuracy", name, high(rows["level"])) for name in ("random", "re-initialised"))
    return (ours - theirs).dropna()


def one_layer(table: pd.DataFrame) -> dict:
    """Of the network with one hidden layer: its collapsed runs, and what random starts fall behind by."""
    rows = table[(table["part"] == "tickets") & (table["network"] == ONE_LAYER)]
    if not len(rows):
        return dict.fromkeys(("wide-collapsed", "wide-random"), "–")
    collapsed = f"{int(rows['collapsed'].sum())} of {len(rows)}"
    return {"wide-collapsed": collapsed, "wide-random": with_interval(fallen_behind(rows), signed=True)}


def study(rows: pd.DataFrame, middle: float, top: float) -> dict:
    """What was trained and what was removed."""

    def removed(strategy: str) -> str:
        own = rows[(rows["strategy"] == strategy) & (rows["level"] == middle)]
        return f"{own['removed'].iloc[0]:.2f}"

    return {
        "count": len(rows),
        "middle": f"{middle:g}",
        "top": f"{top:g}",
        "removed-once": removed("one-shot"),
        "removed-rounds": removed("iterative"),
    }


def limit(table: pd.DataFrame) -> dict:
    """How many trainings their patience did not end."""
    return {"capped": ended_by_limit(table[table["part"] == "tickets"])}


def speed(rows: pd.DataFrame, middle: float, top: float) -> dict:
    """Best epochs of the dense network, and how many more re-initialised tickets need."""
    found = {"dense-epoch": plus_minus(by_seed(rows, "best_epoch", "dense", []), 0)}
    for name, level in (("middle", middle), ("top", top)):
        later = less(rows, "best_epoch", "re-initialised", level)
        found[f"re-initialised-epoch-{name}"] = with_interval(later, 0)
    return found


def accuracy(rows: pd.DataFrame, top: float) -> dict:
    """Accuracies, and how many runs collapsed."""
    found = {"dense-accuracy": plus_minus(by_seed(rows, "accuracy", "dense", []))}
    found |= {f"collapsed-{strategy}": collapsed(rows, strategy, top) for strategy in ("random", "re-initialised")}
    found |= {"collapsed-iterative": collapsed(rows, "iterative", top), "collapsed-dense": collapsed(rows, "dense")}
    for strategy in ("re-initialised", "iterative", "random"):
        found[f"{strategy}-top"] = with_interval(less(rows, "accuracy", strategy, top), signed=True)
    return found


def patience(table: pd.DataFrame) -> dict:
    """Collapsed dense networks of the greatest depth, by patience."""
    deep = table[table["part"] == "depth"]
    deep = deep[deep["hidden_layers"] == deep["hidden_layers"].max()]
    short, long = int(deep["patience"].min()), int(deep["patience"].max())
    found = {"shortest": short, "longest": long, "deep-layers": int(deep["hidden_layers"].iloc[0])}
    for name, patience in (("hasty", short), ("patient", long)):
        hit = deep.loc[deep["patience"] == patience, "collapsed"]
        found[f"{name}-deep"] = f"{int(hit.sum())} of {len(hit)}"
    return found


def calibration(rows: pd.DataFrame, top: float) -> dict:
    """ECE of the dense network and what iterative tickets change."""
    found = {"ece-dense": plus_minus(by_seed(rows, "ece", "dense", []))}
    return found | {"ece-top": with_interval(less(rows, "ece", "iterative", top), signed=True)}
