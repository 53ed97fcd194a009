"""Pictures of chapter 3: strategies along the fraction really removed, collapses, paired differences, surfaces."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure

from pruneuq_helpers import figures
from pruneuq_helpers.chapters.lottery_tickets.measures import by_seed, main
from pruneuq_helpers.claims import decide
from pruneuq_helpers.figures.styling import MUTED, look
from pruneuq_helpers.pruning.tickets import Tickets

STRATEGIES = ("one-shot", "re-initialised", "random", "iterative")
REMOVED = "fraction of hidden units removed"


def from_dense(rows: pd.DataFrame, strategies: Sequence[str] = STRATEGIES) -> pd.DataFrame:
    """The rows of some strategies of one network, each line beginning at the dense network.

    >>> rows = pd.DataFrame({"seed": 0, "strategy": ["dense", "random"], "removed": [0.0, 0.5], "accuracy": [1.0, 0.9]})
    >>> from_dense(rows, ["random"])["removed"].tolist()
    [0.0, 0.5]
    """
    kinds = dict(list(rows.groupby("strategy")))
    # The dense rows first: they stand where a strategy removed nothing.
    parts = [pd.concat([kinds["dense"], kinds[name]]).assign(strategy=name) for name in strategies]
    found = pd.concat(parts)
    return found.assign(removed=found["removed"].round(3)).drop_duplicates(["strategy", "removed", "seed"])


def along(table: pd.DataFrame, column: str, ylabel: str, ylim: tuple | None = None) -> Figure:
    """Mean and spread of every strategy along the fraction of units really removed, one panel a network."""
    names = table.loc[table["part"] == "tickets", "network"].unique()
    fig = figures.new_figure(6.4, 3.8)
    axes = np.ravel(fig.subplots(1, len(names), sharey=ylim is not None))
    for ax, name in zip(axes, names, strict=True):
        figures.lines(from_dense(main(table, name)), "removed", column, "strategy", ax, REMOVED, legend="none")
        ax.set(title=name, ylabel=ylabel if ax is axes[0] else "", ylim=ylim or (0, None), xlim=(-0.03, 1))
    _legend(fig, axes[0])
    return fig


def describe_along(table: pd.DataFrame, column: str) -> str:
    """Say what `along` shows, network by network."""
    names = table.loc[table["part"] == "tickets", "network"].unique()
    trends = [(name, figures.trend(from_dense(main(table, name)), "removed", column, "strategy")) for name in names]
    return ". ".join(f"{name}: {text}" for name, text in trends)


def medians_and_collapses(rows: pd.DataFrame) -> Figure:
    """The median accuracy, and beside it the share of collapsed runs."""
    fig = figures.new_figure(6.4, 3.6)
    left, right = fig.subplots(1, 2)
    groups = rows.groupby(["strategy", "removed"], sort=False)
    figures.lines(groups["accuracy"].median().reset_index(), "removed", "accuracy", "strategy", left, legend="none")
    figures.lines(groups["collapsed"].mean().reset_index(), "removed", "collapsed", "strategy", right, legend="none")
    lowest = min(0.45, groups["accuracy"].median().min() - 0.02)
    left.set(xlabel=REMOVED, ylabel="median test accuracy", ylim=(lowest, 1), xlim=(-0.03, 1))
    right.set(xlabel=REMOVED, ylabel="share of runs that collapsed", ylim=(-0.02, 1), xlim=(-0.03, 1))
    _legend(fig, left)
    return fig


def paired(rows: pd.DataFrame, pairs: Sequence[tuple[str, str]], column: str = "accuracy") -> pd.DataFrame:
    """Differences between two strategies at every level, paired by seed, with their 95 % intervals.

    >>> rows = pd.DataFrame({"seed": [0, 1] * 2, "level": 0.5, "strategy": ["random"] * 2 + ["one-shot"] * 2,
    ...                      "accuracy": [0.5, 0.6, 0.9, 0.9]})
    >>> paired(rows, [("random", "one-shot")])["difference"].round(2).tolist()
    [-0.35]
    """
    found = []
    for first, second in pairs:
        for level in sorted(set(rows["level"]) - {0.0}):
            values = by_seed(rows, column, first, [level]) - by_seed(rows, column, second, [level])
            seen = decide(values, direction="<")
            about = {"pair": f"{first} − {second}", "level": level, "difference": seen.effect}
            found.append(about | {"low": seen.low, "high": seen.high, "verdict": seen.verdict})
    return pd.DataFrame(found)


def differences(found: pd.DataFrame, ylabel: str) -> Figure:
    """Paired differences with their intervals, against the level."""
    fig = figures.new_figure(6.4, 3.7)
    ax = fig.subplots()
    ax.axhline(0, color=MUTED, linewidth=1)
    for place, (name, part) in enumerate(found.groupby("pair", sort=False)):
        spread = (part[["difference", "high"]].max(axis=1) - part["difference"], part["difference"] - part["low"])
        # Side by side: intervals of two pairs would hide each other.
        at = part["level"] + 0.012 * (place - (found["pair"].nunique() - 1) / 2)
        ax.errorbar(at, part["difference"], (spread[1], spread[0]), label=name, capsize=3, **look(place))
    ax.set(xlabel="level of units", ylabel=ylabel)
    _legend(fig, ax)
    return fig


def surface(some: dict[str, Tickets], points, labels, reach: tuple = (-1.6, 2.6, -1.2, 1.7)) -> Figure:
    """Decision surfaces of single networks side by side, with the points they learnt."""
    xx, yy = np.meshgrid(np.linspace(*reach[:2], 70), np.linspace(*reach[2:], 50))
    plane = torch.tensor(np.stack([xx.ravel(), yy.ravel()], 1), dtype=torch.float32)
    fig = figures.new_figure(6.4, 3.1)
    for ax, (title, one) in zip(np.ravel(fig.subplots(1, len(some), sharey=True)), some.items(), strict=True):
        probs = torch.softmax(one.predict(plane)[0], 1)[:, 1]
        figures.decision_surface(xx, yy, probs.reshape(xx.shape).numpy(), points, labels, ax)
        ax.get_legend().remove()
        ax.set(title=title, xlabel="first coordinate", ylabel="second coordinate" if ax is fig.axes[0] else "")
    return fig


def _legend(fig: Figure, ax) -> None:
    handles, names = ax.get_legend_handles_labels()
    columns = 4 if sum(map(len, names)) <= 50 else 2
    fig.legend(handles, names, loc="outside upper left", ncols=columns, handlelength=3.2)
