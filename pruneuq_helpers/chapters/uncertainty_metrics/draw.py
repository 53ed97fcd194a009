"""Pictures of chapter 4: reliability in bins of both kinds, at a temperature, behind ECE and UCE; thresholds."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from pruneuq_helpers import figures, metrics
from pruneuq_helpers.chapters.uncertainty_metrics.samples import uncertainty_bins
from pruneuq_helpers.figures.styling import COLOURS, LINES, MUTED, legend_above, look
from pruneuq_helpers.uncertainty import softmax

LEAST = 1e-12  # smaller uncertainties are drawn here
KINDS = {"width": "equal width", "mass": "equal mass"}


def bin_panels(probs, labels, bins: int) -> Figure:
    """Reliability with bins of equal width and with bins of equal mass, the gaps drawn to the diagonal."""
    fig = figures.new_figure(6.4, 3.5)
    for ax, (kind, words) in zip(fig.subplots(1, 2, sharey=True), KINDS.items(), strict=True):
        table = metrics.reliability(probs, labels, bins, kind)
        full = table[table["count"] > 0]
        figures.diagonal(ax, "confidence", "accuracy" if kind == "width" else "")
        ax.vlines(full["confidence"], full["confidence"], full["accuracy"], color=COLOURS[1], linewidth=2)
        ax.plot(full["confidence"], full["accuracy"], marker="o", color=COLOURS[0], linewidth=0)
        ax.vlines(table["bin_low"], 0, 1.01, color=MUTED, linewidth=0.6, alpha=0.5, zorder=0)
        ax.set_title(f"{words}: ECE {metrics.ece(probs, labels, bins, kind):.3f}")
        ax.grid(visible=False)
    return fig


def at_temperature(logits, labels, temperature: float) -> Figure:
    """The reliability diagram of logits divided by a temperature, with the scores in the title."""
    probs = softmax(logits, temperature)
    fig = figures.reliability(metrics.reliability(probs, labels), height=4.4)
    scores = f"ECE {metrics.ece(probs, labels):.3f}, NLL {metrics.nll(probs, labels):.3f}"
    fig.axes[0].set_title(f"T = {temperature:g}: {scores}")
    fig.axes[1].set_ylim(0, 1)
    return fig


def thresholds(own, foreign) -> Figure:
    """Scores of own and foreign images, and the two thresholds that FPR95 may mean."""
    own, foreign = (np.log10(np.maximum(values, LEAST)) for values in (own, foreign))
    named = {"own images": own, "foreign images": foreign}
    fig = figures.histograms(named, "log₁₀ of the uncertainty (MSP)", bins=25)
    ax = fig.axes[0]
    # Above the left line lie 95 % of the foreign images, below the right one 95 % of the own ones.
    at = {"95 % of foreign above": np.quantile(foreign, 0.05), "95 % of own below": np.quantile(own, 0.95)}
    for place, (words, value) in enumerate(at.items(), start=2):
        ax.axvline(value, color=COLOURS[place], linestyle=LINES[place], label=words)
    ax.grid(visible=False, axis="x")
    legend_above(ax)
    return fig


def log_axis(axis: Axis, ticks: Sequence[float]) -> None:
    """Make an axis logarithmic, with these ticks written out and no others."""
    axis.axes.set(**{f"{axis.axis_name}scale": "log"})
    low, high = axis.get_view_interval()
    inside = [tick for tick in ticks if low <= tick <= high]
    axis.set_ticks(inside, [f"{tick:g}" for tick in inside])
    axis.set_minor_locator(NullLocator())


def two_diagrams(probs, labels) -> Figure:
    """One predictor on the two diagrams behind ECE and UCE: confidence against accuracy, uncertainty against error."""
    fig = figures.new_figure(6.4, 3.5)
    left, right = fig.subplots(1, 2)
    accuracy = metrics.reliability(probs, labels)
    error = uncertainty_bins(probs, labels)
    figures.diagonal(left, "confidence", "accuracy")
    left.plot(*(accuracy.dropna()[name] for name in ("confidence", "accuracy")), **look(0))
    left.set_title(f"ECE {metrics.ece(probs, labels):.3f}")
    right.plot([0, 1], [0, 1], color=MUTED, linewidth=1.2, linestyle=(0, (2, 2)))
    right.plot(error["uncertainty"], error["error"], **look(1))
    right.set(xlabel="entropy / log C", ylabel="error rate", xlim=(0, 1), ylim=(0, 1.01))
    right.set_title(f"UCE {metrics.uce(probs, labels):.3f}")
    return fig
