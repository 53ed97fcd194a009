"""What chapter 8's sentences rest on: a contrast each, one value a seed."""

import numpy as np
import pandas as pd

from pruneuq_helpers.chapters.forgotten_examples import tables
from pruneuq_helpers.chapters.forgotten_examples.images import PLANTED
from pruneuq_helpers.chapters.forgotten_examples.networks import AGAIN, PRUNED, SHORT, SMALL
from pruneuq_helpers.claims import contrast
from pruneuq_helpers.claims.contrast import Contrast, of_values


def of(table: pd.DataFrame) -> dict[str, Contrast]:
    """All of them by name, at the highest level; without those of experiments and controls that the run left out."""
    level, low = (tables.at(tables.part(table, "level", "plain"), which) for which in ("top", "low"))
    top, again = (tables.impacted(table, which)["impacted"] for which in ("top", "again"))
    # excess, excess-low: PIEs beyond those between dense populations, as a share of the images, at either end of the
    # levels; small- and short-excess: of the controls. impacted: classes beyond those between dense populations.
    # dense-, pruned- and null-pie: accuracy on PIEs, or where dense populations differ, less that on all images.
    found = {name: rows["excess"] / rows["images"] for name, rows in (("excess", level), ("excess-low", low))}
    found |= {"impacted": top - again, "auroc": level["entropy_auroc"]}
    for name, who, which in (("dense", "dense", "top"), ("pruned", PRUNED, "top"), ("null", "dense", "again")):
        pies, whole = (tables.sample_accuracy(table, who, images, which) for images in ("PIE", "all"))
        found[f"{name}-pie"] = pies - whole
    made = set(table["experiment"])
    controlled = {SMALL, SHORT} <= set(table["population"].dropna())
    if controlled:
        rows, null = tables.controls(table), level.set_index("seed")["null"]
        rows = rows[rows["experiment"] == "plain"].set_index("seed")
        for who, mine in rows[rows["population"] != PRUNED].groupby("population"):
            found[f"{who}-excess"] = (mine["pies"] - null) / mine["images"]
    found |= _planted(table, controlled) if "planted" in made else {}
    found |= _minority(table, controlled) if "minority" in made else {}
    known = {name: tables.present(values) for name, values in found.items()}
    return {name: contrast(values) for name, values in known.items() if len(values)}


def over_images(table: pd.DataFrame) -> dict[tuple[str, float], Contrast]:
    """Of one repetition, for each population but the dense: identified images beyond those of a second dense one.

    A value is an image: 1 where only this population makes it a PIE, −1 where only the second dense one does.
    """
    rows = tables.part(table, "level", "plain", controls=True)
    rows = rows[(rows["seed"] == rows["seed"].min()) & (rows["population"] != AGAIN)]
    found = {}
    for row in rows.itertuples():
        values = np.zeros(int(row.images))
        more, fewer = int(row.pies - row.common), int(row.null_pies - row.common)
        values[:more], values[more : more + fewer] = 1, -1
        found[row.population, row.level] = of_values(values, over="images")  # so many that t is Wald's
    return found


def forgotten_by_members(table: pd.DataFrame) -> Contrast:
    """The share of wrong labels that dense networks repeat less that of pruned ones, over the networks of a run."""
    return contrast(-tables.members_apart(table, "planted", "repeated"), over="members", interval="bootstrap")


def clean_gain(table: pd.DataFrame) -> pd.Series:
    """Accuracy of pruned less that of dense networks on untouched images that nobody learnt from, by seed."""
    rows = tables.at(tables.shares(table, "planted"))
    rows = rows[rows["group"] == PLANTED[0]].set_index("seed")
    return rows["pruned_accuracy"] - rows["dense_accuracy"]


def _planted(table: pd.DataFrame, controlled: bool) -> dict[str, pd.Series]:
    """How much more often images that were spoilt or had a wrong label are PIEs; and who repeats wrong labels."""
    asked, learnt = (tables.identified(table, images) for images in ("test", "train"))
    spoilt, taught = asked["corrupted"] - asked["plain"], learnt["wrong label"] - learnt["plain"]
    found = {"spoilt": spoilt, "taught": taught, "clean": clean_gain(table)}
    rows = tables.controls(table)
    rows = rows[rows["experiment"] == "planted"].set_index("seed")
    # forgotten-: wrong labels that dense networks repeat, less those of others; kept: of pruned, less of brief ones.
    for name, mine in rows.groupby("population"):
        found[f"forgotten-{name}"] = mine["dense_repeated"] - mine["repeated"]
    return found | ({"kept": tables.beside_controls(table, "repeated", "planted", SHORT)} if controlled else {})


def _minority(table: pd.DataFrame, controlled: bool) -> dict[str, pd.Series]:
    """The minority's share among PIEs less that among other images, and how far its accuracy lies behind."""
    group = tables.smallest_group(table)
    found = {
        "over": tables.over_index(table, "minority", group),
        "over-again": tables.over_index(table, "minority", group, which="again"),
        "behind": tables.gaps(table)["dense"],
    }
    return found | ({"small-behind": -tables.beside_controls(table, "gap", "minority", SMALL)} if controlled else {})
