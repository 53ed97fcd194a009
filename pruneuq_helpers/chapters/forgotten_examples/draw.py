"""Chapter 8's figures: counts beside the null, what is forgotten and by whom else, shifts of classes beside chance."""

import numpy as np
import pandas as pd

from pruneuq_helpers.chapters.forgotten_examples import contrasts, tables
from pruneuq_helpers.chapters.forgotten_examples.networks import PRUNED, SHORT, SMALL
from pruneuq_helpers.figures.drawing import Drawing
from pruneuq_helpers.figures.paired import beside, pairs, pairs_in_words
from pruneuq_helpers.figures.styling import COLOURS, MUTED, legend_above, new_figure
from pruneuq_helpers.text import count

NETWORKS = {PRUNED: "pruned", SMALL: "small from\nthe start", SHORT: "stopped early"}
MOST_CLASSES = 20  # that a figure can hold


def pies_beside_null(table: pd.DataFrame) -> Drawing:
    """Identified examples of each level beside those that nothing would identify."""
    rows = tables.part(table, "level", "plain")
    rows = rows[rows["population"] == PRUNED].set_index("seed")
    levels = {f"level {level:g}": beside(part["null"], part["matched"]) for level, part in rows.groupby("level")}
    images = count(int(rows["images"].max()))
    names = "dense against dense", "dense against pruned"
    fig = pairs(levels, names, f"images that get another answer, of {images}", 1)
    fig.axes[0].set_xlim(left=0)
    return Drawing(
        fig,
        "fig-pies-null",
        "Images on which the modal labels of two populations differ. Hollow: two dense populations; filled: a dense "
        "and a pruned one, as many members on either side. A line is one repetition; on the right the excess.",
        f"Images with differing modal labels, of {images}, {names[0]} and {names[1]}: {pairs_in_words(levels, 1)}.",
    )


def changed_images(table: pd.DataFrame) -> Drawing:
    """Images that get another answer in one repetition: of a second dense population, each level, and the controls."""
    beyond = contrasts.over_images(table)
    rows = tables.part(table, "level", "plain", controls=True)
    rows = rows[rows["seed"] == rows["seed"].min()]
    null, images = int(rows["null_pies"].iloc[0]), int(rows["images"].iloc[0])
    asked = f"of {count(images)}"
    fig = new_figure(5.9, 0.9 + 0.45 * len(beyond))
    ax = fig.subplots()
    ax.axvline(null, color=MUTED, linewidth=1, linestyle="--")
    ax.annotate("dense again", (null, 1), (4, 3), xycoords=("data", "axes fraction"), textcoords="offset points")
    names = [NETWORKS[who].replace("\n", " ") + f", {level:g}" * (who == PRUNED) for who, level in beyond]
    for place, ((who, _), found) in enumerate(beyond.items()):
        low, middle, high = (null + images * value for value in (found.low, found.effect, found.high))
        look = {"color": COLOURS[0] if who == PRUNED else MUTED, "marker": "o" if who == PRUNED else "D"}
        ax.errorbar(middle, place, xerr=[[middle - low], [high - middle]], capsize=2, **look)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlim(left=0)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(f"images that get another answer, of\N{NO-BREAK SPACE}{count(images)}")
    told = [f"{name} {null + images * found.effect:.0f}" for name, found in zip(names, beyond.values(), strict=True)]
    return Drawing(
        fig,
        "fig-changed-images",
        f"Images on which the modal labels of two populations differ, {asked}: the dense population and another. "
        "Dashed: the other is dense, too. A bar is the 95 % interval of the excess, over images.",
        f"Images with another modal label, {asked}: dense again {null}; {'; '.join(told)}.",
    )


def forgotten(table: pd.DataFrame) -> Drawing:
    """Wrong labels repeated by dense networks, and by pruned, small and briefly trained ones."""
    rows = tables.controls(table)
    rows = rows[rows["experiment"] == "planted"].set_index("seed")
    by_name = {name: rows[rows["population"] == who] for who, name in NETWORKS.items()}
    shown = {
        name: beside(100 * part["dense_repeated"], 100 * part["repeated"])
        for name, part in by_name.items()
        if len(part)
    }
    fig = pairs(shown, ("dense networks", "the networks of the row"), "wrong labels repeated, %", 0)
    fig.axes[0].set_xlim(0, 100)
    return Drawing(
        fig,
        "fig-forgotten",
        "How many of the wrong labels that were taught a network repeats. Hollow: dense networks trained to the end; "
        "filled: pruned to the highest level, dense with as few parameters, or dense and as accurate because stopped "
        "early. A line is one repetition.",
        f"Wrong labels repeated, in percent, by dense networks and by others: {pairs_in_words(shown, 0)}.",
    )


def class_shifts(table: pd.DataFrame) -> Drawing:
    """What happens to every class at the highest level beyond the whole, and between two dense populations."""
    rows = tables.part(table, "class", "plain")
    pruned, again = (tables.shifts(tables.at(rows, which)) for which in ("top", "again"))
    pruned = pruned.sort_values("mean")
    if len(pruned) > MOST_CLASSES:
        pruned = pd.concat([pruned.head(MOST_CLASSES // 2), pruned.tail(MOST_CLASSES // 2)])
    fig = new_figure(6.4, 3.6)
    ax, place = fig.subplots(), np.arange(len(pruned))
    for found, step, look in (
        (again.loc[pruned.index], -0.13, {"color": MUTED, "marker": "o", "fillstyle": "none"}),
        (pruned, 0.13, {"color": COLOURS[0], "marker": "o"}),
    ):
        half = np.stack([found["mean"] - found["low"], found["high"] - found["mean"]])
        name = "pruned" if found is pruned else "dense again"
        ax.errorbar(place + step, found["mean"], yerr=half, linestyle="none", capsize=2, label=name, **look)
    ax.axhline(0, color=MUTED, linewidth=0.8)
    ax.set_xticks(place, [f"{row.Index}\n{row.hit}/{row.seeds}" for row in pruned.itertuples()], fontsize=10)
    ax.set_xlabel("class, and in how many repetitions its p\N{NO-BREAK SPACE}≤\N{NO-BREAK SPACE}0.05")
    ax.set_ylabel("change of recall\nminus that of accuracy, points")
    ax.grid(visible=False, axis="x")
    legend_above(ax)
    return Drawing(
        fig,
        "fig-class-shifts",
        "How much more a class's recall changes than the accuracy of all does: mean with its 95 % interval over "
        "repetitions. Filled: from dense to pruned; hollow: from dense to dense again, the control.",
        _classes_in_words(pruned, again),
    )


def _classes_in_words(pruned: pd.DataFrame, again: pd.DataFrame) -> str:
    clear = int(((pruned["low"] > 0) | (pruned["high"] < 0)).sum())
    ends = [f"class {row.Index} {row.mean:+.1f} ({row.low:+.1f} to {row.high:+.1f})"
            for row in (next(pruned.head(1).itertuples()), next(pruned.tail(1).itertuples()))]  # fmt: skip
    widest = again["mean"].abs().max()
    return (
        f"Change of recall beyond the whole, in points, from dense to pruned: {ends[0]} at one end, {ends[1]} at the "
        f"other; {clear} of {len(pruned)} intervals exclude zero. Between dense populations no class moves by more "
        f"than {widest:.1f} in the mean."
    ).replace("-", "−")
