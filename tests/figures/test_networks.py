"""The drawn network: every unit and edge once, removed ones told by more than colour."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pruneuq_helpers import figures
from pruneuq_helpers.errors import ParameterError

WEIGHTS = [np.array([[1.0, -2.0], [0.5, 0.0]]), np.ones((4, 2)), -np.ones((2, 4))]


def edges(ax):
    """Number of drawn edges, full and dashed."""
    count = {"full": 0, "dashed": 0}
    for lines in ax.collections:
        if hasattr(lines, "get_segments"):
            for segment, style in zip(lines.get_segments(), lines.get_linestyle() * 99, strict=False):
                count["full" if style[1] is None else "dashed"] += len(segment) > 0
    return count


def test_edges_of_removed_units_are_dashed_and_the_units_crossed_out():
    ax = figures.network(WEIGHTS, removed={1: [0], 2: [1, 3]}).axes[0]
    kept = 2 * 1 + 1 * 2 + 2 * 2
    assert edges(ax) == {"full": kept, "dashed": 4 + 8 + 8 - kept}
    crosses = ax.collections[-1].get_offsets()
    assert sorted(map(tuple, crosses)) == [(1.0, 0.5), (2.0, -1.5), (2.0, 0.5)]


def test_edges_are_as_wide_as_their_weights_are_large():
    ax = figures.network(WEIGHTS[:1]).axes[0]
    widths = sorted(w for lines in ax.collections if hasattr(lines, "get_segments") for w in lines.get_linewidth())
    assert widths == pytest.approx([0.5, 1.25, 2.0, 3.5])


def test_weights_and_layers_are_written_on_a_tiny_network():
    ax = figures.network(WEIGHTS[:1], weight_labels=True, layer_names=["input", "output"]).axes[0]
    texts = {t.get_text() for t in ax.texts}
    assert {"1", "−2", "0.5", "input", "output"} <= texts


def test_torch_weights_are_taken_with_their_gradient():
    layers = [torch.nn.Linear(2, 3).weight, torch.nn.Linear(3, 1).weight]
    assert figures.describe_network(layers) == "layers of 2, 3 and 1 units; removed: none"
    assert edges(figures.network(layers).axes[0]) == {"full": 9, "dashed": 0}


def test_the_worked_example_in_words():
    assert figures.describe_network(WEIGHTS, removed={1: [0], 2: [3, 1]}) == (
        "layers of 2, 2, 4 and 2 units; removed: unit 0 of layer 1, units 1 and 3 of layer 2"
    )


@given(st.lists(st.integers(1, 5), min_size=2, max_size=4), st.data())
@settings(max_examples=10, deadline=None, derandomize=True)
def test_every_edge_is_drawn_once(widths, data):
    removed = {n: data.draw(st.sets(st.integers(0, w - 1))) for n, w in enumerate(widths)}
    drawn = edges(figures.network(widths, removed).axes[0])
    left = [w - len(removed[n]) for n, w in enumerate(widths)]
    assert drawn["full"] == sum(a * b for a, b in zip(left, left[1:], strict=False))
    assert sum(drawn.values()) == sum(a * b for a, b in zip(widths, widths[1:], strict=False))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"weights": [3]}, "parameter `weights` got widths [3]"),
        ({"weights": [np.ones((2, 2)), np.ones((2, 3))]}, "parameter `weights` got shapes [(2, 2), (2, 3)]"),
        ({"weights": [2, 2], "removed": {1: [2]}}, "parameter `removed` got unit 2 of layer 1"),
        ({"weights": [2, 2], "layer_names": ["in"]}, "parameter `layer_names` got ['in']"),
    ],
)
def test_a_network_that_cannot_be_drawn_is_refused(arguments, words):
    with pytest.raises(ParameterError) as caught:
        figures.network(**arguments)
    assert words in str(caught.value)
