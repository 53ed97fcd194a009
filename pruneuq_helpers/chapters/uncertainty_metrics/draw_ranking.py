"""Figures of chapter 4 on ranking: sparsification plots, ties, and variances."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pruneuq_helpers import figures, metrics
from pruneuq_helpers.chapters.uncertainty_metrics.draw import log_axis
from pruneuq_helpers.chapters.uncertainty_metrics.ranking import spoilt
from pruneuq_helpers.chapters.uncertainty_metrics.tables import experiment
from pruneuq_helpers.figures.drawing import Drawing, Frames
from pruneuq_helpers.figures.styling import COLOURS, LINES, look

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
        return _side_by_side({title: curves}, highest)

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


def listing(probs, labels) -> Drawing:
    """The sparsification plot of S1's listing, as printed and put right."""
    plots, alt = {}, ["Two sparsification plots."]
    for words, literal in {"as printed": True, "put right": False}.items():
        area = metrics.ause(probs, labels, literal=literal)
        curves = metrics.sparsification(probs, labels, literal=literal)
        half = curves.set_index("fraction").loc[0.5]
        plots[f"{words}: {area:.3f}".replace("-", "−")] = curves
        alt.append(
            f"AUSE {words} {area:.3f}: with half removed, the error of the rest is {half['error']:.3f}, the oracle's "
            f"{half['oracle']:.3f}."
        )
    caption = "The listing of S1, as printed and put right. Shaded: the area that each calls AUSE."
    return Drawing(_side_by_side(plots), "fig-listing", caption, " ".join(alt))


def _side_by_side(plots: Mapping[str, pd.DataFrame], top: float | None = None) -> Figure:
    fig = figures.new_figure(6.4, 3.6)
    axes = np.ravel(fig.subplots(1, len(plots)))
    for ax, (title, curves) in zip(axes, plots.items(), strict=True):
        _curves(ax, curves)
        ax.set(title=title, xlim=(0, 1), ylim=(0, top), ylabel="error of the rest" if ax is axes[0] else "")
    handles, names = axes[0].get_legend_handles_labels()
    fig.legend(handles, names, loc="outside upper left", ncols=len(names), handlelength=3.2)
    return fig


def _curves(ax: Axes, curves: pd.DataFrame) -> None:
    x = curves["fraction"]
    random = np.append(np.full(len(x) - 1, curves["error"].iloc[0]), 0.0)
    named = {"predicted": curves["error"], "oracle": curves["oracle"], "random": random}
    for place, (name, values) in enumerate(named.items()):
        ax.plot(x, values, label=name, color=COLOURS[place], linestyle=LINES[place])
    ax.fill_between(x, curves["oracle"], curves["error"], color=COLOURS[0], alpha=0.15, linewidth=0)
    ax.set_xlabel("fraction removed")


def ties(table: pd.DataFrame) -> Drawing:
    """The AUSE of the same predictions as their softmax saturates, by what is done with ties."""
    rows = experiment(table, "ties").rename(columns={"ause": "AUSE"})
    labels = {"xlabel": "factor on the logits", "ylabel": "AUSE of one network's MSP"}
    fig = figures.lines(rows, "sharpness", "AUSE", by="way", **labels)
    log_axis(fig.axes[0].xaxis, sorted(rows["sharpness"].unique()))
    caption = (
        "The AUSE of the same predictions as their softmax saturates, in two precisions. Ties count by their average, "
        "are removed together (percentile), or stay in the order of the file (mistakes first, mistakes last). Mean "
        "and SD over seeds."
    )
    return Drawing(fig, "fig-ties", caption, figures.trend(rows, "sharpness", "AUSE", by="way"))


def variances(probs, labels, values: Mapping[str, np.ndarray]) -> Drawing:
    """One dot an image: variances over an ensemble's members against its mean confidence, mistakes marked."""
    mean = np.asarray(probs).mean(axis=0)
    confidence, wrong = mean.max(axis=1), mean.argmax(axis=1) != labels
    unsure = confidence < np.median(confidence)
    fig = figures.new_figure(6.4, 3.4)
    axes = np.ravel(fig.subplots(1, len(values)))
    alt = ["Scatter plots against the mean confidence."]
    for ax, (name, value) in zip(axes, values.items(), strict=True):
        for place, (words, chosen) in enumerate({"right": ~wrong, "wrong": wrong}.items()):
            drawn = look(place)
            ax.scatter(
                confidence[chosen], value[chosen], s=8 + 10 * place, label=words,
                color=drawn["color"], marker=drawn["marker"], linewidth=0, alpha=0.35 + 0.4 * place,
            )  # fmt: skip
        ax.set(xlabel="mean confidence", ylabel=name)
        alt.append(
            f"The mean {name} is {value[unsure].mean():.3g} in the less confident half, {value[~unsure].mean():.3g} "
            "in the other."
        )
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=2)
    caption = "Each test image by the mean confidence of one ensemble and by the variance over its members."
    return Drawing(fig, "fig-variance-scatter", caption, " ".join(alt), colours=96)


def gains(table: pd.DataFrame) -> Drawing:
    """What each uncertainty of ensemble and MC dropout gains over removing images at random."""
    rows = experiment(table, "ranking").rename(columns={"aurg": "AURG"})
    rows = rows[rows["source"] != "one network"].replace({"source": {"dropout": "MC dropout"}})
    fig = figures.bars(rows, "uncertainty", "AURG", by="source", xlabel=" ", ylabel="area gained (AURG)")
    ax = fig.axes[0]
    names = [text.get_text().replace(" ", "\n") for text in ax.get_xticklabels()]
    ax.set_xticks(ax.get_xticks(), names)
    ax.axhline(0, color="black", linewidth=1)
    caption = (
        "What each uncertainty gains over removing images at random; below zero it is worse than that. Mean and SD "
        "over seeds."
    )
    return Drawing(fig, "fig-variance-gain", caption, figures.trend(rows, "uncertainty", "AURG", by="source"))
