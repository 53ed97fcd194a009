"""What every figure may be asked for: where it is drawn, and the words around it."""

from matplotlib.axes import Axes

from pruneuq_helpers import checks
from pruneuq_helpers.figures.styling import new_figure

_PLACES = (
    "ends", "above", "none", "best", "upper right", "upper left", "lower left", "lower right", "right", "center left",
    "center right", "lower center", "upper center", "center",
)  # fmt: skip


def axes(ax: Axes | None, width: float = 6.4, height: float = 3.7) -> Axes:
    """Axes to draw on: those given, or of a new figure."""
    if ax is None:
        return new_figure(width, height).subplots()
    return checks.instance("ax", ax, Axes, "Axes of matplotlib")


def labels(xlabel: str | None, ylabel: str | None, legend: str = "none") -> None:
    """Check the words at the axes, and the place of a legend."""
    for name, label in {"xlabel": xlabel, "ylabel": ylabel}.items():
        if label is not None:
            checks.instance(name, label, str, "text")
    checks.choice("legend", legend, _PLACES)
