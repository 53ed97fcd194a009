"""Chapter 9's figures, and the numbers for its text."""

import numpy as np
import pandas as pd
import pytest

from pruneuq_helpers import claims
from pruneuq_helpers.chapters.model_uncertainty import draw, draw_plane, facts, tables
from pruneuq_helpers.text import plus_minus


def test_surfaces_are_probabilities_and_said_in_words(case):
    cell, shown, grown = case
    if cell["data"] == "moons":
        found = draw_plane.surface(cell, shown, grown, 0.4, side=9)
        assert all(prob.shape == (9, 9) and prob.min() >= 0 and prob.max() <= 1 for prob in found.values())
        assert draw_plane.describe(found, 0.4).count("0.") + draw_plane.describe(found, 0.4).count("1.00") >= len(found)
        *panels, key = draw_plane.panels(found, shown).axes
        assert len(panels) == len(found)
        assert len(key.child_axes) == 1  # the scale, in the place that five methods leave
        assert [text.get_text() for text in key.get_legend().get_texts()] == ["class 0", "class 1"]
    else:
        assert len(shown.input_shape) == 3


def test_far_from_the_moons_is_the_rim_alone():
    inside = np.full((21, 21), 1.0)
    inside[7:14, 7:14] = 0.5
    assert draw_plane.far_confidence(inside) == 1.0


def test_frames_of_the_plane_and_its_numbers():
    sure, unsure = np.full((9, 9), 0.9), np.full((9, 9), 0.5)
    surfaces = {0.0: {"softmax": sure, "ensemble": sure, "all weights": unsure}}
    surfaces[0.8] = {"softmax": unsure, "ensemble": sure, "all weights": unsure}
    frames = draw_plane.methods(surfaces, shown=None)
    assert frames.values == [0.0, 0.8]
    assert frames.alt(0.8) == (
        "Maps of the plane, a method each. "
        "Level 0.8: mean confidence far from the moons softmax 0.50, ensemble 0.90, all weights 0.50."
    )
    numbers = facts.plane(surfaces)
    assert numbers["corner-softmax-dense"] == pytest.approx(0.9)
    assert numbers["corner-softmax-top"] == pytest.approx(0.5)


def test_numbers_are_paired_by_seed():
    rows = [("methods", method, level, seed, auroc - 0.1 * level + 0.01 * seed * (method == "ensemble"), 0.2, data)
            for method, auroc in {"softmax": 0.8, "ensemble": 0.9}.items()
            for level in (0.0, 0.4) for seed in (0, 1) for data in ("digits", "moons")]  # fmt: skip
    rows += [("choices", how, 0.4, seed, auroc, nll, "digits")
             for how, auroc, nll in (("random", 0.7, 0.5), ("variance", 0.6, 0.2))
             for seed in (0, 1)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["part", "method", "level", "seed", "auroc", "nll", "data"])
    assert facts.change(table, "softmax", "auroc").tolist() == pytest.approx([-0.04, -0.04])
    assert facts.over(table, "ensemble", "auroc").tolist() == pytest.approx([0.1, 0.11])
    assert facts.over(table, "ensemble", "auroc", moons=True).tolist() == pytest.approx([0.1, 0.11])
    assert facts.chosen_over(table, "variance", "auroc").tolist() == pytest.approx([-0.1, -0.1])
    assert facts.idle(table) == "100 %"  # 0.2 of the softmax, and 0.2 of the largest variances


def numbers_of(table) -> dict:
    """All that the text says of a run."""
    parts = (facts.methods, facts.changes, facts.ways, facts.moons, facts.choices)
    return {name: value for part in parts for name, value in part(table).items()}


def test_numbers_of_a_run(table):
    rows = tables.part_of(table, "methods")
    numbers, dense = numbers_of(table), tables.values_of(rows, "ensemble", "ece", 0.0)
    assert numbers["ece-ensemble-dense"] == plus_minus(dense, 2).replace(" ", facts.NARROW)
    assert (numbers["low"], numbers["top"]) == ("0.4", "0.7")
    assert all(value != "" for value in numbers.values())
    high = tables.values_of(rows, "ensemble", "auroc", 0.7) - tables.values_of(rows, "softmax", "auroc", 0.7)
    assert numbers["gain-ensemble-top"] == claims.with_interval(high, 2, signed=True)
    low = tables.values_of(rows, "softmax", "auroc", 0.4) - tables.values_of(rows, "softmax", "auroc", 0.0)
    assert numbers["auroc-change-softmax-low"] == claims.with_interval(low, 2, signed=True)
    larger = facts.large(table)
    assert larger["large-auroc-change-softmax"] == numbers["auroc-change-softmax"]
    assert (larger["large-seeds"], larger["large-ece-all"]) == (2, numbers["ece-all-dense"].replace(facts.NARROW, " "))


def test_figures_pair_what_they_compare(table):
    rows, choices = tables.part_of(table, "methods"), tables.part_of(table, "choices")
    methods, priors, weights = (figure(table) for figure in (draw.levels, draw.priors, draw.which_weights))
    assert [len(drawing.fig.axes) for drawing in (methods, priors, weights)] == [2, 1, 1]
    ends = [tables.values_of(rows, "ensemble", "auroc", level).mean() for level in (0.0, 0.7)]
    assert f"ensemble from {ends[0]:.2f} to {ends[1]:.2f}" in methods.alt
    assert len(priors.fig.axes[0].get_yticklabels()) == 6
    ends = [tables.values_of(choices, how, "auroc").mean() for how in ("random", "survivors")]
    assert f"survivors from {ends[0]:.2f} to {ends[1]:.2f}" in weights.alt
    softmax = tables.values_of(rows, "softmax", "auroc", 0.0).mean()
    assert f"no weights from {ends[0]:.2f} to {softmax:.2f}" in weights.alt


def test_sentences_rest_on_one_value_a_seed(table):
    seen = facts.contrasts(table)
    assert {found.count for found in seen.values()} == {2}
    ece = [tables.of_way(table, method, way, "validation", "ece") - tables.of_way(table, method, way, "evidence", "ece")
           for method in ("last layer", "all weights") for way in ("probit", "linearised")]  # fmt: skip
    assert seen["by-prior"].values == tuple(np.max(ece, axis=0))


def test_one_seed_has_numbers(table):
    one = table[table["seed"] == 0]
    assert facts.contrasts(one)["drawn"].count == 1
    assert "nan" not in " ".join(map(str, numbers_of(one).values()))


def test_the_middle_of_precisions_is_their_geometric_mean():
    assert tables.middle(pd.Series([1.0, 100.0])) == pytest.approx(10)
