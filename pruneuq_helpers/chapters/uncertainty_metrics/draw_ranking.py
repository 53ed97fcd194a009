"""Figures of chapter 4 on ranking: sparsification plots, ties, and variances."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from pruneuq_helpers import figures, metrics
from pruneuq_helpers.chapters.uncertainty_metrics.draw import log_axis
from pruneuq_helpers.chapters.uncertainty_metrics.ranking import spoilt
from pruneuq_helpers.chapters.uncertainty_metrics.tables import experiment
from pruneuq_helpers.claims import contrast, with_interval
from pruneuq_helpers.figures.drawing import Drawing, Frames
from pruneuq_helpers.figures.intervals import interval
from pruneuq_helpers.figures.runs import runs
from pruneuq_helpers.figures.styling import COLOURS, LINES, MUTED, legend_above

SHARES = [0.0, 0.25, 0.5, 1.0]


def sparsification(probs, labels) -> Frames:
    """A sparsification plot; the slider deals a share of the uncertainties out at random."""
    doubt = metrics.msp(probs)
    highest = 1.35 * (1 - metrics.accuracy(probs, labels))

    def plot(share: float) -> tuple[pd.DataFrame, str]:
        mixed = spoilt(doubt, share)
        areas = metrics.ause(probs, labels, mixed), metrics.aurg(probs, labels, mixed)
        return metrics.sparsification(probs, labels, mixed), "AUSE {:.3f}, AURG {:.3f}".format(*areas)

    def draw(share: float) -> Figure:
        curves, title = plot(share)
        return _curves(curves, title, highest)

    def alt(share: float) -> str:
        curves, title = plot(share)
        half = curves.set_index("fraction").loc[0.5]
        return (
            f"With {share:.0%} of the uncertainties dealt out at random: {title}. The error is "
            f"{curves['error'][0]:.3f} at first; with half of the images removed it is {half['error']:.3f}, the "
            f"oracle's {half['oracle']:.3f}."
        )

    caption = "A sparsification plot, after S1's Fig 1: predicted, oracle and random curve. Shaded: the AUSE."
    return Frames(draw, SHARES, "fig-sparsification-slider", caption, alt, label="dealt out at random", format="{:.0%}")


def _curves(curves: pd.DataFrame, title: str, top: float) -> Figure:
    fig = figures.new_figure(6.4, 3.6)
    ax, x = fig.subplots(), curves["fraction"]
    random = np.append(np.full(len(x) - 1, curves["error"].iloc[0]), 0.0)
    named = {"predicted": curves["error"], "oracle": curves["oracle"], "random": random}
    # At random is grey and dotted, as where chapter 7 draws these curves.
    looks = ((COLOURS[0], LINES[0]), (COLOURS[1], LINES[1]), (MUTED, "dotted"))
    for (name, values), (colour, line) in zip(named.items(), looks, strict=True):
        ax.plot(x, values, label=name, color=colour, linestyle=line)
    ax.fill_between(x, curves["oracle"], curves["error"], color=COLOURS[0], alpha=0.15, linewidth=0)
    ax.set(title=title, xlim=(0, 1), ylim=(0, top), xlabel="fraction removed", ylabel="error of the rest")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper left", ncols=3, handlelength=3.2)
    return fig


WAYS = {
    "float32, mistakes first": "mistakes first in the file",
    "float64, average": "ties by their average",
    "float32, mistakes last": "mistakes last in the file",
}


def ties(table: pd.DataFrame) -> Drawing:
    """The AUSE of the same predictions as their softmax saturates, by what is done with ties."""
    rows = experiment(table, "ties").rename(columns={"ause": "AUSE"})
    rows = rows[rows["way"].isin(list(WAYS))].replace({"way": WAYS})
    fig = figures.new_figure()
    ax = fig.subplots()
    runs(ax, rows, "sharpness", "AUSE", "way")
    ax.set(xlabel="factor on the logits", ylabel="AUSE of one network's MSP")
    log_axis(ax.xaxis, sorted(rows["sharpness"].unique()))
    legend_above(ax)
    caption = (
        "The AUSE of the same predictions as their softmax saturates: sorted in float32, or in float64 with ties by "
        "their average. A dot is a seed, a line the mean."
    )
    told = figures.trend(rows, "sharpness", "AUSE", by="way")
    return Drawing(fig, "fig-ties", caption, f"Curves of AUSE against the factor on the logits: {told}.")


def gains(table: pd.DataFrame) -> Drawing:
    """What each uncertainty of ensemble and MC dropout gains over removing images at random."""
    rows = experiment(table, "ranking")
    rows = rows[rows["source"] != "one network"].replace({"source": {"dropout": "MC dropout"}})
    kinds, sources = (list(rows[column].unique()) for column in ("uncertainty", "source"))
    fig, told = figures.new_figure(6.4, 3.7), []
    ax = fig.subplots()
    for (kind, source), values in rows.groupby(["uncertainty", "source"], sort=False)["aurg"]:
        at, place, found = kinds.index(kind), sources.index(source), contrast(values)
        interval(ax, at + 0.15 * (2 * place - 1), found, place, "" if at else source)
        told.append(f"{kind}, {source}: {with_interval(found)}")
    ax.axhline(0, color=MUTED, linewidth=1)
    ax.set_xticks(range(len(kinds)), [kind.replace(" ", "\n") for kind in kinds])
    ax.grid(visible=False, axis="x")
    ax.set_ylabel("area gained (AURG)")
    legend_above(ax)
    caption = (
        "What each uncertainty gains over removing images at random; below zero it is worse than that. Small dots: "
        "seeds; bars: 95 % intervals."
    )
    return Drawing(
        fig, "fig-variance-gain", caption, "Area gained over a random order, a point a seed. " + "; ".join(told) + "."
    )
