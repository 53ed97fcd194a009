"""Verdicts on claims as a table to read, in a page and in a terminal."""

import html
import math
from typing import Any

import pandas as pd

# A word and a sign: a verdict is never told by colour alone.
_SIGNS = {"holds": "✓", "fails": "✗", "undecided": "?"}


class VerdictTable:
    """Verdicts as a table to read; made by :func:`pruneuq_helpers.claims.show`."""

    def __init__(self, verdicts: pd.DataFrame):
        self.rows = verdicts.to_dict("records")
        # A page may show the verdicts of a larger run too (`results.table`): its own are those that links lead to.
        self.linked = "note" not in verdicts.attrs

    def __repr__(self) -> str:
        return "\n".join(map(_text_row, self.rows)) or "no claims"

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{name}</th>' for name in ("finding", "paper", "what we measured", "verdict"))
        body = "".join(_html_row(row, self.linked) for row in self.rows)
        table = f'<table class="pruneuq-claims"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        # Wide on a phone: it scrolls, and takes the focus so that a keyboard can scroll it too.
        return f'<div role="region" aria-label="claims and verdicts" tabindex="0" style="overflow-x:auto">{table}</div>'


def _text_row(row: dict[str, Any]) -> str:
    verdict = f"{_SIGNS[row['verdict']]} {row['verdict']}"
    return f"{verdict}: {row['finding']} ({row['source']}, {row['place']}) {_measured(row)}"


def _html_row(row: dict[str, Any], linked: bool) -> str:
    text = {name: html.escape(str(value)) for name, value in row.items()}
    place = f' id="claim-{text["id"]}"' if linked else ""
    return (
        f'<tr{place}><th scope="row">{text["finding"]}</th><td>{text["source"]}, {text["place"]}</td>'
        f"<td>{html.escape(_measured(row))}</td><td>{_SIGNS[row['verdict']]} {text['verdict']}</td></tr>"
    )


def _measured(row: dict[str, Any]) -> str:
    seeds = "1 seed" if (row["seeds"], row["over"]) == (1, "seeds") else f"{row['seeds']} {row['over']}"
    spread = "no interval" if math.isnan(row["low"]) else f"{row['low']:.3g} to {row['high']:.3g}"
    return f"{row['effect']}: {row['value']:.3g} ({spread}, {seeds}; {row['rule']})"
