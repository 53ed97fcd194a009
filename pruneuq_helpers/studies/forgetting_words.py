"""Chapter 8's table as short tables and sentences: what a reader is told, computed."""

import numpy as np
import pandas as pd

from pruneuq_helpers import metrics, published
from pruneuq_helpers.studies.forgetting_tables import at, impacted, part


def plus_minus(values, digits: int = 1) -> str:
    """Mean ± sample standard deviation; values that are not numbers are left out.

    Parameters
    ----------
    values : sequence of float
        One a seed.
    digits : int
        After the point.

    Returns
    -------
    str

    Examples
    --------
    >>> plus_minus([3, 5])
    '4.0 ± 1.4'
    """
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    if not len(values):
        return "–"
    spread = f" ± {values.std(ddof=1):.{digits}f}" if len(values) > 1 else ""
    return f"{values.mean():.{digits}f}{spread}"


def table_two(table: pd.DataFrame) -> pd.DataFrame:
    """The form of S4's Tables 2 and 3 for this run: a row a level, the second dense population first.

    Parameters
    ----------
    table : pandas.DataFrame
        The study's table.

    Returns
    -------
    pandas.DataFrame
        Means over seeds ± sample standard deviations, as text.
    """
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
    """Shares of impacted classes and of identified images, ours beside those of S4's Tables 2 and 3, in percent.

    Parameters
    ----------
    table : pandas.DataFrame
        The study's table.

    Returns
    -------
    pandas.DataFrame
        A row a level of either.
    """
    printed = published.table("S4_tables2and3").dropna(subset="pies")
    rows, classes = part(table, "level", "plain"), part(table, "class", "plain")
    rows, classes = (some[some["population"] == "pruned"] for some in (rows, classes))
    drop = at(part(table, "level", "plain"), "again").set_index("seed")["accuracy"]
    lost = 100 * (rows["seed"].map(drop) - rows["accuracy"])
    columns = {
        ("this run", "top-1 lost"): lost.groupby(rows["level"]).mean(),
        ("this run", "classes"): 100 * classes.groupby("level")["significant"].agg(lambda v: v.astype(bool).mean()),
        ("this run", "PIEs"): (100 * rows["pies"] / rows["images"]).groupby(rows["level"]).mean(),
        ("this run", "PIEs of nothing"): (100 * rows["null"] / rows["images"]).groupby(rows["level"]).mean(),
    }
    dense = published.table("S4_tables2and3").query("level == 0").set_index("data")["top1"]
    for data, name in (("cifar10", "S4, CIFAR-10"), ("imagenet", "S4, ImageNet")):
        mine = printed[printed["data"] == data].set_index("level")
        columns[name, "top-1 lost"] = dense[data] - mine["top1"]
        columns[name, "classes"] = 100 * mine["significant_classes"] / mine["classes"]
        columns[name, "PIEs"] = 100 * mine["pies"] / mine["images"]
    return pd.DataFrame(columns).round(2)


def table_one(table: pd.DataFrame, seed: int = 0, which: str = "top") -> pd.DataFrame:
    """The form of S4's Table 1: shares of the groups among identified and other images of one seed, exact intervals.

    Parameters
    ----------
    table : pandas.DataFrame
        The study's table.
    seed : int
        Which repetition.
    which : str
        As for `forgetting_tables.at`.

    Returns
    -------
    pandas.DataFrame
    """
    rows = at(part(table, "group", "minority"), which)
    rows = rows[rows["seed"] == seed].set_index("group")
    if not rows["pie"].sum():
        return rows[["non_pie", "pie"]].astype(int)
    found = metrics.share_growth(rows[["pie", "non_pie"]].astype(int), decimals=None)
    names = {"non_pie_share": "non-PIE, %", "pie_share": "PIE, %", "growth_exact": "growth, %", "p_value": "p"}
    found = found.drop(columns="growth").rename(columns={"non_pie": "non-PIEs", "pie": "PIEs", **names})
    return found.round({"non-PIE, %": 1, "PIE, %": 1, "growth, %": 0, "low": 0, "high": 0, "p": 4})


def balance(table: pd.DataFrame) -> str:
    """How many classes are impacted at the highest level, and how gains and losses divide, in a sentence.

    Parameters
    ----------
    table : pandas.DataFrame
        The study's table.

    Returns
    -------
    str
    """
    found = impacted(table, "top")
    parts = [
        f"{plus_minus(found['impacted'])} of {int(found['classes'].max())} classes are impacted",
        f"{plus_minus(found['gaining'])} of them gain, relative to the whole",
        f"{plus_minus(found['losing'])} lose",
    ]
    return ", ".join(parts)


def entropy_table(table: pd.DataFrame) -> pd.DataFrame:
    """What the entropy of dense networks that took no part in the choice knows of the identified examples.

    Parameters
    ----------
    table : pandas.DataFrame
        The study's table.

    Returns
    -------
    pandas.DataFrame
        A row a level, means over seeds ± sample standard deviations, as text.
    """
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


def headline(table: pd.DataFrame) -> str:
    """Identified examples at both ends and between dense populations, in a sentence.

    Parameters
    ----------
    table : pandas.DataFrame
        The study's table.

    Returns
    -------
    str
    """
    rows = part(table, "level", "plain")
    low, top = at(rows, "low"), at(rows, "top")
    images = int(rows["images"].max())
    return (
        f"On {rows['label'].iloc[0]}, two populations of {int(table['members'].iloc[0])} dense networks disagree on "
        f"{plus_minus(top['null'])} of {images} images; pruned and dense ones on {plus_minus(low['matched'])} at "
        f"level {low['level'].iloc[0]:g} and on {plus_minus(top['matched'])} at level {top['level'].iloc[0]:g}."
    )
