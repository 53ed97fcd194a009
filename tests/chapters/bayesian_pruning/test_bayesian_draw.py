"""Chapter 6's figures."""

import numpy as np
import pytest
from bayesian_small import small_result, watched
from scipy import stats

from pruneuq_helpers.chapters.bayesian_pruning import draw as bayesian_figures
from pruneuq_helpers.chapters.bayesian_pruning import facts as bayesian_facts


def test_changes_are_drawn_from_the_unpruned_network_of_the_same_seed():
    drawing = bayesian_figures.three_moments(small_result())
    assert [ax.get_title("left") for ax in drawing.fig.axes] == ["pruned at random", "pruned by magnitude"]
    for level, change in (("90%", "−0.400"), ("99%", "−0.500")):
        assert f"pruned by magnitude, right after it, level {level}: {change}" in drawing.alt
    drawn = {line.get_label(): list(line.get_ydata()) for line in drawing.fig.axes[1].get_lines()}
    assert drawn["right after it"] == pytest.approx([-0.4])
    alt = bayesian_figures.calibration(small_result()).alt
    assert "ECE, frozen zeros, level 90%: +0.090" in alt
    assert "NLL in nats, frozen zeros, level 90%: +0.000" in alt


def test_the_gate_s_figure_tells_intervals_and_how_often_it_was_open():
    result = small_result()
    result.loc[(result["method"] == "random") & (result["seed"] == 0), "accuracy"] -= 0.01
    drawing = bayesian_figures.gate(result)
    assert "random to 90%, before the prune: +0.102 (+0.095 to +0.110)" in drawing.alt
    ax = drawing.fig.axes[0]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["random to 90 %", "random to 99 %"]
    assert [text.get_text() for text in ax.texts] == ["50 %", "50 %", "open in"]


def test_the_posterior_s_widths_are_told():
    values = np.linspace(-8, 8, 2001)
    one, two = (stats.norm.pdf(values, 0, sd) for sd in (1.0, 0.5))
    assert bayesian_facts.widths(values, one, {"sum": (one, two), "mean": (two, one)}) == {
        "width-prior": "1.00", "posterior-sum": "0.50", "posterior-mean": "1.00"
    }  # fmt: skip


def test_the_weight_s_figure_tells_the_widths():
    values = np.linspace(-8, 8, 2001)
    one, two = (stats.norm.pdf(values, 0, sd) for sd in (1.0, 0.5))
    assert bayesian_figures.width(values, two) == pytest.approx(0.5, abs=1e-6)
    drawing = bayesian_figures.one_weight(values, 0.25, one, {"sum": (one, two)})
    assert "sum: the likelihood is 1.00 wide, the posterior 0.50. The prior is 1.00 wide" in drawing.alt
    assert "posterior is 0.25" in drawing.alt


def test_the_watched_epoch_has_a_frame_a_level():
    frames = bayesian_figures.watched_epoch(watched())
    assert frames.values == [0.5, 0.9]
    assert "sparsity for magnitude goes from 0.90 ± 0.00 at step 0 to 0.09 ± 0.00 at step 1" in frames.alt(0.9)
    assert len(frames.draw(0.9).axes) == 2
