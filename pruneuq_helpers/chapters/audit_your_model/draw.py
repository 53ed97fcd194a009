"""Figures of chapter 10: one audit by level and by class, and the study over seeds."""

from collections.abc import Sequence

import pandas as pd

from pruneuq_helpers import figures
from pruneuq_helpers.audit import Audit, charts
from pruneuq_helpers.audit.rules import shown
from pruneuq_helpers.claims import contrast, with_interval
from pruneuq_helpers.figures.drawing import Drawing, Frames
from pruneuq_helpers.figures.intervals import interval
from pruneuq_helpers.figures.styling import MUTED, legend_above, places
from pruneuq_helpers.text import percent


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
        f"Change of each class's recall at each level by {shown(criterion)}, over the images of the class; intervals "
        f"of {percent(found.settings.judged_at, 2)}, as sure as the verdicts must be."
    )
    return Frames(
        lambda level: chart(level)[0],
        found.settings.levels, "fig-audit-classes", caption, lambda level: chart(level)[1], label="level of channels",
    )  # fmt: skip


def change(table: pd.DataFrame) -> Drawing:
    """Change of accuracy against the level over seeds, fine-tuned."""
    rows = table[(table["criterion"] != "none") & (table["fine_tune"] > 0)]
    criteria, levels = (list(rows[column].unique()) for column in ("criterion", "level"))
    fig, told, known = figures.new_figure(), [], places(criteria)
    ax = fig.subplots()
    ax.axhline(0, color=MUTED, linewidth=1)
    for (level, criterion), values in rows.groupby(["level", "criterion"], sort=False)["accuracy_change"]:
        found, off = contrast(values), 0.22 * (criteria.index(criterion) - (len(criteria) - 1) / 2)
        name = "" if levels.index(level) else shown(criterion)
        interval(ax, levels.index(level) + off, found, known[criterion], name)
        told.append(f"{shown(criterion)} at level {level:g}: {with_interval(found, signed=True)}")
    ax.set_xticks(range(len(levels)), [percent(level) for level in levels])
    ax.grid(visible=False, axis="x")
    ax.set(xlabel="share of the channels removed", ylabel="accuracy minus dense")
    legend_above(ax)
    caption = (
        "Accuracy after pruning and fine-tuning minus that of the dense network. A dot is a seed, a bar the 95 % "
        "interval of the mean: another seed may lie well outside it."
    )
    return Drawing(fig, "fig-audit-change", caption, f"Change of accuracy over seeds. {'; '.join(told)}.")
