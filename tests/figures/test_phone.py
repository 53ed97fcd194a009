"""A figure laid out for a phone: nothing is cut off or covered, and letters stay as large."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from pruneuq_helpers.figures import new_figure
from pruneuq_helpers.figures.paired import pairs
from pruneuq_helpers.figures.phone import WIDTH, for_phone
from pruneuq_helpers.figures.picture import take_picture
from pruneuq_helpers.figures.styling import MARKERS, legend_above, look


def row(count=3, names=("pruned by L1", "pruned at random", "small from the start")) -> Figure:
    """Panels in a row that share their axes, with a legend of one line above."""
    fig = new_figure(6.8, 3.2)
    axes = fig.subplots(1, count, sharey=True, squeeze=False)[0]
    for ax in axes:
        for place, name in enumerate(names):
            ax.plot([0, 1], [place, 1], label=name, **look(place))
        ax.set_xlabel("share of the channels removed")
        ax.set_title("right after the cut")
    axes[0].set_ylabel("accuracy minus that of the dense network")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=len(names))
    return fig


def words(fig) -> list[Text]:
    """Titles, labels, legends and texts: all but the numbers along axes, of which some lie where nothing is drawn."""
    fig.draw_without_rendering()
    found = [text for legend in fig.legends for text in legend.get_texts()]
    for ax in fig.axes:
        found += [*ax.texts, ax.xaxis.label, ax.yaxis.label, *(ax.get_legend().get_texts() if ax.get_legend() else ())]
        found += [child for child in ax.get_children() if isinstance(child, Text)]
    return [text for text in dict.fromkeys(found) if text.get_text().strip()]


def held(fig) -> bool:
    """Whether all that is drawn lies within the figure."""
    fig.draw_without_rendering()
    drawn, (width, height) = fig.get_tightbbox(), fig.get_size_inches()
    return min(drawn.x0, drawn.y0) > -0.02 and drawn.x1 < width + 0.02 and drawn.y1 < height + 0.02


def covered(texts) -> list:
    """Pairs of texts of which one lies over the other."""
    boxes = [(text.get_text(), text.get_window_extent().padded(-1)) for text in texts]
    return [(a, b) for i, (a, one) in enumerate(boxes) for b, other in boxes[i + 1 :] if one.overlaps(other)]


def test_panels_in_a_row_come_below_each_other_and_say_what_they_shared():
    fig = row()
    assert for_phone(fig)
    fig.draw_without_rendering()
    first, second, third = (ax.get_position() for ax in fig.axes)
    assert first.x0 == pytest.approx(second.x0, abs=0.01)
    assert first.y0 > second.y1
    assert second.y0 > third.y1
    assert [bool(ax.get_xlabel()) for ax in fig.axes] == [False, False, True]
    assert all(ax.get_ylabel() for ax in fig.axes)
    assert fig.get_size_inches()[0] == WIDTH


@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_no_word_is_cut_off_or_covered_and_none_is_smaller(count):
    fig = row(count)
    sizes = {text.get_fontsize() for text in words(fig)}
    assert for_phone(fig)
    assert held(fig)
    assert {text.get_fontsize() for text in words(fig)} <= sizes
    assert not covered(words(fig))


def test_a_legend_keeps_its_marks_when_it_takes_more_lines():
    fig = new_figure()
    ax = fig.subplots()
    for place in range(4):
        ax.errorbar([0, 1], [place, 1], [0.1, 0.1], label=f"a method of the name {place}", **look(place))
    legend_above(ax)
    for_phone(fig)
    legend = ax.get_legend()
    markers = [line.get_marker() for line in legend.findobj(Line2D)]
    assert [look(place)["marker"] for place in range(4)] == [mark for mark in markers if mark in MARKERS]
    assert legend.get_window_extent().x1 <= fig.bbox.width


def test_a_legend_makes_room_for_the_words_that_stood_beside_it():
    rows = {
        name: pd.DataFrame({"before": [0.2, 0.3, 0.25], "after": [0.4, 0.5, 0.44]})
        for name in ("a row whose name is long", "another one")
    }
    fig = pairs(rows, ("before it was pruned", "after it was pruned and trained on"), "accuracy")
    assert for_phone(fig)
    assert held(fig)
    assert not covered(words(fig))


def test_photographs_stay_a_sheet_and_keep_both_modes():
    fig = new_figure(6.4, 3.2)
    for ax in fig.subplots(2, 4).ravel():
        ax.imshow(np.arange(16).reshape(4, 4), cmap="gray")
        ax.axis("off")
    picture = take_picture(fig, "eight squares", phone=True)
    assert picture.phone.css_width == round(WIDTH * 96)
    assert picture.phone.height < picture.height  # not eight below each other
    assert picture.dark
    assert picture.phone.dark
    assert picture.phone.dark != picture.phone.png


def test_axes_that_share_a_place_stay_together():
    fig = new_figure()
    left, right = fig.subplots(1, 2)
    twin = left.twinx()
    left.plot([0, 1], [0, 1])
    twin.plot([0, 1], [5, 2])
    right.plot([0, 1], [0, 1])
    for_phone(fig)
    fig.draw_without_rendering()
    assert np.allclose(left.get_position().bounds, twin.get_position().bounds)


def test_an_empty_figure_only_changes_its_width():
    fig = new_figure(6, 2)
    for_phone(fig)
    assert tuple(fig.get_size_inches()) == (WIDTH, 2)


def _nothing_in_a_legend():
    fig = new_figure()
    fig.subplots().legend(handles=[])
    return fig


def _many_in_a_row():
    fig = new_figure(12, 2)
    for ax in fig.subplots(1, 7):
        ax.plot([0, 1], [0, 1])
        ax.set_ylabel("accuracy")
    return fig


def _scale_of_its_own():
    fig = new_figure()
    left, scale = fig.subplots(1, 2, width_ratios=[20, 1])
    fig.colorbar(left.pcolormesh(np.arange(9).reshape(3, 3)), cax=scale)
    return fig


def _long_categories():
    fig = new_figure()
    fig.subplots().barh(
        [f"a network whose name is as long as a sentence, and more so, {n}" for n in range(3)], [1, 2, 3]
    )
    return fig


def _without_layout():
    fig = Figure(figsize=(6, 3))
    fig.suptitle("what stands above the whole figure and is as long as a title may be")
    ax = fig.subplots()
    ax.semilogx([1, 1000], [1, 2])
    ax.set_title("at the right", loc="right")
    ax.invert_xaxis()
    return fig


def _formula():
    fig = new_figure()
    fig.subplots().set_title(r"$p(w \mid D) \propto p(D \mid w)\, p(w)$ and its logarithm " * 3)
    return fig


def _round():
    fig = new_figure()
    fig.subplots(1, 2, subplot_kw={"projection": "polar"})[0].plot([0, 1], [0, 1])
    return fig


@pytest.mark.parametrize(
    "drawn",
    [_nothing_in_a_legend, _many_in_a_row, _scale_of_its_own, _long_categories, _without_layout, _formula, _round],
)
def test_a_figure_of_a_reader_is_laid_out_whole_or_not_at_all(drawn):
    fig = drawn()
    well = for_phone(fig)
    assert held(fig) or not well
    assert take_picture(drawn(), "what a reader drew", phone=True).png


def test_panels_that_differ_keep_their_own_labels():
    fig = new_figure()
    left, right = fig.subplots(1, 2)
    left.set(xlabel="level", ylabel="accuracy")
    right.hist([1, 2, 2])
    for_phone(fig)
    assert (left.get_xlabel(), right.get_xlabel(), right.get_ylabel()) == ("level", "", "")
