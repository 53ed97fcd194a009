"""Chapter 5's table as short tables: what a reader is shown, computed."""

import pandas as pd

from pruneuq_helpers.chapters.tickets_and_calibration.tables import explanations, intervals, networks_of
from pruneuq_helpers.text import plus_minus


def at(rows: pd.DataFrame, strategy: str, level: float, measure: str) -> pd.Series:
    """A measure of one strategy at one level, by seed.

    >>> rows = pd.DataFrame({"strategy": "dense", "level": 0.0, "seed": [0, 1], "ece": [0.1, 0.2]})
    >>> at(rows, "dense", 0.0, "ece").tolist()
    [0.1, 0.2]
    """
    return rows[(rows["strategy"] == strategy) & (rows["level"] == level)].set_index("seed")[measure]


def change(rows: pd.DataFrame, measure: str, strategy: str = "iterative") -> pd.Series:
    """Change of a measure from level 0 to the highest level, by seed.

    >>> rows = pd.DataFrame({"strategy": "iterative", "level": [0.0, 0.8], "seed": 0, "ece": [0.25, 0.5]})
    >>> change(rows, "ece").tolist()
    [0.25]
    """
    return at(rows, strategy, rows["level"].max(), measure) - at(rows, strategy, 0.0, measure)


def accounts(table: pd.DataFrame, scope: str = "fc") -> pd.DataFrame:
    """Calibration error of the iterative tickets of the highest level minus that of each control, paired by seed."""
    why = explanations(table, scope)
    top = why[why["level"] == why["level"].max()].pivot(index="seed", columns="network", values="ece")
    ticket = top.pop("iterative ticket")
    dense = why[(why["level"] == 0) & (why["network"] == "iterative ticket")].set_index("seed")["ece"]
    controls = {"dense": dense} | {name: top[name] for name in why["network"].unique() if name in top}
    rows = [{"control": name, "difference": value} for name, other in controls.items() for value in ticket - other]
    return intervals(pd.DataFrame(rows), ["control"], "difference").set_index("control")


def detection_table(rows: pd.DataFrame, measures: dict[str, str]) -> pd.DataFrame:
    """Means with their 95 % t intervals, cut at 0 and 1: a row a set and level."""
    keys, columns = ["set", "near", "level"], {}
    order = {name: place for place, name in enumerate(rows["set"].unique())}
    for heading, measure in measures.items():
        found = intervals(rows, keys, measure)
        found = found.sort_values("level").sort_values("set", key=lambda names: names.map(order), kind="stable")
        low, high = found["low"].clip(0, 1), found["high"].clip(0, 1)
        columns[heading] = [
            f"{mean:.2f} ({down:.2f}–{up:.2f})" for mean, down, up in zip(found["mean"], low, high, strict=True)
        ]
    kinds = [f"{name} ({'near' if near else 'far'})" for name, near in zip(found["set"], found["near"], strict=True)]
    levels = found["level"].map("{:g}".format).tolist()
    return pd.DataFrame({"images": kinds, "level": levels, **columns}).set_index(["images", "level"])


def levels_table(table: pd.DataFrame) -> pd.DataFrame:
    """The iterative tickets of one run, linear layers pruned, as text: a row a level."""
    rows = networks_of(table)
    rows = rows[rows["strategy"] == "iterative"]
    headings = {"accuracy": "accuracy", "ece10": "ECE", "stop_ece10": "ECE, last epoch", "nll": "NLL"}
    found = rows.groupby("level")[list(headings)].agg(plus_minus).rename(columns=headings)
    found["best epoch"] = rows.groupby("level")["best_epoch"].agg(lambda values: plus_minus(values, 1))
    found = found.reset_index()
    found.insert(0, "data", table["data"].iloc[0])
    return found
