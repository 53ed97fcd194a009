"""The main answer as small pictures that follow the page: its width, and whether it is light or dark."""

from dataclasses import dataclass
from html import escape

import pandas as pd

from pruneuq_helpers.chapters.pruning_meets_uncertainty.draw_answer import CONTROLS, PRUNED, describe
from pruneuq_helpers.chapters.pruning_meets_uncertainty.paired import differences

WIDTH, HEIGHT = 200.0, 150.0
LEFT, RIGHT, TOP, BOTTOM = 34.0, 8.0, 8.0, 22.0  # of the axes
# Column, heading, what it is called, and the ends and steps of the axis: fixed, so that a small change looks small.
PANELS = (
    ("accuracy", "Is it right?", "accuracy: higher is better", (0.6, 0.9, 0.1)),
    ("ece", "Is its confidence honest?", "ECE: lower is better", (0.0, 0.06, 0.02)),
    ("auroc_errors", "Is it less sure when wrong?", "AUROC of errors: higher is better", (0.6, 0.9, 0.1)),
    ("auroc_near", "Less sure of near strangers?", "AUROC: higher is better", (0.6, 0.9, 0.1)),
    ("auroc_far", "Less sure of far strangers?", "AUROC: higher is better", (0.6, 0.9, 0.1)),
    ("changed", "Does it answer as before?", "predictions changed: lower is better", (0.0, 0.3, 0.1)),
)
KEY = PRUNED | CONTROLS
_LEVELS = (0.0, 0.85)


@dataclass(frozen=True)
class Axes:
    """Where values stand in a panel."""

    low: float
    high: float

    def at(self, level: float, value: float) -> tuple[float, float]:
        """The point of a level and value."""
        wide, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        x = LEFT + wide * (level - _LEVELS[0]) / (_LEVELS[1] - _LEVELS[0])
        return x, TOP + tall * (1 - (value - self.low) / (self.high - self.low))


def panels(table: pd.DataFrame) -> str:
    """HTML of the table of `answer`: six panels, a key, and the same in words for those who do not see them."""
    drawn = "".join(_panel(table, *panel) for panel in PANELS if table[panel[0]].notna().any())
    key = "".join(f'<span class="{name}">{_sample(name)}{escape(words)}</span>' for name, words in KEY.items())
    return (
        f'<figure class="pruneuq-panels full-width" role="img" aria-label="{escape(describe(table))}">'
        f'<p class="key">{key}</p><div>{drawn}</div></figure>'
    )


def _panel(table: pd.DataFrame, column: str, heading: str, name: str, ends: tuple[float, float, float]) -> str:
    axes = Axes(*ends[:2])
    marks = [_grid(axes, ends[2]), *_controls(table, column, axes)]
    dense = table.loc[table["state"] == "trained on", column].mean()
    found = differences(table, column).query("state == 'fine-tuned'").sort_values("level")
    for criterion in ("random", "l1"):  # L1 on top
        own = found[found["criterion"] == criterion]
        points = [axes.at(row.level, dense + row.effect) for row in own.itertuples()]
        marks.append(f'<polyline class="{criterion}" points="{_points([axes.at(0, dense), *points])}"/>')
        for row, (x, y) in zip(own.itertuples(), points, strict=True):
            low, high = axes.at(row.level, dense + row.low)[1], axes.at(row.level, dense + row.high)[1]
            marks.append(f'<path class="{criterion}" d="M{x:.1f} {low:.1f}V{high:.1f}"/>{_mark(criterion, x, y)}')
    svg = f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" aria-hidden="true" xmlns="http://www.w3.org/2000/svg">'
    return f'<div><p class="ask">{escape(heading)}</p><small>{escape(name)}</small>{svg}{"".join(marks)}</svg></div>'


def _grid(axes: Axes, step: float) -> str:
    lines = []
    for place in range(round((axes.high - axes.low) / step) + 1):
        value = axes.low + place * step
        x, y = axes.at(0, value)
        end = WIDTH - RIGHT
        lines.append(f'<path class="grid" d="M{x:.1f} {y:.1f}H{end:g}"/><text x="{x - 4:.1f}" y="{y + 4:.1f}">')
        lines.append(f"{value:.2g}</text>")
    for level in (0.0, 0.2, 0.4, 0.6, 0.8):
        x, _ = axes.at(level, axes.low)
        lines.append(f'<text class="level" x="{x:.1f}" y="{HEIGHT - 6:g}">{100 * level:.0f} %</text>')
    return "".join(lines)


def _controls(table: pd.DataFrame, column: str, axes: Axes) -> list[str]:
    dense = table.loc[table["state"] == "trained on", column].mean()
    x, y = axes.at(0, dense)
    small = table[table["state"] == "from scratch"].groupby("level")[column].mean()
    marks = [_mark("scratch", *axes.at(level, value)) for level, value in small.items()]
    return [f'<path class="dense" d="M{x:.1f} {y:.1f}H{WIDTH - RIGHT:g}"/>', *marks]


def _mark(name: str, x: float, y: float) -> str:
    if name == "l1":
        return f'<circle class="l1" cx="{x:.1f}" cy="{y:.1f}" r="3.2"/>'
    if name == "random":
        return f'<rect class="random" x="{x - 2.8:.1f}" y="{y - 2.8:.1f}" width="5.6" height="5.6"/>'
    return f'<path class="scratch" d="M{x:.1f} {y - 4:.1f}l4 4l-4 4l-4 -4z"/>'


def _sample(name: str) -> str:
    line = f'<path class="key-line {name}" d="M0 6H22"/>' if name != "scratch" else ""
    mark = "" if name == "dense" else _mark(name, 11, 6)
    return f'<svg viewBox="0 0 22 12" width="22" height="12" aria-hidden="true">{line}{mark}</svg>'


def _points(places: list[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
