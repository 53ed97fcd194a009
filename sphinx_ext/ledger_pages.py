"""Write the computed parts of the ledger's pages, which they include, before the book is read."""

import hashlib
import json
from pathlib import Path

import pandas as pd
from ledger_figure import draw, in_words
from ledger_numbers import numbers
from ledger_table import SCALES, SIGNS, table

from pruneuq_helpers import ledger
from pruneuq_helpers.chapters import CHAPTERS, register
from pruneuq_helpers.claims import Claim
from pruneuq_helpers.figures.picture import take_picture

ROOT = Path(__file__).resolve().parent.parent
PARTS = ROOT / "_build" / "ledger"
PAPERS = ("S0", "S1", "S2", "S3", "S4")
# What a reader of a paper's abstract takes away: chosen by what the papers stress, not by what came out.
MAIN = (
    "S0.fig4.tickets-learn-fast",
    "S0.fig9.calibration-improves",
    "S0.s5.3.detects-outside",
    "S1.ause-worsens.ensemble",
    "S1.criteria-alike.accuracy",
    "S2.confidence-reallocated",
    "S3.table1.gate-helps-magnitude-pruned",
    "S3.table1.keeps-accuracy-90-pruned",
    "S4.table2.pies-beyond-null",
)
CAPTION = (
    "The claims by paper and verdict, a panel for each scale at which they were run. "
    "A claim with different verdicts on two data sets of one scale counts as undecided; "
    "`book` marks what no paper says but this book tests."
)


def write(places: list[Path] | None = None, parts: Path = PARTS) -> None:
    """All parts, from the results below `places`, or where `pruneuq_helpers.ledger` looks by itself."""
    parts.mkdir(parents=True, exist_ok=True)
    found = ledger.verdicts(places=places)
    counts = ledger.counts(found)
    found.to_csv(parts / "ledger.csv", index=False, lineterminator="\n")
    _put(parts, "tally.md", "\n".join(f"- {line}" for line in tally(found)))
    _put(parts, "main.md", main_findings(found))
    _put(parts, "table.html", _table(found, ledger.UNTESTED, "../", True, "every claim and its verdicts"))
    _put(parts, "history.md", changes(ledger.history()))
    _put(parts, "runs.md", runs(ledger.runs(places)))
    _put(parts, "unread.md", unread(ledger.runs(places), parts / "unread"))
    picture = take_picture(draw(counts), in_words(counts))
    (parts / "summary.png").write_bytes(picture.png)
    _put(parts, "summary.md", _figure(picture))
    for paper in PAPERS:
        part = found[found["source"] == paper]
        _put(parts, f"{paper}.md", "\n".join(f"- {line}" for line in [*tally(part), *between_scales(part)]))
        _put(parts, f"{paper}.html", _table(part, (), "../../", False, f"claims of {paper} and their verdicts"))
        _put(parts, f"{paper}_untested.md", untested(paper, part))
        _put(parts, f"{paper}_numbers.html", numbers(ledger.beside(paper, places), paper))


def _put(parts: Path, name: str, text: str) -> None:
    (parts / name).write_text(text + "\n", encoding="utf-8")


def _table(found: pd.DataFrame, untested, up: str, filters: bool, label: str) -> str:
    pages = {chapter.number: f"{up}notebooks/{chapter.name}.html" for chapter in CHAPTERS}
    if not len(found) and not untested:
        return "<p>No claim of this paper has a study yet.</p>"
    return table(found, untested, pages, filters, label)


def _figure(picture) -> str:
    lines = ["```{figure} /_build/ledger/summary.png", ":name: fig-ledger", f":alt: {picture.alt}"]
    return "\n".join([*lines, f":width: {picture.css_width}px", ":class: no-scaled-link", "", CAPTION, "```"])


def tally(found: pd.DataFrame) -> list[str]:
    """A sentence for each scale: how many claims hold, fail or are undecided there."""
    totals = ledger.counts(found).groupby(level="scale", sort=False).sum()
    lines = []
    for scale in SCALES:
        row = totals.loc[scale] if scale in totals.index else None
        if row is None or row.sum() == row["not run"]:
            lines.append(f"**{scale}**: nothing was run at this scale yet.")
            continue
        left = f"; {_number(row['not run'], 'was', 'were')} not run" if row["not run"] else ""
        lines.append(
            f"**{scale}**: of {row.sum()} claims {_number(row['holds'], 'holds', 'hold')}, "
            f"{_number(row['fails'], 'fails', 'fail')}, {_number(row['undecided'], 'is', 'are')} undecided{left}."
        )
    return lines


def main_findings(found: pd.DataFrame) -> str:
    """The papers' main findings, and what became of each at every scale that was run."""
    pages = {chapter.number: f"/notebooks/{chapter.name}.md" for chapter in CHAPTERS}
    scales = [scale for scale in SCALES if found.loc[found["scale"] == scale, "verdict"].ne(ledger.NOT_RUN).any()]
    lines = [f"| a paper says | paper | {' | '.join(scales)} |", f"|---|---|{'---|' * len(scales)}"]
    for name in MAIN:
        claim = found[found["id"] == name]
        first, said = claim.iloc[0], claim.groupby("scale")["verdict"].unique()
        words = [", ".join(_signed(word) for word in sorted(said[scale])) for scale in scales]
        paper = f"[{first['source']}](/book/papers/{first['source']}.md)"
        lines.append(f"| [{first['finding']}]({pages[first['chapter']]}) | {paper} | {' | '.join(words)} |")
    return "\n".join(lines)


def _signed(word: str) -> str:
    return f"{SIGNS[word]}\N{NO-BREAK SPACE}{word}"


def _number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def between_scales(found: pd.DataFrame) -> list[str]:
    """What holds, or fails, in every run of more than one scale, and what holds in one run and fails in another."""
    ran = found[found["verdict"] != ledger.NOT_RUN].groupby("id")
    said, scales = ran["verdict"].agg(set), ran["scale"].nunique()
    findings = found.drop_duplicates("id").set_index("id")["finding"]
    several = said[scales > 1]
    if not len(several):
        return ["No claim was run at more than one scale yet."]
    hold, fail = ([name for name, words in several.items() if words == {word}] for word in ("holds", "fails"))
    turn = [name for name, words in said.items() if {"holds", "fails"} <= words]
    lines = [
        f"Of {_number(len(several), 'claim', 'claims')} run at more than one scale, "
        f"{_number(len(hold), 'holds', 'hold')} and {_number(len(fail), 'fails', 'fail')} in every run. "
        f"Of all claims, {_number(len(turn), 'holds', 'hold')} in one run and "
        f"{'fails' if len(turn) == 1 else 'fail'} in another."
    ]
    groups = {"Hold in every run": hold, "Fail in every run": fail, "Hold in one run and fail in another": turn}
    for words, names in groups.items():
        lines += [f"**{words}:** " + " ".join(f"*{findings[name]}*" for name in names)] if names else []
    return lines


def untested(paper: str, found: pd.DataFrame) -> str:
    """What has no run, each with its reason; then what was decided at the quick scale only."""
    lines = [f"- *{one.finding}* ({one.place}). {one.reason}" for one in ledger.UNTESTED if one.source == paper]
    ran = found[found["verdict"] != ledger.NOT_RUN].groupby("id")["scale"].agg(set)
    small = sum(scales == {"quick"} for scales in ran)
    if "full" not in set().union(*ran):
        lines.append(f"- None of its {found['id'].nunique()} claims was run at the scale *full*.")
    if small:
        number = _number(small, "was", "were")
        lines.append(f"- Of {found['id'].nunique()} claims with a rule, {number} run at the quick scale only.")
    return "\n".join(lines) or "- Every finding that we read in it has a rule and a run."


def runs(found: pd.DataFrame) -> str:
    """Which runs the verdicts come from."""
    titles = {chapter.name: f"[{chapter.number} {chapter.title}](/notebooks/{chapter.name}.md)" for chapter in CHAPTERS}
    rows = [
        f"| {titles[run.chapter]} | `{run.profile}` | {run.data} | {run.date} | {run.commit} | {run.state} |"
        for run in found.sort_values(["chapter", "profile"]).itertuples()
    ]
    head = ["| chapter | profile | data | day | code | state |", "|---|---|---|---|---|---|"]
    return "\n".join([*head, *rows]) if rows else "No run was found."


def unread(found: pd.DataFrame, memory: Path) -> str:
    """What the quick tables hold that no claim reads, a line a chapter."""
    lines, claims = [], register()
    for run in found[found["scale"] == "quick"].sort_values("chapter").itertuples():
        names = _unread([claim for claim in claims if claim.chapter == run.chapter[:2]], run.folder, memory)
        said = ", ".join(f"`{name}`" for name in names)
        lines.append(f"- Chapter {run.chapter[:2]}: {said or 'nothing'}.")
    return "\n".join(lines) or "No quick table was found."


def _unread(claims: list[Claim], folder: Path, memory: Path) -> list[str]:
    """Leaving out each column takes seconds a table: what was found is remembered for the same table and rules."""
    measures = " ".join(ledger.rules(claims)["measure"])
    key = hashlib.sha256((folder / "table.csv").read_bytes() + measures.encode()).hexdigest()
    known = memory / f"{key}.json"
    if not known.is_file():
        memory.mkdir(exist_ok=True)
        names = ledger.unread(claims, ledger.table(folder / "table.csv"))
        known.write_text(json.dumps(names), encoding="utf-8")
    return json.loads(known.read_text(encoding="utf-8"))


def changes(history: pd.DataFrame) -> str:
    """The history of the rules: since when they stand, and what was changed afterwards."""
    first = history[history["change"] == "registered"]
    later = history[history["change"] != "registered"]
    days = first.groupby("date")["id"].nunique()
    were = ["rule was" if number == 1 else "rules were" for number in days]
    lines = [f"{number} {word} registered on {day}." for (day, number), word in zip(days.items(), were, strict=True)]
    if not len(later):
        return "\n".join([*lines, "None was changed since."])
    rows = []
    for (date, change), part in later.groupby(["date", "change"], sort=False):
        new = change.startswith("rule changed")
        named = ", ".join(f"`{row.id}`{f' ({row.rule})' if new else ''}" for row in part.itertuples())
        rows.append(f"| {date} | {change} | {named} |")
    return "\n".join([*lines, "", "| date | change | claims |", "|---|---|---|", *rows])


def _assets(app, pagename, templatename, context, doctree):
    if "pruneuq-ledger" in context.get("body", ""):
        app.add_css_file("ledger.css")
        app.add_js_file("ledger.js")


def setup(app):
    app.connect("builder-inited", lambda app: write())
    app.connect("html-page-context", _assets)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
