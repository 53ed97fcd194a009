"""Chapter 5's figures of images from outside: AUROC, confidences, S2's panel, and who chose the class."""

from collections.abc import Mapping, Sequence
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from torch import Tensor

from pruneuq_helpers.chapters.tickets_and_calibration import tables
from pruneuq_helpers.chapters.tickets_and_calibration.draw import MATTERS, draw_image, forest, one_legend
from pruneuq_helpers.figures.drawing import Drawing, Frames
from pruneuq_helpers.figures.styling import COLOURS, INK, look, new_figure
from pruneuq_helpers.study.images import Shown


def auroc(table: pd.DataFrame) -> Drawing:
    """Change of the AUROC up to the highest level, set by set."""
    sets = list(tables.outside_of(table)["set"].unique())
    fig = new_figure(6.4, 0.5 * len(sets) + 1.4)
    groups = {
        f"{tables.LAYERS[scope]} pruned": {name: tables.outside_change(table, "auroc", scope, name) for name in sets}
        for scope in table["scope"].unique()
    }
    told = forest(fig.subplots(), groups, MATTERS["auroc"], "AUROC")
    one_legend(fig.axes)
    caption = (
        "How well a network tells images from outside from test images: AUROC of 1 − confidence of the tickets of "
        "the highest level, minus that of the dense networks; 95 % intervals over seeds. Left of 0, pruning has made "
        "it worse. Grey: too little to matter."
    )
    return Drawing(fig, "fig-conv-auroc", caption, f"Changes since the dense networks. {'; '.join(told)}.")


def confidences(table: pd.DataFrame) -> Frames:
    """Confidence on test images and on every set from outside, a frame a level."""
    scope = table["scope"].unique()[-1]
    levels = sorted(table["level"].dropna().unique())
    shares = {level: tables.mean_histogram(table, level, scope) for level in levels}
    return Frames(
        lambda level: histograms(shares[level], f"level {level:g}"),
        levels,
        "fig-conv-histograms",
        "Confidence on test images (grey) and on images from outside (line), mean over seeds; iterative tickets, "
        f"{tables.LAYERS[scope]} pruned.",
        lambda level: f"Level {level:g}: {share_of_sure(shares[level])}",
        format="{:g}",
    )


def histograms(shares: pd.DataFrame, title: str) -> Figure:
    """One small panel a set from outside, the test images behind it."""
    sets = [name for name in shares["set"].unique() if name != "test images"]
    columns = min(2, len(sets))
    rows = -(-len(sets) // columns)
    fig = new_figure(6.4, 1.9 * rows + 0.5)
    axes = fig.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    own = shares[shares["set"] == "test images"]
    edges = np.append(own["bin_low"].to_numpy(), own["bin_high"].iloc[-1])
    for place, (ax, name) in enumerate(zip(axes, sets, strict=False)):
        foreign = shares[shares["set"] == name]
        ax.stairs(own["share"].to_numpy(), edges, fill=True, color="#b9bdc1")
        ax.stairs(foreign["share"].to_numpy(), edges, linewidth=2, color=look(place)["color"])
        ax.set_title(name, fontsize=10)
        ax.set(xlim=(0, 1), ylim=(0, 1))
    for ax in axes[len(sets) :]:
        ax.axis("off")
    fig.supxlabel("confidence", fontsize=11)
    fig.supylabel("share of images", fontsize=11)
    fig.suptitle(title, fontsize=11, x=0.01, ha="left")
    return fig


def share_of_sure(shares: pd.DataFrame) -> str:
    """What share of each set's images is given a confidence above 0.9, in words."""
    sure = shares[shares["bin_low"] > 0.899].groupby("set", sort=False)["share"].sum()
    return "share with confidence above 0.9: " + ", ".join(f"{name} {share:.2f}" for name, share in sure.items())


def panel(table: pd.DataFrame, shown: Shown) -> Drawing:
    """S0's Fig 10 with a spread: one row a kind of image from outside, one column a level, one bar a class."""
    first = tables.panel_of(table, "first")
    fig = _rows_of_bars(first, _first_images(shown, list(first["kind"].unique())))
    caption = (
        "Class probabilities of the first image of each kind (S0's Fig 10), mean and sample standard deviation over "
        "seeds; linear layers pruned. Dark: the class that the dense networks favour."
    )
    return Drawing(fig, "fig-conv-panel", caption, describe_panel(first))


def _first_images(shown: Shown, kinds: Sequence[str]) -> dict[str, Tensor]:
    found = {}
    for one in (one for one in shown.outside if one.group.ndim == 1):
        for kind in (kind for kind in one.groups if kind in kinds):
            found[kind] = one.images[(one.group == one.groups.index(kind)).nonzero()[0, 0]]
    return {kind: found[kind] for kind in kinds}


def _rows_of_bars(probabilities: pd.DataFrame, images: Mapping[str, Tensor]) -> Figure:
    levels, classes = sorted(probabilities["level"].unique()), list(probabilities["class"].unique())
    fig = new_figure(6.4, 1.25 * len(images) + 0.4)
    axes = fig.subplots(len(images), len(levels) + 1, squeeze=False, sharey=True)
    for row, (kind, image) in zip(axes, images.items(), strict=True):
        row[0].axis("off")
        draw_image(row[0].inset_axes((0, 0.22, 0.95, 0.78)), image)
        row[0].text(0.475, 0.16, fill(kind, 16), ha="center", va="top", fontsize=7, transform=row[0].transAxes)
        mine = probabilities[probabilities["kind"] == kind]
        dense = mine[mine["level"] == levels[0]].groupby("class")["probability"].mean()
        for ax, level in zip(row[1:], levels, strict=True):
            _bars(ax, mine[mine["level"] == level], classes, str(dense.idxmax()))
        row[1].tick_params(labelleft=True)
    for ax, level in zip(axes[0, 1:], levels, strict=True):
        ax.set_title(f"level {level:g}", fontsize=10)
    turn = 90 if max(map(len, classes)) > 2 else 0
    for ax in axes[-1, 1:]:
        ax.set_xticks(range(len(classes)), [_short(name) for name in classes], fontsize=7, rotation=turn)
    fig.supxlabel("class", fontsize=10)
    fig.supylabel("probability", fontsize=10)
    return fig


def _bars(ax, mine: pd.DataFrame, classes: Sequence[str], tallest: str) -> None:
    values = mine.groupby("class")["probability"].agg(["mean", "std"]).reindex(classes)
    colours = [COLOURS[0] if name == tallest else "#9fb4c7" for name in classes]
    whiskers = {"ecolor": INK, "elinewidth": 0.8}
    ax.bar(range(len(classes)), values["mean"], 0.85, color=colours, yerr=values["std"].fillna(0), error_kw=whiskers)
    ax.set(ylim=(0, 1), xticks=[], yticks=[0, 0.5, 1])
    ax.grid(visible=False, axis="x")
    ax.tick_params(labelsize=7)


def describe_panel(probabilities: pd.DataFrame) -> str:
    """Say for every kind which class it is taken for at level 0, and how that class's probability runs."""
    sentences = []
    for kind, mine in probabilities.groupby("kind", sort=False):
        means = mine.groupby(["level", "class"])["probability"].mean().unstack()
        top = means.iloc[0].idxmax()
        values = ", ".join(f"{value:.2f} at level {level:g}" for level, value in means[top].items())
        sentences.append(f"{kind}: class {top} {values}")
    return "; ".join(sentences)


def _short(name: str) -> str:
    return name if len(name) <= 8 else name[:7] + "."


def choices(table: pd.DataFrame) -> Drawing:
    """Change of the probability of a class of outside images, by who chose the class and whom it is read off."""
    found = {name.replace("; ", ";\n"): values for name, values in tables.chosen_class(table).items()}
    fig = new_figure(6.4, 2.8)
    told = forest(fig.subplots(), {"": found}, 0.0, "probability")
    caption = (
        "Change of the probability of the class that a kind of outside image is taken for, mean over kinds, with 95 % "
        "intervals over seeds. The ticket is that of the highest level, linear layers pruned."
    )
    return Drawing(fig, "fig-conv-judge", caption, "; ".join(told).replace("\n", " ") + ".")
