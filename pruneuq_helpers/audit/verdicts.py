"""Which levels are safe: rules that were fixed before anybody looked, and what they say."""

import numpy as np
import pandas as pd

from pruneuq_helpers.audit.rules import WORSE

SAFE, UNSAFE, UNDECIDED = "safe", "not safe", "undecided"
KEYS = ["network", "criterion", "level"]  # of a network in the tables of an audit


def verdict_of(low: float, high: float, margin: float) -> str:
    """What the interval of a change for the worse says of a margin; nothing where there is none."""
    if high < margin:
        return SAFE
    return UNSAFE if low >= margin else UNDECIDED


def judge(measures: pd.DataFrame, rules: dict[str, float]) -> pd.DataFrame:
    """Hold every pruned network against every rule."""
    rows, keys = [], [name for name in KEYS if name in measures]
    for row in measures[measures["measure"].isin(rules)].to_dict("records"):
        margin, way = rules[row["measure"]], WORSE[row["measure"]]
        low, high = (row["low"], row["high"]) if way > 0 else (-row["high"], -row["low"])
        named = {name: row[name] for name in keys}
        worse = way * row["change"] + 0.0  # a change of nothing is 0, not -0
        found = {"rule": row["measure"], "margin": margin, "worse": worse, "low": low, "high": high}
        verdict = verdict_of(low, high, margin)
        times = _times_more(worse, low, high, margin) if verdict == UNDECIDED else np.nan
        rows.append(named | found | {"verdict": verdict, "times_more": times})
    columns = [*keys, "rule", "margin", "worse", "low", "high", "verdict", "times_more"]
    return pd.DataFrame(rows, columns=columns)


def _times_more(worse: float, low: float, high: float, margin: float) -> float:
    """How many times the images would decide, if the change is what it seems: widths fall as its root."""
    gap, half = (margin - worse, high - worse) if worse < margin else (worse - margin, worse - low)
    return (half / gap) ** 2 if gap > 0 else np.inf


def overall(verdicts: pd.DataFrame) -> pd.DataFrame:
    """One verdict a network: not safe where any rule says so, safe where all do."""
    return verdicts.groupby(KEYS, sort=False)["verdict"].agg(worst_of).reset_index()


def by_level(networks: pd.DataFrame) -> pd.DataFrame:
    """One verdict a level, from one a network: safe only where the networks of all seeds are. It names the first."""
    levels = networks.groupby(["criterion", "level"], sort=False)
    return levels.agg(network=("network", "first"), verdict=("verdict", worst_of)).reset_index()


def worst_of(verdicts: pd.Series) -> str:
    """Not safe where any says so, safe where all do and there is one."""
    if not len(verdicts):
        return UNDECIDED
    return next((word for word in (UNSAFE, UNDECIDED) if (verdicts == word).any()), SAFE)
