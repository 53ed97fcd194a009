"""Figures of tidy tables: mean and spread over seeds, by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pruneuq_helpers import checks
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.figures import asked
from pruneuq_helpers.figures.names import fit_at_ends, name_ends
from pruneuq_helpers.figures.styling import INK, legend_above, look
from pruneuq_helpers.figures.trends import groups, is_numeric, summarise, words

_MOST_BINS = 10_000


def lines(
    table: pd.DataFrame,
    x: str,
    y: str,
    by: str | None = None,
    ax: Axes | None = None,
    xlabel: str | None = None,
    ylabel: str | None = None,
    legend: str = "ends",
) -> Figure:
    """Mean of `y` over seeds along `x` with a band of ± one sample standard deviation, by group.

    Groups differ in colour, marker and line style, in the order in which they appear in the table.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a seed, `x` and group; missing values of `y` are left out.
    x, y : str
        Columns: where, and what was measured.
    by : str, optional
        Column of the groups.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.
    xlabel, ylabel : str, optional
        Axis labels; the columns' names otherwise.
    legend : str
        ``"ends"``: names at the ends of the lines, or above the axes where they are many or long; ``"above"``, where
        it covers nothing and keeps its place from frame to frame; ``"none"``; or one of matplotlib's places.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> import pandas as pd
    >>> from pruneuq_helpers import figures
    >>> table = pd.DataFrame({"seed": [0, 1, 0, 1], "level": [0, 0, 0.9, 0.9], "accuracy": [0.96, 0.98, 0.90, 0.92]})
    >>> fig = figures.lines(table, "level", "accuracy")
    """
    asked.labels(xlabel, ylabel, legend)
    summary, ax = summarise(table, x, y, by), asked.axes(ax)
    if not is_numeric(summary, x):
        raise ParameterError(f"parameter `x` got {x!r}, a column of names; it takes a column of numbers")
    for place, (name, part) in enumerate(groups(summary, by)):
        part = part[part["mean"].notna()]
        at, mean, sd = (part[c].to_numpy(float) for c in (x, "mean", "sd"))
        ax.plot(at, mean, label=name or None, **look(place))
        if np.isfinite(sd).any():
            ax.fill_between(at, mean - sd, mean + sd, color=look(place)["color"], alpha=0.15, linewidth=0)
    _label(ax, xlabel or words(x), ylabel or words(y), legend if by else "none")
    return ax.figure


def histograms(values: Mapping[str, Sequence[float]], xlabel: str, bins: int = 30, ax: Axes | None = None) -> Figure:
    """Shares of several sets of values over common bins, such as scores in and out of distribution.

    Parameters
    ----------
    values : mapping of str to sequence of float
        Values by name; each set sums to one.
    xlabel : str
        What the values are.
    bins : int
        Number of equal bins over the common range.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> from pruneuq_helpers import figures
    >>> fig = figures.histograms({"in": [0.1, 0.2], "out": [0.7, 0.9]}, "entropy in nats", bins=4)
    """
    takes = "a dict of name to values, one or more under every name"
    if not checks.instance("values", values, Mapping, takes) or not all(isinstance(name, str) for name in values):
        raise checks.refused("values", list(values), takes)
    arrays = {name: checks.scores(f"values[{name!r}]", given) for name, given in values.items()}
    checks.text("xlabel", xlabel)
    ax, bins = asked.axes(ax), checks.whole("bins", bins, most=_MOST_BINS)
    edges = np.histogram_bin_edges(np.concatenate(list(arrays.values())), bins)
    for place, (name, array) in enumerate(arrays.items()):
        share = np.histogram(array, edges)[0] / len(array)
        drawn = look(place)
        ax.stairs(share, edges, fill=True, color=drawn["color"], alpha=0.18)
        ax.stairs(share, edges, color=drawn["color"], linestyle=drawn["linestyle"], linewidth=1.8, label=name)
    _label(ax, xlabel, "share", "above")
    return ax.figure


def decision_surface(xx, yy, prob, ax: Axes | None = None) -> Figure:
    """Probability of class 1 over the plane, and the line where it is one half.

    Parameters
    ----------
    xx, yy : array [rows, columns]
        Coordinates of the grid, as ``numpy.meshgrid`` gives them.
    prob : array [rows, columns]
        Probability of class 1 at the grid's places.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure with a scale beside it otherwise.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> import numpy as np
    >>> from pruneuq_helpers import figures
    >>> xx, yy = np.meshgrid(np.linspace(-1, 1, 20), np.linspace(-1, 1, 20))
    >>> fig = figures.decision_surface(xx, yy, 1 / (1 + np.exp(-3 * xx)))
    """
    xx, yy, prob = _grid(xx, yy, prob)
    fresh = ax is None
    ax = asked.axes(ax, 6.4, 4.2)
    # Few steps: they read as height lines, and keep the stored picture small.
    filled = ax.contourf(xx, yy, prob, levels=np.linspace(0, 1, 11), cmap="PuOr", alpha=0.6)
    if np.min(prob) < 0.5 < np.max(prob):
        ax.contour(xx, yy, prob, levels=[0.5], colors=[INK], linewidths=1.6)
    ax.grid(visible=False)
    if fresh:
        ax.figure.colorbar(filled, ax=ax, label="probability of class 1", ticks=np.linspace(0, 1, 6))
    return ax.figure


def _grid(xx, yy, prob) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places and probabilities of one shape."""
    found = [checks.finite(name, checks.array(name, given)) for name, given in {"xx": xx, "yy": yy}.items()]
    prob = checks.finite("prob", checks.array("prob", prob))
    for name, given in zip(("xx", "yy", "prob"), (*found, prob), strict=True):
        if given.ndim != 2 or given.shape != found[0].shape or min(given.shape) < 2:
            raise checks.refused(
                name, given, f"[rows, columns] as `xx`, of shape {found[0].shape}, two or more of each"
            )
    if prob.min() < 0 or prob.max() > 1:
        raise ParameterError(
            f"parameter `prob` got values from {prob.min():.4g} to {prob.max():.4g}; it takes probabilities"
        )
    return *found, prob


def _label(ax: Axes, xlabel: str, ylabel: str, legend: str) -> None:
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    if legend == "ends" and fit_at_ends(ax):
        name_ends(ax)
    elif legend in ("above", "ends"):
        legend_above(ax)
    elif legend != "none":
        ax.legend(loc=legend, handlelength=3.2)
