"""Chapter 8's table as short tables and sentences: what a reader is told, computed."""

import numpy as np
import pandas as pd

from pruneuq_helpers import metrics, text
from pruneuq_helpers.chapters.forgotten_examples.networks import PRUNED, SHORT, SMALL
from pruneuq_helpers.chapters.forgotten_examples.tables import at, controls, impacted, part
from pruneuq_helpers.claims import published


def plus_minus(values, digits: int = 1) -> str:
    """As `text.plus_minus`, with the one digit that counts of images and classes bear."""
    return text.plus_minus(values, digits)


def table_two(table: pd.DataFrame) -> pd.DataFrame:
    """The form of S4's Tables 2 and 3 for this run: a row a level, the second dense population first."""
    rows, classes = part(table, "level", "plain"), part(table, "class", "plain")
    found = {}
    for level, mine in rows.groupby("level"):
        tested = classes[classes["level"] == level].groupby("seed")[["significant", "significant_bh"]].sum()
        found["0, again" if level == 0 else f"{level:g}"] = {
            "top-1, %": plus_minus(100 * mine["accuracy"], 2),
            "classes, p ≤ 0.05": plus_minus(tested["significant"]),
            "after BH": plus_minus(tested["significant_bh"]),
            "PIEs": plus_minus(mine["pies"]),
            "tied images": plus_minus(mine["ties"]),
            "PIEs of nothing": plus_minus(mine["null"]),
        }
    return pd.DataFrame(found).T.rename_axis("level")


def beside_paper(table: pd.DataFrame) -> pd.DataFrame:
    """Shares of impacted classes and of identified images, ours beside those of S4's Tables 2 and 3, in percent."""
    rows, classes = part(table, "level", "plain"), part(table, "class", "plain")
    drop = at(rows, "again").set_index("seed")["accuracy"]
    rows = rows[rows["population"] == "pruned"]
    found = pd.DataFrame(
        {
            "top-1 lost": 100 * (rows["seed"].map(drop) - rows["accuracy"]).groupby(rows["level"]).mean(),
            "classes": 100 * classes.groupby("level")["significant"].agg(lambda v: v.astype(bool).mean()),
            "PIEs": (100 * rows["pies"] / rows["images"]).groupby(rows["level"]).mean(),
            "of nothing": (100 * rows["null"] / rows["images"]).groupby(rows["level"]).mean(),
        }
    ).dropna()
    parts = {"this run": found} | {name: _printed(data) for data, name in _PRINTED.items()}
    whole = pd.concat(parts, names=["from", "level"])
    return whole.map(lambda value: "–" if np.isnan(value) else f"{value:.2f}")


_PRINTED = {"cifar10": "S4, CIFAR-10", "imagenet": "S4, ImageNet"}


def _printed(data: str) -> pd.DataFrame:
    """One of S4's two tables in the columns of ours."""
    rows = published.table("S4_tables2and3")
    rows = rows[rows["data"] == data].set_index("level")
    lost = rows.loc[0.0, "top1"] - rows["top1"]
    classes, pies = 100 * rows["significant_classes"] / rows["classes"], 100 * rows["pies"] / rows["images"]
    found = pd.DataFrame({"top-1 lost": lost, "classes": classes, "PIEs": pies, "of nothing": np.nan})
    return found.dropna(subset="PIEs")


def table_one(table: pd.DataFrame, seed: int = 0, which: str = "top") -> pd.DataFrame:
    """The form of S4's Table 1: shares of the groups among identified and other images of one seed, exact
    intervals.
    """
    rows = at(part(table, "group", "minority"), which)
    rows = rows[rows["seed"] == seed].set_index("group")
    if not rows["pie"].sum():
        return rows[["non_pie", "pie"]].astype(int)
    found = metrics.share_growth(rows[["pie", "non_pie"]].astype(int), decimals=None)
    names = {"non_pie_share": "of non-PIEs, %", "pie_share": "of PIEs, %", "growth_exact": "growth, %"}
    found = found.rename(columns={"non_pie": "non-PIEs", "pie": "PIEs", **names})
    found = found[["non-PIEs", "PIEs", *names.values(), "low", "high"]]
    return found.round({"of non-PIEs, %": 1, "of PIEs, %": 1, "growth, %": 0, "low": 0, "high": 0})


def balance(table: pd.DataFrame) -> str:
    """How many classes are impacted at the highest level, and how gains and losses divide, in a sentence."""
    found = impacted(table, "top")
    parts = [
        f"{plus_minus(found['impacted'])} of {int(found['classes'].max())} classes are impacted",
        f"{plus_minus(found['gaining'])} of them gain, relative to the whole",
        f"{plus_minus(found['losing'])} lose",
    ]
    return ", ".join(parts)


def entropy_table(table: pd.DataFrame) -> pd.DataFrame:
    """What the entropy of dense networks that took no part in the choice knows of the identified examples."""
    headings = {
        "entropy_auroc": "AUROC of entropy for PIEs",
        "entropy_overlap": "PIEs among as many of highest entropy",
        "pies_wrong": "PIEs answered wrongly",
        "entropy_wrong": "high-entropy images answered wrongly",
    }
    rows, found = part(table, "level", "plain"), {}
    for level, mine in rows.groupby("level"):
        found["0, again" if level == 0 else f"{level:g}"] = {
            heading: plus_minus(mine[name], 2) if name in mine else "–" for name, heading in headings.items()
        }
    return pd.DataFrame(found).T.rename_axis("level")


def controls_table(table: pd.DataFrame) -> pd.DataFrame:
    """The pruned population of the highest level beside a small and a short-trained dense one, in every experiment.

    Means over seeds ± sample standard deviations, as text; empty where no level has controls.
    """
    found, made = controls(table), {}
    if not (found["population"] != PRUNED).any():
        return pd.DataFrame()
    columns = {
        "accuracy, %": ("accuracy", 100, 1),
        "PIEs": ("pies", 1, 1),
        "classes, p ≤ 0.05": ("impacted", 1, 1),
        "wrong labels repeated, %": ("repeated", 100, 0),
        "minority behind, points": ("gap", 100, 1),
    }
    for experiment in dict.fromkeys(found["experiment"]):
        for population, name in _NAMES.items():
            mine = found[(found["experiment"] == experiment) & (found["population"] == population)]
            values = {heading: (mine[column].dropna() * by, digits) for heading, (column, by, digits) in columns.items()
                      if column in mine}  # fmt: skip
            made[experiment, name] = {
                heading: plus_minus(some, digits) if len(some) else "–" for heading, (some, digits) in values.items()
            }
    return pd.DataFrame(made).T.rename_axis(["experiment", "networks"])


_NAMES = {PRUNED: "pruned", SMALL: "dense, as few parameters", SHORT: "dense, stopped early"}


def forgotten(table: pd.DataFrame) -> str:
    """How many of the planted wrong labels dense and pruned networks repeat, in a sentence."""
    if not (table["experiment"] == "planted").any():
        return ""
    rows = at(part(table, "group", "planted"))
    rows = rows[(rows["set"] == "train") & (rows["group"] == "wrong label")]
    dense, pruned = (100 * rows[f"{networks}_accuracy"].mean() for networks in ("dense", "pruned"))
    return (
        f"Dense networks repeat {dense:.0f} % of the wrong labels that they were taught, networks pruned to level "
        f"{rows['level'].iloc[0]:g} repeat {pruned:.0f} %."
    )


def headline(table: pd.DataFrame) -> str:
    """Identified examples at both ends and between dense populations, in a sentence."""
    rows = part(table, "level", "plain")
    low, top = at(rows, "low"), at(rows, "top")
    images = int(rows["images"].max())
    return (
        f"On {rows['label'].iloc[0]}, two populations of {int(table['members'].iloc[0])} dense networks disagree on "
        f"{plus_minus(top['null'])} of {images} images; pruned and dense ones on {plus_minus(low['matched'])} at "
        f"level {low['level'].iloc[0]:g} and on {plus_minus(top['matched'])} at level {top['level'].iloc[0]:g}."
    )
