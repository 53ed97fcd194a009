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
    """Points, a line through their predicted means, and the central interval that is to hold 80 % of them.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    x, y : array [N]
        The points, in the order of x.
    mean, std : array [N]
        What is predicted for them.
    title : str
        Above the axes.

    Examples
    --------
    >>> from pruneuq_helpers import figures
    >>> ax = figures.new_figure().subplots()
    >>> points_and_band(ax, [0, 1], [0, 1], [0.1, 0.9], [0.5, 0.5], "two points")
    >>> ax.get_title(loc="left")
    'two points'
    """
    half = norm.ppf(0.5 + INTERVAL / 2) * np.asarray(std)
    ax.scatter(x, y, s=9, color=MUTED, linewidth=0)
    ax.plot(x, mean, color=COLOURS[0])
    ax.fill_between(x, mean - half, mean + half, color=COLOURS[0], alpha=0.22, linewidth=0)
    ax.set(xlabel="x", ylabel="y", title=title)


def assumed_std(value: float, x, y, mean, fresh: tuple) -> Figure:
    """One frame of the slider: the interval of an assumed standard deviation, and the coverage it earns.

    Parameters
    ----------
    value : float
        The assumed standard deviation.
    x, y, mean : array [N]
        Training points and the fitted line.
    fresh : tuple of array
        Targets and means of the points that coverage is measured on.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> import numpy as np
    >>> x = np.linspace(0, 1, 5)
    >>> assumed_std(0.5, x, x, x, (x, x)).axes[1].get_ylabel()
    'share of points inside'
    """
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
    """Coverage curves, mean and spread over seeds, one panel a draw, with the band of chance around the diagonal.

    Parameters
    ----------
    curves : pandas.DataFrame
        What `curves` of the study gave: level coverage seed, and the columns `by` and `across`.
    points : dict
        Panel to the number of points of one curve in it; the panels are drawn in this order.
    by, across : str
        Columns of the groups and of the panels.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> table = pd.DataFrame({"level": [0.5], "coverage": [0.4], "seed": 0, "model": "truth", "part": "training"})
    >>> len(coverage_panels(table, {"training": 100}).axes)
    1
    """
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
    """Say what a coverage curve shows: on which side of the diagonal it lies, and whether chance explains it.

    Parameters
    ----------
    covered : pandas.DataFrame
        Columns level and coverage, as ``metrics.coverage`` gives them.
    points : int
        Points of the curve.

    Returns
    -------
    str

    Examples
    --------
    >>> reading(pd.DataFrame({"level": [0.5], "coverage": [0.2]}), points=100)
    'below the diagonal: intervals too narrow, over-confident'
    """
    off = covered["coverage"] - covered["level"]
    if off.abs().max() <= sampling_band(points):
        return "on the diagonal, as far as chance lets us see"
    if off.mean() < 0:
        return "below the diagonal: intervals too narrow, over-confident"
    return "above the diagonal: intervals too wide, under-confident"
