"""The verdicts of a run in words, and beside those of another run of the same chapter."""

import pandas as pd

from pruneuq_helpers.study import legacy as results


def tally(verdicts: pd.DataFrame) -> str:
    """How many claims hold, fail and are undecided, as the end of a sentence."""
    many = {"holds": ("holds", "hold"), "fails": ("fails", "fail"), "undecided": ("is undecided", "are undecided")}
    counted = verdicts["verdict"].value_counts()
    return ", ".join(f"{counted[word]} {many[word][int(counted[word] > 1)]}" for word in many if word in counted)


def compared(verdicts: pd.DataFrame, kept: pd.DataFrame) -> str:
    """How many verdicts of a run are those of another, in a sentence."""
    both = verdicts.merge(kept, on="id", suffixes=("", "_kept"))
    same = int((both["verdict"] == both["verdict_kept"]).sum())
    opposite = sum({one, other} == {"holds", "fails"} for one, other in both[["verdict", "verdict_kept"]].to_numpy())
    left = len(both) - same - opposite
    return (
        f"Of {len(both)} claims, {same} {'has' if same == 1 else 'have'} the same verdict in both runs, {opposite} the "
        f"opposite one, and {left} {'is' if left == 1 else 'are'} undecided in one of them."
    )


def larger(verdicts: pd.DataFrame, chapter: str) -> str:
    """The verdicts of a run beside those of the larger run that is kept, and where that one comes from, in
    sentences.
    """
    kept = results.table("real", chapter, "claims")
    told = results.note("real", chapter).replace("`", "")
    return f"{compared(verdicts, kept)} {told}" if len(kept) else told
