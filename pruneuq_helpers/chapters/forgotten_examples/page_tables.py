"""Chapter 8's tables for a reader: S4's forms for this run, and what is shown of single images."""

import numpy as np
import pandas as pd

from pruneuq_helpers import metrics, text
from pruneuq_helpers.chapters.forgotten_examples.images import Shown
from pruneuq_helpers.chapters.forgotten_examples.networks import PRUNED, SHORT, SMALL
from pruneuq_helpers.chapters.forgotten_examples.tables import at, controls, part
from pruneuq_helpers.claims import published

_PRINTED = {"cifar10": "S4, CIFAR-10", "imagenet": "S4, ImageNet"}
_NETWORKS = {PRUNED: "pruned", SMALL: "dense, as few parameters", SHORT: "dense, stopped early"}
_OF_CONTROLS = {  # heading: column, factor, digits
    "accuracy, %": ("accuracy", 100, 1),
    "PIEs": ("pies", 1, 1),
    "classes, p ≤ 0.05": ("impacted", 1, 1),
    "wrong labels repeated, %": ("repeated", 100, 0),
    "minority behind, points": ("gap", 100, 1),
}


def levels(table: pd.DataFrame) -> pd.DataFrame:
    """The form of S4's Tables 2 and 3 for this run: a row a level, the second dense population first."""
    rows, classes = part(table, "level", "plain"), part(table, "class", "plain")
    found = {}
    for level, mine in rows.groupby("level"):
        tested = classes[classes["level"] == level].groupby("seed")[["significant", "significant_bh"]].sum()
        found["0, again" if level == 0 else f"{level:g}"] = {
            "top-1, %": text.plus_minus(100 * mine["accuracy"], 2),
            "classes, p ≤ 0.05": text.plus_minus(tested["significant"], 1),
            "after BH": text.plus_minus(tested["significant_bh"], 1),
            "PIEs": text.plus_minus(mine["pies"], 1),
            "PIEs of nothing": text.plus_minus(mine["null"], 1),
        }
    return pd.DataFrame(found).T.rename_axis("level")


def beside_paper(table: pd.DataFrame) -> pd.DataFrame:
    """Shares of impacted classes and of identified images, ours beside those of S4's Tables 2 and 3, in percent."""
    rows, classes = part(table, "level", "plain"), part(table, "class", "plain")
    dense = at(rows, "again").set_index("seed")["accuracy"]
    rows = rows[rows["population"] == PRUNED]
    found = pd.DataFrame(
        {
            "top-1 lost": 100 * (rows["seed"].map(dense) - rows["accuracy"]).groupby(rows["level"]).mean(),
            "classes": 100 * classes.groupby("level")["significant"].agg(lambda v: v.astype(bool).mean()),
            "PIEs": (100 * rows["pies"] / rows["images"]).groupby(rows["level"]).mean(),
            "PIEs of nothing": (100 * rows["null"] / rows["images"]).groupby(rows["level"]).mean(),
        }
    ).dropna()
    parts = {"this run": found} | {name: _printed(data) for data, name in _PRINTED.items()}
    whole = pd.concat(parts, names=["from", "level"])
    return whole.map(lambda value: "–" if np.isnan(value) else f"{value:.2f}")


def _printed(data: str) -> pd.DataFrame:
    """One of S4's two tables in the columns of ours."""
    rows = published.table("S4_tables2and3")
    rows = rows[rows["data"] == data].set_index("level")
    lost = rows.loc[0.0, "top1"] - rows["top1"]
    classes, pies = 100 * rows["significant_classes"] / rows["classes"], 100 * rows["pies"] / rows["images"]
    found = pd.DataFrame({"top-1 lost": lost, "classes": classes, "PIEs": pies, "PIEs of nothing": np.nan})
    return found.dropna(subset="PIEs")


def minority(table: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """The form of S4's Table 1: shares of the groups among identified and other images of one seed at the highest
    level, exact intervals.
    """
    rows = at(part(table, "group", "minority"))
    rows = rows[rows["seed"] == seed].set_index("group")
    counts = rows[["non_pie", "pie"]].astype(int).rename(columns={"non_pie": "non-PIEs", "pie": "PIEs"})
    if not counts["PIEs"].sum():
        return counts
    found = metrics.share_growth(rows[["pie", "non_pie"]].astype(int), decimals=None)
    shares = {"of non-PIEs, %": found["non_pie_share"].round(1), "of PIEs, %": found["pie_share"].round(1)}
    growth = {"growth, %": found["growth_exact"], "growth from": found["low"], "growth to": found["high"]}
    return counts.assign(**shares, **{name: values.round(0) for name, values in growth.items()})


def entropy(table: pd.DataFrame) -> pd.DataFrame:
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
            heading: text.plus_minus(mine[name], 2) if name in mine else "–" for name, heading in headings.items()
        }
    return pd.DataFrame(found).T.rename_axis("level")


def beside_controls(table: pd.DataFrame) -> pd.DataFrame:
    """The pruned population of the highest level beside a small and a short-trained dense one, in every experiment.

    Means over seeds ± sample standard deviations, as text; empty where no level has controls.
    """
    found, made = controls(table), {}
    if not (found["population"] != PRUNED).any():
        return pd.DataFrame()
    for experiment in dict.fromkeys(found["experiment"]):
        for population, name in _NETWORKS.items():
            mine = found[(found["experiment"] == experiment) & (found["population"] == population)]
            made[experiment, name] = {
                heading: text.plus_minus(mine[column].dropna() * factor if column in mine else [], digits)
                for heading, (column, factor, digits) in _OF_CONTROLS.items()
            }
    return pd.DataFrame(made).T.rename_axis(["experiment", "networks"])


def pictures(table: pd.DataFrame, shown: Shown, experiment: str) -> pd.DataFrame:
    """The gallery's rows: one an image and level, images counted over those asked about and then those learnt from."""
    rows = part(table, "image", experiment).rename(columns={"identified": "pie"})
    learnt = rows["set"] == "train"
    words = {"test": "asked", "train": "learnt"}
    kinds = [
        f"{words[name]}: {'untouched' if kind == 'plain' else kind}"
        for name, kind in zip(rows["set"], rows["kind"], strict=True)
    ]
    places = rows["image"].astype(int) + learnt * len(shown.asked["test"].raw)
    return rows.assign(image=places, kind=kinds)
