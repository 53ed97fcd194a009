"""Figures of chapter 4 on calibration and detection."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from pruneuq_helpers import figures, metrics
from pruneuq_helpers.chapters.uncertainty_metrics.tables import experiment
from pruneuq_helpers.claims import contrast, with_interval
from pruneuq_helpers.figures.drawing import Drawing, Frames
from pruneuq_helpers.figures.intervals import interval
from pruneuq_helpers.figures.names import name_ends
from pruneuq_helpers.figures.runs import runs
from pruneuq_helpers.figures.styling import COLOURS, LINES, MUTED, legend_above

LEAST = 1e-12  # smaller uncertainties are drawn here
KINDS = {"width": "equal width", "mass": "equal mass"}
BINS = [2, 5, 15, 30, 120]


def log_axis(axis: Axis, ticks: Sequence[float]) -> None:
    """Make an axis logarithmic, with these ticks written out and no others."""
    axis.axes.set(**{f"{axis.axis_name}scale": "log"})
    low, high = axis.get_view_interval()
    inside = [tick for tick in ticks if low <= tick <= high]
    axis.set_ticks(inside, [f"{tick:g}" for tick in inside])
    axis.set_minor_locator(NullLocator())


def bins(probs, labels) -> Frames:
    """Reliability with bins of equal width and of equal mass; the slider sets how many."""

    def alt(number: int) -> str:
        filled = int((metrics.reliability(probs, labels, number)["count"] > 0).sum())
        by_width, by_mass = (metrics.ece(probs, labels, number, kind) for kind in KINDS)
        return (
            f"Reliability of one network with {number} bins. With bins of equal width the ECE is {by_width:.3f}, and "
            f"{filled} bins hold an image; with bins of equal mass it is {by_mass:.3f}."
        )

    caption = (
        "The same predictions in bins of both kinds. A dot is a bin; the line from it to the diagonal is its gap. "
        "Grey: where bins begin."
    )
    return Frames(
        lambda number: _bin_panels(probs, labels, number),
        BINS, "fig-bins-slider", caption, alt, label="bins", format="{}", start=BINS.index(15),
    )  # fmt: skip


def _bin_panels(probs, labels, number: int) -> Figure:
    fig = figures.new_figure(6.4, 3.5)
    for ax, (kind, words) in zip(fig.subplots(1, 2, sharey=True), KINDS.items(), strict=True):
        table = metrics.reliability(probs, labels, number, kind)
        full = table[table["count"] > 0]
        figures.diagonal(ax, "confidence", "accuracy" if kind == "width" else "")
        ax.vlines(full["confidence"], full["confidence"], full["accuracy"], color=COLOURS[1], linewidth=2)
        ax.plot(
            full["confidence"], full["accuracy"], marker="o", color=COLOURS[0], linewidth=0, clip_on=False, zorder=3
        )
        ax.vlines(table["bin_low"], 0, 1.01, color=MUTED, linewidth=0.6, alpha=0.5, zorder=0)
        ax.set_title(f"{words}: ECE {metrics.ece(probs, labels, number, kind):.3f}")
        ax.grid(visible=False)
        ax.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    return fig


def normalised(table: pd.DataFrame) -> Drawing:
    """By how much the ECE rises when confidences are dealt out at random, by what is called the confidence."""
    rows = experiment(table, "normalised")
    rises = (rows["ece_dealt"] - rows["ece"]).groupby([rows["confidence_from"], rows["training_images"]], sort=False)
    kinds, sizes = list(rows["confidence_from"].unique()), sorted(rows["training_images"].unique())
    fig, told = figures.new_figure(6.4, 3.4), []
    ax = fig.subplots()
    for (kind, size), values in rises:
        place, at, found = sizes.index(size), kinds.index(kind), contrast(values)
        label = "" if at else f"learnt from {size:g} images"
        interval(ax, at + 0.2 * (2 * place / max(len(sizes) - 1, 1) - 1), found, place, label)
        told.append(f"{kind}, {size:g} training images: {with_interval(found, signed=True)}")
    ax.axhline(0, color=MUTED, linewidth=1)
    ax.set_xticks(range(len(kinds)), kinds)
    ax.grid(visible=False, axis="x")
    ax.set_ylabel("rise of the ECE when dealt out")
    legend_above(ax)
    caption = (
        "How the ECE of ensembles notices that their confidences were dealt out at random. The confidence is the mean "
        "softmax, or one minus a normalised variance. Small dots: seeds; bars: 95 % intervals."
    )
    return Drawing(
        fig,
        "fig-normalised",
        caption,
        "Rise of the ECE when the confidences are dealt out at random. " + "; ".join(told) + ".",
    )


def bias(table: pd.DataFrame) -> Drawing:
    """The ECE that a calibrated network seems to have, against the number of test images."""
    rows = experiment(table, "bias").astype({"bins": int}).rename(columns={"ece": "ECE"})
    fig = figures.new_figure()
    ax = fig.subplots()
    runs(ax, rows.assign(bins=rows["bins"].map("{} bins".format)), "samples", "ECE", "bins")
    ax.set(xlabel="test images", ylabel="measured ECE (right value: 0)")
    log_axis(ax.xaxis, sorted(rows["samples"].unique()))
    log_axis(ax.yaxis, [0.005, 0.01, 0.02, 0.05, 0.1])
    name_ends(ax)
    caption = (
        "The ECE that a calibrated network seems to have, by the number of test images and of bins; both axes are "
        "logarithmic. A dot is a seed, a line the mean."
    )
    told = figures.trend(rows, "samples", "ECE", by="bins")
    alt = f"Curves of the measured ECE of a calibrated network against the number of test images: {told}."
    return Drawing(fig, "fig-ece-bias", caption, alt)


def thresholds(own, foreign) -> Drawing:
    """Scores of own and foreign images, and the two thresholds that FPR95 may mean."""
    logs = {
        f"{name} images": np.log10(np.maximum(values, LEAST)) for name, values in (("own", own), ("foreign", foreign))
    }
    fig = figures.histograms(logs, "log₁₀ of the uncertainty, 1 − highest probability", bins=25)
    ax = fig.axes[0]
    catch = np.sort(foreign)[-int(np.ceil(0.95 * len(foreign)))]
    accept = np.sort(own)[int(np.ceil(0.95 * len(own))) - 1]
    at = {"95 % of foreign above": catch, "95 % of own below": accept}
    for place, (words, value) in enumerate(at.items(), start=2):
        ax.axvline(np.log10(max(value, LEAST)), color=COLOURS[place], linestyle=LINES[place], label=words)
    ax.grid(visible=False, axis="x")
    legend_above(ax)
    caption = (
        "Uncertainty of own and of foreign images on a logarithmic scale, one network, and the threshold that each "
        "FPR95 sets."
    )
    alt = (
        f"The mean uncertainty is {np.mean(own):.2f} for own and {np.mean(foreign):.2f} for foreign images. The "
        f"threshold that catches 95 % of the foreign images is at {catch:.3f} and also catches "
        f"{(own >= catch).mean():.0%} of the own ones; the one that accepts 95 % of the own images is at {accept:.3f} "
        f"and also accepts {(foreign <= accept).mean():.0%} of the foreign ones."
    )
    return Drawing(fig, "fig-thresholds", caption, alt)
