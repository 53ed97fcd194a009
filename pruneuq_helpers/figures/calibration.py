"""Diagrams that hold a promise against what happened: reliability of probabilities, coverage of intervals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pruneuq_helpers import checks
from pruneuq_helpers.checks.tables import numbers, table
from pruneuq_helpers.figures import asked
from pruneuq_helpers.figures.styling import MUTED, legend_above, look, new_figure

_COLUMNS = ("bin_low", "bin_high", "count", "confidence", "accuracy")


def diagonal(ax: Axes | None = None, xlabel: str = "stated", ylabel: str = "observed") -> Axes:
    """Unit axes with the diagonal of a perfect promise and the names of both sides of it.

    Below the diagonal less comes true than was stated: over-confident. Above it more does: under-confident.

    Parameters
    ----------
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new square figure otherwise.
    xlabel, ylabel : str
        What was stated and what was observed.

    Returns
    -------
    matplotlib.axes.Axes
        Draw on it with `lines`.

    Examples
    --------
    >>> import pandas as pd
    >>> from pruneuq_helpers import figures
    >>> table = pd.DataFrame({"seed": 0, "level": [0.1, 0.5, 0.9], "coverage": [0.05, 0.3, 0.7]})
    >>> ax = figures.diagonal()
    >>> fig = figures.lines(table, "level", "coverage", ax=ax, xlabel="central interval", ylabel="share inside")
    """
    for name, label in {"xlabel": xlabel, "ylabel": ylabel}.items():
        checks.instance(name, label, str, "text")
    ax = asked.axes(ax, 5.2, 4.4)
    ax.plot([0, 1], [0, 1], color=MUTED, linewidth=1.2, linestyle=(0, (2, 2)), zorder=1)
    ax.text(0.97, 0.04, "over-confident", ha="right", style="italic", color=MUTED, transform=ax.transAxes)
    ax.text(0.03, 0.93, "under-confident", ha="left", style="italic", color=MUTED, transform=ax.transAxes)
    ax.set(xlim=(0, 1), ylim=(0, 1.01), xlabel=xlabel, ylabel=ylabel)
    return ax


def reliability(tables: pd.DataFrame | Mapping[str, pd.DataFrame], height: float = 4.8) -> Figure:
    """Accuracy against confidence by bin, and below it how many predictions each bin holds.

    Parameters
    ----------
    tables : pandas.DataFrame, or mapping of str to pandas.DataFrame
        What ``metrics.reliability`` returns, alone or by name; empty bins are not drawn.
    height : float
        Height of the figure in inches.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> import pandas as pd
    >>> from pruneuq_helpers import figures
    >>> bins = pd.DataFrame({"bin_low": [0.0, 0.5], "bin_high": [0.5, 1.0], "count": [10, 90],
    ...                      "confidence": [0.4, 0.9], "accuracy": [0.5, 0.8]})
    >>> fig = figures.reliability(bins)
    """
    named, height = _named(tables), checks.positive("height", height)
    fig = new_figure(5.6, height)
    top, bottom = fig.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    diagonal(top, xlabel="", ylabel="accuracy")
    for place, (name, bins) in enumerate(named.items()):
        full, drawn = bins[bins["count"] > 0], look(place)
        top.plot(full["confidence"], full["accuracy"], label=name or None, **drawn)
        edges = np.append(bins["bin_low"].to_numpy(), bins["bin_high"].iloc[-1])
        share = bins["count"].to_numpy() / max(bins["count"].sum(), 1)
        bottom.stairs(share, edges, color=drawn["color"], linestyle=drawn["linestyle"], linewidth=1.6)
    bottom.set(xlabel="confidence", ylabel="share", ylim=(0, None))
    if "" not in named:
        legend_above(top)
    return fig


def _named(tables: pd.DataFrame | Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    takes = "what `metrics.reliability` gives, or a dict of it by name"
    named = {"": tables} if isinstance(tables, pd.DataFrame) else tables
    if not checks.instance("tables", named, Mapping, takes) or not all(isinstance(name, str) for name in named):
        raise checks.refused("tables", list(named), takes)
    for bins in named.values():
        table("tables", bins, _COLUMNS)
        for column in ("bin_low", "bin_high", "count"):
            numbers("tables", bins, column, missing=False)
        full = bins[bins["count"] > 0]
        for column in ("confidence", "accuracy"):  # an empty bin has none
            numbers("tables", full, column, missing=False)
    return dict(named)
