"""The figure of chapter 7's main answer, and the numbers behind it."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pruneuq_helpers import claims, figures
from pruneuq_helpers.chapters.pruning_meets_uncertainty.answer import CRITERIA, STATES
from pruneuq_helpers.chapters.pruning_meets_uncertainty.ladder import less_equal_accuracy
from pruneuq_helpers.chapters.pruning_meets_uncertainty.paper import WORDS
from pruneuq_helpers.figures.styling import MUTED, look

PANELS = {
    "accuracy": "accuracy", "ece": "ECE", "auroc_errors": "AUROC of errors",
    "auroc_near": "AUROC, near images", "auroc_far": "AUROC, far images", "changed": "predictions changed",
}  # fmt: skip
LINES = {"as cut": "dotted", "statistics": "dashed", "fine-tuned": "solid"}
EQUAL = "equal accuracy"


def differences(table: pd.DataFrame, column: str, control: str = "as trained") -> pd.DataFrame:
    """Paired differences to the dense network of the same seed, with 95 % intervals over seeds.

    Of every network that is not the dense one; `control` is a state of the dense network, or "equal accuracy". A row a
    criterion, state and level: effect low high seeds.
    """
    subject = table[table["criterion"] != "dense"]
    if control == EQUAL:
        ladder = table[table["state"].isin(["as trained", "earlier epoch"])]
        change = less_equal_accuracy(subject, ladder, column, ["seed", "cut_from"])
    else:
        dense = table[table["state"] == control].set_index(["seed", "cut_from"])[column]
        paired = subject.merge(dense.rename("dense"), how="left", left_on=["seed", "cut_from"], right_index=True)
        change = paired[column] - paired["dense"]
    known = subject.assign(change=change).dropna(subset=["change"])
    rows = []
    for (criterion, state, level), part in known.groupby(["criterion", "state", "level"], sort=False):
        found = claims.decide(part["change"].to_numpy())
        rows.append([criterion, state, level, found.effect, found.low, found.high, found.seeds])
    return pd.DataFrame(rows, columns=["criterion", "state", "level", "effect", "low", "high", "seeds"])


def shown(table: pd.DataFrame) -> dict[str, str]:
    """The panels for which there is something to show."""
    return {column: title for column, title in PANELS.items() if table[column].notna().any()}


def answer(table: pd.DataFrame, paired: bool = False) -> Figure:
    """What pruning does, in small panels: means over seeds against the level, controls in grey.

    With `paired`, differences to the dense network with their 95 % intervals over seeds.
    """
    panels = shown(table)
    fig = figures.new_figure(6.9, 2.5 * -(-len(panels) // 3))
    axes = fig.subplots(-(-len(panels) // 3), 3, sharex=True, squeeze=False).flatten()
    for ax, (column, title) in zip(axes, panels.items(), strict=False):
        (_paired_lines if paired else _mean_lines)(ax, table, column)
        ax.set_title(title)
    for ax in axes[len(panels) :]:
        ax.set_axis_off()
    for ax in axes[max(0, len(panels) - 3) : len(panels)]:
        ax.set_xlabel("level (of channels)")
    colours = [Line2D([], [], color=look(place)["color"], label=WORDS[name]) for place, name in enumerate(CRITERIA)]
    styles = [Line2D([], [], color=MUTED, linestyle=style, label=state) for state, style in LINES.items()]
    others = [Line2D([], [], color=MUTED, marker="D", linestyle="none", label="small, from scratch")]
    others += [] if paired else [Line2D([], [], color=MUTED, linewidth=0.8, label="dense, trained on")]
    fig.legend(handles=[*colours, *styles, *others], loc="outside upper center", ncols=4)
    return fig


def _mean_lines(ax: Axes, table: pd.DataFrame, column: str) -> None:
    means = table.groupby(["criterion", "state", "level"])[column].mean()
    ax.axhline(means["dense", "trained on", 0.0], color=MUTED, linewidth=0.8)
    for place, criterion in enumerate(CRITERIA):
        for state in STATES:
            own = pd.concat([means["dense", "as trained"], means[criterion, state]])
            ax.plot(own.index, own, color=look(place)["color"], linestyle=LINES[state], linewidth=1.4)
    if ("none", "from scratch") in means.index.droplevel("level"):
        small = means["none", "from scratch"]
        ax.plot(small.index, small, color=MUTED, marker="D", markersize=4, linestyle="none")


def _paired_lines(ax: Axes, table: pd.DataFrame, column: str) -> None:
    found = differences(table, column).set_index(["criterion", "state"]).sort_index()
    ax.axhline(0.0, color=MUTED, linewidth=0.8)
    kinds = [(name, state, look(place)["color"]) for place, name in enumerate(CRITERIA) for state in STATES]
    for criterion, state, colour in [*kinds, ("none", "from scratch", MUTED)]:
        if (criterion, state) in found.index:
            own = found.loc[[(criterion, state)]].sort_values("level")
            line = LINES.get(state, "none")
            ax.plot(own["level"], own["effect"], color=colour, linestyle=line, marker="o", markersize=3, linewidth=1.2)
            ax.vlines(own["level"], own["low"], own["high"], color=colour, linewidth=1, alpha=0.7)


def describe(table: pd.DataFrame) -> str:
    """The text alternative of `answer`: each panel for the dense network and the highest level, fine-tuned."""
    highest, parts = table.loc[table["state"] == "fine-tuned", "level"].max(), []
    means = table.groupby(["criterion", "state", "level"])
    for column, title in shown(table).items():
        value = means[column].mean()
        states = ", ".join(f"{state} {value['l1', state, highest]:.3f}" for state in STATES)
        parts.append(f"{title}: dense {value['dense', 'as trained', 0.0]:.3f}; L1 at level {highest:g} {states}")
    return ". ".join(parts) + "."
