"""Chapter 9's figure of the plane around the moons: what every method says there."""

from collections.abc import Mapping

import numpy as np
import torch
from matplotlib.figure import Figure

from pruneuq_helpers.chapters.model_uncertainty.measures import askers
from pruneuq_helpers.chapters.model_uncertainty.networks import Grown
from pruneuq_helpers.figures.drawing import Frames
from pruneuq_helpers.figures.plots import decision_surface
from pruneuq_helpers.figures.styling import INK, new_figure
from pruneuq_helpers.study.images import Shown
from pruneuq_helpers.uncertainty import softmax

REACH = 5.0  # half-width of the plane that is drawn, as far as S0's cloud goes
FEW = 14  # training points of a class that are drawn: more would hide each other
MARKS = {
    0: {"marker": "o", "color": "white", "edgecolor": INK, "linewidth": 1.0},
    1: {"marker": "x", "color": INK, "linewidth": 1.3},
}
FAR = 3.0  # beyond this half-width no point of the moons lies


def plane(side: int = 50) -> tuple[np.ndarray, np.ndarray]:
    """A grid over the moons and what is around them."""
    return tuple(np.meshgrid(np.linspace(-REACH, REACH, side), np.linspace(-REACH, REACH, side)))


def surface(cell: dict, shown: Shown, grown: Grown, level: float, side: int = 50) -> dict[str, np.ndarray]:
    """Probability of class 1 over the plane, by every method."""
    xx, yy = plane(side)
    places = torch.tensor(np.stack([xx, yy], axis=-1).reshape(-1, 2), dtype=torch.float32)
    methods = askers(cell, shown, grown, level)
    return {name: softmax(ask(places)).mean(dim=0)[:, 1].view(side, side).numpy() for name, ask in methods.items()}


def methods(surfaces: Mapping[float, Mapping[str, np.ndarray]], shown: Shown) -> Frames:
    """The plane by every method, a frame a level."""
    return Frames(
        lambda level: panels(surfaces[level], shown),
        list(surfaces),
        "fig-predictive-surface",
        "Probability of class 1 by five methods, before and after pruning with fine-tuning; the colour of the "
        "page means unsure. Circles and crosses are training points of the two "
        "classes, a few of them.",
        lambda level: describe(surfaces[level], level),
        label="level (of units)",
        colours=24,
    )


def panels(surfaces: Mapping[str, np.ndarray], shown: Shown) -> Figure:
    """The surfaces of all methods with the training points, one panel each, and the scale."""
    fig = new_figure(6.8, 5.0)
    axes = fig.subplots(2, 3, sharex=True, sharey=True).ravel()
    (points, labels), filled = shown.train, None
    for ax, (name, prob) in zip(axes, surfaces.items(), strict=False):
        xx, yy = plane(len(prob))
        decision_surface(xx, yy, prob, ax=ax)
        filled = ax.collections[0]
        for label, look in MARKS.items():
            across, up = points[labels == label][:FEW].T
            ax.scatter(across, up, s=20, label=f"class {label}", **look)
        ax.set_title(name)
        ax.set(xticks=[-4, 0, 4], yticks=[-4, 0, 4], aspect="equal")
    for free in axes[len(surfaces) :]:
        free.axis("off")
    # The scale and the names of the marks stand in the place that five methods leave.
    scale = axes[-1].inset_axes((0.08, 0.8, 0.88, 0.1))
    ends = np.linspace(0, 1, 6)
    fig.colorbar(filled, cax=scale, orientation="horizontal", label="probability of class 1", ticks=ends)
    axes[-1].legend(*ax.get_legend_handles_labels(), loc="lower center", bbox_to_anchor=(0.5, 0))
    fig.supxlabel("first coordinate", fontsize=11)
    fig.supylabel("second coordinate", fontsize=11)
    return fig


def far_confidence(prob: np.ndarray) -> float:
    """Mean confidence over the part of the plane that is far from the moons."""
    xx, yy = plane(len(prob))
    far = np.maximum(np.abs(xx), np.abs(yy)) > FAR
    return float(np.maximum(prob, 1 - prob)[far].mean())


def describe(surfaces: Mapping[str, np.ndarray], level: float) -> str:
    """Say for every method how confident it is far from the data."""
    said = ", ".join(f"{name} {far_confidence(prob):.2f}" for name, prob in surfaces.items())
    return f"Maps of the plane, a method each. Level {level:g}: mean confidence far from the moons {said}."


def directions(count: int) -> torch.Tensor:
    """Evenly spread directions in the plane."""
    angles = torch.arange(count) * (2 * torch.pi / count)
    return torch.stack([angles.cos(), angles.sin()], dim=1)
