"""Texts of figures say what the table says."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pruneuq_helpers import figures
from pruneuq_helpers.errors import ParameterError


def tidy(**values):
    """One row a seed and level: values[level name] is a list over seeds."""
    return pd.DataFrame(
        [
            {"seed": s, "level": float(k[1:]) / 10, "accuracy": v}
            for k, over in values.items()
            for s, v in enumerate(over)
        ]
    )


def test_a_fall_with_a_dip():
    table = tidy(l0=[0.96, 0.98], l8=[0.89, 0.90], l9=[0.90, 0.92])
    assert figures.trend(table, "level", "accuracy") == (
        "accuracy goes from 0.97 ± 0.01 at level 0 to 0.91 ± 0.01 at level 0.9, lowest 0.90 at 0.8"
    )


def test_a_small_change_is_told_as_a_large_one():
    table = tidy(l0=[0.90, 0.96], l9=[0.89, 0.95])
    text = figures.trend(table, "level", "accuracy")
    assert text == "accuracy goes from 0.93 ± 0.04 at level 0 to 0.92 ± 0.04 at level 0.9"


def test_a_number_below_zero_has_a_sign_that_is_read_out():
    text = figures.trend(tidy(l0=[-0.97], l9=[0.5]), "level", "accuracy")
    assert text == "accuracy goes from −0.97 at level 0 to 0.50 at level 0.9"


def test_equal_ends_with_a_peak():
    table = tidy(l0=[0.5], l5=[0.9], l9=[0.5])
    assert (
        figures.trend(table, "level", "accuracy")
        == "accuracy goes from 0.50 at level 0 to 0.50 at level 0.9, highest 0.90 at 0.5"
    )


def test_one_seed_has_no_spread():
    text = figures.trend(tidy(l0=[0.97], l9=[0.91]), "level", "accuracy")
    assert text == "accuracy goes from 0.97 at level 0 to 0.91 at level 0.9"


def test_one_level():
    assert figures.trend(tidy(l5=[0.8, 1.0]), "level", "accuracy") == "accuracy is 0.9 ± 0.1 at level 0.5"


def test_missing_values_are_counted():
    text = figures.trend(tidy(l0=[0.97, np.nan], l9=[0.91, 0.91], l5=[np.nan, np.nan]), "level", "accuracy")
    assert text.endswith("(3 values missing)")
    assert "0.97 at level 0 to" in text
    assert figures.trend(tidy(l0=[np.nan]), "level", "accuracy") == "accuracy has no value (1 value missing)"


def test_groups_in_order_of_appearance():
    low = tidy(l0=[0.9], l9=[0.4]).assign(criterion="random")
    high = tidy(l0=[0.9], l9=[0.8]).assign(criterion="l1")
    text = figures.trend(pd.concat([low, high]), "level", "accuracy", by="criterion")
    assert text == (
        "accuracy for random goes from 0.90 at level 0 to 0.40 at level 0.9; "
        "for l1 goes from 0.90 at level 0 to 0.80 at level 0.9"
    )


def test_a_group_that_is_a_number_says_of_what():
    table = pd.DataFrame({"seed": 0, "level": [0.0, 0.9], "criterion": "l1", "accuracy": [0.9, 0.8]})
    assert figures.trend(table, "criterion", "accuracy", by="level") == (
        "accuracy for level 0 is 0.90 for l1; for level 0.9 is 0.80 for l1"
    )


def test_large_numbers_are_written_whole():
    table = pd.DataFrame({"seed": 0, "level": [0.0, 0.9], "stop_epoch": [11173962, 457578]})
    assert figures.trend(table, "level", "stop_epoch") == (
        "stop epoch goes from 11,173,962 at level 0 to 457,578 at level 0.9"
    )


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=6))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_summarise_agrees_with_numpy(values):
    table = pd.DataFrame({"seed": range(len(values)), "level": 0.5, "y": values})
    row = figures.summarise(table, "level", "y").iloc[0]
    assert row["mean"] == pytest.approx(np.mean(values), abs=1e-6)
    assert row["sd"] == pytest.approx(np.std(values, ddof=1), abs=1e-6)
    assert row["seeds"] == len(values)


@given(st.lists(st.one_of(st.floats(-1e9, 1e9), st.just(float("nan"))), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_any_column_has_a_text(values):
    table = pd.DataFrame({"seed": 0, "level": range(len(values)), "y": values})
    text = figures.trend(table, "level", "y")
    assert text.startswith("y ")
    assert "nan" not in text


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (tidy(l0=[1.0]).drop(columns="level"), "it takes one named 'level'"),
        (tidy(l0=[1.0]).iloc[:0], "got no rows"),
        (pd.concat([tidy(l0=[1.0]), tidy(l0=[2.0])]), "several rows of one seed at one level"),
    ],
)
def test_a_table_that_cannot_be_summarised_is_refused(table, words):
    with pytest.raises(ParameterError) as caught:
        figures.trend(table, "level", "accuracy")
    assert words in str(caught.value)
