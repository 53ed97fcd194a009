"""Printed numbers beside ours as HTML: a folded table for each place in the paper and each run."""

import math
from html import escape

import pandas as pd

NONE = "<p>No number of this paper has a counterpart in what was run.</p>"
ABOUT = (
    "<p>Each cell: the printed number / our mean, and below them ours minus theirs with its 95 % t interval over "
    "{values}. A dash where the paper prints nothing or nothing was run.</p>"
)


def numbers(both: pd.DataFrame, paper: str) -> str:
    """All tables of one paper, from what `pruneuq_helpers.ledger.beside` gave."""
    if not len(both):
        return NONE
    parts = both.groupby(["place", "scale", "data", "theirs"], sort=False)
    order = sorted(parts, key=lambda part: (part[0][0], ["quick", "real", "full"].index(part[0][1]), part[0][2]))
    return "\n".join(_folded(key, part, paper) for key, part in order)


def _folded(key: tuple, part: pd.DataFrame, paper: str) -> str:
    place, scale, data, theirs = key
    title = f"{paper} {place} ({theirs}) beside ours: {data}, {scale}"
    least, most = part["values"].min(), part["values"].max()
    values = f"{least} seeds" if least == most else f"{least} to {most} seeds"
    about = ABOUT.format(values=values) if most > 1 else ABOUT.partition(", and")[0] + ".</p>"
    box = f'<div role="region" aria-label="{escape(title)}" tabindex="0" class="pruneuq-scroll">{_table(part)}</div>'
    return f"<details><summary>{escape(title)}</summary>{about}{box}</details>"


def _table(part: pd.DataFrame) -> str:
    levels = sorted(part["level"].unique())
    head = "".join(f'<th scope="col">level {level:g}</th>' for level in levels)
    rows = []
    for (measure, row), cells in part.groupby(["measure", "row"], sort=False):
        at = {cell["level"]: _cell(cell) for cell in cells.to_dict("records")}
        body = "".join(f"<td>{at.get(level, '–')}</td>" for level in levels)
        rows.append(f'<tr><th scope="row">{escape(measure)}: {escape(row)}</th>{body}</tr>')
    start = '<thead><tr><th scope="col">measure: networks</th>'
    body = "\n".join(rows)
    return f'<table class="pruneuq-numbers">{start}{head}</tr></thead><tbody>\n{body}\n</tbody></table>'


def _cell(cell: dict) -> str:
    both = f"{cell['printed']:.3g} / {cell['ours']:.3g}"
    lines = [f"{cell['difference']:+.2g}"]
    if not math.isnan(cell["low"]):
        lines.append(f"({cell['low']:+.2g} to {cell['high']:+.2g})")
    return both + "".join(f"<small>{line}</small>" for line in lines).replace("-", "−")
