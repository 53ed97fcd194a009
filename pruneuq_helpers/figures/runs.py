"""Every run as a dot, and a line through their middle: nothing is assumed of how runs spread."""

import pandas as pd
from matplotlib.axes import Axes

from pruneuq_helpers.figures.styling import look, places
from pruneuq_helpers.figures.trends import words
from pruneuq_helpers.text import in_the_middle


def runs(ax: Axes, table: pd.DataFrame, x: str, y: str, by: str, middle: str = "mean", apart: float = 0.0) -> None:
    """A dot a row of the table, and of each group a line through its means or medians; groups stand `apart` in x."""
    known = places(table[by].unique())
    for turn, (name, place) in enumerate(known.items()):
        own, drawn = table[table[by] == name].dropna(subset=y), look(place)
        at, beside = own.groupby(x)[y].agg(middle), apart * (turn - (len(known) - 1) / 2)
        ax.plot(own[x] + beside, own[y], ".", color=drawn["color"], markersize=5.5, alpha=0.65)
        ax.plot(at.index + beside, at, label=str(name), **drawn)


def runs_in_words(table: pd.DataFrame, x: str, y: str, by: str, digits: int = 2) -> str:
    """The same as a sentence: of each group the median and the range of its runs, at both ends of x.

    >>> table = pd.DataFrame({"level": [0, 0, 0.9], "way": "mask", "seconds": [1.0, 1.2, 1.3]})
    >>> runs_in_words(table, "level", "seconds", "way", 1)
    'mask 1.1 (1.0 to 1.2) at level 0, 1.3 at level 0.9'
    """
    told = []
    for name, part in table.dropna(subset=y).groupby(by, sort=False):
        ends = sorted({part[x].min(), part[x].max()})
        said = [f"{in_the_middle(part.loc[part[x] == end, y], digits)} at {words(x)} {end:g}" for end in ends]
        told.append(f"{name} {', '.join(said)}")
    return "; ".join(told)
