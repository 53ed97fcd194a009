"""Pictures of chapter 3: every run as a dot, paired differences, collapses."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from pruneuq_helpers import figures
from pruneuq_helpers.chapters.lottery_tickets.measures import by_seed
from pruneuq_helpers.claims import contrast
from pruneuq_helpers.figures.drawing import Drawing
from pruneuq_helpers.figures.styling import CARD, INK, MUTED, look, places, tick_levels

STRATEGIES = ("one-shot", "re-initialised", "random", "iterative")


def runs(rows: pd.DataFrame) -> Drawing:
    """The accuracy of every run, by strategy and level; the dense networks stand at level 0."""
    fig = figures.new_figure(6.9, 3.6)
    levels = sorted(rows["level"].unique())
    said = []
    for ax, (name, place) in zip(
        fig.subplots(1, len(STRATEGIES), sharey=True), places(STRATEGIES).items(), strict=True
    ):
        own, medians = rows[rows["strategy"].isin([name, "dense"])], []
        for at, level in enumerate(levels):
            part = own[own["level"] == level].sort_values("seed")
            beside = np.linspace(-0.25, 0.25, len(part)) if len(part) > 1 else np.zeros(1)
            ax.plot(at + beside, part["accuracy"], ".", color=look(place)["color"], markersize=5, alpha=0.8)
            medians.append(part["accuracy"].median())
        ax.plot(range(len(levels)), medians, "_", color=INK, markersize=16, markeredgewidth=1.6)
        ax.set_xticks(range(len(levels)), [f"{level:g}" for level in levels])
        ax.set(title=name, xlabel="level")
        at_top = own[own["level"] == levels[-1]]
        said.append(
            f"{name}: median {medians[0]:.2f} dense and {medians[-1]:.2f} at level {levels[-1]:g}, where "
            f"{int(at_top['collapsed'].sum())} of {len(at_top)} collapsed"
        )
    fig.axes[0].set_ylabel("test accuracy")
    caption = "Test accuracy of every run: a dot each, and a bar at the median. Level 0 is the dense network."
    alt = f"A panel a start, accuracy against level, a dot a run. {'. '.join(said)}."
    return Drawing(fig, "fig-ticket-collapse", caption, alt)


def patience(table: pd.DataFrame) -> Drawing:
    """The share of dense networks that collapse, against depth, for a short and a long patience."""
    deep = table[table["part"] == "depth"].assign(patience=lambda t: "patience " + t["patience"].astype(str))
    shares = deep.groupby(["patience", "hidden_layers"], sort=False)["collapsed"].mean().reset_index()
    shares = shares.rename(columns={"collapsed": "share collapsed"}).sort_values(["patience", "hidden_layers"])
    labels = {"xlabel": "hidden layers", "ylabel": "share of runs that collapsed"}
    fig = figures.lines(shares, "hidden_layers", "share collapsed", "patience", **labels)
    fig.axes[0].set_xticks(sorted(shares["hidden_layers"].unique()))
    caption = (
        "Dense networks on moons, nothing pruned: the share of collapsed runs against depth, for a short and a long "
        "patience."
    )
    told = figures.trend(shares, "hidden_layers", "share collapsed", "patience")
    return Drawing(fig, "fig-ticket-patience", caption, f"Curves of the share of collapsed runs against depth: {told}.")


def epochs(rows: pd.DataFrame) -> Drawing:
    """How many epochs more than the dense network each start needs, against the level."""
    found = paired(rows, [(name, "dense") for name in ("re-initialised", "iterative", "random")], "best_epoch")
    caption = (
        "How many epochs later than the dense network a start is at its best, mean of the differences within a seed "
        "and 95 % interval (S0's Fig 4 has the epochs themselves). Above zero: slower than dense."
    )
    return _differences(found, "difference in best epoch", "fig-ticket-epochs", caption, 0)


def starts(rows: pd.DataFrame) -> Drawing:
    """Differences in accuracy between strategies, against the level."""
    pairs = [("random", "re-initialised"), ("iterative", "re-initialised"), ("iterative", "continued")]
    caption = (
        "Differences in accuracy within a seed, mean and 95 % interval over seeds. Below zero the first of the two is "
        "worse."
    )
    found = paired(rows, pairs, "accuracy")
    return _differences(found, "difference in test accuracy", "fig-ticket-differences", caption, 3)


def ece(rows: pd.DataFrame) -> Drawing:
    """How much the ECE of each start differs from the dense network's, against the level."""
    found = paired(rows, [(name, "dense") for name in ("re-initialised", "iterative", "random")], "ece")
    caption = (
        "Expected calibration error less that of the dense network of the same seed, mean and 95 % interval (S0's "
        "Fig 8 has the errors themselves). Below zero: better calibrated than dense."
    )
    return _differences(found, "difference in ECE", "fig-ticket-ece", caption, 3)


def paired(rows: pd.DataFrame, pairs: Sequence[tuple[str, str]], column: str = "accuracy") -> pd.DataFrame:
    """Differences between two strategies at every level, paired by seed, with their 95 % intervals."""
    found = []
    for first, second in pairs:
        for level in sorted(set(rows["level"]) - {0.0}):
            seen = contrast(by_seed(rows, column, first, [level]) - by_seed(rows, column, second, [level]))
            about = {"pair": f"{first} − {second}", "level": level, "difference": seen.effect}
            found.append(about | {"low": seen.low, "high": seen.high})
    return pd.DataFrame(found)


def _of_pairs(pairs: Iterable[str]) -> dict[str, dict]:
    """A pair looks as the first of the two does; one more with the same first is hollow and dotted."""
    looks, seen = {}, set()
    for pair in pairs:
        first = pair.split(" − ")[0]
        again = {"markerfacecolor": CARD, "linestyle": ":"} if first in seen else {}
        looks[pair] = look(places([first])[first]) | again
        seen.add(first)
    return looks


def _differences(found: pd.DataFrame, ylabel: str, name: str, caption: str, digits: int) -> Drawing:
    fig, said = figures.new_figure(6.4, 3.7), []
    ax = fig.subplots()
    ax.axhline(0, color=MUTED, linewidth=1)
    looks = _of_pairs(found["pair"].unique())
    for place, (pair, part) in enumerate(found.groupby("pair", sort=False)):
        below, above = part["difference"] - part["low"], part["high"] - part["difference"]
        # Side by side: intervals of two pairs would hide each other.
        at = part["level"] + 0.012 * (place - (found["pair"].nunique() - 1) / 2)
        ax.errorbar(at, part["difference"], (below.fillna(0), above.fillna(0)), label=pair, capsize=3, **looks[pair])
        first, last = part.iloc[0], part.iloc[-1]
        said.append(
            f"{pair}: {first['difference']:.{digits}f} at level {first['level']:g}, {last['difference']:.{digits}f} "
            f"({last['low']:.{digits}f} to {last['high']:.{digits}f}) at level {last['level']:g}"
        )
    ax.set(xlabel="level (share of units to remove)", ylabel=ylabel)
    tick_levels(ax, found["level"])
    handles, names = ax.get_legend_handles_labels()
    columns = 3 if sum(map(len, names)) <= 60 else 2
    fig.legend(handles, names, loc="outside upper left", ncols=columns, handlelength=2.8)
    told = ". ".join(said).replace("-", "−").replace("re−init", "re-init")
    alt = f"The {ylabel} within a seed against the level, means with 95 % intervals around a line at zero. {told}."
    return Drawing(fig, name, caption, alt)
