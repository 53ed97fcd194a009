"""The numbers that chapter 8's text needs: one function a section, a dash where a run has none."""

import pandas as pd

from pruneuq_helpers.chapters.forgotten_examples import tables
from pruneuq_helpers.chapters.forgotten_examples.contrasts import clean_gain
from pruneuq_helpers.chapters.forgotten_examples.images import PLANTED
from pruneuq_helpers.chapters.forgotten_examples.networks import PRUNED, SHORT, SMALL
from pruneuq_helpers.claims import with_interval
from pruneuq_helpers.text import plus_minus

NONE = "–"


def scale(study) -> dict:
    """How large the run is."""
    found = {name: getattr(study, name) for name in ("seeds", "members", "minority")}
    found |= {"wrong-share": study.wrong_labels, "corrupted-share": study.corrupted}
    return found | {"low": min(study.levels), "top": max(study.levels)}


def classes(table: pd.DataFrame) -> dict:
    """What became of the classes at the highest level, and between two dense populations."""
    top, again = (tables.impacted(table, which) for which in ("top", "again"))
    dense, pruned = (tables.sample_accuracy(table, who, "all", held_out=False) for who in ("dense", "pruned"))
    return {
        "top1-lost": plus_minus(100 * (dense - pruned), 1),
        "classes": int(top["classes"].max()),
        "impacted": plus_minus(top["impacted"], 1),
        "impacted-bh": plus_minus(tables.impacted(table, "top", "significant_bh")["impacted"], 1),
        "impacted-again": plus_minus(again["impacted"], 1),
        "impacted-low": plus_minus(tables.impacted(table, "low")["impacted"], 1),
        "gaining": plus_minus(top["gaining"], 1),
        "losing": plus_minus(top["losing"], 1),
        "worst": plus_minus(100 * top["worst"], 1),
        "worst-again": plus_minus(100 * again["worst"], 1),
    }


def counts(table: pd.DataFrame) -> dict:
    """Identified examples at both ends, and between dense populations."""
    rows = tables.part(table, "level", "plain")
    low, top = tables.at(rows, "low"), tables.at(rows)
    return {
        "images": int(rows["images"].max()),
        "null": plus_minus(top["null"], 1),
        "pies-low": plus_minus(low["matched"], 1),
        "pies-top": plus_minus(top["matched"], 1),
        "excess-low": with_interval(low["excess"], 1),
        "excess-top": with_interval(top["excess"], 1),
    }


def three_sets(table: pd.DataFrame) -> dict:
    """Accuracy on identified and all images, in percent, and on those on which dense populations differ."""
    accuracy, found = tables.sample_accuracy, {}
    for who in ("dense", "pruned"):
        found[f"{who}-pie"] = plus_minus(100 * accuracy(table, who, "PIE"), 0)
        found[f"{who}-all"] = plus_minus(100 * accuracy(table, who, "all"), 1)
    null = accuracy(table, "dense", "PIE", "again")
    differ = with_interval(100 * (accuracy(table, "dense", "PIE") - null), 0)
    return found | {"null-pie": plus_minus(100 * null, 0), "pie-less-null": differ}


def entropy(table: pd.DataFrame) -> dict:
    """What the entropy of dense networks knows of the identified examples of the highest level."""
    rows = tables.at(tables.part(table, "level", "plain"))
    return {
        "auroc": plus_minus(rows["entropy_auroc"], 2),
        "overlap": plus_minus(100 * rows["entropy_overlap"], 0),
        "pies-wrong": plus_minus(100 * rows["pies_wrong"], 0),
        "entropy-wrong": plus_minus(100 * rows["entropy_wrong"], 0),
    }


def planted(table: pd.DataFrame) -> dict:
    """What became of planted faults at the highest level, in percent of each group; points gained on untouched images
    that nobody learnt from.
    """
    asked, learnt = (tables.identified(table, images) for images in ("test", "train"))
    again = tables.identified(table, "train", "again")
    wrong = "wrong label"
    shares = {f"asked-{group.replace(' ', '-')}": asked[group] for group in PLANTED}
    shares |= {"learnt-plain": learnt["plain"], "learnt-wrong-label": learnt[wrong]}
    found = {name: plus_minus(100 * values, 0) for name, values in shares.items()}
    found["learnt-wrong-label-again"] = plus_minus(100 * again[wrong], 0)
    there = (table["experiment"] == "planted").any()
    return found | {"clean": with_interval(100 * clean_gain(table), 1) if there else NONE}


def minority(table: pd.DataFrame) -> dict:
    """How a minority fares at the highest level, in points."""
    names = ("minority-share", "minority-again", "gap-dense", "gap-pruned", "gap-wider")
    if not (table["experiment"] == "minority").any():
        return dict.fromkeys(names, NONE)
    group, gap = tables.smallest_group(table), tables.gaps(table)
    over = [tables.over_index(table, "minority", group, which=which) for which in ("top", "again")]
    values = [plus_minus(100 * each, 0) for each in over]
    values += [plus_minus(100 * gap[who], 0) for who in ("dense", "pruned")]
    return dict(zip(names, [*values, with_interval(100 * (gap["pruned"] - gap["dense"]), 1)], strict=True))


def controls(table: pd.DataFrame) -> dict:
    """Wrong labels that pruned, dense, small and briefly trained networks repeat, in percent, and how far each leaves
    a minority behind, in points.
    """
    rows = tables.controls(table)
    found = {"repeated-dense": plus_minus(100 * _of(rows, PRUNED, "planted", "dense_repeated"), 0)}
    for who in (PRUNED, SMALL, SHORT):
        found[f"repeated-{who}"] = plus_minus(100 * _of(rows, who, "planted", "repeated"), 0)
    for who in (PRUNED, SMALL):
        found[f"behind-{who}"] = plus_minus(100 * _of(rows, who, "minority", "gap"), 0)
    found["short-epochs"] = plus_minus(_of(rows, SHORT, "planted", "epochs"), 0)
    off = _of(rows, SHORT, "planted", "accuracy") - _of(rows, PRUNED, "planted", "accuracy")
    return found | {"short-off": plus_minus(100 * off, 1)}


def _of(rows: pd.DataFrame, population: str, experiment: str, column: str) -> pd.Series:
    """A column of the controls by seed; nothing where this run has none."""
    mine = rows[(rows["population"] == population) & (rows["experiment"] == experiment)].set_index("seed")
    return mine[column] if column in mine else pd.Series(dtype=float)
