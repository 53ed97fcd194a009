"""Pictures for a page that may be light or dark: without a background, and what the dark page makes of a colour.

A dark page inverts a figure and turns its hues back by half a circle (`book/_static/figures.css`): white becomes black,
and orange stays orange. Photographs in a figure are turned beforehand, so that they come out as they are.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from PIL import Image

# `hue-rotate(180deg)` as the standard for CSS filters defines it.
_HALF_A_CIRCLE = np.array([[-0.574, 1.43, 0.144], [0.426, 0.43, 0.144], [0.426, 1.43, -0.856]])


def in_the_dark(colour: np.ndarray) -> np.ndarray:
    """What a dark page makes of a colour, red, green and blue from 0 to 1; done twice it is nothing."""
    return np.clip((1 - colour) @ _HALF_A_CIRCLE.T, 0, 1)


@contextmanager
def turned_photographs(fig: Figure) -> Iterator[bool]:
    """The images in a figure as a dark page needs them, for a while; whether there are any."""
    found = [image for ax in fig.axes for image in ax.images if type(image) is AxesImage]  # others are maps of values
    images = [(image, image.get_array()) for image in found]
    try:
        for image, seen in images:
            image.set_data(in_the_dark(image.to_rgba(seen)[..., :3]))
        yield bool(images)
    finally:
        for image, seen in images:
            image.set_data(seen)


def see_through(png: bytes) -> bytes:
    """A picture of a palette without its white: each colour as the thinnest one that gives it in both modes."""
    image = Image.open(io.BytesIO(png))
    palette = np.array(image.getpalette(), float).reshape(-1, 3)
    # Thinner, a colour would be so strong that the dark page's turn cuts it off: violet came out as a greyish pink.
    strong = np.maximum(255 - palette, (255 - palette) @ _HALF_A_CIRCLE.T).max(axis=1)
    alpha = np.ceil(np.minimum(strong, 255))
    thin = 255 - (255 - palette) * (255 / np.maximum(alpha, 1))[:, None]
    image.putpalette(thin.round().astype(int).ravel().tolist())
    out = io.BytesIO()
    image.save(out, format="png", optimize=True, transparency=bytes(alpha.astype(np.uint8)))
    return out.getvalue()
