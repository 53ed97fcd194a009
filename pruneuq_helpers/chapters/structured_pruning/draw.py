"""Figures of chapter 2: networks with units removed, accuracy after removal, what a level keeps, and time."""

from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd
import torch

from pruneuq_helpers import figures, metrics, pruning
from pruneuq_helpers.chapters.structured_pruning.tables import WAYS, times_faster
from pruneuq_helpers.figures.drawing import Drawing, Frames
from pruneuq_helpers.figures.names import name_ends
from pruneuq_helpers.figures.runs import runs, runs_in_words
from pruneuq_helpers.figures.styling import MUTED, legend_above, tick_levels
from pruneuq_helpers.text import called, plus_minus

WORDS = {"l1": "the smallest L1 norms go", "random": "random units go"}


def by_hand(weights: list[np.ndarray], removed: dict[int, list[int]]) -> Drawing:
    """A network small enough to write on its edges; `removed` has the units of each layer that go."""
    names = ["input", *(f"hidden {place}" for place in range(1, len(weights))), "output"]
    return Drawing(
        figures.network(weights, removed, weight_labels=True, layer_names=names),
        "fig-by-hand",
        "The network of S0's appendix with its weights: thick lines are large ones, orange ones negative. Crossed and "
        "dashed: removed at level 0.5.",
        figures.describe_network(weights, removed),
    )


def level_slider(network: torch.nn.Module, test, levels: Sequence[float]) -> Frames:
    """What each level removes from one trained network, and the accuracy that is left."""
    weights = [layer.weight.detach().numpy() for layer in network.modules() if isinstance(layer, torch.nn.Linear)]

    @cache
    def state(level):
        return removed_units(network, level), accuracy_at(network, test, level)

    def frame(level):
        removed, right = state(level)
        fig = figures.network(weights, removed)
        fig.axes[0].set_title(f"level {level:.1f}: test accuracy {right:.2f}")
        return fig

    def words(level):
        removed, right = state(level)
        return f"{figures.describe_network(weights, removed)}; test accuracy {right:.2f}"

    return Frames(
        frame,
        levels,
        "fig-level-slider",
        "What each level removes from one trained network, and the accuracy that is left without training. Blue "
        "weights are positive, orange ones negative.",
        words,
        start=len(levels) // 2,
    )


def removed_units(network: torch.nn.Module, level: float) -> dict[int, list[int]]:
    """The units of each hidden layer that go, layers counted from 1."""
    kept = list(pruning.choose_channels(network, level).values())[:-1]
    widths = [layer.out_features for layer in network.modules() if isinstance(layer, torch.nn.Linear)]
    return {place: sorted(set(range(widths[place - 1])) - set(stay)) for place, stay in enumerate(kept, 1)}


def accuracy_at(network: torch.nn.Module, test, level: float) -> float:
    """Test accuracy right after the removal."""
    logits = pruning.remove_channels(network, level)(test.images)
    return metrics.accuracy(torch.softmax(logits, dim=1).detach(), test.labels)


def accuracy(table: pd.DataFrame) -> Drawing:
    """Test accuracy after removal against level, by criterion."""
    by_seed = table.pivot(index="seed", columns=["criterion", "level"], values="accuracy").astype(float)
    ahead = plus_minus((by_seed["l1"] - by_seed["random"]).mean(axis=1), 2)
    fig = figures.new_figure()
    ax = fig.subplots()
    runs(ax, table.replace({"criterion": WORDS}), "level", "accuracy", "criterion", apart=0.014)
    ax.set(xlabel="level: share of the units removed", ylabel="test accuracy")
    tick_levels(ax, table["level"])
    legend_above(ax)
    return Drawing(
        fig,
        "fig-removal-accuracy",
        "Test accuracy after removal, without any training afterwards. A dot is a network, a line the mean; half is "
        "guessing.",
        figures.trend(table, "level", "accuracy", by="criterion")
        + f"; seed by seed and averaged over the levels, l1 is ahead of random by {ahead}",
    )


def fractions(cost: pd.DataFrame) -> Drawing:
    """What a level keeps of the smallest network: channels, parameters, multiply–adds and seconds."""
    name = cost.loc[cost["parameters"] == cost.groupby("network")["parameters"].max().min(), "network"].iloc[0]
    own = cost[cost["network"] == name]
    kept = {
        "channels": 1 - own["level"],
        "parameters": own["parameter_fraction"],
        "multiply–adds": own["mac_fraction"],
        "seconds": own["removed_seconds"] / own["dense_seconds"],
    }
    long = (
        own[["level", "repetition"]].assign(**kept).melt(["level", "repetition"], var_name="of", value_name="fraction")
    )
    fig = figures.new_figure()
    ax = fig.subplots()
    runs(ax, long, "level", "fraction", "of", middle="median")
    ax.set(xlabel="level: share of the channels removed", ylabel="share that is kept", ylim=(0, None))
    tick_levels(ax, own["level"])
    name_ends(ax)
    return Drawing(
        fig,
        "fig-fractions",
        f"What is kept of {called(name)}, by what one counts. Seconds are measured: a dot is a repetition, the line "
        "their median; at level 0 the same network is timed twice.",
        runs_in_words(long, "level", "fraction", "of"),
    )


def times(cost: pd.DataFrame) -> Drawing:
    """How many times as fast masking and removal are, beside what multiply–adds promise; a panel a network."""
    rows = times_faster(cost).rename(columns=WAYS)
    rows = rows.melt(["network", "level", "repetition"], list(WAYS.values()), "way", "times_as_fast")
    networks = list(rows["network"].unique())
    fig, told = figures.new_figure(6.4, 3.9), []
    for ax, network in zip(fig.subplots(1, len(networks), sharey=True, squeeze=False)[0], networks, strict=True):
        part = rows[rows["network"] == network]
        ax.axhline(1, color=MUTED, linewidth=1)
        runs(ax, part, "level", "times_as_fast", "way", middle="median", apart=0.02)
        ax.set(title=called(network), xlabel="share of the channels removed", ylabel="times as fast as dense")
        tick_levels(ax, part["level"])
        ax.set_yscale("log", base=2)
        ax.yaxis.set_major_formatter("{x:g}")
        ax.label_outer()
        told.append(f"{called(network)}: {runs_in_words(part, 'level', 'times_as_fast', 'way', 1)}")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper left", ncols=3, handlelength=2.6)
    return Drawing(
        fig,
        "fig-time",
        "How many times as fast as the dense network the masked one and the smaller one are, and what fewer "
        "multiply–adds promise; each step of the axis doubles. A dot is a repetition, a line the median.",
        f"A panel a network, times as fast as dense against the share removed, medians. {'. '.join(told)}.",
    )
