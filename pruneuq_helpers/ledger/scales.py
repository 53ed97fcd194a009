"""The verdict on every claim at every scale that was run: of the kept cells, and of what the book's build left."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pruneuq_helpers.chapters import CHAPTERS, Chapter, find
from pruneuq_helpers.claims import CONTRADICTORY, FEW, NOT_HERE, UNDECIDED, check, surviving
from pruneuq_helpers.ledger.reading import table as read_table
from pruneuq_helpers.study import results
from pruneuq_helpers.study.images import label_of
from pruneuq_helpers.study.parameters import Study, repository
from pruneuq_helpers.study.profiles import parameters
from pruneuq_helpers.text import called

SCALES = ("quick", "real", "full")
BY_CLAIM = ("id", "scale", "source", "chapter", "short", "verdict", "survives", "discovered", "told")


@dataclass(frozen=True)
class Run:
    """What one profile of one chapter left: its table, and its verdicts."""

    chapter: Chapter
    profile: str
    data: str
    seeds: int
    table: pd.DataFrame
    verdicts: pd.DataFrame

    @property
    def scale(self) -> str:
        """The profile without its suffix."""
        return self.profile.partition("-")[0]


def quick(folder: Path | None = None) -> list[Run]:
    """What the build of the book left of every chapter."""
    place = folder or repository() / "_build" / "results"
    return [_left(path.parent) for path in sorted(place.glob("quick/*/claims.csv"))]


def _left(folder: Path) -> Run:
    told = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    chapter = find(folder.name)
    values = told["parameters"]
    verdicts = read_table(folder / "claims.csv").assign(chapter=chapter.number)
    for name in ("data", "quote", "reason"):
        verdicts[name] = verdicts[name].fillna("").astype(str)
    table = read_table(folder / "table.csv")
    return Run(chapter, "quick", data_of(values, chapter), values["seeds"], table, verdicts)


def kept(chapter: Chapter) -> list[Run]:
    """What is kept of a chapter's larger runs, judged now by today's rules.

    One seed decides only what is judged over members or images; a run that can decide nothing waits.
    """
    found = [folder.parent.name for folder in results.kept_folders() if folder.name == chapter.name]
    return [run for profile in found if (run := _kept(profile, chapter)).verdicts["verdict"].ne(NOT_HERE).any()]


def _kept(profile: str, chapter: Chapter) -> Run:
    parts: dict[str, pd.DataFrame] = {}

    def run(part: str) -> pd.DataFrame:
        parts[part] = results.table(profile, chapter.study, part)
        return parts[part]

    table = chapter.claims.table(run)
    about = [part.attrs for part in parts.values() if len(part)]
    seeds = max((len(one["seeds"]) for one in about), default=0)
    data = data_of(parameters(chapter.name, profile), chapter)
    claims = [claim for claim in chapter.claims.CLAIMS if seeds >= FEW or claim.over != "seeds"]
    return Run(chapter, profile, data, seeds, table, check(claims, table))


def beside(study: Study) -> dict[str, pd.DataFrame]:
    """The verdicts of a chapter's kept runs by profile, to be shown beside those of the study at hand."""
    return {run.profile: run.verdicts for run in kept(find(study.chapter)) if run.profile != study.profile}


def runs(folder: Path | None = None) -> list[Run]:
    """Every run: the build's, then the kept ones."""
    return [*quick(folder), *(run for chapter in CHAPTERS for run in kept(chapter))]


def verdicts(found: Sequence[Run]) -> pd.DataFrame:
    """A row for each claim, run and data set, with what many verdicts at once leave of it."""
    tables = [
        run.verdicts.assign(scale=run.scale, profile=run.profile, data=run.verdicts["data"].replace("", run.data))
        for run in found
    ]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["id", "scale", "source", "p"])
    table = surviving(table, ["source", "scale"])
    return table.iloc[sorted(range(len(table)), key=lambda row: _order(table.iloc[row]))].reset_index(drop=True)


def _order(row: pd.Series) -> tuple:
    """By paper and chapter; figure 2 before figure 10."""
    parts = re.split(r"(\d+)", row["id"])
    number = [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
    return row["source"], row["chapter"], number, SCALES.index(row["scale"]), row["profile"]


def agreed(words: Sequence[str]) -> str:
    """One word for what several data sets say of a claim: theirs where they agree."""
    told = set(words) - {NOT_HERE}
    if not told:
        return NOT_HERE
    decided = told - {UNDECIDED}
    if len(decided) > 1 and "holds" in decided:
        return CONTRADICTORY
    if UNDECIDED in told:
        return UNDECIDED
    return decided.pop() if len(decided) == 1 else "fails"  # the contrary here and nothing there: it holds nowhere


def by_claim(table: pd.DataFrame) -> pd.DataFrame:
    """A row a claim and scale: one word, whether it survives, and the data sets that say it."""
    rows = []
    for (name, scale), part in table.groupby(["id", "scale"], sort=False):
        word = agreed(part["verdict"])
        told = [f"{row.verdict} on {row.data}" for row in part.itertuples() if row.verdict != NOT_HERE]
        same = part[part["verdict"] == word]
        first = part.iloc[0]
        rows.append(
            {"id": name, "scale": scale, "source": first["source"], "chapter": first["chapter"], "verdict": word}
            | {name: bool(same[name].any()) for name in ("survives", "discovered")}
            | {"short": first["short"], "told": "; ".join(told)}
        )
    return pd.DataFrame(rows, columns=list(BY_CLAIM))


def data_of(values: dict, chapter: Chapter) -> str:
    """The data of a run with these parameters, as a reader would name them."""
    said = values.get("label") or values.get("data") or chapter.data
    return ", ".join(called(label_of(name)) for name in (said if isinstance(said, list) else [said]))
