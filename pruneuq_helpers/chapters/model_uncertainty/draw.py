"""Chapter 9's figures: methods before and after pruning, priors, choices of weights; each a pair a seed."""

from collections.abc import Mapping

import pandas as pd

from pruneuq_helpers.chapters.model_uncertainty.measures import METHODS
from pruneuq_helpers.chapters.model_uncertainty.tables import of_way, part_of, values_of
from pruneuq_helpers.figures import paired
from pruneuq_helpers.figures.drawing import Drawing
from pruneuq_helpers.figures.paired import Pairs, pairs, pairs_in_words
from pruneuq_helpers.figures.styling import new_figure

READINGS = {"probit": "probit", "linearised": "mean over logits", "sampled": "mean over weights"}


def levels(table: pd.DataFrame) -> Drawing:
    """AUROC and ECE on images of every method, from the dense networks to those of the highest level."""
    rows = part_of(table, "methods")
    top, names = rows["level"].max(), ("dense", "pruned")
    panels: dict[str, Pairs] = {
        title: {
            method: paired.beside(values_of(rows, method, name, 0.0), values_of(rows, method, name, top))
            for method in METHODS
        }
        for name, title in {"auroc": "AUROC of images from outside", "ece": "ECE on test images"}.items()
    }
    fig = new_figure(5.9, 6.4)
    for ax, (title, panel) in zip(fig.subplots(2, 1), panels.items(), strict=True):
        pairs(panel, names, title, ax=ax)
    return Drawing(
        fig,
        "fig-methods-levels",
        f"Every method before (hollow) and after (filled) pruning to level {top:g} with fine-tuning: how well it tells "
        "images from outside, mean over their sets, and its calibration error. A line is one seed.",
        _in_words(panels, f"From dense to level {top:g}"),
    )


def priors(table: pd.DataFrame) -> Drawing:
    """ECE of every reading of the Gaussians, with the prior of the evidence and of validation images."""
    rows = {
        f"{method}, {name}": paired.beside(
            *(of_way(table, method, way, prior, "ece") for prior in ("evidence", "validation"))
        )
        for method in ("last layer", "all weights")
        for way, name in READINGS.items()
    }
    # Wide, so that each name fits one line.
    fig = new_figure(6.9, 0.9 + 0.5 * len(rows))
    pairs(rows, ("evidence’s prior", "validation’s prior"), "ECE on test images", ax=fig.subplots())
    fig.axes[0].set_xlim(left=0)
    return Drawing(
        fig,
        "fig-three-ways",
        "Calibration error of dense networks with uncertain weights, by which weights are uncertain and how "
        "probabilities are read from them; with the prior precision that the evidence chooses (hollow) and the one "
        "that validation images choose (filled). A line is one seed.",
        _in_words({"ECE": rows}, "From the evidence's prior to that of validation images"),
    )


def which_weights(table: pd.DataFrame) -> Drawing:
    """AUROC with equally many uncertain weights, random ones beside other choices."""
    choices, methods = part_of(table, "choices"), part_of(table, "methods")
    random, *others = (values_of(choices, how, "auroc") for how in ("random", "survivors", "magnitude", "variance"))
    pruned = values_of(methods[methods["level"] > 0], "all weights", "auroc")
    others += [values_of(methods, "softmax", "auroc", 0.0), pruned]
    names = ("survivors", "largest magnitudes", "largest variances", "no weights", "pruned network")
    chosen = dict(zip(names, others, strict=True))
    panel = {name: paired.beside(random, values) for name, values in chosen.items()}
    return Drawing(
        pairs(panel, ("random weights", "those of the row"), "AUROC of images from outside"),
        "fig-which-weights",
        "Detection with equally many uncertain weights of the dense network, mean over the numbers of weights. Hollow: "
        "random ones; filled: chosen otherwise, none at all, or all weights of the pruned and fine-tuned network. A "
        "line is one seed.",
        _in_words({"AUROC": panel}, "From random weights to other choices"),
    )


def _in_words(panels: Mapping[str, Pairs], about: str) -> str:
    return ". ".join(f"{about}, {title}: {pairs_in_words(rows)}" for title, rows in panels.items()) + "."
