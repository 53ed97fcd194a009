"""Tables that were kept before cells had keys: read as they are, until runs of today have replaced all of them."""

import json
from typing import Any

import pandas as pd

from pruneuq_helpers.study.kept import folder_of
from pruneuq_helpers.study.parameters import repository

STATE = "made before the keys"


def table(profile: str, chapter: str, kind: str = "table") -> pd.DataFrame:
    """A kept table, or its ``claims``; empty where there is none, and ``attrs["note"]`` says so."""
    path = folder_of(profile, chapter) / f"{kind}.csv"
    found = pd.read_csv(path) if path.is_file() else pd.DataFrame()
    place = f"kept in book/results/{profile}/{chapter}/{kind}.csv, {STATE}"
    absent = f"no results of {chapter} are kept for the profile `{profile}`"
    found.attrs["note"] = f"results of {chapter} for the profile `{profile}`, {place}" if path.is_file() else absent
    return found


def stored() -> list[dict[str, Any]]:
    """The provenance of every such run, by profile and chapter; ``folder`` is where each lies."""
    files = sorted((repository() / "book" / "results").glob("*/*/provenance.json"))
    return [json.loads(file.read_text(encoding="utf-8")) | {"folder": file.parent} for file in files]


def note(profile: str, chapter: str) -> str:
    """One sentence on such a run: its profile, date and commit."""
    path = folder_of(profile, chapter) / "provenance.json"
    if not path.is_file():
        return f"No results of {chapter} are kept for the profile `{profile}`."
    kept = json.loads(path.read_text(encoding="utf-8"))
    return f"Profile `{profile}`, run on {day(kept)} at commit {commit(kept)} on {kept['device']}; {STATE}."


def day(kept: dict[str, Any]) -> str:
    """The date (UTC) of a run."""
    return kept["started"].partition("T")[0]


def commit(kept: dict[str, Any]) -> str:
    """The commit of a run, in short."""
    number, _, changes = (kept["commit"] or "unknown").partition(" + ")
    return f"{number[:7]} with {changes}" if changes else number[:7]
