"""The verdict on every claim at every scale that was run, read from what the runs left."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pruneuq_helpers.chapters import CHAPTERS, register
from pruneuq_helpers.claims import Claim
from pruneuq_helpers.study import legacy as results
from pruneuq_helpers.study.parameters import repository

SCALES = ("quick", "real", "full")
NOT_RUN = "not run"
NO_RUN = "nothing was run at this scale"
NO_COUNTERPART = "the run has nothing that this rule compares"
_RUN = ("profile", "data", "date", "commit", "state")
_NUMBERS = ("verdict", "value", "low", "high", "seeds", "over")
COLUMNS = ("id", "chapter", "source", "place", "finding", "effect", "rule", "scale", *_RUN, *_NUMBERS, "note")


def folders() -> list[Path]:
    """Where results are looked for: those kept with the book, and those that its build left."""
    return [repository() / "book" / "results", repository() / "_build" / "results"]


def runs(places: Sequence[Path] | None = None) -> pd.DataFrame:
    """Every run of a chapter whose verdicts were found."""
    found = []
    for place in folders() if places is None else places:
        for path in sorted(Path(place).glob("*/*/claims.csv")):
            scale = path.parts[-3].partition("-")[0]
            if scale in SCALES:
                found.append({"scale": scale, **_run(path.parent), "folder": path.parent})
    return pd.DataFrame(found, columns=["chapter", "scale", *_RUN, "folder"])


def _run(folder: Path) -> dict[str, str]:
    kept = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    named = {chapter.name: chapter.data for chapter in CHAPTERS}
    said = kept["parameters"]
    data = said.get("label") or said.get("data") or named.get(folder.name, "")
    return {
        "chapter": folder.name,
        "profile": folder.parent.name,
        "data": ", ".join(map(data_name, data if isinstance(data, list) else [data])),
        "date": results.day(kept),
        "commit": results.commit(kept),
        "state": "" if "parts" in kept else results.STATE,
    }


def data_name(data: str) -> str:
    """A data set as a reader would name it: a folder of images by its last part.

    >>> data_name("imagefolder:data/cifar10-jpeg"), data_name("digits")
    ('cifar10-jpeg (a folder of images)', 'digits')
    """
    kind, colon, path = data.partition(":")
    return f"{Path(path).name} (a folder of images)" if colon and kind == "imagefolder" else data


def verdicts(claims: Sequence[Claim] | None = None, places: Sequence[Path] | None = None) -> pd.DataFrame:
    """The ledger: a row for each claim, scale and run; where a claim was not decided, a row that says why."""
    found = runs(places)
    decided = {run.folder: pd.read_csv(run.folder / "claims.csv").set_index("id") for run in found.itertuples()}
    rows = []
    for claim in sorted(register() if claims is None else claims, key=_order):
        words = {name: getattr(claim, name) for name in COLUMNS[:7]}
        for scale in SCALES:
            here = found[(found["scale"] == scale) & (found["chapter"].str[:2] == claim.chapter)]
            said = [{**run._asdict(), **_verdict(claim, decided[run.folder])} for run in here.itertuples()]
            rows += [{**one, **words, "scale": scale} for one in said or [{"verdict": NOT_RUN, "note": NO_RUN}]]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _order(claim: Claim) -> tuple:
    """By paper and chapter; figure 2 before figure 10."""
    parts = re.split(r"(\d+)", claim.id)
    return claim.source, claim.chapter, [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _verdict(claim: Claim, decided: pd.DataFrame) -> dict[str, Any]:
    if claim.id not in decided.index:
        return {"verdict": NOT_RUN, "note": NO_COUNTERPART}
    row = decided.loc[claim.id]
    older = "" if row["rule"] == claim.rule else f"decided by an older rule: {row['rule']}"
    return {name: row[name] for name in _NUMBERS} | {"note": older}


def counts(table: pd.DataFrame) -> pd.DataFrame:
    """How many claims hold, fail, are undecided or were not run, by paper and scale.

    A claim that was run on several data sets at one scale counts once: with their verdict where they agree, as
    undecided where they do not.

    >>> table = pd.DataFrame({"id": ["a", "b"], "source": "S9", "scale": "quick", "verdict": ["holds", "not run"]})
    >>> counts(table).loc[("S9", "quick")].tolist()
    [1, 0, 0, 1]
    """
    words = ["holds", "fails", "undecided", NOT_RUN]
    one = table.groupby(["source", "scale", "id"])["verdict"].agg(_agreed).reset_index()
    found = pd.crosstab([one["source"], one["scale"]], one["verdict"]).reindex(columns=words, fill_value=0)
    scales = [scale for scale in SCALES if scale in set(one["scale"])]
    order = pd.MultiIndex.from_product([sorted(one["source"].unique()), scales], names=["source", "scale"])
    return found.reindex(order, fill_value=0)


def _agreed(verdicts: pd.Series) -> str:
    said = set(verdicts) - {NOT_RUN}
    if not said:
        return NOT_RUN
    return said.pop() if len(said) == 1 else "undecided"
