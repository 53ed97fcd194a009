"""A comparison in words, as JSON, and as Markdown for a pull request."""

import json
import math

import pandas as pd

from pruneuq_helpers.audit.comparison import Comparison
from pruneuq_helpers.audit.rules import NAMES
from pruneuq_helpers.audit.verdicts import SAFE, UNDECIDED
from pruneuq_helpers.text import number, percent


def lines(found: Comparison) -> list[str]:
    """The verdict, the rules, what else to know: a line each."""
    sure = percent(found.settings["confidence_level"])
    said = [f"{found.verdict}: {found.count} examples, every interval at {sure}."]
    said += [_rule(row) for row in found.verdicts.to_dict("records")]
    return [*said, _changed(found), *found.notes]


def _rule(row: dict) -> str:
    more = ""
    if row["verdict"] == UNDECIDED and math.isfinite(row["times_more"]):
        times = row["times_more"]
        more = (
            f"; {'more than 50' if times > 50 else f'about {max(times, 1.1):.2g}'} times as many examples might decide"
        )
    return (
        f"{row['verdict']}: {NAMES[row['rule']]} is worse by {number(row['worse'])} "
        f"({number(row['low'])} to {number(row['high'])}), margin {row['margin']:g}{more}."
    )


def _changed(found: Comparison) -> str:
    counts = found.changed["what"].value_counts()
    lost, won, both = (int(counts.get(what, 0)) for what in ("lost", "won", "both wrong"))
    total = lost + won + both
    return (
        f"{total} predictions ({percent(total / found.count, 1)}) changed: {lost} from right to wrong, {won} from "
        f"wrong to right, {both} from one wrong answer to another."
    )


def to_json(found: Comparison) -> str:
    """Everything but the list of examples."""
    record = {
        "verdict": found.verdict,
        "examples": found.count,
        "settings": found.settings,
        "notes": list(found.notes),
        "verdicts": records(found.verdicts),
        "measures": records(found.measures),
        "classes": records(found.classes),
        "groups": records(found.groups),
        "changed": found.changed["what"].value_counts().to_dict(),
    }
    return json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)


def records(table: pd.DataFrame) -> list[dict]:
    """Rows without NaN and infinity, which JSON does not know."""
    return json.loads(table.to_json(orient="records"))


def to_markdown(found: Comparison) -> str:
    """A summary for a pull request."""
    sign = {SAFE: "✅", UNDECIDED: "❔"}.get(found.verdict, "❌")
    sure = percent(found.settings["confidence_level"])
    rows = [
        f"| {NAMES[row['rule']]} | {number(row['worse'])} | {number(row['low'])} to {number(row['high'])} | "
        f"{row['margin']:g} | {row['verdict']} |"
        for row in found.verdicts.to_dict("records")
    ]
    values = [
        f"| {NAMES[row['measure']]} | {number(row['before'])} | {number(row['after'])} | {number(row['change'])} | "
        f"{number(row['low'])} to {number(row['high'])} |"
        for row in found.measures.to_dict("records")
    ]
    parts = [
        f"## {sign} {found.verdict}",
        f"{found.count} examples; intervals at {sure}. {_changed(found)}",
        "\n".join(["| rule | worse by | interval | margin | verdict |", "|---|---|---|---|---|", *rows]),
        "\n".join(["| measure | before | after | change | interval |", "|---|---|---|---|---|", *values]),
        *(f"> {note}" for note in found.notes),
    ]
    return "\n\n".join(parts) + "\n"
