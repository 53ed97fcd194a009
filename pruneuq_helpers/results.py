"""Tables of runs at a larger scale that are kept with the book: read, never computed."""

import pandas as pd

from pruneuq_helpers.errors import ParameterError
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
