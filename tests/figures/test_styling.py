"""The look: colours that everyone can tell apart, and never colour alone."""

from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest

from pruneuq_helpers import figures
from pruneuq_helpers.figures.styling import CARD, COLOURS, HATCHES, LINES, MARKERS, look

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


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_groups_differ_to_every_eye(deficiency):
    seen = [lab(np.array(DEFICIENCIES[deficiency]) @ linear(c)) for c in COLOURS]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen[:4], 2)) > 25
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 15


def test_every_colour_stands_out_on_the_card():
    card = TO_XYZ[1] @ linear(CARD)
    contrast = [(card + 0.05) / (TO_XYZ[1] @ linear(c) + 0.05) for c in COLOURS]
    assert min(contrast) > 3


def test_no_two_groups_share_a_marker_a_line_or_a_hatch():
    assert len(COLOURS) == len(set(COLOURS)) == len(set(MARKERS)) == len(set(LINES)) == len(set(HATCHES))
    assert look(0) != look(1)
    assert look(6) == look(0)


def test_style_is_idempotent():
    with mpl.rc_context():
        figures.style()
        once = dict(mpl.rcParams)
        figures.style()
        assert dict(mpl.rcParams) == once
        assert once["axes.facecolor"] == CARD
