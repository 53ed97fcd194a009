"""Drawings hold what the table holds."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba

from pruneuq_helpers import figures
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.figures.styling import COLOURS

TABLE = pd.DataFrame(
    [
        {"seed": s, "level": x, "criterion": c, "accuracy": 1 - x * k + 0.01 * s}
        for s in range(3)
        for x in (0.9, 0.0, 0.5)
        for c, k in (("random", 0.5), ("l1", 0.2))
    ]
)
BINS = pd.DataFrame(
    {
        "bin_low": [0.0, 0.25, 0.5, 0.75],
        "bin_high": [0.25, 0.5, 0.75, 1.0],
        "count": [0, 10, 30, 60],
        "confidence": [np.nan, 0.4, 0.6, 0.9],
        "accuracy": [np.nan, 0.5, 0.5, 0.8],
    }
)


def test_lines_run_through_the_means_with_a_band_of_one_standard_deviation():
    ax = figures.lines(TABLE, "level", "accuracy", by="criterion").axes[0]
    random, l1 = ax.lines
    assert random.get_xdata().tolist() == [0.0, 0.5, 0.9]
    assert random.get_ydata() == pytest.approx([1.01, 0.76, 0.56])
    assert l1.get_ydata() == pytest.approx([1.01, 0.91, 0.83])
    corners = ax.collections[0].get_paths()[0].vertices
    assert (corners[:, 1].min(), corners[:, 1].max()) == pytest.approx((0.55, 1.02))
    assert (random.get_color(), random.get_marker(), random.get_linestyle()) != (
        l1.get_color(), l1.get_marker(), l1.get_linestyle(),
    )  # fmt: skip
    assert [t.get_text() for t in ax.texts] == ["random", "l1"]


def test_one_seed_has_no_band_and_missing_values_leave_no_point():
    table = pd.DataFrame({"seed": 0, "level": [0, 1, 2], "accuracy": [1.0, np.nan, 0.5]})
    ax = figures.lines(table, "level", "accuracy").axes[0]
    assert not ax.collections
    assert ax.lines[0].get_xdata().tolist() == [0, 2]
    assert ax.get_legend() is None


def test_lines_draw_on_given_axes():
    fig, axes = plt.subplots(1, 2)
    assert figures.lines(TABLE, "level", "accuracy", by="criterion", ax=axes[1], legend="none") is fig
    assert len(axes[1].lines) == 2
    assert axes[1].get_legend() is None
    plt.close(fig)


def test_lines_over_names_are_refused():
    with pytest.raises(ParameterError, match="parameter `x` got 'criterion', a column of names"):
        figures.lines(TABLE, "criterion", "accuracy", by="level")


def test_histograms_are_shares_over_common_bins():
    ax = figures.histograms({"in": [0.0, 0.1, 0.2, 0.2], "out": [1.0, 0.9]}, "entropy", bins=5).axes[0]
    filled = [p.get_data() for p in ax.patches]
    assert all(data.values.sum() == pytest.approx(1) for data in filled)
    assert all(data.edges.tolist() == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1]) for data in filled)
    with pytest.raises(ParameterError, match="parameter `values.'in'.` got no values"):
        figures.histograms({"in": []}, "entropy")


def test_a_surface_marks_the_line_of_one_half():
    xx, yy = np.meshgrid(np.linspace(-1, 1, 21), np.linspace(-1, 1, 21))
    ax = figures.decision_surface(xx, yy, (xx + 1) / 2).axes[0]
    half = next(c for c in ax.collections if getattr(c, "levels", [None])[0] == 0.5)
    assert half.get_paths()[0].vertices[:, 0] == pytest.approx(0, abs=1e-9)


def test_reliability_leaves_empty_bins_out_and_shows_shares():
    top, bottom = figures.reliability(BINS).axes
    curve = top.lines[-1]
    assert curve.get_xdata().tolist() == [0.4, 0.6, 0.9]
    assert curve.get_ydata().tolist() == [0.5, 0.5, 0.8]
    assert bottom.patches[0].get_data().values == pytest.approx([0, 0.1, 0.3, 0.6])


def test_over_confident_stands_below_the_diagonal():
    heights = {t.get_text(): t.get_position()[1] for t in figures.diagonal().texts}
    assert heights["over-confident"] < 0.5 < heights["under-confident"]


def test_a_plain_plot_has_the_first_colour():
    assert to_rgba(figures.new_figure().subplots().plot([0, 1])[0].get_color()) == to_rgba(COLOURS[0])
