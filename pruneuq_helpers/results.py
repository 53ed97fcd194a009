"""Tables of runs at a larger scale that are kept with the book: read, never computed."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.freshness import Freshness, freshness
from pruneuq_helpers.parameters import repository

KINDS = ("table", "claims")


def table(profile: str, chapter: str, kind: str = "table") -> pd.DataFrame:
    """Read what a chapter's study gave in a profile whose results are kept in ``book/results``.

    Parameters
    ----------
    profile : str
        "real" or "full".
    chapter : str
        File name of the chapter, as ``"03_lottery_tickets"``.
    kind : {"table", "claims"}
        The study's table, or its verdicts.

    Returns
    -------
    pandas.DataFrame
        Empty where nothing is kept (no such run, or the package without a checkout around it); ``attrs["note"]`` then
        says so in a sentence, and else where the table lies.

    Examples
    --------
    >>> missing = table("full", "00_coins")
    >>> len(missing), missing.attrs["note"]
    (0, 'no results of 00_coins are kept for the profile `full`')
    """
    if kind not in KINDS:
        raise ParameterError(f"parameter `kind` got {kind!r}; it takes one of {', '.join(KINDS)}")
    place = f"book/results/{profile}/{chapter}/{kind}.csv"
    path = repository() / place
    if not path.is_file():
        found = pd.DataFrame()
        found.attrs["note"] = f"no results of {chapter} are kept for the profile `{profile}`"
        return found
    found = pd.read_csv(path)
    found.attrs["note"] = f"results of {chapter} for the profile `{profile}`, kept in {place}"
    return found


def stored() -> list[dict[str, Any]]:
    """The provenance of every result that is kept in ``book/results``.

    Returns
    -------
    list of dict
        By profile and chapter; ``folder`` is where each lies.

    Examples
    --------
    >>> all(kept["folder"].is_dir() for kept in stored())
    True
    """
    files = sorted((repository() / "book" / "results").glob("*/*/provenance.json"))
    return [json.loads(file.read_text(encoding="utf-8")) | {"folder": file.parent} for file in files]


def check() -> pd.DataFrame:
    """Say of every result that is kept whether the checkout would still give it.

    Returns
    -------
    pandas.DataFrame
        profile, chapter, run (date), commit, state ("current", "stale" or "unknown") and why.

    Examples
    --------
    >>> set(check()["state"]) <= {"current", "stale", "unknown"}
    True
    """
    rows = []
    for kept in stored():
        now = freshness(kept, repository())
        where = {"profile": kept["profile"], "chapter": kept["chapter"], "run": day(kept), "commit": commit(kept)}
        rows.append(where | {"state": now.state, "why": "; ".join(now.reasons)})
    return pd.DataFrame(rows, columns=["profile", "chapter", "run", "commit", "state", "why"])


def note(profile: str, chapter: str) -> str:
    """One sentence on a result that is kept: its profile, date and commit, and whether it is stale.

    Parameters
    ----------
    profile : str
        Such as "real".
    chapter : str
        File name of the chapter.

    Returns
    -------
    str

    Examples
    --------
    >>> note("full", "00_coins")
    'No results of 00_coins are kept for the profile `full`.'
    """
    path = _folder(profile, chapter) / "provenance.json"
    if not path.is_file():
        return f"No results of {chapter} are kept for the profile `{profile}`."
    kept = json.loads(path.read_text(encoding="utf-8"))
    said = f"Profile `{profile}`, run on {day(kept)} at commit {commit(kept)} on {kept['device']}"
    return f"{said}; {in_words(freshness(kept, repository()))}."


def in_words(now: Freshness, most: int = 3) -> str:
    """The end of a sentence on a result: whether it still stands.

    Parameters
    ----------
    now : Freshness
        What is known of it.
    most : int
        How many reasons to name.

    Returns
    -------
    str

    Examples
    --------
    >>> in_words(Freshness("stale", ("models.py changed",)))
    'stale, because since then models.py changed'
    """
    if now.state == "current":
        return "code and parameters are still the same"
    if now.state == "unknown":
        return f"whether it is stale is unknown, for it was {', '.join(now.reasons)}"
    more = f" and {len(now.reasons) - most} more" if len(now.reasons) > most else ""
    return f"stale, because since then {', '.join(now.reasons[:most])}{more}"


def day(kept: dict[str, Any]) -> str:
    """The date (UTC) of a run.

    Parameters
    ----------
    kept : dict
        Its provenance.

    Returns
    -------
    str

    Examples
    --------
    >>> day({"started": "2026-01-31T10:00:00+00:00"})
    '2026-01-31'
    """
    return kept["started"].partition("T")[0]


def commit(kept: dict[str, Any]) -> str:
    """The commit of a run, in short.

    Parameters
    ----------
    kept : dict
        Its provenance.

    Returns
    -------
    str

    Examples
    --------
    >>> commit({"commit": "3cddd07513f4a23bff7f1fdde76de22f4c7bc8ae + changes"}), commit({"commit": None})
    ('3cddd07 with changes', 'unknown')
    """
    number, _, changes = (kept["commit"] or "unknown").partition(" + ")
    return f"{number[:7]} with {changes}" if changes else number[:7]


def _folder(profile: str, chapter: str) -> Path:
    return repository() / "book" / "results" / profile / chapter
