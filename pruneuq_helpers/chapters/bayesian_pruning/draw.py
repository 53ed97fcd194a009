"""Figures of chapter 6: one weight's posterior, the watched epoch, accuracy and calibration by moment."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pruneuq_helpers import figures
from pruneuq_helpers.chapters.bayesian_pruning.tables import of_gate, open_shares, paired
from pruneuq_helpers.claims import contrast, with_interval
from pruneuq_helpers.claims.margins import margin
from pruneuq_helpers.figures.drawing import Drawing, Frames
from pruneuq_helpers.figures.intervals import interval
from pruneuq_helpers.figures.styling import GRID, MUTED, look, places
from pruneuq_helpers.text import percent

MOMENTS = {"before": "before the prune", "delivered": "right after it", "frozen": "frozen zeros"}
MOMENT = 3  # the look of the first; those before it are of the ways to prune


def one_weight(values: np.ndarray, now: float, prior: np.ndarray, panels: dict[str, tuple]) -> Drawing:
    """Prior, likelihood and posterior of one weight; `panels` has the last two densities by title."""
    fig, told = figures.new_figure(6.4, 3.2), []
    for ax, (title, (likelihood, posterior)) in zip(
        fig.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
    ):
        for name, density in (("prior", prior), ("likelihood", likelihood), ("posterior", posterior)):
            ax.plot(values, density, label=name)
        ax.axvline(now, color="grey", linewidth=1)
        ax.set(xlabel="value of the weight", ylabel="density", title=title, ylim=(0, None))
        widths = [width(values, density) for density in (likelihood, posterior)]
        told.append(f"{title}: the likelihood is {widths[0]:.2f} wide, the posterior {widths[1]:.2f}")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper left", ncols=3)
    return Drawing(
        fig,
        "fig-one-weight",
        "Prior, likelihood and posterior of one weight: with the sum over all images, and with their mean. Grey line: "
        "the highest place of the sum's posterior.",
        f"Two panels with the densities of prior, likelihood and posterior. Standard deviations: "
        f"{'; '.join(told)}. The prior is {width(values, prior):.2f} wide. "
        f"The highest place of the posterior is {now:.2f}.",
    )


def width(values: np.ndarray, density: np.ndarray) -> float:
    """Standard deviation of a density on a grid."""
    mean = np.trapezoid(density * values, values)
    return float(np.sqrt(np.trapezoid(density * (values - mean) ** 2, values)))


def watched_epoch(steps: pd.DataFrame) -> Frames:
    """Sparsity and accuracy between two prunes, step by step; the slider runs over levels."""
    levels = sorted(map(float, steps["level"].unique()))
    return Frames(
        lambda level: _watched(during(steps, level)),
        levels,
        "fig-watched-epoch",
        "One epoch, step by step; step 0 is right after the prune. Top: zeros among the weights. Bottom: validation "
        "accuracy, also without the weights that grew back. Thin: a seed; thick: the mean.",
        lambda level: _watched_words(during(steps, level), level),
        format="{:.0%}",
        start=max(len(levels) - 2, 0),
    )


def _watched(rows: pd.DataFrame) -> Figure:
    fig = figures.new_figure(6.4, 5.2)
    top, bottom = fig.subplots(2, 1, sharex=True)
    _runs(top, rows[rows["kind"] == "all"], "sparsity")
    _runs(bottom, rows, "accuracy")
    ticks = sorted(set(rows["step"]))
    bottom.set_xscale("symlog", linthresh=1, base=2)
    bottom.set_xticks(ticks[:-1], [str(tick) for tick in ticks[:-1]])
    bottom.minorticks_off()
    bottom.set(ylim=(0, 1.02), xlim=(-0.1, ticks[-1] * 1.1), xlabel="steps since the prune", ylabel="accuracy")
    top.set(ylim=(-0.03, 1.03), ylabel="share of zeros")
    fig.legend(*bottom.get_legend_handles_labels(), loc="outside upper left", ncols=2, handlelength=3.2)
    return fig


def _runs(ax: Axes, rows: pd.DataFrame, column: str) -> None:
    """A thin line a seed, and their mean."""
    known = places(rows["line"].unique())
    for name, part in rows.groupby("line", sort=False):
        place = known[name]
        wide = part.pivot(index="step", columns="seed", values=column)
        ax.plot(wide.index, wide, color=look(place)["color"], linestyle="solid", linewidth=1, alpha=0.6)
        ax.plot(wide.index, wide.mean(axis=1), label=name, **look(place))


def _watched_words(rows: pd.DataFrame, level: float) -> str:
    grown = rows[(rows["kind"] == "all") & (rows["step"] <= 1)]
    sparsity, accuracy = (
        figures.trend(part, "step", column, by="line") for part, column in ((grown, "sparsity"), (rows, "accuracy"))
    )
    return f"Shares of zeros above, accuracies below, step by step. At level {level:.0%}, {sparsity}. {accuracy}."


def during(steps: pd.DataFrame, level: float) -> pd.DataFrame:
    """One level of the first data set and network: step seed line kind sparsity accuracy."""
    first = (steps["data"] == steps["data"].iloc[0]) & (steps["network"] == steps["network"].iloc[0])
    rows = steps[first & (steps["level"] == level)].sort_values(["how", "seed", "step"])
    kept = rows.assign(accuracy=rows["kept_accuracy"], kind="kept", line=rows["how"] + ", without what grew back")
    return pd.concat([rows.assign(kind="all", line=rows["how"]), kept], ignore_index=True)


def three_moments(main: pd.DataFrame) -> Drawing:
    """Test accuracy by level and moment, less that of the unpruned network; a panel a criterion."""
    panels = {"pruned at random": ("random", "accuracy"), "pruned by magnitude": ("magnitude", "accuracy")}
    fig, alt = _changes(main, panels, "accuracy minus unpruned", sharey=True)
    return Drawing(
        fig,
        "fig-three-moments",
        "Test accuracy by the moment it is read at, minus that of the unpruned network of the same seed. Small dots: "
        "seeds; bars: 95 % intervals of their mean.",
        alt,
    )


def calibration(main: pd.DataFrame) -> Drawing:
    """ECE and negative log-likelihood of magnitude pruning by level and moment, less those of the unpruned network."""
    panels = {"ECE": ("magnitude", "ece"), "NLL in nats": ("magnitude", "nll")}
    fig, alt = _changes(main, panels, "change from unpruned")
    return Drawing(
        fig,
        "fig-bayes-calibration",
        "Magnitude pruning: calibration error (15 bins) and negative log-likelihood on test images, minus those of the "
        "unpruned network of the same seed. Above zero is worse. Small dots: seeds; bars: 95 % intervals.",
        alt,
    )


def _changes(main: pd.DataFrame, panels: dict[str, tuple[str, str]], ylabel: str, sharey: bool = False):
    """A panel a criterion and measure: paired changes from the unpruned network, and what they are in words."""
    fig, told = figures.new_figure(6.4, 3.6), []
    axes = fig.subplots(1, len(panels), sharey=sharey)
    for ax, (title, (how, column)) in zip(axes, panels.items(), strict=True):
        for place, (state, moment) in enumerate(MOMENTS.items()):
            changes = paired(main, (how, state), ("unpruned", "dense"), column)
            found = {level: contrast(values) for level, values in changes.groupby("level")}
            for at, (level, change) in enumerate(found.items()):
                interval(ax, at + 0.22 * (place - 1), change, MOMENT + place, "" if at else moment)
                told.append(f"{title}, {moment}, level {level:.0%}: {with_interval(change, signed=True)}")
            ax.set_xticks(range(len(found)), [percent(level) for level in found])
        ax.axhline(0, color=MUTED, linewidth=1)
        ax.grid(visible=False, axis="x")
        ax.set(title=title, xlabel="share of weights removed")
    axes[0].set_ylabel(ylabel)
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=3)
    return fig, "Changes from the unpruned network. " + "; ".join(told) + "."


def gate(main: pd.DataFrame) -> Drawing:
    """Accuracy with the gate minus without, where a pair decides something; a row a criterion and level."""
    rows, opened = of_gate(main), open_shares(main)
    fig = figures.new_figure(6.4, 1.3 + 0.6 * len(opened))
    ax, told, named = fig.subplots(), [], set()
    limit = margin("accuracy").value
    ax.axvspan(-limit, limit, color=MUTED, alpha=0.2, linewidth=0)
    for height, (how, level) in enumerate(opened.index):
        for place, moment in enumerate(rows):
            found = rows[moment].get((how, level))
            if found is None:
                continue
            at, label = height + 0.22 * (2 * place - 1) + 0.06, "" if moment in named else moment
            interval(ax, at, found, MOMENT + place, label, across=True, beside=0.16)
            named.add(moment)
            told.append(f"{how} to {level:.0%}, {moment}: {with_interval(found, signed=True)}")
    ax.set_yticks(range(len(opened)), [f"{how} to {percent(level)}" for how, level in opened.index])
    for height, share in enumerate(opened):
        ax.text(1.02, height, percent(share), transform=ax.get_yaxis_transform(), va="center")
        if height:
            ax.axhline(height - 0.5, color=GRID, linewidth=0.8)
    ax.text(1.02, 1.02, "open in", transform=ax.transAxes, va="bottom", color=MUTED)
    ax.set_ylim(len(opened) - 0.5, -0.5)
    ax.grid(visible=False, axis="y")
    ax.set(xlabel="accuracy with the gate minus without")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper left", ncols=2)
    return Drawing(
        fig,
        "fig-gate",
        "What the gate changes, in networks of the same seed that are equally sparse; on the right the share of epochs "
        "in which it was open. Dots: seeds; bars: 95 % intervals of their mean. Grey: ±0.01, where no change matters. "
        "A row without dots has no pair that counts.",
        "Accuracy with the gate minus without. " + "; ".join(told) + ".",
    )
