"""Write the computed parts of the ledger's pages, which they include, before the book is read."""

import math
from html import escape
from pathlib import Path

import pandas as pd
from ledger_numbers import numbers

from pruneuq_helpers import ledger
from pruneuq_helpers.chapters import find
from pruneuq_helpers.chapters.pruning_meets_uncertainty.front import panels
from pruneuq_helpers.chapters.pruning_meets_uncertainty.study import GridStudy
from pruneuq_helpers.claims import MARGINS, NOT_HERE, SIGNS, UNDECIDED, Forest, by_chance
from pruneuq_helpers.study import results

ROOT = Path(__file__).resolve().parent.parent
PARTS = ROOT / "_build" / "ledger"
PAPERS = {
    "S0": "tickets, their calibration, the unknown",
    "S1": "five ways to prune, three to be uncertain",
    "S2": "images from outside",
    "S3": "a Bayes factor as the gate",
    "S4": "what is forgotten",
    "answer": "what pruning does to one network",
    "book": "our other questions",
}
COUNTED = tuple(SIGNS)
LONGEST = 24  # rows of a card: a longer one goes on in another, so that no column begins within a table


def write(runs: list[ledger.Run] | None = None, parts: Path = PARTS) -> None:
    """All parts, from these runs, or from all that there are."""
    parts.mkdir(parents=True, exist_ok=True)
    runs = ledger.runs() if runs is None else runs
    found = ledger.verdicts(runs)
    claims = ledger.by_claim(found)
    found.to_csv(parts / "ledger.csv", index=False, lineterminator="\n")
    _put(parts, "tally.md", tally(claims, found))
    _put(parts, "cards.html", cards(claims))
    _put(parts, "front.html", cards(claims, ("book",), level=3))
    answer = results.table("real", GridStudy, "answer")
    _put(parts, "answer_panels.html", panels(answer) if len(answer) else "")
    _put(parts, "margins.md", margins())
    _put(parts, "history.md", changes(ledger.history()))
    for paper in PAPERS:
        part = found[of(paper, found)]
        _put(parts, f"{paper}.html", forest(part, paper))
        _put(parts, f"{paper}_untested.md", untested(paper, part))
        _put(parts, f"{paper}_numbers.html", numbers(ledger.numbers_beside(paper, runs), paper))


def of(paper: str, table: pd.DataFrame) -> pd.Series:
    """Which rows stand on a paper's page; our own main question has one by itself."""
    main = table["id"].str.startswith("book.answer.")
    return main if paper == "answer" else (table["source"] == paper) & ~main


def _put(parts: Path, name: str, text: str) -> None:
    (parts / name).write_text(text + "\n", encoding="utf-8")


def tally(claims: pd.DataFrame, found: pd.DataFrame) -> str:
    """A column a scale: how many findings hold, fail and so on, how many survive, and how many chance would decide."""
    if not len(claims):
        return "Nothing was run yet."
    columns = {}
    for scale, part in claims.groupby("scale", sort=False):
        counts = part["verdict"].value_counts().reindex(COUNTED, fill_value=0)
        decided = found[(found["scale"] == scale) & found["p"].notna()]
        survive = [str(int(part.loc[_decided(part), name].sum())) for name in ("survives", "discovered")]
        chance = f"{by_chance(decided['p']):.1f} of {len(decided)}"
        columns[scale] = [*map(str, counts), *survive, chance]
    names = [*(f"{sign} {word}" for word, sign in SIGNS.items()), "survive Holm", "survive B–H", "decided by chance"]
    lines = [f"| findings that | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}"]
    rows = zip(names, *columns.values(), strict=True)
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _decided(claims: pd.DataFrame) -> pd.Series:
    return ~claims["verdict"].isin([UNDECIDED, NOT_HERE])


def cards(claims: pd.DataFrame, without: tuple[str, ...] = (), level: int = 2) -> str:
    """The papers with their findings, a sign a scale: one picture. Its headings are of that level."""
    own = {paper: claims[of(paper, claims)] for paper in PAPERS if paper not in without}
    made = [_card(paper, part, level) for paper, part in own.items() if len(part)]
    key = " ".join(f"<span>{_sign(word)} {word}</span>" for word in SIGNS)
    key += f" <span>{_sign('holds', False)} outlined: does not survive Holm’s correction</span>"
    return f'<div class="pruneuq-cards full-width"><p class="key">{key}</p>{"".join(made)}</div>'


def _card(paper: str, claims: pd.DataFrame, level: int) -> str:
    scales = [scale for scale in ledger.SCALES if (claims["scale"] == scale).any()]
    if paper != "book":
        name = "Ours" if paper == "answer" else paper
        first, *others = _tables(_rows(paper, claims, scales), scales)
        later = _heading(f"{name}, continued", level)
        sections = [f"<section>{_heading(f'{name}: {PAPERS[paper]}', level)}{first}</section>"]
        return "".join(sections + [f'<section class="continued">{later}{other}</section>' for other in others])
    parts = [
        f'<section class="of-chapter">{_heading(find(number).title, level + 1)}'
        f"{''.join(_tables(_rows(paper, part, scales), scales))}</section>"
        for number, part in claims.groupby("chapter", sort=False)
    ]
    return f"<section>{_heading(f'Ours: {PAPERS[paper]}', level)}{parts[0]}</section>{''.join(parts[1:])}"


def _heading(text: str, level: int) -> str:
    return f"<h{level}>{escape(text)}</h{level}>"


def _tables(rows: list[str], scales: list[str]) -> list[str]:
    """The rows as one table, or as equal ones that each fit a column of a page."""
    head = "".join(f'<th scope="col">{scale}</th>' for scale in scales)
    start = f'<table><thead><tr><th scope="col">finding</th>{head}</tr></thead><tbody>'
    each = math.ceil(len(rows) / math.ceil(len(rows) / LONGEST)) if rows else 1
    return [f"{start}{''.join(rows[at : at + each])}</tbody></table>" for at in range(0, max(len(rows), 1), each)]


def _rows(paper: str, claims: pd.DataFrame, scales: list[str]) -> list[str]:
    decided = set(claims.loc[claims["verdict"] != NOT_HERE, "short"])
    rows = []
    for name, part in claims.groupby("id", sort=False):
        short = part.iloc[0]["short"]
        if short in decided and (part["verdict"] == NOT_HERE).all():
            continue  # the same finding by another unit, for runs of one repetition
        said = part.set_index("scale")
        cells = "".join(f"<td>{_cell(said, scale)}</td>" for scale in scales)
        link = f'<a href="papers/{paper}.html#claim-{name}">{escape(short)}</a>'
        rows.append(f'<tr><th scope="row">{link}</th>{cells}</tr>')
    return rows


def _cell(said: pd.DataFrame, scale: str) -> str:
    if scale not in said.index:
        return ""
    row = said.loc[scale]
    title = f"{row['verdict']} ({row['told']})" if row["told"] else row["verdict"]
    return _sign(row["verdict"], bool(row["survives"]), title)


def _sign(word: str, survives: bool = True, title: str = "") -> str:
    how = word.replace(" ", "-") + ("" if survives else " hollow")
    titled = f' title="{escape(title)}"' if title else ""
    hidden = ' aria-hidden="true"' if not title else f' role="img" aria-label="{escape(title)}"'
    return f'<span class="sign {how}"{titled}{hidden}>{SIGNS[word]}</span>'


def forest(found: pd.DataFrame, paper: str) -> str:
    """A paper's claims, every run a line; then what no run can decide so far, with the reason."""
    if not len(found):
        return "<p>Nothing was run yet.</p>"
    lines = dict(iter(found.groupby("profile", sort=False)))
    order = sorted(lines, key=lambda profile: (ledger.SCALES.index(profile.partition("-")[0]), profile))
    drawn = Forest({profile: lines[profile] for profile in order}, f"claims of {paper} and their verdicts")
    decided = {line["id"] for claim in drawn.claims for line in claim}
    left = found[~found["id"].isin(decided)]
    by_reason: dict[str, list[str]] = {}
    for name, part in left.groupby("id", sort=False):
        item = f'<li id="claim-{escape(name)}">{escape(part.iloc[0]["finding"])}</li>'
        by_reason.setdefault("; ".join(_reasons(part)), []).append(item)
    groups = [f"<p><small>{escape(why)}</small></p><ul>{''.join(items)}</ul>" for why, items in by_reason.items()]
    rest = f"<p>Not decidable so far, by the reason:</p>{''.join(groups)}" if groups else ""
    return drawn._repr_html_() + rest


def _reasons(part: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(f"{row.profile}: {row.reason}" for row in part.itertuples()))


def untested(paper: str, found: pd.DataFrame) -> str:
    """What has no run, each with its reason."""
    lines = [f"- *{one.finding}* ({one.place}). {one.reason}" for one in ledger.UNTESTED if one.source == paper]
    if not (found["scale"] == "full").any():
        lines.append("- None of its claims was run at the scale *full*.")
    return "\n".join(lines)


def margins() -> str:
    """The margins, one a measure."""
    rows = [f"| {name} | {one.value:g} | {one.unit} | {one.why} |" for name, one in MARGINS.items()]
    return "\n".join(["| measure | margin | unit | why that much matters |", "|---|---|---|---|", *rows])


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
    if "pruneuq-" in context.get("body", ""):
        app.add_css_file("ledger.css")


def setup(app):
    app.connect("builder-inited", lambda app: write())
    app.connect("html-page-context", _assets)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
