"""What two runs of a chapter say of the same claims."""

import pandas as pd


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
