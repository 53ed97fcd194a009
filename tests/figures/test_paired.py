"""Pairs are drawn seed by seed, and said with the interval of their change."""

import numpy as np
import pandas as pd
import pytest

from pruneuq_helpers.claims import with_interval
from pruneuq_helpers.figures.paired import beside, pairs, pairs_in_words

ROWS = {
    "softmax": beside(pd.Series([0.7, 0.8, 0.9]), pd.Series([0.5, 0.7, 0.6])),
    "all\nweights": beside(pd.Series([0.6, np.nan, 0.8]), pd.Series([0.9, 0.9, 0.7])),
    "nothing": beside(pd.Series([np.nan]), pd.Series([1.0])),
}


def test_every_seed_is_a_line_between_its_two_marks():
    ax = pairs(ROWS, ("dense", "pruned"), "AUROC").axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["softmax", "all\nweights"]
    after, before = ax.lines[:2]
    assert before.get_xdata().tolist() == [0.7, 0.8, 0.9]
    assert after.get_xdata().tolist() == [0.5, 0.7, 0.6]
    assert before.get_ydata() == pytest.approx(after.get_ydata())
    ends = [segment[:, 0].tolist() for segment in ax.collections[0].get_segments()]
    assert ends == [[0.7, 0.5], [0.8, 0.7], [0.9, 0.6]]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["dense", "pruned"]


def test_the_change_is_that_of_the_pairs():
    change = with_interval([-0.2, -0.1, -0.3], 2, signed=True)
    assert change in [text.get_text() for text in pairs(ROWS, ("dense", "pruned"), "AUROC").axes[0].texts]
    told = pairs_in_words(ROWS)
    assert told.startswith(f"softmax from 0.80 to 0.60, change {change}; all weights from 0.70 to 0.80, change ")
    assert "nothing" not in told


def test_one_seed_has_a_change_and_no_interval():
    alone = {"softmax": beside(pd.Series([0.7]), pd.Series([0.5]))}
    assert pairs_in_words(alone) == "softmax from 0.70 to 0.50, change −0.20"
    assert len(pairs(alone, ("dense", "pruned"), "AUROC").axes) == 1
