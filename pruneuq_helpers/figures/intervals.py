"""A mean with its interval, and the repetitions that it is of."""

import numpy as np
from matplotlib.axes import Axes

from pruneuq_helpers.claims.contrast import Contrast
from pruneuq_helpers.figures.styling import look

BESIDE = 0.07  # of the dots from the bar, which would hide them


def interval(
    ax: Axes, at: float, found: Contrast, place: int, label: str, across: bool = False, beside: float = BESIDE
) -> None:
    """A mean with its interval, and beside it a dot a seed; upright at `at`, or `across` the panel at that height."""
    colour = look(place)["color"]
    ends = [found.low, found.high] if found.spreads and found.count > 1 else [found.effect] * 2
    for along, place_of, width, more in (
        (found.values, at - beside, 0, {"marker": ".", "markersize": 7, "alpha": 0.8, "markeredgewidth": 0}),
        (ends, at, 2.2, {}),
        ([found.effect], at, 0, {"marker": look(place)["marker"], "label": label}),
    ):
        here = np.full(len(along), place_of)
        x, y = (along, here) if across else (here, along)
        ax.plot(x, y, color=colour, linestyle="solid", linewidth=width, **more)
