"""Chapter 9's figures: the evidence, ways from a Gaussian to probabilities, methods by level, choices of weights."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure

from pruneuq_helpers.chapters.model_uncertainty.tables import beside, middle, part_of
from pruneuq_helpers.figures.drawing import Drawing
from pruneuq_helpers.figures.plots import lines
from pruneuq_helpers.figures.styling import INK, new_figure
from pruneuq_helpers.figures.trends import trend


def evidence(grid: Sequence[float], values: Sequence[float], chosen: float) -> Drawing:
    """The log evidence against the prior precision, and the helper's choice."""
    fig = new_figure(6.4, 3.2)
    ax = fig.subplots()
    ax.semilogx(grid, values, label="log evidence")
    ax.axvline(chosen, color="#d9601a", linestyle=(0, (5, 2)), label="the helper's choice")
    ax.set_xlabel("prior precision δ")
    ax.set_ylabel("log evidence in nats")
    highest = max(values)
    ax.set_ylim(highest - 60, highest + 5)
    ax.legend()
    best = grid[list(values).index(highest)]
    alt = (
        f"The log evidence is {values[0]:.1f} at {grid[0]:g}, highest with {highest:.1f} at {best:.2g}, and "
        f"{values[-1]:.0f} at {grid[-1]:g}."
    )
    caption = "The evidence of the prior precision, for the last layer of one network on the moons."
    return Drawing(fig, "fig-evidence", caption, alt.replace("-", "−"))


def three_ways(table: pd.DataFrame) -> Drawing:
    """ECE on images against the prior precision, by the way from the Gaussian to probabilities."""
    fig, alt = _by_precision(table, "ece", "ECE")
    caption = (
        "Calibration error on test images against the precision of the prior, by the way from the Gaussian to "
        "probabilities. Dotted: where the evidence puts the precision (geometric mean over seeds). Mean ± sample "
        "standard deviation over seeds."
    )
    return Drawing(fig, "fig-three-ways", caption, alt)


def levels(table: pd.DataFrame) -> Drawing:
    """ECE and AUROC on images, by level and method."""
    shown_as = {"ece": "ECE", "auroc": "AUROC, mean over outside sets"}
    fig, alt = _side_by_side(part_of(table, "methods"), "level", shown_as, "method", "level (of units)")
    caption = (
        "Calibration error and detection of images from outside by level and method, mean ± sample standard deviation "
        "over seeds."
    )
    return Drawing(fig, "fig-methods-levels", caption, alt)


def moons(table: pd.DataFrame) -> Drawing:
    """ECE and AUROC on the moons, by level and method."""
    rows, shown_as = part_of(table, "methods", moons=True), {"ece": "ECE", "auroc": "AUROC of the cloud"}
    fig, alt = _side_by_side(rows, "level", shown_as, "method", "level (of units)")
    caption = (
        "The same on the moons. An AUROC below one half means that far points look *more* familiar than the moons "
        "themselves; mean ± sample standard deviation over seeds."
    )
    return Drawing(fig, "fig-methods-moons", caption, alt)


def which_weights(table: pd.DataFrame) -> Drawing:
    """NLL and AUROC with equally many uncertain weights, by the choice of them."""
    shown_as = {"nll": "NLL in nats", "auroc": "AUROC, mean over outside sets"}
    fig, alt = _side_by_side(beside(table), "weights", shown_as, "choice", "uncertain weights")
    caption = (
        "Equally many uncertain weights, chosen in different ways: predictions on test images, and detection of images "
        "from outside; mean ± sample standard deviation over seeds."
    )
    return Drawing(fig, "fig-which-weights", caption, alt)


def _side_by_side(rows: pd.DataFrame, x: str, measures: Mapping[str, str], by: str, xlabel: str) -> tuple[Figure, str]:
    """Several measures of the same rows, one panel each, with one legend."""
    fig = new_figure(6.8, 3.6)
    for ax, (measure, label) in zip(fig.subplots(1, len(measures)), measures.items(), strict=True):
        lines(rows, x, measure, by=by, ax=ax, xlabel=xlabel, ylabel=label, legend="none")
    handles, names = fig.axes[0].get_legend_handles_labels()
    fig.legend(handles, names, loc="outside upper center", ncols=3, handlelength=3.2)
    named = {measure: label.partition(",")[0] for measure, label in measures.items()}
    return fig, ". ".join(trend(rows.rename(columns=named), x, name, by=by) for name in named.values()) + "."


def _by_precision(table: pd.DataFrame, measure: str, label: str) -> tuple[Figure, str]:
    """A measure of the images against the prior precision, a panel a method; where the evidence's choice lies."""
    tried, chosen = part_of(table, "precisions"), part_of(table, "predictives")
    fig, said = new_figure(6.8, 3.6), []
    methods = list(dict.fromkeys(tried["method"]))
    for ax, method in zip(fig.subplots(1, len(methods), sharey=True, squeeze=False)[0], methods, strict=True):
        rows = tried[tried["method"] == method]
        lines(
            rows, "precision", measure, by="predictive", ax=ax, xlabel="prior precision δ", ylabel=label, legend="none"
        )
        place = middle(chosen.loc[(chosen["method"] == method) & (chosen["prior"] == "evidence"), "precision"])
        ax.axvline(place, color=INK, linewidth=1, linestyle=(0, (1, 2)))
        ax.set_xscale("log")
        ax.set_title(method)
        words = trend(rows.rename(columns={measure: label}), "precision", label, by="predictive")
        said.append(f"{method}, where the evidence chooses {place:.2g}: {words}")
    handles, names = fig.axes[0].get_legend_handles_labels()
    fig.legend(handles, names, loc="outside upper center", ncols=3, handlelength=3.2)
    return fig, ". ".join(said) + "."
