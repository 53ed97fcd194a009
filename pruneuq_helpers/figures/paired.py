"""Pairs of a run: what each seed had before and after, and the mean change with its interval; drawn, and in words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pruneuq_helpers.claims.contrast import with_interval
from pruneuq_helpers.figures.styling import COLOURS, GRID, INK, MUTED, new_figure

BEFORE, AFTER = "before", "after"
_HALF = 0.3  # of the room that the seeds of a row take, above its middle and below
Pairs = Mapping[str, pd.DataFrame]


def pairs(rows: Pairs, names: tuple[str, str], xlabel: str, digits: int = 2, ax: Axes | None = None) -> Figure:
    """A row a name, in it a line a seed from `before` (hollow) to `after` (filled), and right the mean change."""
    known = _known(rows)
    ax = new_figure(5.9, 0.9 + 0.55 * len(known)).subplots() if ax is None else ax
    for place, part in enumerate(known.values()):
        spread = np.linspace(-_HALF, _HALF, len(part)) if len(part) > 1 else np.zeros(len(part))
        up = place + spread
        ax.hlines(up, part[BEFORE], part[AFTER], color=MUTED, linewidth=1)
        # Where nothing moved, the hollow mark rings the filled one.
        ax.plot(part[AFTER], up, "o", color=COLOURS[0], markersize=4.5, label=names[1] if place == 0 else None)
        ax.plot(
            part[BEFORE], up, "o", color=INK, fillstyle="none", markersize=6.5, markeredgewidth=1.1,
            label=names[0] if place == 0 else None,
        )  # fmt: skip
        change = with_interval(part[AFTER] - part[BEFORE], digits, signed=True)
        ax.text(1.02, place, change, transform=ax.get_yaxis_transform(), va="center", fontsize=10)
    for place in range(1, len(known)):
        ax.axhline(place - 0.5, color=GRID, linewidth=0.8)
    ax.set_yticks(range(len(known)), list(known))
    ax.set_ylim(len(known) - 0.45, -0.55)
    ax.grid(visible=False, axis="y")
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.set_xlabel(xlabel)
    marks, said = ax.get_legend_handles_labels()
    ax.legend(marks[::-1], said[::-1], loc="lower left", bbox_to_anchor=(0, 1), handletextpad=0.2, labelspacing=0.2)
    ax.text(1.02, 1.02, "mean change\n(95 % interval)", transform=ax.transAxes, va="bottom", fontsize=10, color=MUTED)
    return ax.figure


def pairs_in_words(rows: Pairs, digits: int = 2) -> str:
    """The same as a sentence: what each row had, and how far it moved."""
    told = []
    for name, part in _known(rows).items():
        ends = " to ".join(f"{part[end].mean():.{digits}f}" for end in (BEFORE, AFTER))
        change = with_interval(part[AFTER] - part[BEFORE], digits, signed=True)
        told.append(f"{name.replace(chr(10), ' ')} from {ends}, change {change}".replace("-", "−"))
    return "; ".join(told)


def beside(before: pd.Series, after: pd.Series) -> pd.DataFrame:
    """Two measures by seed as one table, seeds that lack one of them left out."""
    return pd.DataFrame({BEFORE: before, AFTER: after}).dropna()


def _known(rows: Pairs) -> dict[str, pd.DataFrame]:
    """The rows that have something in them."""
    return {name: part for name, part in rows.items() if len(part)}
