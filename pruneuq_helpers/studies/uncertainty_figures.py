"""Pictures of chapter 4: bins, sparsification curves, variances against confidence, thresholds of a detector."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pruneuq_helpers import figures, metrics
from pruneuq_helpers.figures.styling import COLOURS, LINES, MUTED, legend_above, look
from pruneuq_helpers.uncertainty import softmax

KINDS = {"width": "equal width", "mass": "equal mass"}


def bin_panels(probs, labels, bins: int) -> Figure:
    """Reliability with bins of equal width and with bins of equal mass, the gaps drawn to the diagonal.

    Parameters
    ----------
    probs, labels : array
        As the metrics take them.
    bins : int
        How many bins.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> [ax.get_title(loc="left") for ax in bin_panels([[0.75, 0.25], [0.75, 0.25]], [0, 0], 2).axes]
    ['equal width: ECE 0.250', 'equal mass: ECE 0.250']
    """
    fig = figures.new_figure(6.4, 3.5)
    for ax, (kind, words) in zip(fig.subplots(1, 2, sharey=True), KINDS.items(), strict=True):
        table = metrics.reliability(probs, labels, bins, kind)
        full = table[table["count"] > 0]
        figures.diagonal(ax, "confidence", "accuracy" if kind == "width" else "")
        ax.vlines(full["confidence"], full["confidence"], full["accuracy"], color=COLOURS[1], linewidth=2)
        ax.plot(full["confidence"], full["accuracy"], marker="o", color=COLOURS[0], linewidth=0)
        for edge in table["bin_low"]:
            ax.axvline(edge, color=MUTED, linewidth=0.6, alpha=0.5, zorder=0)
        ax.set_title(f"{words}: ECE {metrics.ece(probs, labels, bins, kind):.3f}")
        ax.grid(visible=False)
    return fig


def at_temperature(logits, labels, temperature: float) -> Figure:
    """The reliability diagram of logits divided by a temperature, with the scores in the title.

    Parameters
    ----------
    logits, labels : array
        Of one network.
    temperature : float
        What the logits are divided by.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> at_temperature([[2.0, 0.0], [2.0, 0.0]], [0, 1], 2.0).axes[0].get_title(loc="left")
    'T = 2: ECE 0.231, NLL 0.813'
    """
    probs = softmax(logits, temperature)
    fig = figures.reliability(metrics.reliability(probs, labels), height=4.4)
    scores = f"ECE {metrics.ece(probs, labels):.3f}, NLL {metrics.nll(probs, labels):.3f}"
    fig.axes[0].set_title(f"T = {temperature:g}: {scores}")
    fig.axes[1].set_ylim(0, 1)
    return fig


def curves(ax: Axes, table: pd.DataFrame, title: str = "", top: float | None = None) -> None:
    """A sparsification plot: the predicted, the oracle and the random curve, the area between the first two shaded.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    table : pandas.DataFrame
        What ``metrics.sparsification`` returned.
    title : str
        Above the axes.
    top : float, optional
        Upper end of the vertical axis.

    Examples
    --------
    >>> ax = figures.new_figure().subplots()
    >>> curves(ax, metrics.sparsification([[0.9, 0.1], [0.6, 0.4]], [0, 1]))
    >>> ax.get_legend_handles_labels()[1]
    ['predicted', 'oracle', 'random']
    """
    x = table["fraction"]
    random = np.append(np.full(len(x) - 1, table["error"].iloc[0]), 0.0)
    named = {"predicted": table["error"], "oracle": table["oracle"], "random": random}
    for place, (name, values) in enumerate(named.items()):
        ax.plot(x, values, label=name, color=COLOURS[place], linestyle=LINES[place])
    ax.fill_between(x, table["oracle"], table["error"], color=COLOURS[0], alpha=0.15, linewidth=0)
    ax.set(xlabel="fraction removed", ylabel="error of the rest", title=title, xlim=(0, 1), ylim=(0, top))


def sparsification(tables: Mapping[str, pd.DataFrame], top: float | None = None) -> Figure:
    """Sparsification plots side by side, with one legend for all.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        What ``metrics.sparsification`` returned, by title.
    top : float, optional
        Upper end of the vertical axes; each has its own otherwise.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> table = metrics.sparsification([[0.9, 0.1], [0.6, 0.4]], [0, 1])
    >>> len(sparsification({"one": table, "other": table}).axes)
    2
    """
    fig = figures.new_figure(6.4, 3.6)
    axes = np.ravel(fig.subplots(1, len(tables)))
    for ax, (title, table) in zip(axes, tables.items(), strict=True):
        curves(ax, table, title, top)
        ax.set_ylabel(ax.get_ylabel() if ax is axes[0] else "")
    names = axes[0].get_legend_handles_labels()
    fig.legend(*names, loc="outside upper left", ncols=len(names[1]), handlelength=3.2)
    return fig


def against_confidence(confidence, wrong, values: Mapping[str, np.ndarray]) -> Figure:
    """One dot a sample: several uncertainties against the confidence, mistakes marked.

    Parameters
    ----------
    confidence : array [N]
        Along the horizontal axis.
    wrong : array [N] of bool
        Which predictions are mistakes.
    values : mapping of str to array [N]
        Uncertainties by name, a panel each.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> fig = against_confidence(np.array([0.9, 0.6]), np.array([False, True]), {"variance": np.array([0.1, 0.2])})
    >>> fig.axes[0].get_ylabel()
    'variance'
    """
    fig = figures.new_figure(6.4, 3.4)
    axes = np.ravel(fig.subplots(1, len(values)))
    for ax, (name, value) in zip(axes, values.items(), strict=True):
        for place, (words, chosen) in enumerate({"right": ~wrong, "wrong": wrong}.items()):
            drawn = look(place)
            ax.scatter(
                confidence[chosen], value[chosen], s=8 + 10 * place, label=words,
                color=drawn["color"], marker=drawn["marker"], linewidth=0, alpha=0.35 + 0.4 * place,
            )  # fmt: skip
        ax.set(xlabel="mean confidence", ylabel=name)
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=2)
    return fig


def thresholds(own, foreign) -> Figure:
    """Scores of own and foreign images, and the two thresholds that FPR95 may mean.

    Parameters
    ----------
    own, foreign : array
        Uncertainties.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> fig = thresholds(np.linspace(0, 0.5, 20), np.linspace(0.2, 0.8, 20))
    >>> len(fig.axes[0].lines)
    2
    """
    fig = figures.histograms({"own images": own, "foreign images": foreign}, "uncertainty (MSP)", bins=25)
    ax = fig.axes[0]
    # Above the left line lie 95 % of the foreign images, below the right one 95 % of the own ones.
    at = {"95 % of foreign above": np.quantile(foreign, 0.05), "95 % of own below": np.quantile(own, 0.95)}
    for place, (words, value) in enumerate(at.items(), start=2):
        ax.axvline(value, color=COLOURS[place], linestyle=LINES[place], label=words)
    ax.grid(visible=False, axis="x")
    legend_above(ax)
    return fig


def two_diagrams(probs, labels) -> Figure:
    """One predictor on the two diagrams behind ECE and UCE: confidence against accuracy, uncertainty against error.

    Parameters
    ----------
    probs, labels : array
        As the metrics take them.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> two_diagrams([[0.5, 0.5], [0.5, 0.5]], [0, 1]).axes[1].get_title(loc="left")
    'UCE 0.500'
    """
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


def uncertainty_bins(probs, labels, bins: int = 15) -> pd.DataFrame:
    """The table behind the UCE: mean normalised entropy and error rate of each bin that holds a sample.

    Parameters
    ----------
    probs, labels : array
        As the metrics take them.
    bins : int
        How many bins.

    Returns
    -------
    pandas.DataFrame
        Columns count uncertainty error.

    Examples
    --------
    >>> uncertainty_bins([[0.5, 0.5], [0.5, 0.5]], [0, 1])
       count  uncertainty  error
    0      2          1.0    0.5
    """
    made, uncertainty, wrong = metrics.calibration.uncertain(probs, labels, bins)
    frame = pd.DataFrame({"bin": made.index, "count": 1, "uncertainty": uncertainty, "error": wrong.astype(float)})
    ways = {"count": "sum", "uncertainty": "mean", "error": "mean"}
    return frame.groupby("bin").agg(ways).reset_index(drop=True)
