"""The ledger as an HTML table: one row a claim, one column a scale; filters appear where scripts run."""

import math
from html import escape

import pandas as pd

from pruneuq_helpers.ledger.scales import NO_RUN

SIGNS = {"holds": "✓", "fails": "✗", "undecided": "?", "not run": "–"}
SCALES = ("quick", "real", "full")
USUAL = ", 95 % t interval over seeds"  # the page says so once; a row only where it is another
FILTERS = {
    "paper": {"": "all"},
    "verdict": {
        "": "any",
        **{word: word for word in SIGNS},
        "differs": "differs between scales",
    },
    "scale": {"": "any", **{scale: scale for scale in SCALES}},
}


def table(ledger: pd.DataFrame, untested, pages: dict[str, str], filters: bool, label: str) -> str:
    """The table of some claims.

    `ledger` is what `pruneuq_helpers.ledger.verdicts` gave, `untested` findings without a run, `pages` the address of
    each chapter's page by its number; `label` names the table for who hears it.
    """
    head = "".join(f'<th scope="col">{name}</th>' for name in ("finding", "paper", *SCALES))
    claims: dict[str, list[dict]] = {}
    for run in ledger.to_dict("records"):
        claims.setdefault(run["id"], []).append(run)
    rows = [_row(runs, pages) for runs in claims.values()]
    rows += [_untested_row(one) for one in untested]
    body = "\n".join(rows)
    papers = sorted({*ledger["source"], *(one.source for one in untested)})
    controls = _controls(papers, len(rows)) if filters else ""
    # Wide on a phone: it scrolls, and takes the focus so that a keyboard can scroll it too.
    return (
        f'<div class="pruneuq-ledger">{controls}'
        f'<div role="region" aria-label="{escape(label)}" tabindex="0" class="pruneuq-scroll">'
        f'<table class="pruneuq-claims"><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div></div>\n'
    )


def _controls(papers: list[str], rows: int) -> str:
    """Three selects and a spoken count; hidden until the script that serves them runs."""
    choices = FILTERS | {"paper": {"": "all", **{paper: paper for paper in papers}}}
    selects = []
    for name, values in choices.items():
        options = "".join(f'<option value="{value}">{escape(words)}</option>' for value, words in values.items())
        field = f'<select id="ledger-{name}" name="{name}">{options}</select>'
        selects.append(f'<span><label for="ledger-{name}">{name}</label> {field}</span>')
    return (
        f'<form hidden="hidden">{"".join(selects)} <output aria-live="polite">{rows} of {rows} findings</output></form>'
    )


def _row(runs: list[dict], pages: dict[str, str]) -> str:
    """One claim, of which these runs say something."""
    first = runs[0]
    page = pages.get(first["chapter"], "")
    shown = any(run["scale"] == "quick" and run["verdict"] != "not run" for run in runs)
    place = f"{page}#claim-{first['id']}" if shown else page
    finding = f'<a href="{escape(place)}">{escape(first["finding"])}</a>' if page else escape(first["finding"])
    said = {scale: [run for run in runs if run["scale"] == scale] for scale in SCALES}
    words = {name: sorted({run["verdict"].replace(" ", "-") for run in part}) for name, part in said.items()}
    data = "".join(f' data-{scale}="{" ".join(words[scale])}"' for scale in SCALES)
    decided = {run["verdict"] for run in runs} - {"not run"}
    differs = ' data-differs=""' if len(decided) > 1 else ""
    rule = first["rule"].removesuffix(USUAL)
    cells = "".join(f"<td>{''.join(map(_verdict, part))}</td>" for part in said.values())
    return (
        f'<tr data-paper="{first["source"]}"{data}{differs}>'
        f'<th scope="row">{finding}<small>{escape(first["effect"])}: {escape(rule)}</small></th>'
        f"<td>{escape(first['source'])}, {escape(first['place'])}</td>{cells}</tr>"
    )


def _verdict(run: dict) -> str:
    if run["verdict"] == "not run":
        why = "" if run["note"] == NO_RUN else f"<small>{escape(run['note'])}</small>"
        return f'<span class="not-run">– not run</span>{why}'
    older = f"; {escape(run['note'])}" if run["note"] else ""
    state = f", {run['state']}" if run["state"] else ""
    seeds = "1 seed" if (run["seeds"], run["over"]) == (1, "seeds") else f"{int(run['seeds'])} {run['over']}"
    spread = "no interval" if math.isnan(run["low"]) else f"{run['low']:.3g} to {run['high']:.3g}"
    said = escape(f"{run['value']:.3g} ({spread})").replace("-", "−")
    return (
        f'<span class="verdict">{SIGNS[run["verdict"]]} {run["verdict"]}</span>'
        f"<small>{said}</small><small>{escape(seeds)}, {escape(run['data'])}{state}{older}</small>"
    )


def _untested_row(one) -> str:
    data = "".join(f' data-{scale}="not-run"' for scale in SCALES)
    return (
        f'<tr data-paper="{one.source}"{data}><th scope="row">{escape(one.finding)}</th>'
        f"<td>{escape(one.source)}, {escape(one.place)}</td>"
        f'<td colspan="3"><span class="not-run">– not run</span><small>{escape(one.reason)}</small></td></tr>'
    )
