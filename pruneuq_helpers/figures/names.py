"""Names at the ends of lines, where the eye is, in place of a legend."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from pruneuq_helpers.figures.styling import INK

MOST = 4  # lines that are named so; more of them end too near each other
LONGEST = 18  # letters, for the room that names take from the lines
_APART = 16.0  # points from one name to the next
_AWAY = 9.0  # points from the end of a line to its name
_MOVED = 3.0  # points from which on a thread leads from the end to the name


def fit_at_ends(ax: Axes) -> bool:
    """Whether the named lines are few, their names short, and the last of each line is at the right."""
    named = _named(ax)
    ends = {line.get_xdata()[-1] for line in named}
    return 0 < len(named) <= MOST and len(ends) == 1 and max(len(line.get_label()) for line in named) <= LONGEST


def name_ends(ax: Axes) -> None:
    """Write each line's name to the right of its last point; names keep apart when the axes' limits change."""
    lines = _named(ax)
    ax.set_xmargin(0.02)  # the lines end where the names begin
    texts = [
        ax.annotate(
            line.get_label(), (line.get_xdata()[-1], line.get_ydata()[-1]), (_AWAY, 0), textcoords="offset points",
            va="center", color=INK, annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": line.get_color(), "linewidth": 1, "shrinkA": 0, "shrinkB": 3},
        )
        for line in lines
    ]  # fmt: skip

    def place(_ax=None) -> None:
        points = 72 / ax.figure.dpi
        at = np.array([ax.transData.transform(text.xy)[1] * points for text in texts])
        for text, moved in zip(texts, apart(at, _APART) - at, strict=True):
            text.set_position((_AWAY if abs(moved) < _MOVED else _AWAY + 5, moved))
            text.arrow_patch.set_visible(abs(moved) >= _MOVED)

    place()
    ax.callbacks.connect("ylim_changed", place)


def apart(places: np.ndarray, least: float) -> np.ndarray:
    """The places, moved as little as it takes that each is `least` from the next."""
    order = np.argsort(places, kind="stable")
    groups = [[place] for place in places[order]]
    where = 0
    while where + 1 < len(groups):
        low, high = groups[where], groups[where + 1]
        if np.mean(high) - np.mean(low) < least * (len(low) + len(high)) / 2:
            groups[where : where + 2] = [low + high]
            where = max(where - 1, 0)  # a group that grew may now touch the one below
        else:
            where += 1
    moved = [np.mean(group) + least * (np.arange(len(group)) - (len(group) - 1) / 2) for group in groups]
    found = np.empty(len(places))
    found[order] = np.concatenate(moved)
    return found


def _named(ax: Axes) -> list[Line2D]:
    return [line for line in ax.get_lines() if not str(line.get_label()).startswith("_") and len(line.get_xdata())]
