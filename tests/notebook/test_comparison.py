"""Verdicts of two runs side by side."""

import pandas as pd
import pytest

from pruneuq_helpers.notebook.comparison import compared


def verdicts(words):
    return pd.DataFrame({"id": list("abcdefg")[: len(words)], "verdict": words})


@pytest.mark.parametrize(
    ("here", "there", "sentence"),
    [
        (["holds", "fails"], ["holds", "fails"], "Of 2 claims, 2 have the same verdict in both runs, 0 the"),
        (["holds", "fails"], ["fails", "holds"], "0 have the same verdict in both runs, 2 the opposite one"),
        (["undecided"] * 2, ["undecided", "holds"], "1 has the same verdict in both runs, 0 the opposite one, and 1"),
        (["holds", "fails", "holds"], ["undecided"] * 3, "and 3 are undecided in one of them."),
    ],
)
def test_claims_meet_by_name_not_by_row(here, there, sentence):
    assert sentence in compared(verdicts(here), verdicts(there).iloc[::-1])


def test_a_claim_that_only_one_run_could_decide_is_left_out():
    assert compared(verdicts(["holds"] * 3), verdicts(["holds"])).startswith("Of 1 claims, 1 has the same")
