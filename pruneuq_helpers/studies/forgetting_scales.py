"""Chapter 8 at larger scale: runs that are kept with the book, beside each other."""

from collections.abc import Sequence

import pandas as pd

from pruneuq_helpers.studies.forgetting_figures import counts
from pruneuq_helpers.studies.forgetting_words import forgotten, headline, table_two
from pruneuq_helpers.study import legacy as results


def kept(profiles: Sequence[str], chapter: str) -> dict[str, pd.DataFrame]:
    """The tables of the runs that are kept, by the name of their data.

    Parameters
    ----------
    profiles : sequence of str
        Which runs, as `real`.
    chapter : str
        File name of the chapter.

    Returns
    -------
    dict of pandas.DataFrame
        Without the profiles of which nothing is kept.

    Examples
    --------
    >>> kept(["nothing"], "08_forgotten_examples")
    {}
    """
    read = [results.table(profile, chapter) for profile in profiles]
    return {_label(table): table for table in read if len(table)}


def story(tables: dict[str, pd.DataFrame]) -> str:
    """What the runs found, one sentence or two for each.

    Parameters
    ----------
    tables : dict of pandas.DataFrame
        As `kept` gives them.

    Returns
    -------
    str

    Examples
    --------
    >>> story({})
    'No run at larger scale is kept.'
    """
    said = [f"{headline(table)} {forgotten(table)}".strip() for table in tables.values()]
    return " ".join(said) or "No run at larger scale is kept."


def counts_of(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Identified examples in percent, pruned against dense and dense against dense, of several runs.

    Parameters
    ----------
    tables : dict of pandas.DataFrame
        As `kept` gives them, at least one.

    Returns
    -------
    pandas.DataFrame
        seed level populations PIEs_in_percent.
    """
    found = [counts(table).assign(populations=lambda r, name=name: f"{name}: " + r["populations"])
             for name, table in tables.items()]  # fmt: skip
    return pd.concat(found, ignore_index=True)


def tables_two(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The form of S4's Tables 2 and 3 for several runs.

    Parameters
    ----------
    tables : dict of pandas.DataFrame
        As `kept` gives them, at least one.

    Returns
    -------
    pandas.DataFrame
    """
    return pd.concat({name: table_two(table) for name, table in tables.items()}, names=["data"])


def _label(table: pd.DataFrame) -> str:
    return str(table.loc[table["experiment"] != "minority", "label"].iloc[0])
