"""Every run is a dot, and the line runs through their means or medians."""

import pandas as pd
import pytest

from pruneuq_helpers.figures import new_figure
from pruneuq_helpers.figures.runs import runs

TABLE = pd.DataFrame(
    {
        "level": [0.0, 0.0, 0.0, 0.5] * 2,
        "way": ["mask"] * 4 + ["cut"] * 4,
        "seconds": [1, 1, 4, 2, 3, 3, 3, None],
    }
)


@pytest.mark.parametrize(("middle", "expected"), [("mean", 2.0), ("median", 1.0)])
def test_dots_are_the_runs_and_the_line_their_middle(middle, expected):
    ax = new_figure().subplots()
    runs(ax, TABLE, "level", "seconds", "way", middle)
    dots, line, others, other = ax.get_lines()
    assert sorted(dots.get_ydata()) == [1, 1, 2, 4]
    assert line.get_ydata().tolist() == [expected, 2]
    assert (others.get_ydata().tolist(), other.get_ydata().tolist()) == ([3, 3, 3], [3])
    assert ax.get_legend_handles_labels()[1] == ["mask", "cut"]


def test_groups_stand_apart():
    ax = new_figure().subplots()
    runs(ax, TABLE, "level", "seconds", "way", apart=0.2)
    assert [line.get_xdata()[0] for line in ax.get_lines()[1::2]] == [-0.1, 0.1]
