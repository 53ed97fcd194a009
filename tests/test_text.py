"""Numbers in words: their sign, their decimals, and a dash where there is none."""

import math

from pruneuq_helpers.text import interval, number, plus_minus


def test_a_number_has_a_real_minus_and_its_sign_where_asked():
    assert (number(-0.5), number(0.25, 2, signed=True), number(math.nan)) == ("−0.5000", "+0.25", "–")


def test_a_mean_stands_alone_where_nothing_spreads():
    assert (plus_minus([0.5, 0.75], 2), plus_minus([-0.5]), plus_minus([])) == ("0.62 ± 0.18", "−0.500", "–")


def test_a_mean_stands_alone_where_there_is_no_interval():
    assert interval(0.2, -0.05, 0.45, 2) == "0.20 (−0.05 to 0.45)"
    assert interval(0.1, math.nan, math.nan, signed=True) == "+0.100"
