"""Pictures for a light and for a dark page: nothing is left of the paper, and photographs come out as they are."""

import io

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from pruneuq_helpers import figures
from pruneuq_helpers.figures.modes import in_the_dark
from pruneuq_helpers.figures.picture import take_picture
from pruneuq_helpers.figures.styling import COLOURS


def opened(png):
    return Image.open(io.BytesIO(png)).convert("RGBA")


def on(png, colour):
    """The picture on a page of this colour, red, green and blue from 0 to 255."""
    image = opened(png)
    return np.asarray(Image.alpha_composite(Image.new("RGBA", image.size, colour), image).convert("RGB"), int)


def drawn():
    fig = figures.new_figure(3, 2)
    fig.subplots().plot([0, 1], [1, 0.5])
    return take_picture(fig, "a line")


def test_the_paper_is_gone_and_the_rest_is_as_it_was_on_white():
    picture = drawn()
    clear = picture.see_through()
    assert opened(clear.png).getpixel((0, 0))[3] == 0
    assert np.abs(on(clear.png, (255, 255, 255)) - on(picture.png, (255, 255, 255))).max() <= 2
    assert len(clear.png) < 1.3 * len(picture.png)
    assert (clear.width, clear.alt, clear.dark) == (picture.width, picture.alt, b"")


def test_turning_a_colour_twice_gives_it_back():
    colours = np.random.default_rng(0).uniform(0.35, 0.65, (100, 3))
    assert np.abs(in_the_dark(in_the_dark(colours)) - colours).max() < 0.01
    assert np.allclose(in_the_dark(np.array([0.2, 0.2, 0.2])), 0.8, atol=0.01)


@pytest.mark.parametrize("colour", COLOURS)
def test_a_colour_seen_through_is_turned_as_the_colour_itself(colour):
    fig = figures.new_figure(1, 1)
    fig.subplots().set(facecolor=colour, xticks=[], yticks=[])
    picture = take_picture(fig, "a colour").see_through()
    *thin, alpha = opened(picture.png).getpixel((picture.width // 2, picture.height // 2))
    turned = in_the_dark(np.array(thin) / 255) * alpha / 255  # on black
    assert turned == pytest.approx(in_the_dark(np.array(to_rgb(colour))), abs=0.015)


@pytest.mark.parametrize("value", [0, 255])
def test_a_photograph_looks_the_same_on_a_dark_page(value):
    fig = figures.new_figure(2, 2)
    ax = fig.subplots()
    ax.imshow(np.full((4, 4), value), cmap="gray", vmin=0, vmax=255)
    ax.axis("off")
    picture = take_picture(fig, "a square").see_through()
    turned = in_the_dark(on(picture.dark, (255, 255, 255)) / 255)  # as the page's style turns it
    middle = (picture.height // 2, picture.width // 2)
    assert turned[middle] * 255 == pytest.approx(value, abs=3)
    assert on(picture.png, (255, 255, 255))[middle] == pytest.approx(value, abs=3)
