"""Pictures of chapter 1: points with a band of noise, and coverage curves with the band of chance."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import norm

from pruneuq_helpers import figures, metrics
from pruneuq_helpers.figures.styling import COLOURS, MUTED
from pruneuq_helpers.regression import sampling_band

INTERVAL = 0.8


def points_and_band(ax: Axes, x, y, mean, std, title: str = "") -> None:
    """Points, a line through their predicted means, and the central interval that is to hold 80 % of them."""
    half = norm.ppf(0.5 + INTERVAL / 2) * np.asarray(std)
    ax.scatter(x, y, s=9, color=MUTED, linewidth=0)
    ax.plot(x, mean, color=COLOURS[0])
    ax.fill_between(x, mean - half, mean + half, color=COLOURS[0], alpha=0.22, linewidth=0)
    ax.set(xlabel="x", ylabel="y", title=title)


def assumed_std(value: float, x, y, mean, fresh: tuple) -> Figure:
    """One frame of the slider: the interval of an assumed standard deviation, and the coverage it earns."""
    fig = figures.new_figure(6.4, 3.4)
    left, right = fig.subplots(1, 2)
    points_and_band(left, x, y, mean, np.full(len(x), value), f"assumed σ = {value:g}, 80 % interval")
    left.set(ylim=(0, 7))
    curve = metrics.coverage(*fresh, value).assign(seed=0)
    figures.diagonal(right)
    return figures.lines(
        curve, "level", "coverage", ax=right, xlabel="nominal level of the interval", ylabel="share of points inside"
    )


def coverage_panels(curves: pd.DataFrame, points: dict[str, int], by: str = "model", across: str = "part") -> Figure:
    """Coverage curves, mean and spread over seeds, one panel a draw, with the band of chance around the diagonal."""
    fig = figures.new_figure(6.4, 3.7)
    ends = np.array([0, 1])
    axes = np.ravel(fig.subplots(1, len(points), sharey=True))
    for ax, (panel, number) in zip(axes, points.items(), strict=True):
        figures.diagonal(ax)
        band = sampling_band(number)
        ax.fill_between(ends, ends - band, ends + band, color=MUTED, alpha=0.15, linewidth=0)
        part = curves[curves[across] == panel]
        figures.lines(part, "level", "coverage", by, ax, "nominal level of the interval", legend="none")
        ax.set(title=f"{panel}, {number} points", ylabel="share of points inside" if ax is axes[0] else "")
    fig.get_layout_engine().set(wspace=0.08)  # else the last number of one axis touches the first of the next
    names = ax.get_legend_handles_labels()
    fig.legend(*names, loc="outside upper left", ncols=len(names[1]), handlelength=3.2)
    return fig


def reading(covered: pd.DataFrame, points: int) -> str:
    """Say what a coverage curve shows: on which side of the diagonal it lies, and whether chance explains it."""
    off = covered["coverage"] - covered["level"]
    if off.abs().max() <= sampling_band(points):
        return "on the diagonal, as far as chance lets us see"
    if off.mean() < 0:
        return "below the diagonal: intervals too narrow, over-confident"
    return "above the diagonal: intervals too wide, under-confident"
