"""The verdicts of a run in words, and beside those of another run of the same chapter."""

import pandas as pd

from pruneuq_helpers.study import legacy as results


def tally(verdicts: pd.DataFrame) -> str:
    """How many claims hold, fail and are undecided, as the end of a sentence.

    Parameters
    ----------
    verdicts : pandas.DataFrame
        With the column verdict.

    Returns
    -------
    str

    Examples
    --------
    >>> tally(pd.DataFrame({"verdict": ["holds", "undecided", "holds"]}))
    '2 hold, 1 is undecided'
    """
    many = {"holds": ("holds", "hold"), "fails": ("fails", "fail"), "undecided": ("is undecided", "are undecided")}
    counted = verdicts["verdict"].value_counts()
    return ", ".join(f"{counted[word]} {many[word][int(counted[word] > 1)]}" for word in many if word in counted)


def compared(verdicts: pd.DataFrame, kept: pd.DataFrame) -> str:
    """How many verdicts of a run are those of another, in a sentence.

    Parameters
    ----------
    verdicts, kept : pandas.DataFrame
        What ``claims.check`` gave, here and there; claims that only one of them has are left out.

    Returns
    -------
    str

    Examples
    --------
    >>> here = pd.DataFrame({"id": ["a", "b", "c"], "verdict": ["holds", "fails", "undecided"]})
    >>> compared(here, here.assign(verdict=["holds", "holds", "fails"]))
    'Of 3 claims, 1 has the same verdict in both runs, 1 the opposite one, and 1 is undecided in one of them.'
    """
    both = verdicts.merge(kept, on="id", suffixes=("", "_kept"))
    same = int((both["verdict"] == both["verdict_kept"]).sum())
    opposite = sum({one, other} == {"holds", "fails"} for one, other in both[["verdict", "verdict_kept"]].to_numpy())
    left = len(both) - same - opposite
    return (
        f"Of {len(both)} claims, {same} {'has' if same == 1 else 'have'} the same verdict in both runs, {opposite} the "
        f"opposite one, and {left} {'is' if left == 1 else 'are'} undecided in one of them."
    )


def larger(verdicts: pd.DataFrame, chapter: str) -> str:
    """The verdicts of a run beside those of the larger run that is kept, and where that one comes from, in sentences.

    Parameters
    ----------
    verdicts : pandas.DataFrame
        What ``claims.check`` gave here.
    chapter : str
        File name of the chapter.

    Returns
    -------
    str

    Examples
    --------
    >>> larger(pd.DataFrame({"id": ["a"], "verdict": ["holds"]}), "00_coins")
    'No results of 00_coins are kept for the profile real.'
    """
    kept = results.table("real", chapter, "claims")
    told = results.note("real", chapter).replace("`", "")
    return f"{compared(verdicts, kept)} {told}" if len(kept) else told
