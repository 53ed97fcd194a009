"""Pictures of chapter 6: learning curves, the epoch that is watched, accuracy by the moment it is read at, sweeps."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from pruneuq_helpers import figures

STATE_WORDS = {"before": "before the prune", "delivered": "pruned", "frozen": "frozen zeros"}


def at_level(table: pd.DataFrame, level: float, network: str = "fcn") -> dict[str, pd.DataFrame]:
    """The rows of S3's learning curves: losses, Bayes factor and sparsity by epoch, one network at one level.

    >>> row = {"data": "digits", "network": "fcn", "seed": 0, "epoch": 1, "loss": 0.5, "train_loss": 0.4, "delta": 0.0}
    >>> rows = [row | {"level": 0.9, "method": "Bayes random", "state": state, "sparsity": 0.9}
    ...         for state in ("before", "after")]
    >>> found = at_level(pd.DataFrame(rows), 0.9)
    >>> found["losses"]["line"].tolist(), found["gates"]["bayes_factor"].tolist()
    (['Bayes random, validation', 'Bayes random, training'], [1.0])
    """
    rows = table[(table["data"] == table["data"].iloc[0]) & (table["network"] == network)]
    own = (rows["level"] == level) & rows["method"].isin(["Bayes random", "Bayes magnitude"])
    rows = rows[own | (rows["method"] == "unpruned")]
    read = rows[rows["state"].isin(["before", "dense"])]
    columns = {"validation": "loss", "training": "train_loss"}
    losses = pd.concat(
        read[["epoch", "seed"]].assign(line=read["method"] + f", {name}", loss=read[column].astype(float))
        for name, column in columns.items()
    )
    # The unpruned network has no ratio, and stands here so that a method has one colour in all panels.
    left = rows[rows["state"].isin(["after", "dense"])].astype({"delta": float, "sparsity": float})
    ratio = np.exp(left["delta"]).where(left["method"] != "unpruned")
    gates = left[["epoch", "seed", "sparsity"]].assign(line=left["method"], bayes_factor=ratio)
    return {"losses": losses, "gates": gates}


def learning_curves(table: pd.DataFrame, level: float, network: str = "fcn") -> Figure:
    """S3's Figs 4 to 51 in one form: losses on the left, Bayes factor and sparsity on the right."""
    found, last = at_level(table, level, network), table["epoch"].max()
    fig = figures.new_figure(6.4, 4.6)
    grid = fig.add_gridspec(2, 2)
    left, factor = fig.add_subplot(grid[:, 0]), fig.add_subplot(grid[0, 1])
    zeros = fig.add_subplot(grid[1, 1])
    figures.lines(found["losses"], "epoch", "loss", "line", left, "epoch", "cross-entropy in nats", legend="none")
    figures.lines(found["gates"], "epoch", "bayes_factor", "line", factor, " ", "Bayes factor", legend="none")
    figures.lines(found["gates"], "epoch", "sparsity", "line", zeros, "epoch", "sparsity after the gate", "none")
    left.set(ylim=(0, 2.6), xlim=(0.5, last + 0.5))
    factor.set(ylim=(-0.05, 1.3), xlim=(0.5, last + 0.5))
    zeros.set(ylim=(-0.05, 1.05), xlim=(0.5, last + 0.5))
    fig.legend(*left.get_legend_handles_labels(), loc="outside upper left", ncols=2, handlelength=3.2)
    return fig


def watched_epoch(steps: pd.DataFrame, level: float, network: str = "fcn") -> Figure:
    """Sparsity and accuracy between two prunes, step by step."""
    rows = during(steps, level, network)
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


def during(steps: pd.DataFrame, level: float, network: str = "fcn") -> pd.DataFrame:
    """The rows of `watched_epoch`: step seed line kind sparsity accuracy.

    >>> row = {"data": "digits", "network": "fcn", "level": 0.9, "seed": 0, "how": "random", "step": 0}
    >>> rows = during(pd.DataFrame([row | {"sparsity": 0.9, "accuracy": 0.5, "kept_accuracy": 0.25}]), 0.9)
    >>> rows["accuracy"].tolist()
    [0.5, 0.25]
    """
    first = steps["data"] == steps["data"].iloc[0]
    rows = steps[first & (steps["level"] == level) & (steps["network"] == network)]
    rows = rows.sort_values(["how", "seed", "step"])
    kept = rows.assign(accuracy=rows["kept_accuracy"], kind="kept", line=rows["how"] + ", without what grew back")
    return pd.concat([rows.assign(kind="all", line=rows["how"]), kept], ignore_index=True)


def by_state(result: pd.DataFrame, column: str = "accuracy") -> pd.DataFrame:
    """Results by the moment they are read at, for the figures against level: method data network level seed moment.

    The unpruned network stands at level 0 of every moment; frozen zeros of the plain methods serve the gated ones.
    """
    result = result.dropna(subset=column)
    dense, parts = result[result["method"] == "unpruned"], []
    for method in ("random", "magnitude"):
        for state, words in STATE_WORDS.items():
            rows = result[(result["method"] == method) & (result["state"] == state)]
            if len(rows):
                parts.append(pd.concat([dense, rows]).assign(method=method, moment=words))
    return pd.concat(parts, ignore_index=True)


def state_panels(
    result: pd.DataFrame, column: str, ylabel: str, across: str = "method", down: str = "network"
) -> Figure:
    """One measure against level, by the moment it is read at; a panel a criterion and network."""
    rows = by_state(result, column)
    columns, lines = rows[across].unique(), rows[down].unique()
    fig = figures.new_figure(6.4, 1.1 + 2.5 * len(lines))
    axes = np.reshape(fig.subplots(len(lines), len(columns), sharex=True, sharey=True), (len(lines), len(columns)))
    for (i, j), ax in np.ndenumerate(axes):
        part = rows[(rows[across] == columns[j]) & (rows[down] == lines[i])]
        figures.lines(part, "level", column, "moment", ax, " ", " ", "none")
        ax.set_title(f"{columns[j]}, {lines[i]}")
        ax.set(xlabel="level, of weights" if i == len(lines) - 1 else "", ylabel=ylabel if j == 0 else "")
    fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper left", ncols=3, handlelength=3.2)
    return fig
