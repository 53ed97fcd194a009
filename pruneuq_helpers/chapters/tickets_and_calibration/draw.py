"""Chapter 5's own figures: example images, histograms inside and outside, and S2's panel of class probabilities."""

from collections.abc import Mapping, Sequence
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from torch import Tensor

from pruneuq_helpers.chapters.tickets_and_calibration.tables import explanations
from pruneuq_helpers.figures.plots import lines
from pruneuq_helpers.figures.styling import COLOURS, INK, look, new_figure
from pruneuq_helpers.figures.trends import trend


def examples(named: Mapping[str, Tensor], count: int = 8) -> Figure:
    """The first images of each set, one row a set."""
    fig = new_figure(6.4, 0.72 * len(named))
    axes = fig.subplots(len(named), count, squeeze=False)
    for row, (name, images) in zip(axes, named.items(), strict=True):
        for ax, image in zip(row, images[:count], strict=False):
            _draw(ax, image)
        for ax in row:
            ax.axis("off")
        row[0].text(-0.3, 0.5, name, ha="right", va="center", transform=row[0].transAxes)
    return fig


def confidences(shares: pd.DataFrame, title: str) -> Figure:
    """How confident a network is on test images and on every set from outside: one small panel a set."""
    sets = [name for name in shares["set"].unique() if name != "test images"]
    columns = min(2, len(sets))
    rows = -(-len(sets) // columns)
    fig = new_figure(6.4, 1.9 * rows + 0.5)
    axes = fig.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    own = shares[shares["set"] == "test images"]
    for place, (ax, name) in enumerate(zip(axes, sets, strict=False)):
        foreign = shares[shares["set"] == name]
        edges = np.append(own["bin_low"].to_numpy(), own["bin_high"].iloc[-1])
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


def describe_confidences(shares: pd.DataFrame) -> str:
    """Say for every set what share of its images is given a confidence above 0.9."""
    sure = shares[shares["bin_low"] > 0.899].groupby("set", sort=False)["share"].sum()
    return "share with confidence above 0.9: " + ", ".join(f"{name} {share:.2f}" for name, share in sure.items())


def controls(several: Sequence[pd.DataFrame]) -> tuple[Figure, str]:
    """Calibration error of iterative tickets and of their controls, one panel a data set."""
    fig, told = new_figure(6.4, 3.6), []
    for ax, table in zip(fig.subplots(1, len(several), squeeze=False)[0], several, strict=True):
        why, name = explanations(table), table["data"].iloc[0]
        lines(why, "level", "ece", by="network", ax=ax, ylabel="ECE, 10 bins", legend="none")
        ax.set_title(name, fontsize=10)
        ax.set_ylim(bottom=0)
        told.append(f"{name}: {trend(why, 'level', 'ece', by='network')}")
    fig.legend(*fig.axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=2, handlelength=3.2)
    return fig, ". ".join(told)


def panel(probabilities: pd.DataFrame, images: Mapping[str, Tensor]) -> Figure:
    """S0's Fig 10 with a spread: one row a kind of image from outside, one column a level, one bar a class."""
    levels, classes = sorted(probabilities["level"].unique()), list(probabilities["class"].unique())
    fig = new_figure(6.4, 1.25 * len(images) + 0.4)
    axes = fig.subplots(len(images), len(levels) + 1, squeeze=False, sharey=True)
    for row, (kind, image) in zip(axes, images.items(), strict=True):
        row[0].axis("off")
        _draw(row[0].inset_axes((0, 0.22, 0.95, 0.78)), image)
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


def describe_panel(probabilities: pd.DataFrame) -> str:
    """Say for every kind which class it is taken for at level 0, and how that class's probability runs."""
    sentences = []
    for kind, mine in probabilities.groupby("kind", sort=False):
        means = mine.groupby(["level", "class"])["probability"].mean().unstack()
        top = means.iloc[0].idxmax()
        values = ", ".join(f"{value:.2f} at level {level:g}" for level, value in means[top].items())
        sentences.append(f"{kind}: class {top} {values}")
    return "; ".join(sentences)


def _bars(ax, mine: pd.DataFrame, classes: Sequence[str], tallest: str) -> None:
    values = mine.groupby("class")["probability"].agg(["mean", "std"]).reindex(classes)
    colours = [COLOURS[0] if name == tallest else "#9fb4c7" for name in classes]
    whiskers = {"ecolor": INK, "elinewidth": 0.8}
    ax.bar(range(len(classes)), values["mean"], 0.85, color=colours, yerr=values["std"].fillna(0), error_kw=whiskers)
    ax.set(ylim=(0, 1), xticks=[], yticks=[0, 0.5, 1])
    ax.grid(visible=False, axis="x")
    ax.tick_params(labelsize=7)


def _draw(ax, image: Tensor) -> None:
    """Show an image, normalised or not, from its darkest to its lightest value."""
    pixels = image.permute(1, 2, 0).float()
    pixels = ((pixels - pixels.min()) / (pixels.max() - pixels.min()).clamp(min=1e-6)).numpy()
    ax.imshow(pixels[..., 0] if pixels.shape[2] == 1 else pixels, cmap="gray", interpolation="nearest")
    ax.axis("off")


def _short(name: str) -> str:
    return name if len(name) <= 8 else name[:7] + "."
