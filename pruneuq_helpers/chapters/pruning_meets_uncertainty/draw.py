"""The figures of chapter 7, in the forms of S1's."""

import json

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pruneuq_helpers import figures
from pruneuq_helpers.chapters.pruning_meets_uncertainty.paper import METHODS, WORDS
from pruneuq_helpers.figures.drawing import Drawing
from pruneuq_helpers.figures.runs import runs
from pruneuq_helpers.figures.styling import CARD, GRID, MUTED, look, places, tick_levels
from pruneuq_helpers.text import plus_minus


def with_dense(table: pd.DataFrame) -> pd.DataFrame:
    """The table with the dense network as level 0 of every criterion, and names in words."""
    dense, parts = table[table["criterion"] == "dense"], []
    for name in [name for name in WORDS if name in set(table["criterion"])]:
        parts += [dense.assign(criterion=WORDS[name]), table[table["criterion"] == name].assign(criterion=WORDS[name])]
    return pd.concat(parts, ignore_index=True)


def before_after(table: pd.DataFrame) -> Drawing:
    """Accuracy of a single network right after the cut and after fine-tuning; ResRep has no cut of its own."""
    single = with_dense(table[table["method"] == "msp"])
    single = single[single["criterion"] != WORDS["resrep"]]
    titles = {"accuracy_before": "right after the cut", "accuracy": "after fine-tuning"}
    fig, said = figures.new_figure(6.8, 3.6), []
    for ax, (column, title) in zip(fig.subplots(1, 2, sharey=True), titles.items(), strict=True):
        runs(ax, single, "level", column, "criterion", apart=0.016)
        ax.set(title=title, xlabel="share of channels removed")
        tick_levels(ax, single["level"])
        named = single.rename(columns={column: f"accuracy {title}"})
        said.append(figures.trend(named, "level", f"accuracy {title}", by="criterion"))
    fig.axes[0].set_ylabel("accuracy of one network")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper left", ncols=4)
    caption = "Accuracy of one network before and after fine-tuning. A dot is a seed, a line the mean."
    return Drawing(fig, "fig-before-after", caption, f"Two panels, accuracy against level. {'. '.join(said)}.")


def sparsification(table: pd.DataFrame, criterion: str, level: float) -> Drawing:
    """The sparsification plots of one criterion at one level, as S1's Fig 1b: the shaded area is AUSE."""
    fig, axes = _panels(3.1)
    chosen, said = table[(table["criterion"] == criterion) & (table["level"] == level)], []
    for ax, method in zip(axes, METHODS, strict=True):
        own = chosen[chosen["method"] == method]
        read = [json.loads(text) for text in own["curve"]]
        error, oracle = (np.mean([curve[name] for curve in read], axis=0) for name in ("error", "oracle"))
        fraction = np.linspace(0, 1, len(error))
        ax.fill_between(fraction, error, oracle, color=GRID, label="AUSE")
        ax.plot(fraction, error, color=look(0)["color"], label="by uncertainty")
        ax.plot(fraction, oracle, color=look(1)["color"], linestyle=look(1)["linestyle"], label="by the oracle")
        ax.plot([0, 1], [error[0]] * 2, color=MUTED, linewidth=1, linestyle="dotted", label="at random")
        ax.set_xlabel("fraction removed")
        said.append(f"{WORDS[method]} {plus_minus(own['ause'])}")
    axes[0].set_ylim(bottom=0)  # of all panels, once all are drawn
    axes[0].set_ylabel("error rate of the rest")
    handles, names = axes[0].get_legend_handles_labels()
    fig.legend(handles, names, loc="outside upper center", ncols=4)
    what = "dense" if criterion == "dense" else f"pruned by {WORDS[criterion]} to level {level:g}"
    caption = f"Sparsification as S1 measures it, {what}: means over seeds. Shaded is AUSE."
    alt = (
        "A panel a method: the error rate of the images that are left against the fraction removed, by uncertainty, by "
        f"the oracle and at random. AUSE, {what}: {', '.join(said)}."
    )
    return Drawing(fig, "fig-sparsification-grid", caption, alt)


def accuracy_ause(table: pd.DataFrame) -> Drawing:
    """Accuracy against AUSE, as S1's Figs 2 to 4: a path a criterion, from the dense network on."""
    fig, axes = _panels(3.9)
    means = with_dense(table).groupby(["method", "criterion", "level"], sort=False)[["accuracy", "ause"]].mean()
    means = means.reset_index()
    known = places(means["criterion"].unique())
    for ax, method in zip(axes, METHODS, strict=True):
        for name, part in means[means["method"] == method].groupby("criterion", sort=False):
            drawn = look(known[name]) | {"linewidth": 1.2, "markersize": 7, "markeredgecolor": CARD}
            ax.plot("ause", "accuracy", data=part.sort_values("level"), label=name, **drawn)
        ax.set_xlabel("AUSE")
        ax.margins(0.1)
    _name_levels(axes[-1], means[means["method"] == METHODS[-1]])
    axes[0].set_ylabel("accuracy")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=len(known), handlelength=2.6)
    caption = (
        "Accuracy against AUSE as S1 measures it. Every path leads from the dense network to higher levels, whose "
        "numbers stand in the last panel. Means over seeds; accuracy has one scale, AUSE one in each panel."
    )
    alt = f"A panel a method: accuracy against AUSE, a path a criterion. {_by_method(table, 'ause', 'AUSE')}"
    return Drawing(fig, "fig-accuracy-ause", caption, alt)


def _panels(height: float, sharey: bool = True) -> tuple[Figure, list]:
    fig = figures.new_figure(6.9, height)
    axes = list(fig.subplots(1, len(METHODS), sharey=sharey))
    for ax, method in zip(axes, METHODS, strict=True):
        ax.set_title(WORDS[method])
    return fig, axes


def _by_method(table: pd.DataFrame, column: str, name: str) -> str:
    known = with_dense(table.rename(columns={column: name}))
    said = {m: figures.trend(known[known["method"] == m], "level", name, by="criterion") for m in METHODS}
    return " ".join(f"{WORDS[method]}: {text}." for method, text in said.items())


def _name_levels(ax: Axes, means: pd.DataFrame) -> None:
    """Write each level once, right of its points and above, where no path runs."""
    for level, part in means.groupby("level"):
        at = part["ause"].mean(), part["accuracy"].max()
        name, shift = (f"{level:g}", (9, 8)) if level else ("dense", (-4, 14))
        ax.annotate(name, at, shift, textcoords="offset points", va="center")
