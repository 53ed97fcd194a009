"""Figures of chapter 10: one audit by level and by class, and the study over seeds."""

from collections.abc import Sequence

import pandas as pd

from pruneuq_helpers import figures
from pruneuq_helpers.audit import Audit, charts
from pruneuq_helpers.figures.drawing import Drawing, Frames


def measures(found: Audit, names: Sequence[str]) -> Drawing:
    """Measures of one audit against the level, with intervals over images and the margins of the rules."""
    fig, alt = charts.curves(found, list(names))
    caption = (
        "One network at every level by every criterion, fine-tuned. Bars: 95 % intervals of each value over images "
        "(none for the AUROC). Dotted: the dense value moved by the margin, where there is a rule; the rule asks for "
        "the interval of the paired change, which is not drawn."
    )
    return Drawing(fig, "fig-audit-measures", caption, alt)


def classes(found: Audit, criterion: str) -> Frames:
    """Change of each class's recall by one criterion; the slider sets the level."""

    def chart(level: float):
        return charts.classes(found, f"{criterion} at {level:g}", by_name=True)

    caption = (
        f"Change of each class's recall at each level by {criterion}, with 95 % intervals over the images of the class."
    )
    return Frames(
        lambda level: chart(level)[0],
        found.settings.levels, "fig-audit-classes", caption, lambda level: chart(level)[1], label="level of channels",
    )  # fmt: skip


def change(table: pd.DataFrame) -> Drawing:
    """Change of accuracy against the level over seeds, fine-tuned."""
    rows = table[(table["criterion"] != "none") & (table["fine_tune"] > 0)]
    labels = {"xlabel": "level (of channels)", "ylabel": "change of accuracy"}
    fig = figures.bars(rows, "level", "accuracy_change", by="criterion", **labels)
    caption = "Change of accuracy from the dense network after fine-tuning, mean and SD over seeds."
    return Drawing(fig, "fig-audit-change", caption, figures.trend(rows, "level", "accuracy_change", by="criterion"))
