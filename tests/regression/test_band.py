"""The sampling band, against diagrams drawn in full."""

import numpy as np
import pytest

from pruneuq_helpers import metrics
from pruneuq_helpers.regression import sampling_band


@pytest.mark.parametrize("points", [30, 200])
def test_about_95_of_100_right_models_stay_inside(points):
    rng = np.random.default_rng(7)
    levels = np.arange(1, 10) / 10
    inside = [
        (covered["coverage"] - covered["level"]).abs().max() <= sampling_band(points) + 1e-12
        for covered in (metrics.coverage(rng.normal(size=points), 0.0, 1.0, levels) for _ in range(1000))
    ]
    # Distances are multiples of 1/N, so somewhat more than 95 % lie on or inside the band.
    assert 0.93 < np.mean(inside) < 0.995


def test_four_times_the_points_halve_the_band():
    assert sampling_band(4000) == pytest.approx(sampling_band(1000) / 2, rel=0.05)
    assert sampling_band(500, share=0.5) < sampling_band(500)
