"""A mean with its interval, and the repetitions that it is of."""

import numpy as np
from matplotlib.axes import Axes

from pruneuq_helpers.claims.contrast import Contrast
from pruneuq_helpers.figures.styling import look


def interval(ax: Axes, at: float, found: Contrast, place: int, label: str, across: bool = False) -> None:
    """A mean with its interval and a dot a seed, upright at `at`, or `across` the panel at that height."""
    colour = look(place)["color"]
    ends = [found.low, found.high] if found.spreads and found.count > 1 else [found.effect] * 2
    for along, width, more in (
        (found.values, 0, {"marker": ".", "markersize": 4, "alpha": 0.45}),
        (ends, 2.2, {}),
        ([found.effect], 0, {"marker": look(place)["marker"], "label": label}),
    ):
        here = np.full(len(along), at)
        x, y = (along, here) if across else (here, along)
        ax.plot(x, y, color=colour, linestyle="solid", linewidth=width, **more)
