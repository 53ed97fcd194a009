"""Chapter 5's figures of images from outside: AUROC, and who chose the class."""

import pandas as pd

from pruneuq_helpers.chapters.tickets_and_calibration import tables
from pruneuq_helpers.chapters.tickets_and_calibration.draw import MATTERS, forest, one_legend
from pruneuq_helpers.figures.drawing import Drawing
from pruneuq_helpers.figures.styling import new_figure


def auroc(table: pd.DataFrame) -> Drawing:
    """Change of the AUROC up to the highest level, set by set."""
    sets = list(tables.outside_of(table)["set"].unique())
    fig = new_figure(6.4, 0.5 * len(sets) + 1.4)
    groups = {
        f"{tables.LAYERS[scope]} pruned": {name: tables.outside_change(table, "auroc", scope, name) for name in sets}
        for scope in table["scope"].unique()
    }
    told = forest(fig.subplots(), groups, MATTERS["auroc"], "AUROC")
    one_legend(fig.axes)
    caption = (
        "How well a network tells images from outside from test images: AUROC of 1 − confidence of the tickets of "
        "the highest level, minus that of the dense networks; 95 % intervals over seeds. Left of 0, pruning has made "
        "it worse. Grey: too little to matter."
    )
    return Drawing(fig, "fig-conv-auroc", caption, f"Changes since the dense networks. {'; '.join(told)}.")


def choices(table: pd.DataFrame) -> Drawing:
    """Change of the probability of a class of outside images, by who chose the class and whom it is read off."""
    found = {name.replace("; ", ";\n"): values for name, values in tables.chosen_class(table).items()}
    fig = new_figure(6.4, 2.8)
    told = forest(fig.subplots(), {"": found}, 0.0, "probability")
    caption = (
        "Change of the probability of the class that a kind of outside image is taken for, mean over kinds, with 95 % "
        "intervals over seeds. The ticket is that of the highest level, linear layers pruned."
    )
    return Drawing(
        fig,
        "fig-conv-judge",
        caption,
        f"Changes of a mean with intervals, beside zero. {'; '.join(told)}.".replace("\n", " "),
    )
