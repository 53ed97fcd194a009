"""Chapter 1's figures: points with a band of noise, a fit on its way, coverage curves with the band of chance."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import norm

from pruneuq_helpers import figures, metrics
from pruneuq_helpers.chapters.aleatoric_regression.line import PUBLISHED, truth
from pruneuq_helpers.chapters.aleatoric_regression.tables import curves, off
from pruneuq_helpers.figures.drawing import Drawing, Frames
from pruneuq_helpers.figures.styling import COLOURS, MUTED
from pruneuq_helpers.regression import Fit, sampling_band

INTERVAL = 0.8


def points_and_band(ax: Axes, x, y, mean, std, title: str = "") -> None:
    """Points, a line through their predicted means, and the central interval that is to hold 80 % of them."""
    half = norm.ppf(0.5 + INTERVAL / 2) * np.asarray(std)
    ax.scatter(x, y, s=9, color=MUTED, linewidth=0)
    ax.plot(x, mean, color=COLOURS[0])
    ax.fill_between(x, mean - half, mean + half, color=COLOURS[0], alpha=0.22, linewidth=0)
    ax.set(xlabel="x", ylabel="y", title=title)


def line_data(constant: tuple, growing: tuple) -> Drawing:
    """One draw ``(x, y)`` of each kind of noise around the line that generated it."""
    fig, told = figures.new_figure(6.4, 3.2), []
    parts = {"constant noise": ("homoskedastic", *constant), "growing noise": ("heteroskedastic", *growing)}
    for ax, (title, (noise, x, y)) in zip(fig.subplots(1, 2, sharey=True), parts.items(), strict=True):
        mean, std = truth(noise, x)
        points_and_band(ax, x, y, mean, std, title)
        left, right = (float((y - mean)[half].std()) for half in (x < 0.5, x >= 0.5))
        told.append(
            f"With {title}, the standard deviation around the line is {left:.2f} for x below one half and {right:.2f} "
            "above"
        )
    return Drawing(
        fig,
        "fig-line-data",
        "One draw of each kind of noise, the line that generated it, and the interval that holds 80 % of new points.",
        "Two scatter plots around the same rising line. " + ". ".join(told),
    )


def early_stop(published: Fit, repaired: Fit, maximum: float) -> Drawing:
    """The slope on its way, with S0's start and with the repaired one; `maximum` is the slope of largest likelihood."""
    steps, begin = PUBLISHED["homoskedastic"]
    starts = {f"σ = {begin['std']:g}, as published": published, "σ as large as the residuals": repaired}
    paths = pd.concat([_path(name, run.path["slope"]) for name, run in starts.items()])
    fig = figures.lines(paths, "step", "slope", by="start", xlabel="step of Adam", ylabel="slope")
    fig.axes[0].axhline(maximum, color="grey", linewidth=1)
    fig.axes[0].axvline(steps, color="grey", linewidth=1, linestyle="dotted")
    return Drawing(
        fig,
        "fig-early-stop",
        "The slope on its way, the mean with a band of one standard deviation over seeds. Horizontal: the slope of "
        "largest likelihood. Dotted: where "
        "S0 stops.",
        f"Two curves of the slope against the step: {figures.trend(paths, 'step', 'slope', by='start')}.",
    )


def _path(name: str, path) -> pd.DataFrame:
    wide = pd.DataFrame(np.asarray(path)[::100]).assign(step=range(0, len(path), 100), start=name)
    return wide.melt(["step", "start"], var_name="seed", value_name="slope")


def coverage_slider(training: tuple, mean, fresh: tuple, assumed: list[float]) -> Frames:
    """The interval of one assumed standard deviation after another, and the coverage that it earns on fresh points."""
    # training: (x, y), and `mean` is what is predicted there; fresh: (y, mean) of fresh points
    return Frames(
        lambda value: assumed_std(value, *training, mean, fresh),
        assumed,
        "fig-coverage-slider",
        "The same line with one assumed standard deviation after another; the true one is 0.5. First the training "
        "points and the interval that promises 80 %, then what fresh points make of all promises.",
        lambda value: describe_coverage(value, fresh),
        label="assumed σ",
        format="{:g}",
    )


def assumed_std(value: float, x, y, mean, fresh: tuple) -> Figure:
    """One frame of the slider."""
    fig = figures.new_figure(6.4, 3.4)
    left, right = fig.subplots(1, 2)
    points_and_band(left, x, y, mean, np.full(len(x), value), f"assumed σ = {value:g}, 80 % interval")
    left.set(ylim=(0, 7))
    curve = metrics.coverage(*fresh, value).assign(seed=0)
    figures.diagonal(right)
    return figures.lines(
        curve, "level", "coverage", ax=right, xlabel="nominal level of the interval", ylabel="share of points inside"
    )


def describe_coverage(value: float, fresh: tuple) -> str:
    """What a frame of the slider shows, in words."""
    curve = metrics.coverage(*fresh, value)
    kept = 100 * curve.set_index("level")["coverage"].round(2)
    return (
        f"With an assumed standard deviation of {value:g}, the 80 % interval holds {kept[0.8]:.0f} % of "
        f"{len(fresh[0])} fresh points and the 50 % interval {kept[0.5]:.0f} %. The curve lies "
        f"{reading(curve, len(fresh[0]))}."
    )


def coverage(table: pd.DataFrame) -> Drawing:
    """Coverage curves with constant noise, on the training points and on many fresh ones."""
    noise, models, parts = (
        "homoskedastic",
        ["truth", "constant std", "network", "published run"],
        ("training", "many fresh"),
    )
    chosen = table[(table["noise"] == noise) & (table["region"] == "all") & table["model"].isin(models)]
    sizes = {part: int(chosen.loc[chosen["part"] == part, "points"].iloc[0]) for part in parts}
    told = [
        f"{part} points: " + "; ".join(f"{model} {_side(off(table, noise, model, part))}" for model in models)
        for part in parts
    ]
    return Drawing(
        coverage_panels(curves(chosen), sizes),
        "fig-coverage-constant",
        "Constant noise (S0's Fig 2): coverage, the mean with a band of one standard deviation over seeds. Grey: the "
        "sampling band of a right model.",
        f"Coverage against level, means over levels. {'. '.join(told)}.",
    )


def coverage_halves(table: pd.DataFrame) -> Drawing:
    """Coverage of growing noise on each half of the inputs, with one standard deviation and with a growing one."""
    noise, models, regions = "heteroskedastic", ("constant std", "growing std"), ("left half", "right half")
    rows = table[(table["noise"] == noise) & (table["part"] == "many fresh") & table["model"].isin(models)]
    sizes = {region: int(rows.loc[rows["region"] == region, "points"].iloc[0]) for region in regions}
    told = [
        f"{region}: "
        + "; ".join(f"{model} {_side(off(table, noise, model, region=region))}" for model in models)
        for region in regions
    ]  # fmt: skip
    return Drawing(
        coverage_panels(curves(rows), sizes, across="region"),
        "fig-coverage-halves",
        "Growing noise, described with one standard deviation and with a growing one: fresh points of each half of the "
        "inputs.",
        f"Coverage against level, means over levels. {'. '.join(told)}.",
    )


def coverage_panels(curves: pd.DataFrame, points: dict[str, int], across: str = "part") -> Figure:
    """Coverage curves, mean and spread over seeds, one panel a draw, with the band of chance around the diagonal."""
    fig = figures.new_figure(6.4, 3.7)
    ends = np.array([0, 1])
    axes = np.ravel(fig.subplots(1, len(points), sharey=True))
    for ax, (panel, number) in zip(axes, points.items(), strict=True):
        figures.diagonal(ax)
        band = sampling_band(number)
        ax.fill_between(ends, ends - band, ends + band, color=MUTED, alpha=0.15, linewidth=0)
        part = curves[curves[across] == panel]
        figures.lines(part, "level", "coverage", "model", ax, "nominal level of the interval", legend="none")
        ax.set(title=f"{panel}, {number} points", ylabel="share of points inside" if ax is axes[0] else "")
    fig.get_layout_engine().set(wspace=0.08)  # else the last number of one axis touches the first of the next
    names = ax.get_legend_handles_labels()
    fig.legend(*names, loc="outside upper left", ncols=len(names[1]), handlelength=3.2)
    return fig


def _side(values: pd.Series) -> str:
    """On which side of the diagonal a curve lies, on average."""
    mean = values.mean()
    return f"{abs(mean):.3f} {'below' if mean < 0 else 'above'} the diagonal"


def reading(covered: pd.DataFrame, points: int) -> str:
    """Say what a coverage curve shows: on which side of the diagonal it lies, and whether chance explains it."""
    off = covered["coverage"] - covered["level"]
    if off.abs().max() <= sampling_band(points):
        return "on the diagonal, as far as chance lets us see"
    if off.mean() < 0:
        return "below the diagonal: intervals too narrow, over-confident"
    return "above the diagonal: intervals too wide, under-confident"
