"""Chapter 5's figures of calibration: example images, changes since the dense network, and the controls."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from torch import Tensor

from pruneuq_helpers.chapters.tickets_and_calibration import tables
from pruneuq_helpers.claims import contrast, with_interval
from pruneuq_helpers.figures.drawing import Drawing
from pruneuq_helpers.figures.styling import GRID, INK, legend_above, look, new_figure
from pruneuq_helpers.study.images import Shown

MEASURES = {"accuracy": "accuracy", "ece": "ECE", "nll": "NLL"}
MATTERS = {"accuracy": 0.01, "ece": 0.01, "ece10": 0.01, "nll": 0.02, "auroc": 0.02}  # the smallest change that does


def inside_outside(shown: Shown) -> Drawing:
    """The first test images, and the first images of each set from outside: one row a set."""
    rows = {"test images": shown.test[0]} | {one.name: one.images for one in shown.outside}
    fig = new_figure(6.4, 0.72 * len(rows))
    axes = fig.subplots(len(rows), 8, squeeze=False)
    for row, (name, images) in zip(axes, rows.items(), strict=True):
        for ax in row:
            ax.axis("off")
        for ax, image in zip(row, images[:8], strict=False):
            draw_image(ax, image)
        row[0].text(-0.3, 0.5, name, ha="right", va="center", transform=row[0].transAxes)
    caption = "Test images, and images from outside. The network has to answer with one of its classes to all of them."
    alt = f"Rows of small images: {', '.join(rows)}. The network knows the classes {', '.join(shown.classes)}."
    return Drawing(fig, "fig-inside-outside", caption, alt, colours=32)


def changes(table: pd.DataFrame) -> Drawing:
    """Change of accuracy, ECE and NLL since the dense networks: a panel a measure, with paired intervals."""
    fig = new_figure(6.4, 6.2)
    told, scopes = [], list(table["scope"].unique())
    for ax, (measure, name) in zip(fig.subplots(len(MEASURES), 1, sharex=True), MEASURES.items(), strict=True):
        shade(ax, MATTERS[measure], "horizontal")
        for place, scope in enumerate(scopes):
            label = f"{tables.LAYERS[scope]} pruned"
            wide = tables.by_level(table, measure, scope)
            at = [level for level in wide.columns if level]
            found = [contrast(wide[level] - wide[0.0]) for level in at]
            off = 0.012 * (place - (len(scopes) - 1) / 2)
            marks = look(place) | {"linestyle": "none", "capsize": 3, "label": label}
            errors = [[one.effect - one.low for one in found], [one.high - one.effect for one in found]]
            ax.errorbar([level + off for level in at], [one.effect for one in found], errors, **marks)
            values = (f"{with_interval(wide[level] - wide[0.0])} at level {level:g}" for level in at)
            told.append(f"{name}, {label}: {', '.join(values)}")
        ax.set_ylabel(f"change of {name}")
    fig.axes[-1].set_xlabel("share of units removed")
    fig.axes[-1].set_xticks(at)
    fig.align_ylabels()
    legend_above(fig.axes[0])
    caption = (
        "Iterative tickets minus the dense networks that they were cut from, mean over seeds with 95 % intervals of "
        "the paired differences. Grey: too little to matter."
    )
    return Drawing(fig, "fig-conv-calibration", caption, f"Changes since the dense networks. {'; '.join(told)}.")


def controls(table: pd.DataFrame) -> Drawing:
    """Tickets of the highest level minus each control: ECE with S0's ten bins, and NLL."""
    fig = new_figure(6.4, 3.4)
    told, by_name = [], {"ece10": "ECE, 10 bins", "nll": "NLL"}
    for ax, (measure, name) in zip(fig.subplots(1, len(by_name), sharey=True), by_name.items(), strict=True):
        groups = {
            f"{tables.LAYERS[scope]} pruned": tables.beside_controls(table, measure, scope)
            for scope in table["scope"].unique()
        }
        told += forest(ax, groups, MATTERS[measure], name)
    one_legend(fig.axes)
    caption = (
        "Iterative tickets of the highest level minus the dense networks and minus each control, mean with 95 % "
        "interval over seeds. Right of 0, the ticket is worse. Grey: too little to matter."
    )
    return Drawing(fig, "fig-conv-why", caption, f"Ticket minus control. {'; '.join(told)}.")


def forest(ax: Axes, groups: Mapping[str, Mapping[str, pd.Series]], matters: float, name: str) -> list[str]:
    """Draw a mean with its interval for each name of each group, from top to bottom; say the same in words."""
    told, names = [], list(next(iter(groups.values())))
    shade(ax, matters, "vertical")
    for place, (group, by_name) in enumerate(groups.items()):
        off = 0.22 * (place - (len(groups) - 1) / 2)
        for row, (key, values) in enumerate(by_name.items()):
            found = contrast(values)
            errors = [[found.effect - found.low], [found.high - found.effect]]
            marks = look(place) | {"linestyle": "none", "capsize": 3, "label": group if row == 0 else None}
            ax.errorbar([found.effect], [row + off], xerr=errors, **marks)
            told.append(f"{name}, {key}{f', {group}' if group else ''}: {with_interval(values)}")
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlabel(f"difference of {name}")
    ax.locator_params(axis="x", nbins=5)
    return told


def one_legend(axes: Sequence[Axes]) -> None:
    """One legend for all axes, outside them."""
    axes[0].figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=2)


def shade(ax: Axes, matters: float, along: str) -> None:
    """Draw the line of no change, and the band of changes that do not matter."""
    band, line = (ax.axhspan, ax.axhline) if along == "horizontal" else (ax.axvspan, ax.axvline)
    band(-matters, matters, color="#b9bdc1", alpha=0.35, linewidth=0)
    line(0, color=INK, linewidth=0.8)


def draw_image(ax: Axes, image: Tensor) -> None:
    """Show an image, normalised or not, from its darkest to its lightest value."""
    pixels = image.permute(1, 2, 0).float()
    pixels = ((pixels - pixels.min()) / (pixels.max() - pixels.min()).clamp(min=1e-6)).numpy()
    ax.imshow(pixels[..., 0] if pixels.shape[2] == 1 else pixels, cmap="gray", interpolation="nearest")
    ax.set_axis_on()
    ax.set(xticks=[], yticks=[])
    ax.grid(visible=False)
    for spine in ax.spines.values():  # a white image on a white page has no edge of its own
        spine.set(visible=True, color=GRID, linewidth=0.8)
