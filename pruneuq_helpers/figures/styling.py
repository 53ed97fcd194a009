"""One look for every figure: colours, markers and line styles that say the same thing three times."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from pathlib import Path

import matplotlib as mpl
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

from pruneuq_helpers import checks

_LARGEST = 100  # inches
_NEAR = 0.07  # of an axis; numbers that are nearer would touch
CARD = "#ffffff"  # what a figure is drawn on; on a page it is transparent
INK = "#22262b"
MUTED = "#5f666e"
GRID = "#dedcd5"

# Told apart with each of the common colour deficiencies, and at least 3:1 on the card; the same holds for what a dark
# page makes of them (all of this is tested).
COLOURS = ("#083767", "#d76019", "#834bd3", "#289b6d", "#b24f8c", "#413007")
MARKERS = ("o", "s", "^", "D", "v", "P")
LINES = (
    "solid",
    (0, (5, 2)),
    (0, (5, 1.5, 1, 1.5)),
    (0, (1, 1.2)),
    (0, (8, 2, 3, 2)),
    (0, (3, 1, 1, 1, 1, 1)),
)
# What recurs in the book has one place in the lists above, and so one look; ways of removing are not starts of tickets,
# and no figure has both.
_PLACES = {
    "l1": 0, "L1": 0, "magnitude": 0, "random": 1, "bn": 2, "batch norm": 2, "hrank": 3, "HRank": 3, "resrep": 4,
    "ResRep": 4, "one-shot": 0, "iterative": 2, "re-initialised": 3,
}  # fmt: skip

FONT = "Source Sans 3"  # the pages' own sans; it comes with the package: the same picture on every machine
SECOND = "DejaVu Sans"  # matplotlib's own, for a sign that ours lacks; a generic family would give the first font alone
TITLES = 600
# The second has no such weight: its bold stands for it, else matplotlib warns above the first figure of a page.
fontManager.ttflist += [
    replace(face, weight=TITLES) for face in fontManager.ttflist if (face.name, face.weight) == (SECOND, 700)
]
for _face in sorted((Path(__file__).parent / "fonts").glob("*.ttf")):
    fontManager.addfont(_face)

_STYLE = {
    "figure.figsize": (6.4, 3.7),
    "figure.dpi": 110,
    "figure.facecolor": CARD,
    "figure.constrained_layout.use": True,
    "savefig.facecolor": CARD,
    "axes.facecolor": CARD,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 12,
    "axes.titleweight": TITLES,
    "axes.titlelocation": "left",
    "axes.labelsize": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "legend.fontsize": 11.5,
    "legend.frameon": False,
    "font.family": [FONT, SECOND],
    "font.size": 11,
    "mathtext.fontset": "custom",
    "mathtext.rm": FONT,
    "mathtext.it": f"{FONT}:italic",
    "mathtext.bf": f"{FONT}:semibold",
    "mathtext.bfit": f"{FONT}:italic",
    "mathtext.cal": f"{FONT}:italic",
    "mathtext.sf": FONT,
    "mathtext.tt": "DejaVu Sans Mono",
    "text.color": INK,
    "lines.linewidth": 1.8,
    "lines.markersize": 5.5,
    "hatch.linewidth": 0.8,
    "image.cmap": "cividis",
}


def style() -> None:
    """Set the book's look for every figure made from now on; calling it again changes nothing.

    The functions of this package call it themselves: a notebook needs it only before it draws with matplotlib
    alone.

    Examples
    --------
    >>> import matplotlib
    >>> from pruneuq_helpers import figures
    >>> figures.style()
    >>> matplotlib.rcParams["axes.spines.top"]
    False
    """
    mpl.rcParams.update(_STYLE)
    # Colour and line style change together, so that a plain `ax.plot` is never told apart by colour alone.
    mpl.rcParams["axes.prop_cycle"] = cycler(color=COLOURS) + cycler(linestyle=LINES)


def new_figure(width: float = 6.4, height: float = 3.7) -> Figure:
    """An empty figure in the book's look, which no notebook shows on its own; its size in inches."""
    size = tuple(_inches(name, value) for name, value in {"width": width, "height": height}.items())
    style()
    return Figure(figsize=size)


def _inches(name: str, value: float) -> float:
    return checks.number(name, value, f"inches above 0, at most {_LARGEST}", math.ulp(0.0), _LARGEST)


def legend_above(ax: Axes, most: int = 4) -> None:
    """Put the legend above the axes, where it covers nothing and keeps its place from frame to frame."""
    names = ax.get_legend_handles_labels()[1]
    # Four short names fit one row of the text column; long ones take half as many columns.
    columns = most if sum(map(len, names)) <= 9 * most else most // 2
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, handlelength=3.2, columnspacing=1.4)


def tick_levels(ax: Axes, levels: Iterable[float]) -> None:
    """Ticks at the levels that were run and nowhere else; one too near the last that has its number has none."""
    levels, written = sorted(set(levels)), []
    for level in levels:
        if not written or level - written[-1] >= _NEAR * (levels[-1] - levels[0]):
            written.append(level)
    ax.set_xticks(levels, [f"{level:g}" if level in written else "" for level in levels])


def places(names: Iterable[str]) -> dict[str, int]:
    """The position of each name for `look`: what recurs in the book has its own, others the free ones in their order.

    >>> places(["random", "L1", "with a gate"])
    {'random': 1, 'L1': 0, 'with a gate': 2}
    """
    names = list(names)
    taken = {_PLACES[name] for name in names if name in _PLACES}
    free = (place for place in count() if place not in taken)
    return {name: _PLACES[name] if name in _PLACES else next(free) for name in names}


def look(position: int) -> dict:
    """Colour, marker and line style of the group at `position`, as keywords of ``Axes.plot``."""
    place = position % len(COLOURS)
    return {"color": COLOURS[place], "marker": MARKERS[place], "linestyle": LINES[place]}
