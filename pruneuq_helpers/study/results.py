"""What is kept of larger runs: tables to show, and whether the checkout of today would still give them."""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from pruneuq_helpers import checks
from pruneuq_helpers.checks import paths
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study.compare import again
from pruneuq_helpers.study.engine import Job, job_of
from pruneuq_helpers.study.kept import keep, path_of, read
from pruneuq_helpers.study.keys import bare, trace_of
from pruneuq_helpers.study.parameters import Study, repository
from pruneuq_helpers.study.parts import Part
from pruneuq_helpers.study.profiles import PROFILES, parameters
from pruneuq_helpers.study.store import Store
from pruneuq_helpers.study.table import plain_cells, tidy

NOTHING = "nothing is kept"
COLUMNS = ["profile", "chapter", "part", "state", "seeds", "cells", "hours", "date", "commits", "bytes"]


@dataclass(frozen=True)
class Held:
    """What is kept of one part of a chapter in one profile, beside what the checkout would run."""

    profile: str
    chapter: str
    part: str
    of: Part
    records: list[dict[str, Any]]  # all that are kept
    asked: list[dict]  # bare cells of the profile
    own: list[dict[str, Any]] = field(default_factory=list)  # of the current version and the profile's parameters

    @property
    def state(self) -> str:
        """*current*, *older version*, *other parameters* or *incomplete*, with the reason."""
        if not self.records:
            return NOTHING
        versions = {record["scope"][2] for record in self.records}
        if self.of.version not in versions:
            return f"older version {max(versions)}: {self.of.since(max(versions))}"
        if not self.own:
            return "other parameters"
        have, wanted = len(self.seeds), len({cell.get("seed") for cell in self.asked})
        return "current" if len(self.own) == len(self.asked) else f"incomplete: {have} of {wanted} seeds"

    @property
    def seeds(self) -> list[int]:
        """The seeds of which every cell is kept."""
        wanted: dict[Any, int] = {}
        for cell in self.asked:
            wanted[cell.get("seed")] = wanted.get(cell.get("seed"), 0) + 1
        for record in self.own:
            wanted[record["cell"].get("seed")] -= 1
        return sorted(seed for seed, left in wanted.items() if not left and seed is not None)

    @property
    def seconds(self) -> float:
        """What the cells took, on one worker."""
        return sum(record["seconds"] for record in self.own)


def held(profile: str, study: Study, name: str) -> Held:
    """What is kept of a part, as the study would run it in this profile."""
    part = study.part(name)
    scope = part.scope(study.chapter, name)
    # By trace, not by key: what is kept is shown also where its data are not, and nobody waits until they are read.
    traces = {trace_of(scope, cell): cell for cell in map(bare, plain_cells(part.cells(study)))}
    records = read(path_of(profile, study.chapter, name))
    own = {trace_of(record["scope"], record["cell"]): record for record in records}
    found = [own[trace] for trace in traces if trace in own]
    return Held(profile, study.chapter, name, part, records, list(traces.values()), found)


def table(profile: str, study: type[Study], part: str) -> pd.DataFrame:
    """The kept cells of a part as one table; empty where nothing is kept, or only what no longer counts.

    ``attrs``: state, seeds, seconds, dates, commits.
    """
    _check(profile, study)
    checks.choice("part", part, study.parts)
    if not path_of(profile, study.chapter, part).is_file():  # as where the package is installed without the book
        found = pd.DataFrame()
        found.attrs = {"profile": profile, "state": NOTHING, "seeds": [], "seconds": 0.0, "dates": [], "commits": []}
        return found
    with _study(profile, study) as made:
        kept = held(profile, made, part)
    found = tidy([(record["cell"], record["columns"]) for record in kept.own]) if kept.own else pd.DataFrame()
    about = {"profile": profile, "state": kept.state, "seeds": kept.seeds, "seconds": kept.seconds}
    dates = sorted({record["date"] for record in kept.own})
    found.attrs = about | {"dates": dates, "commits": sorted({str(record["commit"]) for record in kept.own})}
    return found


def or_own(larger: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """A larger run that is kept with the book; where none is, as in Colab, the run at hand, and a sentence says so."""
    if len(larger):
        return larger
    print("No larger run is kept here: what the text says of one is shown of the run of this notebook.")
    return own


def check(study_of: Callable[[str], type[Study]]) -> pd.DataFrame:
    """Every part of which cells are kept, and whether they are what the checkout would run."""
    checks.function("study_of", study_of, "a function from a chapter's name to its study")
    rows = []
    for path in sorted((repository() / "book" / "results").glob("*/*/*.jsonl.xz")):
        profile, chapter, part = *path.parts[-3:-1], path.name.removesuffix(".jsonl.xz")
        with _study(profile, study_of(chapter)) as made:
            if isinstance(made.parts.get(part), Part):
                kept = held(profile, made, part)
                state, seeds, cells, hours = kept.state, len(kept.seeds), len(kept.own), kept.seconds / 3600
            else:
                state, seeds, cells, hours = "no such part", 0, 0, 0.0
        records = read(path)
        when = {"date": max((record["date"] for record in records), default="")}
        when["commits"] = ", ".join(sorted({(record["commit"] or "unknown")[:7] for record in records}))
        row = {"profile": profile, "chapter": chapter, "part": part, "state": state, "seeds": seeds, "cells": cells}
        rows.append(row | {"hours": round(hours, 2), "bytes": path.stat().st_size} | when)
    return pd.DataFrame(rows, columns=COLUMNS)


def keep_run(profile: str, study: type[Study], out: str) -> Iterator[tuple[str, int, int]]:
    """Write what a run in `out` has so far into the repository; gives part, new cells, and all that are kept now."""
    _check(profile, study)
    folder = paths.path("out", out, "the path of a folder")
    if not (repository() / folder).is_dir():
        raise checks.refused("out", str(out), "a folder that is there")
    values = parameters(study.chapter, profile)
    if profile.partition("-")[0] not in PROFILES:  # what is kept must be found again, on every machine
        raise ParameterError(
            f"parameter `profile` got {profile!r}; only profiles of the book are kept: put yours into "
            f"notebooks/parameters/real/{study.chapter}_NAME.yaml, and call it real-NAME"
        )
    cells = repository() / out / values.get("profile", profile) / study.chapter / "cells"
    if not cells.is_dir():
        raise ParameterError(
            f"parameter `profile` got {profile!r}; it takes one of which a run is stored ({cells} is not there)"
        )
    stored = {record["key"]: record for record in Store(cells).records()}
    with _study(profile, study) as made:
        for name, part in made.parts.items():
            if isinstance(part, Part):
                job = job_of(made, name)
                yield name, *keep(made.profile, study.chapter, name, _of(job, stored))


def _of(job: Job, stored: dict[str, dict]) -> list[dict]:
    """Stored records of a job's part: of its version, whatever the parameters and the number of seeds."""
    return [record for record in stored.values() if record["scope"] == json.loads(json.dumps(job.scope))]


@dataclass(frozen=True)
class Recheck:
    """What came of computing a kept cell again."""

    held: Held
    seconds: float
    same_machine: bool
    differences: list[str]


def recheck(profile: str, study: type[Study], seconds: float) -> Iterator[Recheck]:
    """Compute the cheapest kept cells again, as many as fit into the seconds, and say how far they are off."""
    _check(profile, study)
    seconds = checks.number("seconds", seconds, "a number of at least 0", low=0)
    with _study(profile, study) as made:
        candidates = []
        for name, part in made.parts.items():
            if isinstance(part, Part):
                kept, job = held(profile, made, name), job_of(made, name)
                traces = {trace_of(job.scope, cell): key for cell, key in zip(job.bare, job.keys, strict=True)}
                candidates += [
                    (record["seconds"], name, traces[trace_of(record["scope"], record["cell"])], record, kept, job)
                    for record in kept.own
                ]
        for cost, _, key, record, kept, job in sorted(candidates, key=lambda one: one[:3]):
            if cost >= seconds:
                return
            with tempfile.TemporaryDirectory() as folder:
                found = again(job, key, record, Store(Path(folder)))
            seconds -= max(cost, found.seconds)
            yield Recheck(kept, found.seconds, found.same_machine, found.differences)


def _check(profile: str, study: type[Study]) -> None:
    paths.path("profile", profile, "the name of a profile")
    if profile in (".", ".."):
        raise checks.refused("profile", profile, "the name of a profile")
    if not isinstance(study, type) or not issubclass(study, Study):
        raise checks.refused("study", study, "a chapter's study, a class")


@contextmanager
def _study(profile: str, study: type[Study]) -> Iterator[Study]:
    """A chapter's study in a profile, with a folder of its own: nothing of a run is touched."""
    with tempfile.TemporaryDirectory() as folder:
        # Kept results are looked at where no GPU is, too: where a cell is computed is no part of it.
        yield study(**parameters(study.chapter, profile) | {"out": folder, "device": "cpu"})


def kept_folders() -> list[Path]:
    """The folders in which cells of a chapter are kept."""
    return sorted({path.parent for path in (repository() / "book" / "results").glob("*/*/*.jsonl.xz")})
