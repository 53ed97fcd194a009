"""Figures of chapter 6: one weight's posterior, the watched epoch, accuracy and calibration by moment."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from pruneuq_helpers import figures
from pruneuq_helpers.figures.drawing import Drawing, Frames

KINDS = {"fcn": "fully connected network", "cnn": "convolutional network"}
MOMENTS = {"before": "before the prune", "delivered": "pruned", "frozen": "frozen zeros"}


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
        "What the data say of one weight: the likelihood of all images (left), and their mean, which is that "
        "likelihood to the power 1/N (right). Grey line: the weight as it was trained.",
        f"Standard deviations. {'; '.join(told)}. The prior is {width(values, prior):.2f} wide. "
        f"The trained weight lies at {now:.2f}.",
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
        f"One epoch of the {KINDS[steps['network'].iloc[0]]}, step by step; step 0 is right after the prune. Top: the "
        "measured share of zeros. Bottom: validation accuracy of the network, and of the same network without the "
        "weights that grew back. Mean and spread over seeds; the steps are on a logarithmic axis.",
        lambda level: _watched_words(during(steps, level), level),
        format="{:.0%}",
        start=max(len(levels) - 2, 0),
    )


def _watched(rows: pd.DataFrame) -> Figure:
    fig = figures.new_figure(6.4, 5.2)
    top, bottom = fig.subplots(2, 1, sharex=True)
    figures.lines(rows[rows["kind"] == "all"], "step", "sparsity", "line", top, " ", "measured sparsity", legend="none")
    figures.lines(rows, "step", "accuracy", "line", bottom, "steps since the prune", "validation accuracy", "none")
    ticks = sorted(set(rows["step"]))
    bottom.set_xscale("symlog", linthresh=1, base=2)
    bottom.set(ylim=(0, 1.02), xlim=(-0.1, ticks[-1] * 1.1))
    bottom.set_xticks(ticks[:-1], [str(tick) for tick in ticks[:-1]])
    bottom.minorticks_off()
    top.set(ylim=(-0.03, 1.03))
    fig.legend(*bottom.get_legend_handles_labels(), loc="outside upper left", ncols=2, handlelength=3.2)
    return fig


def _watched_words(rows: pd.DataFrame, level: float) -> str:
    grown = rows[(rows["kind"] == "all") & (rows["step"] <= 1)]
    sparsity, accuracy = (
        figures.trend(part, "step", column, by="line") for part, column in ((grown, "sparsity"), (rows, "accuracy"))
    )
    return f"At level {level:.0%}, {sparsity}. Over the epoch, {accuracy}."


def during(steps: pd.DataFrame, level: float) -> pd.DataFrame:
    """One level of the first data set and network: step seed line kind sparsity accuracy.

    >>> row = {"data": "digits", "network": "fcn", "level": 0.9, "seed": 0, "how": "random", "step": 0}
    >>> rows = during(pd.DataFrame([row | {"sparsity": 0.9, "accuracy": 0.5, "kept_accuracy": 0.25}]), 0.9)
    >>> rows["accuracy"].tolist()
    [0.5, 0.25]
    """
    first = (steps["data"] == steps["data"].iloc[0]) & (steps["network"] == steps["network"].iloc[0])
    rows = steps[first & (steps["level"] == level)].sort_values(["how", "seed", "step"])
    kept = rows.assign(accuracy=rows["kept_accuracy"], kind="kept", line=rows["how"] + ", without what grew back")
    return pd.concat([rows.assign(kind="all", line=rows["how"]), kept], ignore_index=True)


def three_moments(result: pd.DataFrame) -> Drawing:
    """Test accuracy against level by the moment it is read at; a panel a criterion, a row a network."""
    rows = by_moment(result, "accuracy")
    return Drawing(
        _panels(rows, {name: ("accuracy", rows["network"] == name) for name in rows["network"].unique()}),
        "fig-three-moments",
        "Test accuracy at the last epoch by the moment it is read at, without a gate; level 0 is the unpruned network. "
        "Mean and spread over seeds.",
        _panel_words(rows, ("accuracy",)),
    )


def calibration(main: pd.DataFrame) -> Drawing:
    """ECE and negative log-likelihood against level by moment, of one network."""
    rows = by_moment(main.rename(columns={"ece": "ECE", "nll": "NLL in nats"}), "ECE")
    measures = ("ECE", "NLL in nats")
    return Drawing(
        _panels(rows, {name: (name, rows["seed"] >= 0) for name in measures}),
        "fig-bayes-calibration",
        "Calibration error (15 bins) and negative log-likelihood on test images, by moment; level 0 is the unpruned "
        "network. Mean and spread over seeds.",
        _panel_words(rows, measures),
    )


def by_moment(result: pd.DataFrame, column: str = "accuracy") -> pd.DataFrame:
    """Plain methods by the moment they are read at; the unpruned network stands at level 0 of every moment."""
    result = result.dropna(subset=column)
    dense, parts = result[result["method"] == "unpruned"], []
    for method in ("random", "magnitude"):
        for state, moment in MOMENTS.items():
            rows = result[(result["method"] == method) & (result["state"] == state)]
            if len(rows):
                parts.append(pd.concat([dense, rows]).assign(method=method, moment=moment))
    return pd.concat(parts, ignore_index=True)


def _panels(rows: pd.DataFrame, down: dict[str, tuple[str, pd.Series]]) -> Figure:
    """A column of panels a criterion, and a row for each measure and selection of rows in `down`."""
    across = list(rows["method"].unique())
    fig = figures.new_figure(6.4, 1.1 + 2.2 * len(down))
    axes = fig.subplots(len(down), len(across), sharex=True, sharey="row", squeeze=False)
    for (i, j), ax in np.ndenumerate(axes):
        name, (column, own) = list(down.items())[i]
        part = rows[own & (rows["method"] == across[j])]
        figures.lines(part, "level", column, "moment", ax, " ", " ", "none")
        ax.set(xlabel="level, of weights" if i == len(axes) - 1 else "", ylabel="" if j else column)
        ax.set_title(across[j] + (f", {name}" if len(down) > 1 and name != column else ""))
    fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper left", ncols=3, handlelength=3.2)
    return fig


def _panel_words(rows: pd.DataFrame, columns: tuple[str, ...]) -> str:
    told = [
        f"{method} pruning, {name}: {figures.trend(part, 'level', column, by='moment')}"
        for column in columns
        for (method, name), part in rows.groupby(["method", "network"], sort=False)
    ]
    return ". ".join(told) + "."
