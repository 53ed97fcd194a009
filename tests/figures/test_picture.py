"""Encoding: small pictures on the exact card, and no figure without words."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from pruneuq_helpers import figures
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.figures.picture import take_picture
from pruneuq_helpers.figures.styling import CARD


def table(groups=4):
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        [
            {"seed": s, "level": x, "criterion": f"c{g}", "accuracy": 0.97 - 0.1 * g * x + 0.02 * rng.random()}
            for s in range(5)
            for x in np.linspace(0, 0.9, 10)
            for g in range(groups)
        ]
    )


def surface():
    xx, yy = np.meshgrid(np.linspace(-2, 2, 80), np.linspace(-2, 2, 80))
    return figures.decision_surface(xx, yy, 1 / (1 + np.exp(-3 * xx * yy)))


DRAWN = {
    "lines": lambda: figures.lines(table(), "level", "accuracy", by="criterion"),
    "surface": surface,
    "network": lambda: figures.network([2, 4, 4, 2], {1: [0]}),
}


@pytest.mark.parametrize("drawn", DRAWN)
def test_pictures_are_small_and_lie_on_the_card(drawn):
    picture = take_picture(DRAWN[drawn](), "a text of 1 line")
    image = Image.open(io.BytesIO(picture.png))
    assert len(picture.png) < 26_000
    assert image.mode == "P"
    assert image.size == (picture.width, picture.height)
    assert np.allclose(image.convert("RGB").getpixel((2, 2)), np.multiply(to_rgb(CARD), 255), atol=1)
    assert picture.css_width == pytest.approx(picture.width / 1.5, abs=1)


def test_the_same_figure_gives_the_same_bytes():
    first, second = (take_picture(DRAWN["lines"](), "text").png for _ in range(2))
    assert first == second


def test_a_figure_of_pyplot_is_closed():
    fig, _ = plt.subplots()
    take_picture(fig, "an empty plot")
    assert not plt.fignum_exists(fig.number)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"alt": ""}, "parameter `alt` got ''"),
        ({"alt": "  "}, "parameter `alt` got"),
        ({"alt": None}, "parameter `alt` got None"),
        ({"alt": "runs/accuracy.png"}, "parameter `alt` got the file name"),
        ({"caption": " "}, "parameter `caption` got"),
        ({"name": "coverage"}, "parameter `name` got 'coverage'"),
        ({"name": "fig-Coverage"}, "parameter `name` got 'fig-Coverage'"),
        ({"fig": 3}, "parameter `fig` got a int"),
    ],
)
def test_a_figure_without_words_is_refused(change, words):
    good = {"fig": figures.new_figure(), "name": "fig-a", "caption": "A caption.", "alt": "an empty card"}
    with pytest.raises(ParameterError) as caught:
        figures.show(**{**good, **change})
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
