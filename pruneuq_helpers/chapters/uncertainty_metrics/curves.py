"""Pictures of chapter 4 on ranking: sparsification curves, variances against confidence, normalised variances."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pruneuq_helpers import figures
from pruneuq_helpers.chapters.uncertainty_metrics.draw import log_axis
from pruneuq_helpers.figures.styling import COLOURS, LINES, look


def curves(ax: Axes, table: pd.DataFrame, title: str = "", top: float | None = None) -> None:
    """A sparsification plot: the predicted, the oracle and the random curve, the area between the first two shaded."""
    x = table["fraction"]
    random = np.append(np.full(len(x) - 1, table["error"].iloc[0]), 0.0)
    named = {"predicted": table["error"], "oracle": table["oracle"], "random": random}
    for place, (name, values) in enumerate(named.items()):
        ax.plot(x, values, label=name, color=COLOURS[place], linestyle=LINES[place])
    ax.fill_between(x, table["oracle"], table["error"], color=COLOURS[0], alpha=0.15, linewidth=0)
    ax.set(xlabel="fraction removed", ylabel="error of the rest", title=title, xlim=(0, 1), ylim=(0, top))


def sparsification(tables: Mapping[str, pd.DataFrame], top: float | None = None) -> Figure:
    """Sparsification plots side by side, with one legend for all."""
    fig = figures.new_figure(6.4, 3.6)
    axes = np.ravel(fig.subplots(1, len(tables)))
    for ax, (title, table) in zip(axes, tables.items(), strict=True):
        curves(ax, table, title, top)
        ax.set_ylabel(ax.get_ylabel() if ax is axes[0] else "")
    names = axes[0].get_legend_handles_labels()
    fig.legend(*names, loc="outside upper left", ncols=len(names[1]), handlelength=3.2)
    return fig


def against_confidence(confidence, wrong, values: Mapping[str, np.ndarray]) -> Figure:
    """One dot a sample: several uncertainties against the confidence, mistakes marked."""
    fig = figures.new_figure(6.4, 3.4)
    axes = np.ravel(fig.subplots(1, len(values)))
    for ax, (name, value) in zip(axes, values.items(), strict=True):
        for place, (words, chosen) in enumerate({"right": ~wrong, "wrong": wrong}.items()):
            drawn = look(place)
            ax.scatter(
                confidence[chosen], value[chosen], s=8 + 10 * place, label=words,
                color=drawn["color"], marker=drawn["marker"], linewidth=0, alpha=0.35 + 0.4 * place,
            )  # fmt: skip
        ax.set(xlabel="mean confidence", ylabel=name)
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=2)
    return fig


def normalised_panels(table: pd.DataFrame) -> Figure:
    """Numbers of several confidences against the number of training images, a panel each."""
    fig = figures.new_figure(6.4, 3.7)
    kinds, sizes = table["confidence_from"].unique(), sorted(table["training_images"].unique())
    axes = np.ravel(fig.subplots(1, len(kinds), sharey=True))
    for ax, kind in zip(axes, kinds, strict=True):
        rows = table[table["confidence_from"] == kind]
        figures.lines(rows, "training_images", "value", "number", ax, "training images", " ", "none")
        log_axis(ax.xaxis, sizes)
        ax.set_title(kind)
    axes[0].set_ylim(0, None)
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper left", ncols=3, handlelength=3.2)
    return fig
