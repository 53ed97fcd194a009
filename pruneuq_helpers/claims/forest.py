"""Verdicts as one picture: a line a claim, its interval beside the boundary, in units of the margin."""

import html
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pruneuq_helpers import text
from pruneuq_helpers.claims.multiplicity import surviving
from pruneuq_helpers.claims.verdict import CONTRADICTORY, NO_RUN, NOT_HERE, UNDECIDED, decided

# A verdict is told by its word, its sign and its shape, never by colour alone.
SIGNS = {
    "holds": "✓",
    "fails": "✗",
    "no relevant change": "≈",
    UNDECIDED: "?",
    CONTRADICTORY: "⇄",
    NOT_HERE: "–",
}
ABOUT = (
    "Each line is a 95 % interval, in units of the margin. In the band no change matters; to the right of the dashed "
    "line the finding holds, to the left its contrary; a finding with = says that two things are alike, and holds in "
    "the band. Thin lines stand at 10 and 100 margins. Hollow marks do not "
    "survive Holm’s correction."
)
ABOUT_PRINTED = " ▲ is the paper’s own number."
TICKS = (-100, -10, 10, 100)
WIDTH, HEIGHT, FARTHEST = 200.0, 16.0, 100.0  # of the drawing, and how many margins it shows
_SHAPES = {
    "holds": '<circle cx="{x:.1f}" cy="8" r="4"{how}/>',
    "fails": '<rect x="{left:.1f}" y="4.5" width="7" height="7"{how}/>',
    "no relevant change": '<path d="M{x:.1f} 3l5 5l-5 5l-5 -5z"{how}/>',
}


class Forest:
    """What :func:`pruneuq_helpers.claims.show` gives: HTML in a page, lines of text elsewhere."""

    def __init__(self, runs: Mapping[str, pd.DataFrame], label: str = "claims and verdicts"):
        self.label = label
        lines = [_with_survival(found).assign(run=name) for name, found in runs.items()]
        table = pd.concat(lines, ignore_index=True) if lines else pd.DataFrame()
        self.claims = [part.to_dict("records") for _, part in table.groupby("id", sort=False)] if len(table) else []
        # A claim about other data or networks has its place in the ledger; in a page it says nothing.
        self.claims = [lines for lines in self.claims if any(line["verdict"] != NOT_HERE for line in lines)]
        # Nor does a line for each run that has not that part.
        self.claims = [[line for line in lines if line["reason"] != NO_RUN] for lines in self.claims]

    def __repr__(self) -> str:
        return "\n".join(_text(line) for lines in self.claims for line in lines) or "no claims"

    def _repr_html_(self) -> str:
        if not self.claims:
            return "<p>This run decides none of the claims.</p>"
        drawn = "\n".join(_claim(lines) for lines in self.claims)
        about = ABOUT + ABOUT_PRINTED * any(_prints(line) for lines in self.claims for line in lines)
        return (
            f'<div class="pruneuq-forest full-width"><p>{about}</p>{_head()}{drawn}'
            f"<details><summary>The same in numbers</summary>{_numbers(self.claims, self.label)}</details></div>"
        )


def _with_survival(found: pd.DataFrame) -> pd.DataFrame:
    """Among the verdicts of their paper in this run, unless more were counted already, as in the ledger."""
    return found if "survives" in found else surviving(found, ["source"])


def _run_of(line: Mapping[str, Any]) -> str:
    """The run and its data; what its name has after the hyphen is said where the data do not say it."""
    scale, _, rest = str(line["run"]).partition("-")
    named = scale if rest and rest.casefold() in str(line["data"]).casefold() else str(line["run"])
    return ", ".join(part for part in (named, text.called(line["data"])) if part)


def _held(text: str) -> str:
    """Text for a page, in which a number and its per cent stay on one line."""
    return html.escape(text).replace(" %", "\u00a0%")


def _prints(line: Mapping[str, Any]) -> bool:
    """Whether the paper prints the number."""
    return isinstance(line["printed"], float) and not math.isnan(line["printed"])


def _head() -> str:
    """The sides and the numbers of margins, above the drawings."""
    ticks = "".join(f'<span style="left:{100 * place(at) / WIDTH:.1f}%">{text.number(at, 0)}</span>' for at in TICKS)
    return (
        '<div class="forest-claim forest-head" aria-hidden="true"><span></span><div class="forest-line">'
        '<span></span><div><span class="forest-sides"><span>← contrary</span><span>± margin</span>'
        f'<span>as said →</span></span><span class="forest-scale">{ticks}</span></div><span></span></div></div>'
    )


def _claim(lines: list[dict[str, Any]]) -> str:
    first = lines[0]
    body = "".join(_line(line) for line in lines)
    source = (
        ""
        if first["source"] == "book"
        else f" <small>{html.escape(first['source'])}, {html.escape(first['place'])}</small>"
    )
    alike = " =" if first["direction"] == "=" else ""
    return (
        f'<div class="forest-claim" id="claim-{html.escape(first["id"])}"><p>{_held(first["short"])}{alike}{source}</p>'
        f"<div>{body}</div></div>"
    )


def _line(line: dict[str, Any]) -> str:
    word = line["verdict"]
    drawn = _drawn(line) if word != NOT_HERE else f"<small>{html.escape(str(line['reason']))}</small>"
    return (
        f'<div class="forest-line"><span class="forest-run">{html.escape(_run_of(line))}</span>{drawn}'
        f'<span class="forest-verdict">{SIGNS[word]} {word}</span></div>'
    )


def units(line: Mapping[str, Any]) -> list[float]:
    """Low end, mean and high end in margins from the boundary; the finding's side is above 0."""
    side = -1 if line["direction"] == "<" else 1
    low, mean, high = (side * (line[name] - line["boundary"]) / line["margin"] for name in ("low", "value", "high"))
    return [low, mean, high] if side > 0 else [high, mean, low]


def place(margins: float) -> float:
    """Where a number of margins stands in the drawing: about even near 0, by ratios beyond a margin."""
    reach = math.asinh(FARTHEST)
    return WIDTH / 2 * (1 + 0.97 * np.clip(math.asinh(margins), -reach, reach) / reach)


def _drawn(line: dict[str, Any]) -> str:
    low, mean, high = units(line)
    nothing = units(line | dict.fromkeys(("low", "value", "high"), 0.0))[1]
    left, right = place(nothing - 1), place(nothing + 1)
    ticks = "".join(f'<path class="tick" d="M{place(at):.1f} 0v16"/>' for at in TICKS)
    marks = [f'<rect class="band" x="{left:.1f}" width="{right - left:.1f}" y="0" height="16"/>', ticks]
    marks.append(f'<path class="zero" d="M{WIDTH / 2:.1f} 0v16"/>')
    if not math.isnan(low):
        marks.append(f'<path class="interval" d="M{place(low):.1f} 8H{place(high):.1f}"/>')
    how = "" if line["survives"] else ' class="hollow"'
    shape = _SHAPES.get(line["verdict"], '<path class="interval" d="M{x:.1f} 4v8"/>')
    marks.append(shape.format(x=place(mean), left=place(mean) - 3.5, how=how))
    if _prints(line):
        _, theirs, _ = units(line | {"value": line["printed"]})
        marks.append(f'<path class="printed" d="M{place(theirs):.1f} 12l3 4h-6z"/>')
    return (
        f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" aria-hidden="true" focusable="false" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(marks)}</svg>'
    )


def word_of(line: Mapping[str, Any]) -> str:
    """What the rule says of the paper's own printed number."""
    printed = line["printed"]
    word = decided(printed, printed, line["boundary"], line["direction"], line["margin"])
    return "is no relevant change" if word == "no relevant change" else word


def measured(line: Mapping[str, Any]) -> str:
    """The mean with its interval, and what it rests on."""
    if math.isnan(line["value"]):
        return "–"
    size = max(abs(line["value"]), *(abs(line[end]) for end in ("low", "high") if not math.isnan(line[end])), 1e-9)
    digits = int(np.clip(2 - math.floor(math.log10(size)), 0, 5))
    said = text.interval(line["value"], line["low"], line["high"], digits)
    return f"{said}, {int(line['seeds'])} {line['over'] if line['seeds'] != 1 else line['over'].removesuffix('s')}"


def said(line: Mapping[str, Any]) -> str:
    """The verdict in words, with the seeds that would decide, or the reason why nothing can."""
    if line["verdict"] == UNDECIDED and line["needed"] and not math.isnan(line["needed"]):
        return f"undecided; {int(line['needed'])} seeds would show a difference of one margin"
    return f"{line['verdict']}: {line['reason']}" if line["reason"] else line["verdict"]


def _text(line: dict[str, Any]) -> str:
    run = _run_of(line)
    where = f" [{run}]" if run else ""
    about = f"{line['finding']} {line['effect']}: {measured(line)}; {line['rule']}"
    return f"{SIGNS[line['verdict']]} {said(line)}{where}: {about}"


def _numbers(claims: list[list[dict[str, Any]]], label: str) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in ("finding", "what we measured", "verdict"))
    rows = "\n".join(_row(line) for lines in claims for line in lines)
    table = f'<table class="pruneuq-claims"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return f'<div role="region" aria-label="{html.escape(label)}" tabindex="0" class="pruneuq-scroll">{table}</div>'


def _row(line: dict[str, Any]) -> str:
    run = _run_of(line)
    quote = f"{line['source']}, {line['place']}: “{line['quote']}”" if line["quote"] else ""
    if _prints(line):
        quote += f". Its own printed numbers: {line['printed']:.3g}, which {word_of(line)}."
    cells = {"finding": line["finding"], "quote": quote, "rule": line["rule"]}
    cells |= {
        "measured": f"{line['effect']}: {measured(line)}",
        "verdict": f"{run}: {said(line)}" if run else said(line),
    }
    safe = {name: html.escape(cell) for name, cell in cells.items()}
    return (
        f'<tr><th scope="row">{safe["finding"]}<small>{safe["quote"]}</small></th>'
        f"<td>{safe['measured']}<small>{safe['rule']}</small></td><td>{safe['verdict']}</td></tr>"
    )
