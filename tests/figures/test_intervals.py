"""A mean with its interval is drawn where it is, with a dot a repetition."""

import pytest

from pruneuq_helpers.claims import contrast
from pruneuq_helpers.figures import new_figure
from pruneuq_helpers.figures.intervals import BESIDE, interval


@pytest.mark.parametrize("across", [False, True])
def test_bar_and_mean_lie_at_one_place_and_the_dots_beside_it(across):
    ax, found = new_figure().subplots(), contrast([1.0, 2.0, 3.0])
    interval(ax, 5, found, 1, "pruned", across)
    dots, bar, mean = (line.get_data()[::-1] if across else line.get_data() for line in ax.get_lines())
    assert [list(values) for values in dots] == [[5 - BESIDE] * 3, [1.0, 2.0, 3.0]]
    assert list(bar[1]) == [found.low, found.high]
    assert [list(values) for values in mean] == [[5], [2.0]]
    assert ax.get_legend_handles_labels()[1] == ["pruned"]


def test_values_that_do_not_spread_have_no_bar():
    ax = new_figure().subplots()
    interval(ax, 0, contrast([0.5, 0.5]), 0, "")
    assert list(ax.get_lines()[1].get_ydata()) == [0.5, 0.5]
    assert ax.get_legend_handles_labels()[1] == []
