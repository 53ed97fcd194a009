"""Lines bear their names at their ends, apart from each other; where they are many or long, a legend does it."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from pruneuq_helpers import figures
from pruneuq_helpers.figures.names import apart


def table(names, step=0.1):
    rows = [
        {"seed": seed, "level": level, "way": name, "accuracy": 0.9 - step * place * level + 0.001 * seed}
        for place, name in enumerate(names)
        for level in (0.0, 0.5, 0.9)
        for seed in range(2)
    ]
    return pd.DataFrame(rows)


def drawn(names, **change):
    return figures.lines(table(names, **change), "level", "accuracy", by="way").axes[0]


def test_names_stand_where_their_lines_end():
    ax = drawn(["l1", "random"])
    assert ax.get_legend() is None
    assert [text.get_text() for text in ax.texts] == ["l1", "random"]
    assert [text.xy[0] for text in ax.texts] == [0.9, 0.9]
    assert not any(text.arrow_patch.get_visible() for text in ax.texts)


@pytest.mark.parametrize("names", [list("abcde"), ["a name that is much too long for the margin", "b"]])
def test_many_or_long_names_stand_above(names):
    ax = drawn(names)
    assert ax.get_legend() is not None
    assert not ax.texts


def test_lines_that_end_together_have_names_apart_with_threads():
    ax = drawn(["one", "two", "three"], step=1e-4)
    ax.set_ylim(0, 1)
    ax.figure.draw_without_rendering()
    boxes = sorted((Text.get_window_extent(text) for text in ax.texts), key=lambda box: box.y0)
    assert all(low.y1 <= high.y0 + 1 for low, high in zip(boxes, boxes[1:], strict=False))
    assert any(text.arrow_patch.get_visible() for text in ax.texts)


def test_places_keep_their_order_and_their_middle():
    places = np.array([5.0, 0.0, 4.0, 100.0])
    moved = apart(places, 10.0)
    assert np.argsort(moved).tolist() == np.argsort(places).tolist()
    assert np.diff(np.sort(moved)).min() >= 10 - 1e-9
    assert moved[:3].mean() == pytest.approx(3.0)
    assert moved[3] == 100.0
