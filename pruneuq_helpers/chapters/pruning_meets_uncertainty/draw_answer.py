"""The figure of chapter 7's main answer."""

from collections.abc import Callable, Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pruneuq_helpers import figures
from pruneuq_helpers.chapters.pruning_meets_uncertainty.answer import CRITERIA
from pruneuq_helpers.chapters.pruning_meets_uncertainty.paired import differences
from pruneuq_helpers.chapters.pruning_meets_uncertainty.paper import WORDS
from pruneuq_helpers.figures.drawing import Drawing
from pruneuq_helpers.figures.styling import INK, MUTED, look, places, tick_levels

PANELS = {
    "accuracy": "accuracy", "ece": "ECE", "auroc_errors": "AUROC of errors",
    "auroc_near": "AUROC, near strangers", "auroc_far": "AUROC, far strangers", "changed": "predictions changed",
}  # fmt: skip
PRUNED = {"l1": "pruned by L1, fine-tuned", "random": "pruned at random, fine-tuned"}
CONTROLS = {"dense": "dense, trained as long", "scratch": "small from the start"}
APART = 0.012  # between the criteria at a level, so that no bar hides another
_CAPTION = (
    "What removing channels and fine-tuning do to one network. The line is the dense network, trained as long as "
    "the pruned ones; points are means over seeds, and a bar that does not reach the line is a difference: it is "
    "the 95 % interval of the difference, seed by seed. Strangers are images of no class that was learnt, near ones "
    "much like those; predictions changed are those that differ from the dense network's."
)


def shown(table: pd.DataFrame, titles: Mapping[str, str] = PANELS) -> dict[str, str]:
    """The measures that the table has, and what each is called."""
    return {column: title for column, title in titles.items() if table[column].notna().any()}


def in_panels(
    table: pd.DataFrame,
    titles: Mapping[str, str],
    panel: Callable,
    xlabel: str,
    size: tuple[float, float],
    across: int,
    sharex: bool = False,
) -> Figure:
    """A panel a measure that the table has, so many in a row; `size` is the width, and the height of a row."""
    known = shown(table, titles)
    rows = -(-len(known) // across)
    fig = figures.new_figure(size[0], size[1] * rows)
    axes = fig.subplots(rows, across, sharex=sharex, squeeze=False).flatten()
    for ax, (column, title) in zip(axes, known.items(), strict=False):
        panel(ax, table, column)
        ax.set_title(title)
    for ax in axes[len(known) :]:
        ax.set_axis_off()
    for ax in axes[max(0, len(known) - across) : len(known)]:
        ax.set_xlabel(xlabel)
    return fig


def answer(table: pd.DataFrame) -> Drawing:
    """Each measure against the level, with the dense network trained on as the line to compare with."""
    fig = in_panels(table, PANELS, _panel, "channels removed", (6.9, 2.5), across=3, sharex=True)
    handles = [Line2D([], [], **look(place), label=PRUNED[name]) for name, place in places(CRITERIA).items()]
    handles.append(Line2D([], [], color=MUTED, marker="D", linestyle="none", label=CONTROLS["scratch"]))
    handles.append(Line2D([], [], color=INK, linewidth=0.9, label=CONTROLS["dense"]))
    fig.legend(handles=handles, loc="outside upper left", ncols=2)
    return Drawing(fig, "fig-answer", _CAPTION, describe(table))


def _panel(ax: Axes, table: pd.DataFrame, column: str) -> None:
    dense = table.loc[table["state"] == "trained on", column].mean()
    ax.axhline(dense, color=INK, linewidth=0.9)
    found = differences(table, column)
    for criterion, place in places(CRITERIA).items():
        own = found[(found["criterion"] == criterion) & (found["state"] == "fine-tuned")].sort_values("level")
        at = own["level"] + APART * (2 * place - 1)
        drawn = look(place)
        ax.plot(at, dense + own["effect"], markersize=4, linewidth=1.4, **drawn)
        ax.vlines(at, dense + own["low"], dense + own["high"], color=drawn["color"], linewidth=1.2)
    small = table[table["state"] == "from scratch"].groupby("level")[column].mean()
    ax.plot(small.index, small, color=MUTED, marker="D", markersize=4, linestyle="none")
    tick_levels(ax, found["level"])


def describe(table: pd.DataFrame) -> str:
    """The text alternative: each measure of the dense network, and what the highest level changes."""
    highest, parts = table.loc[table["state"] == "fine-tuned", "level"].max(), []
    for column, title in shown(table).items():
        dense = table.loc[table["state"] == "trained on", column].mean()
        found = differences(table, column).query("state == 'fine-tuned' and level == @highest")
        said = ", ".join(
            f"{WORDS[row.criterion]} {dense + row.effect:.3f}" + _bounds(dense, row) for row in found.itertuples()
        )
        parts.append(f"{title}: dense trained as long {dense:.3f}; at level {highest:g} {said}")
    return f"A panel a measure, against the level, with the dense network as a line. {'. '.join(parts)}."


def _bounds(dense: float, row) -> str:
    return f" ({dense + row.low:.3f} to {dense + row.high:.3f})" if row.low == row.low else ""
