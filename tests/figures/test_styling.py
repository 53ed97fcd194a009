"""The look: colours that everyone can tell apart, and never colour alone."""

from itertools import combinations
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.font_manager import FontProperties, fontManager

from pruneuq_helpers import figures
from pruneuq_helpers.figures.modes import in_the_dark
from pruneuq_helpers.figures.styling import (
    CARD,
    COLOURS,
    FONT,
    INK,
    LINES,
    MARKERS,
    MUTED,
    look,
    places,
    tick_levels,
)

# Machado, Oliveira and Fernandes (2009), full deficiency, on linear RGB.
DEFICIENCIES = {
    "none": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def linear(colour):
    c = np.array(mpl.colors.to_rgb(colour))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    t = TO_XYZ @ np.clip(rgb, 0, 1) / (TO_XYZ @ np.ones(3))
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


DARK_PAGE = "#15181c"  # as in book/_static/book.css
MODES = {"light": (CARD, COLOURS), "dark": (DARK_PAGE, [in_the_dark(np.array(mpl.colors.to_rgb(c))) for c in COLOURS])}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_groups_differ_to_every_eye(deficiency, mode):
    seen = [lab(np.array(DEFICIENCIES[deficiency]) @ linear(c)) for c in MODES[mode][1]]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen[:4], 2)) > 25
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 15


def contrast(one, other):
    dark, light = sorted(TO_XYZ[1] @ linear(c) for c in (one, other))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", MODES)
def test_every_colour_stands_out_on_the_page(mode):
    page, colours = MODES[mode]
    assert min(contrast(page, c) for c in colours) > 3


def test_words_and_numbers_read_in_both_modes():
    for ink in (INK, MUTED):
        assert contrast(ink, CARD) > 4.5
        assert contrast(in_the_dark(np.array(mpl.colors.to_rgb(ink))), DARK_PAGE) > 4.5


def test_the_dark_page_of_this_test_is_the_books():
    style = (Path(__file__).resolve().parents[2] / "book" / "_static" / "book.css").read_text(encoding="utf-8")
    assert f"--pst-color-background: {DARK_PAGE};" in style


def test_figures_are_set_in_the_pages_own_face():
    found = fontManager.findfont(FontProperties(family=FONT), fallback_to_default=False)
    assert Path(found).is_relative_to(Path(figures.__file__).parent)


def test_no_two_groups_share_a_marker_or_a_line():
    assert len(COLOURS) == len(set(COLOURS)) == len(set(MARKERS)) == len(set(LINES))
    assert look(0) != look(1)
    assert look(6) == look(0)


def test_what_recurs_has_one_look_whatever_its_turn_and_company():
    for names in (["l1", "random"], ["random", "L1", "batch norm"], ["promised", "random", "magnitude"]):
        found = places(names)
        assert len(set(found.values())) == len(names)
        assert [found[name] for name in names if name in ("l1", "L1", "magnitude")] == [0]
        assert found["random"] == 1
    assert places(["one", "another"]) == {"one": 0, "another": 1}


def test_ticks_are_the_levels_that_were_run():
    ax = figures.new_figure().subplots()
    tick_levels(ax, [0.9, 0.2, 0.2, 0.5, 0.92])
    assert ax.get_xticks().tolist() == [0.2, 0.5, 0.9, 0.92]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0.2", "0.5", "0.9", ""]


def test_style_is_idempotent():
    with mpl.rc_context():
        figures.style()
        once = dict(mpl.rcParams)
        figures.style()
        assert dict(mpl.rcParams) == once
        assert once["axes.facecolor"] == CARD


def test_formulas_find_every_face_that_they_ask_for(caplog):
    fig = figures.new_figure(3, 1)
    fig.text(0, 0.5, r"$\sigma \mathbf{x} \hat\theta \ell \mathcal{N} \mathrm{d} 10^{-3}$")
    fig.draw_without_rendering()
    assert not caplog.records


def test_a_title_is_drawn_without_a_warning(caplog):
    figures.style()
    fig = figures.new_figure()
    fig.subplots().set_title("level → 0")
    fig.canvas.draw()
    assert not caplog.records
