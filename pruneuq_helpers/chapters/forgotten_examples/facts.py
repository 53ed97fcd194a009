"""The numbers that chapter 8's text needs: one function a section, a dash where a run has none."""

import pandas as pd

from pruneuq_helpers.chapters.forgotten_examples import contrasts, tables
from pruneuq_helpers.chapters.forgotten_examples.contrasts import clean_gain
from pruneuq_helpers.chapters.forgotten_examples.images import PLANTED
from pruneuq_helpers.chapters.forgotten_examples.networks import PRUNED, SHORT, SMALL
from pruneuq_helpers.claims import with_interval
from pruneuq_helpers.text import interval, plus_minus

NONE = "–"


def scale(study) -> dict:
    """How large the run is."""
    found = {name: getattr(study, name) for name in ("seeds", "members", "minority")}
    return found | {"wrong-share": study.wrong_labels, "low": min(study.levels), "top": max(study.levels)}


def counts(table: pd.DataFrame) -> dict:
    """Identified examples at both ends, and between dense populations; points of accuracy lost at the highest level."""
    rows = tables.part(table, "level", "plain")
    low, top = tables.at(rows, "low"), tables.at(rows)
    return {
        "null": plus_minus(top["null"], 1),
        "pies-low": plus_minus(low["matched"], 1),
        "pies-top": plus_minus(top["matched"], 1),
        "small-fewer": with_interval(tables.beside_controls(table, "pies", "plain", SMALL), 1),
        "short-fewer": with_interval(tables.beside_controls(table, "pies", "plain", SHORT), 1),
        "top1-lost": with_interval(100 * tables.lost(table), 1),
    }


def large(table: pd.DataFrame) -> dict:
    """Of a larger run's first repetition: images that change beyond those of a second dense population, and accuracy.

    The lowest, the middle and the highest level go by `low`, `middle` and `top`.
    """
    rows = tables.part(table, "level", "plain", controls=True)
    rows = rows[rows["seed"] == rows["seed"].min()]
    levels = sorted(rows.loc[rows["population"] == PRUNED, "level"])
    low, middle, top = levels[0], levels[len(levels) // 2], levels[-1]
    known = {middle: "middle", low: "low", top: "top"}
    numbers = {
        "low": f"{low:g}",
        "middle": f"{middle:g}",
        "top": f"{top:g}",
        "images": int(rows["images"].iloc[0]),
        "null": int(rows["null_pies"].iloc[0]),
        "accuracy": f"{rows['dense_accuracy'].iloc[0]:.3f}",
    }
    for (who, level), found in contrasts.over_images(table).items():
        mine = rows[(rows["population"] == who) & (rows["level"] == level)].iloc[0]
        excess = (len(found.values) * value for value in (found.effect, found.low, found.high))
        name = known.get(level, f"{level:g}") if who == PRUNED else who
        numbers |= {
            f"pies-{name}": int(mine["pies"]),
            f"epochs-{name}": int(mine["epochs"]),
            f"excess-{name}": interval(*excess, 0, signed=True),
            f"lost-{name}": f"{100 * (mine['dense_accuracy'] - mine['accuracy']):.1f}",
        }
    return {f"large-{name}": value for name, value in numbers.items()}


def large_forgotten(table: pd.DataFrame) -> dict:
    """Of the same run: wrong labels that dense and pruned networks repeat, in percent."""
    found = tables.of_members(table, "planted", "repeated")
    return {f"large-repeated-{who}": f"{100 * found[who].mean():.1f}" for who in ("dense", "pruned")}


def forgotten(table: pd.DataFrame) -> dict:
    """Wrong labels that pruned, dense, small and briefly trained networks repeat, in percent."""
    rows = tables.controls(table)
    dense, pruned = (_of(rows, PRUNED, "planted", column) for column in ("dense_repeated", "repeated"))
    small, short = (_of(rows, who, "planted", "repeated") for who in (SMALL, SHORT))
    off = _of(rows, SHORT, "planted", "accuracy") - _of(rows, PRUNED, "planted", "accuracy")
    learnt = tables.identified(table, "train")
    return {
        "repeated-dense": plus_minus(100 * dense, 0),
        "repeated-pruned": plus_minus(100 * pruned, 0),
        "repeated-small": plus_minus(100 * small, 0),
        "repeated-short": plus_minus(100 * short, 0),
        "forgotten": with_interval(100 * (dense - pruned), 0),
        "short-more": with_interval(100 * (pruned - short), 0),
        "short-epochs": plus_minus(_of(rows, SHORT, "planted", "epochs"), 0),
        "short-off": with_interval(100 * off, 1),
        "learnt-plain": plus_minus(100 * learnt[PLANTED[0]], 0),
        "learnt-wrong-label": plus_minus(100 * learnt["wrong label"], 0),
        "clean": with_interval(100 * clean_gain(table), 1) if len(dense) else NONE,
    }


def classes(table: pd.DataFrame) -> dict:
    """What became of the classes at the highest level, and between two dense populations."""
    top, again = (tables.impacted(table, which) for which in ("top", "again"))
    shifts = tables.shifts(tables.at(tables.part(table, "class", "plain")))
    return {
        "classes": int(top["classes"].max()),
        "steady": int(((shifts["low"] > 0) | (shifts["high"] < 0)).sum()),
        "impacted": plus_minus(top["impacted"], 1),
        "impacted-bh": plus_minus(tables.impacted(table, "top", "significant_bh")["impacted"], 1),
        "impacted-again": plus_minus(again["impacted"], 1),
    }


def hardness(table: pd.DataFrame) -> dict:
    """How hard identified examples are, and those on which dense populations differ; what their entropy knows."""
    accuracy = tables.sample_accuracy
    pie, whole = accuracy(table, "dense", "PIE"), accuracy(table, "dense", "all")
    null = accuracy(table, "dense", "PIE", "again")
    rows = tables.at(tables.part(table, "level", "plain"))
    asked = tables.identified(table)
    return {
        "dense-pie": plus_minus(100 * pie, 0),
        "dense-all": plus_minus(100 * whole, 1),
        "null-pie": plus_minus(100 * null, 0),
        "pie-less-null": with_interval(100 * (pie - null), 0, signed=True),
        "auroc": plus_minus(rows["entropy_auroc"], 2),
        "overlap": plus_minus(100 * rows["entropy_overlap"], 0),
        "asked-plain": plus_minus(100 * asked[PLANTED[0]], 0),
        "asked-corrupted": plus_minus(100 * asked["corrupted"], 0),
    }


def minority(table: pd.DataFrame) -> dict:
    """How a minority fares at the highest level, in points."""
    names = ("minority-share", "minority-again", "gap-dense", "gap-wider", "gap-small")
    if not (table["experiment"] == "minority").any():
        return dict.fromkeys(names, NONE)
    group, gap = tables.smallest_group(table), tables.gaps(table)
    over = [tables.over_index(table, "minority", group, which=which) for which in ("top", "again")]
    small = _of(tables.controls(table), SMALL, "minority", "gap")
    values = [plus_minus(100 * each, 0) for each in (*over, gap["dense"])]
    wider = with_interval(100 * (gap["pruned"] - gap["dense"]), 1, signed=True)
    return dict(zip(names, [*values, wider, plus_minus(100 * small, 0)], strict=True))


def _of(rows: pd.DataFrame, population: str, experiment: str, column: str) -> pd.Series:
    """A column of the controls by seed; nothing where this run has none."""
    mine = rows[(rows["population"] == population) & (rows["experiment"] == experiment)].set_index("seed")
    return mine[column] if column in mine else pd.Series(dtype=float)
