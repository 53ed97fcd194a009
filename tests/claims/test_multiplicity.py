"""Corrections for many verdicts, against cases worked by hand and against their promises."""

import numpy as np
import pytest
from scipy import stats

from pruneuq_helpers.claims import LEVEL, by_chance, holm


@pytest.mark.parametrize(
    ("p", "adjusted"),
    [
        ([], []),
        ([0.03], [0.03]),
        # sorted .01 .02 .03 .04: times 4, 3, 2, 1 is .04 .06 .06 .04, and no step may fall
        ([0.04, 0.01, 0.03, 0.02], [0.06, 0.04, 0.06, 0.06]),
        ([0.6, 0.7], [1.0, 1.0]),
    ],
)
def test_holm_by_hand(p, adjusted):
    assert holm(p).tolist() == pytest.approx(adjusted)


def test_holm_is_that_of_statsmodels():
    # What multipletests(p, method="holm") of statsmodels 0.15 gives: no dependency for one test.
    p = [0.2584, 0.0196, 0.0001, 0.0032, 0.0379, 0.7604, 0.0232, 0.3882]
    assert holm(p).tolist() == pytest.approx([0.7752, 0.1176, 0.0008, 0.0224, 0.1516, 0.7764, 0.1176, 0.7764])


def test_holm_errs_in_no_more_families_than_it_promises():
    p = np.random.default_rng(0).uniform(size=(3000, 12))
    families = sum((holm(row) < LEVEL).any() for row in p)
    assert families <= stats.binom.isf(1e-4, 3000, LEVEL)
    # Each verdict by itself would err in nearly half of them.
    assert (p < LEVEL).any(axis=1).mean() > 0.4


def test_chance_decides_one_in_twenty():
    assert by_chance([0.2] * 60) == pytest.approx(3)
