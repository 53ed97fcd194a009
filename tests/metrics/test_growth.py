"""Shares among PIEs and among the rest: S4's figures, and exact intervals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.stats.contingency import odds_ratio

from pruneuq_helpers import metrics
from pruneuq_helpers.errors import ParameterError

FACES = {"non_pie": [57, 115, 1932, 513, 8344, 1395, 2868, 4662], "pie": [5, 3, 29, 6, 26, 2, 2, 3]}
PUBLISHED = [2168.97, 581.03, 292.59, 205.81, -18.47, -62.48, -81.76, -83.15]


def test_the_eight_figures_of_s4():
    found = metrics.share_growth(FACES)
    assert found["growth"].round(2).tolist() == PUBLISHED
    assert found["pie_share"].sum() == pytest.approx(100)


def test_without_rounding_both_growths_are_one():
    found = metrics.share_growth(FACES, decimals=None)
    np.testing.assert_allclose(found["growth"], found["growth_exact"])
    np.testing.assert_allclose(found["growth"], PUBLISHED, rtol=0.02)


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_the_interval_holds_the_growth_and_agrees_with_fisher_s_test(pie, others, more_pies, more_others):
    totals = {"pie": pie + more_pies + 1, "non_pie": others + more_others + 1}
    found = metrics.share_growth({"pie": [pie], "non_pie": [others]}, totals).iloc[0]
    square = [[pie, others], [totals["pie"] - pie, totals["non_pie"] - others]]
    tests = {side: stats.fisher_exact(square, side).pvalue for side in ("two-sided", "less", "greater")}
    assert found["p_value"] == pytest.approx(tests["two-sided"])
    if pie + others:
        assert found["low"] <= found["growth_exact"] + 1e-6
        assert found["growth_exact"] <= found["high"] + 1e-6
        assert (found["low"] > 0) == (tests["greater"] < 0.025)
        assert (found["high"] < 0) == (tests["less"] < 0.025)
    else:
        assert found[["growth", "low", "high"]].isna().all()


def test_the_ends_are_what_the_odds_of_fisher_s_interval_expect():
    found = metrics.share_growth({"pie": [5, 71], "non_pie": [57, 19829]}).iloc[0]
    ends = odds_ratio([[5, 57], [71, 19829]]).confidence_interval()
    for name, odds in zip(("low", "high"), ends, strict=True):
        # the expected table at these odds: weights of the hypergeometric counts, tilted
        counts = np.arange(63)
        log_weights = stats.hypergeom.logpmf(counts, 19962, 62, 76) + counts * np.log(odds)
        weights = np.exp(log_weights - log_weights.max())
        expected = (weights @ counts) / weights.sum()
        assert found[name] == pytest.approx(100 * (expected / 76 / ((62 - expected) / 19886) - 1), rel=1e-6)


def test_more_examples_of_the_same_shares_narrow_the_interval():
    few = metrics.share_growth({"pie": [4, 16], "non_pie": [20, 180]})
    many = metrics.share_growth({"pie": [40, 160], "non_pie": [200, 1800]})
    assert few["growth"].tolist() == many["growth"].tolist()
    assert ((many["high"] - many["low"]) < (few["high"] - few["low"])).all()
    wide = metrics.share_growth({"pie": [4, 16], "non_pie": [20, 180]}, confidence_level=0.99)
    assert (wide["low"] < few["low"]).all()


def test_names_of_groups_stay_and_nothing_among_the_others_is_infinite():
    table = pd.DataFrame({"pie": [2, 3, 0], "non_pie": [0, 5, 4]}, index=["a", "b", "c"])
    found = metrics.share_growth(table)
    assert found.index.tolist() == ["a", "b", "c"]
    assert found["growth"].tolist() == pytest.approx([np.inf, 8.0, -100.0], abs=0.01)
    assert found.loc["a", "high"] == np.inf
    assert np.isfinite(found.loc["a", "low"])
    assert found.loc["c", "low"] == -100


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (({"pie": [1]},), "`counts` got .*; it takes a table with the columns `pie` and `non_pie`"),
        (({"pie": [1, 2], "non_pie": [1]},), "`counts` got .*; it takes a table"),
        (({"pie": [0.5], "non_pie": [1]},), "`counts.'pie'.` got values that are no counts"),
        (({"pie": [-1], "non_pie": [1]},), "`counts.'pie'.` got values that are no counts"),
        (({"pie": [3], "non_pie": [1]}, {"pie": 2, "non_pie": 5}), "`totals` got 2 for `pie`"),
        (({"pie": [0], "non_pie": [1]},), "`counts` got 0 for `pie`"),
        (({"pie": [3], "non_pie": [1]}, None, 2, 1.0), "`confidence_level` got 1.0"),
    ],
)
def test_mistakes_get_one_sentence(arguments, sentence):
    with pytest.raises(ParameterError, match=sentence):
        metrics.share_growth(*arguments)
