"""The figures of chapter 7, in the forms of S1's."""

import json

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pruneuq_helpers import figures
from pruneuq_helpers.chapters.pruning_meets_uncertainty.paper import METHODS, WORDS
from pruneuq_helpers.figures.styling import GRID, INK, MUTED, look

SIZES = (5.0, 12.0)  # of the markers, in points, at the lowest and the highest level


def with_dense(table: pd.DataFrame) -> pd.DataFrame:
    """The table with the dense network as level 0 of every criterion, and names in words."""
    dense, parts = table[table["criterion"] == "dense"], []
    for name in [name for name in WORDS if name in set(table["criterion"])]:
        parts += [dense.assign(criterion=WORDS[name]), table[table["criterion"] == name].assign(criterion=WORDS[name])]
    return pd.concat(parts, ignore_index=True)


def panels(height: float = 3.0, sharey: bool = True) -> tuple[Figure, list]:
    """A figure with an axes for each method, its name above."""
    fig = figures.new_figure(6.9, height)
    axes = list(fig.subplots(1, len(METHODS), sharey=sharey))
    for ax, method in zip(axes, METHODS, strict=True):
        ax.set_title(WORDS[method])
    return fig, axes


def against(table: pd.DataFrame, metric: str, xlabel: str) -> Figure:
    """Accuracy against a measure, as S1's Figs 2 to 4: a path a criterion, larger markers for higher levels."""
    fig, axes = panels(3.6)
    means = with_dense(table).groupby(["method", "criterion", "level"], sort=False)[["accuracy", metric]].mean()
    means = means.reset_index()
    highest = means["level"].max()
    for ax, method in zip(axes, METHODS, strict=True):
        for place, (_, part) in enumerate(means[means["method"] == method].groupby("criterion", sort=False)):
            part, drawn = part.sort_values("level"), look(place)
            points = (SIZES[0] + (SIZES[1] - SIZES[0]) * part["level"] / highest) ** 2
            ax.plot(part[metric], part["accuracy"], color=drawn["color"], linestyle=drawn["linestyle"], linewidth=1)
            face = {"s": points, "marker": drawn["marker"], "color": drawn["color"]}
            ax.scatter(part[metric], part["accuracy"], alpha=0.75, edgecolor="white", linewidth=0.6, **face)
        ax.set_xlabel(xlabel)
    axes[0].set_ylabel("accuracy")
    _legend(fig, list(dict.fromkeys(means["criterion"])))
    return fig


def over_levels(table: pd.DataFrame, metric: str, ylabel: str, sharey: bool = True) -> Figure:
    """A measure against the level, as S1's Figs 6 and 7: mean and spread over seeds by criterion."""
    fig, axes = panels(3.4, sharey)
    known = with_dense(table)
    for ax, method in zip(axes, METHODS, strict=True):
        figures.lines(known[known["method"] == method], "level", metric, by="criterion", ax=ax, legend="none")
        ax.set_xlabel("level (of channels)")
        ax.set_ylabel("")
    axes[0].set_ylabel(ylabel)
    _legend(fig, list(dict.fromkeys(known["criterion"])))
    return fig


def describe(table: pd.DataFrame, metric: str, name: str) -> str:
    """The text alternative of `over_levels` and `against`: how a measure runs with the level, method by method."""
    known = with_dense(table.rename(columns={metric: name}))
    said = {m: figures.trend(known[known["method"] == m], "level", name, by="criterion") for m in METHODS}
    return " ".join(f"{WORDS[method]}: {text}." for method, text in said.items())


def curves(table: pd.DataFrame, criterion: str, level: float) -> Figure:
    """The sparsification plots of one criterion at one level, as S1's Fig 1b: the shaded area is AUSE."""
    fig, axes = panels(3.1)
    chosen = table[(table["criterion"] == criterion) & (table["level"] == level)]
    top = max(max(json.loads(text)["error"]) for text in table.loc[table["criterion"] != "earlier", "curve"])
    for ax, method in zip(axes, METHODS, strict=True):
        read = [json.loads(text) for text in chosen.loc[chosen["method"] == method, "curve"]]
        error, oracle = (np.mean([one[name] for one in read], axis=0) for name in ("error", "oracle"))
        fraction = np.linspace(0, 1, len(error))
        ax.fill_between(fraction, error, oracle, color=GRID, label="AUSE")
        ax.plot(fraction, error, color=look(0)["color"], label="by uncertainty")
        ax.plot(fraction, oracle, color=look(1)["color"], linestyle=look(1)["linestyle"], label="by the oracle")
        ax.plot([0, 1], [error[0]] * 2, color=MUTED, linewidth=1, linestyle="dotted", label="at random")
        ax.set_ylim(0, 1.05 * top)
        ax.set_xlabel("fraction removed")
    axes[0].set_ylabel("error rate of the rest")
    handles, names = axes[0].get_legend_handles_labels()
    fig.legend(handles, names, loc="outside upper center", ncols=4)
    return fig


def controlled(table: pd.DataFrame, column: str, ylabel: str) -> Figure:
    """A measure against the error rate: every cell of every seed is a point, told apart by level."""
    fig, axes = panels(3.2, sharey=False)
    known = table[~table["criterion"].isin(["trained on", "earlier"])]
    levels = sorted(known["level"].unique())
    for ax, method in zip(axes, METHODS, strict=True):
        for place, level in enumerate(levels):
            part = known[(known["method"] == method) & (known["level"] == level)]
            drawn = {"color": look(place)["color"], "marker": look(place)["marker"], "label": f"level {level:g}"}
            ax.scatter(part["error"], part[column], s=18, alpha=0.7, edgecolor="white", linewidth=0.4, **drawn)
        ax.set_xlabel("error rate")
    axes[0].set_ylabel(ylabel)
    handles, names = axes[0].get_legend_handles_labels()
    fig.legend(handles, names, loc="outside upper center", ncols=len(levels))
    return fig


def _legend(fig: Figure, names: list[str]) -> None:
    handles = [Line2D([], [], **look(place), linewidth=1.4, markeredgecolor=INK) for place in range(len(names))]
    fig.legend(handles, names, loc="outside upper center", ncols=len(names), handlelength=2.6)
