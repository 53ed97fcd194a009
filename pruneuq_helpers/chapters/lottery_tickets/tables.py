"""Tables of chapter 3's text: what is gone, and what a collapsed network looks like beside one that learnt."""

import pandas as pd

from pruneuq_helpers.chapters.lottery_tickets.measures import high
from pruneuq_helpers.figures.tables import Table

STARTS = ("dense", "one-shot", "re-initialised", "random", "iterative", "continued")
MEASURES = {"accuracy": "accuracy", "ece": "ECE", "nll": "NLL"}


def removed(rows: pd.DataFrame) -> Table:
    """Which fraction of the units and of the parameters is gone at each level, in one shot and in rounds."""
    found = {}
    for strategy, name in (("one-shot", "once"), ("iterative", "in rounds")):
        own = rows[rows["strategy"] == strategy].groupby("level")
        found[f"gone, {name}"] = own["removed"].first()
        found[f"left, {name}"] = own["parameter_fraction"].first()
    shown = pd.DataFrame(found).map("{:.2f}".format)
    shown.index = pd.Index([f"{level:g}" for level in shown.index], name="level")
    return Table(shown, "Fractions of the units gone and of the parameters left, pruned once and in rounds.")


def accuracies(rows: pd.DataFrame) -> Table:
    """Mean accuracy of every way to start, a column a level; the dense network stands at level 0."""
    wide = rows.pivot_table(index="strategy", columns="level", values="accuracy")
    wide = wide.loc[[start for start in STARTS if start in wide.index]]
    wide.columns = [f"{level:g}" for level in wide.columns]
    shown = wide.map(lambda value: "" if pd.isna(value) else f"{value:.3f}").rename_axis("start")
    return Table(shown, f"Accuracy by level, means over {rows['seed'].nunique()} seeds.")


def collapsed_and_learnt(rows: pd.DataFrame) -> Table:
    """Mean accuracy, ECE and NLL of the runs at the high levels, those that collapsed apart."""
    levels = high(rows["level"])
    own = rows[rows["level"].isin(levels)]
    means = own.groupby(own["collapsed"].astype(bool))[list(MEASURES)].mean().map("{:.3f}".format)
    means.index = pd.Index(["collapsed" if one else "learnt" for one in means.index], name="runs")
    said = " and ".join(f"{level:g}" for level in levels)
    return Table(means.rename(columns=MEASURES), f"Runs of all strategies at level {said}, means.")
