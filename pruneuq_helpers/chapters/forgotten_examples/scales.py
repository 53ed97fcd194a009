"""Chapter 8 at larger scale: runs that are kept with the book, beside each other."""

from collections.abc import Sequence

import pandas as pd

from pruneuq_helpers.chapters.forgotten_examples.draw import counts
from pruneuq_helpers.chapters.forgotten_examples.measures import measured
from pruneuq_helpers.chapters.forgotten_examples.words import forgotten, headline, table_two
from pruneuq_helpers.study import Study, results
from pruneuq_helpers.study.profiles import parameters


def kept(profiles: Sequence[str], study: type[Study]) -> dict[str, pd.DataFrame]:
    """The tables of the runs of which enough is kept to measure anything, by the name of their data."""
    found = {}
    for profile in profiles:
        images, said = (results.table(profile, study, part) for part in ("images", "populations"))
        if len(images) and len(said):
            values = parameters(study.chapter, profile)
            table = measured(images, said, values["splits"], values["sample"], values["shown"])
            if len(table):
                found[values["label"]] = table.assign(label=values["label"])
    return found


def story(tables: dict[str, pd.DataFrame]) -> str:
    """What the runs found, one sentence or two for each."""
    said = [f"{headline(table)} {forgotten(table)}".strip() for table in tables.values()]
    return " ".join(said) or "No run at larger scale is kept."


def counts_of(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Identified examples in percent, pruned against dense and dense against dense, of several runs."""
    found = [counts(table).assign(populations=lambda r, name=name: f"{name}: " + r["populations"])
             for name, table in tables.items()]  # fmt: skip
    return pd.concat(found, ignore_index=True)


def tables_two(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The form of S4's Tables 2 and 3 for several runs."""
    return pd.concat({name: table_two(table) for name, table in tables.items()}, names=["data"])
