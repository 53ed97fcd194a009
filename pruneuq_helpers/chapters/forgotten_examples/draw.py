"""Chapter 8's figures: class shifts as bars, counts beside the null, accuracy on three sets, shares of groups."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from pruneuq_helpers.chapters.forgotten_examples.networks import AGAIN
from pruneuq_helpers.chapters.forgotten_examples.tables import part, shares
from pruneuq_helpers.figures.drawing import Drawing, Frames
from pruneuq_helpers.figures.plots import lines
from pruneuq_helpers.figures.styling import COLOURS, INK, MUTED, legend_above, new_figure
from pruneuq_helpers.figures.trends import trend

NULL, PRUNED = "dense against dense", "pruned against dense"
LEVEL = "level of weights"


def class_shifts(table: pd.DataFrame) -> Frames:
    """What happens to every class, level by level; level 0 is the control."""
    levels = sorted(part(table, "class", "plain")["level"].unique())
    return Frames(
        lambda level: class_bars(table, level),
        levels,
        "fig-class-shifts",
        "Change of every class's recall from dense to pruned networks, mean ± sample standard deviation over "
        "repetitions. Hatched: impacted (p ≤ 0.05) in most of them. Level 0 sets two dense populations against each "
        "other.",
        lambda level: describe_classes(table, level),
        label=LEVEL,
        start=len(levels) - 1,
    )


def class_summary(table: pd.DataFrame, level: float) -> pd.DataFrame:
    """What happens to every class at a level, over seeds; at level 0 between two dense populations."""
    rows = part(table, "class", "plain")
    rows = rows[rows["level"] == level].assign(change=lambda r: r["pruned_accuracy"] - r["dense_accuracy"])
    rows = rows.assign(impacted=rows["significant"].astype(bool))
    found = rows.groupby("class", sort=False).agg(
        change=("change", "mean"),
        change_sd=("change", "std"),
        normalised=("normalised_recall_difference", "mean"),
        normalised_sd=("normalised_recall_difference", "std"),
        impacted=("impacted", "sum"),
        seeds=("impacted", "size"),
    )
    return found


def class_bars(table: pd.DataFrame, level: float) -> Figure:
    """S4's bar charts: recall change of every class as a bar, dark where most seeds call it significant; the change
    relative to the whole as a mark.
    """
    found = class_summary(table, level)
    fig = new_figure(6.4, 3.6)
    ax, place = fig.subplots(), np.arange(len(found))
    most = (found["impacted"] > found["seeds"] / 2).to_numpy()
    whiskers = {"ecolor": INK, "elinewidth": 1, "capsize": 2}
    for chosen, colour, hatch, name in (
        (most, COLOURS[1], "///", "impacted in most seeds"),
        (~most, "#c3c7cb", "", "not in most"),
    ):
        spread = 100 * found["change_sd"].fillna(0)[chosen]
        ax.bar(
            place[chosen], 100 * found["change"][chosen], 0.7, yerr=spread, error_kw=whiskers, color=colour,
            hatch=hatch, edgecolor="white", label=f"recall, {name}",
        )  # fmt: skip
    ax.plot(place, 100 * found["normalised"], "D", color=COLOURS[0], label="recall beyond that of the whole")
    ax.axhline(0, color=MUTED, linewidth=0.8)
    names = [f"{row.Index}\n{row.impacted} of {row.seeds}" for row in found.itertuples()]
    ax.set_xticks(place, names, fontsize=8)
    ax.set_ylim(*_limits(table))
    ax.set(xlabel="class; in how many seeds it is impacted", ylabel="change, points")
    ax.grid(visible=False, axis="x")
    legend_above(ax)
    return fig


def describe_classes(table: pd.DataFrame, level: float) -> str:
    """Say how many classes are impacted at a level, and which lose and gain most beyond the whole."""
    found = class_summary(table, level)
    mean = found["impacted"].sum() / found["seeds"].max()
    low, high = found["normalised"].idxmin(), found["normalised"].idxmax()
    who = "two dense populations" if level == 0 else f"level {level:g}"
    return (
        f"{who}: {mean:.1f} of {len(found)} classes impacted a seed; beyond the whole, class {low} loses most, "
        f"{100 * abs(found['normalised'][low]):.1f} points, and class {high} gains most, "
        f"{100 * found['normalised'][high]:.1f}"
    )


def counts(table: pd.DataFrame) -> pd.DataFrame:
    """Identified examples in percent of the images, pruned against dense and dense against dense, same sizes."""
    rows = part(table, "level", "plain")
    rows = rows[rows["population"] == "pruned"]
    parts = [
        rows[["seed", "level"]].assign(populations=name, PIEs_in_percent=100 * rows[column] / rows["images"])
        for name, column in ((PRUNED, "matched"), (NULL, "null"))
    ]
    return pd.concat(parts, ignore_index=True)


def pies_beside_null(table: pd.DataFrame) -> Drawing:
    """Identified examples by level, and how many nothing would identify."""
    found = counts(table)
    fig = lines(found, "level", "PIEs_in_percent", by="populations", xlabel=LEVEL, ylabel="images that differ, %")
    fig.axes[0].set_ylim(bottom=0)
    return Drawing(
        fig,
        "fig-pies-null",
        "Images with differing modes, in percent: PIEs, and the same count where nothing is pruned. Both sides with as "
        "many members, mean ± sample standard deviation over repetitions.",
        trend(found, "level", "PIEs_in_percent", by="populations"),
    )


def three_sets(table: pd.DataFrame) -> Drawing:
    """S4's Fig 3: accuracy on identified, other and any images, by level, of networks that took no part in the
    choice.
    """
    rows = part(table, "sample", "plain")
    rows = rows[rows["held_out"].astype(bool) & rows["whole"].notna()]
    rows = rows.assign(images=rows["sample"].map({"random": "all"}).fillna(rows["sample"]))
    rows = rows.groupby(["seed", "level", "networks", "images"], as_index=False)["whole"].mean()
    order = {"non-PIE": 0, "all": 1, "PIE": 2}
    rows = rows.sort_values("images", key=lambda names: names.map(order), kind="stable")
    fig, told = new_figure(6.4, 3.6), []
    panels = (("dense networks", ["dense"]), ("pruned networks", ["pruned", AGAIN]))
    for ax, (name, networks) in zip(fig.subplots(1, 2, sharey=True), panels, strict=True):
        mine = rows[rows["networks"].isin(networks)]
        lines(mine, "level", "whole", by="images", ax=ax, legend="none", ylabel="accuracy", xlabel=LEVEL)
        ax.set_title(name, fontsize=10)
        ax.set_ylim(0, 1.02)
        told.append(f"{name}: {trend(mine, 'level', 'whole', by='images').replace('whole', 'accuracy')}")
    fig.legend(*fig.axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=3, handlelength=3.2)
    return Drawing(
        fig,
        "fig-three-sets",
        "Accuracy on PIEs, on other images and on all, of networks that took no part in choosing the PIEs; mean ± "
        "sample standard deviation over repetitions. At level 0 the images are those on which two dense populations "
        "differ.",
        ". ".join(told),
    )


def planted(table: pd.DataFrame) -> Drawing:
    """How often each planted group is identified, by level; level 0 is between two dense populations."""
    fig, told = new_figure(6.4, 3.5), []
    panels = (("test", "images asked about"), ("train", "images learnt from"))
    for ax, (images, title) in zip(fig.subplots(1, 2), panels, strict=True):
        rows = shares(table, "planted", images).assign(percent=lambda r: 100 * r["identified"])
        rows = rows.assign(group=rows["group"].replace({"plain": "untouched"}))
        lines(rows, "level", "percent", by="group", ax=ax, legend="none", xlabel=LEVEL, ylabel="PIEs, % of the group")
        ax.set_ylim(bottom=0)
        ax.set_title(title, fontsize=10)
        told.append(f"{title}: {trend(rows, 'level', 'percent', by='group')} of the group identified")
    fig.legend(*fig.axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=3, handlelength=3.2)
    return Drawing(
        fig,
        "fig-planted",
        "How often an image is a PIE, by what was planted in it; mean ± sample standard deviation over repetitions. At "
        "level 0 between two dense populations. The two scales differ.",
        ". ".join(told),
    )


def _limits(table: pd.DataFrame) -> tuple[float, float]:
    """One scale for all levels, so that a slider's frames compare."""
    rows = [class_summary(table, level) for level in sorted(part(table, "class", "plain")["level"].unique())]
    ends = [value for found in rows for value in _ends(found)]
    return 100 * min(ends) - 0.5, 100 * max(ends) + 0.5


def _ends(found: pd.DataFrame) -> list[float]:
    spread = found["change_sd"].fillna(0)
    return [
        float((found["change"] - spread).min()),
        float((found["change"] + spread).max()),
        float(found["normalised"].min()),
        float(found["normalised"].max()),
    ]
