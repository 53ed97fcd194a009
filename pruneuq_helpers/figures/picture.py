"""A matplotlib figure as a small PNG with a text alternative."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

from pruneuq_helpers import checks
from pruneuq_helpers.errors import ParameterError

DPI = 144
CSS_DPI = 96  # a browser's pixels to the inch: half as many again are stored, for sharp lines on dense screens

_FILE_NAME = re.compile(r"[\w./\\-]+\.(png|svg|jpe?g|gif|webp|pdf)", re.IGNORECASE)
_LABEL = re.compile(r"fig-[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Picture:
    """An encoded picture: PNG bytes, its size in pixels, its text alternative and the label of its frame."""

    png: bytes
    width: int
    height: int
    alt: str
    label: str = ""
    dpi: int = DPI

    @property
    def css_width(self) -> int:
        """Width on the page in CSS pixels."""
        return round(self.width * CSS_DPI / self.dpi)

    @property
    def uri(self) -> str:
        """The picture as a data address."""
        return "data:image/png;base64," + self.base64

    @property
    def base64(self) -> str:
        """The PNG bytes as text."""
        return base64.b64encode(self.png).decode()


def take_picture(fig: Figure, alt: str, label: str = "", colours: int = 64, dpi: int = DPI) -> Picture:
    """Encode a figure with few colours, which makes it about a quarter of the size, and close it."""
    if not isinstance(fig, Figure):
        raise ParameterError(f"parameter `fig` got a {type(fig).__name__}; it takes a matplotlib Figure")
    colours, alt = checks.whole("colours", colours, 2, 256), check_alt(alt)
    raw = io.BytesIO()
    fig.savefig(raw, format="png", dpi=dpi)
    plt.close(fig)
    image = Image.open(raw).convert("RGB")
    # The one pass of k-means keeps the card's colour exact, so that it joins the card of the page.
    small = image.quantize(colours, method=Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
    out = io.BytesIO()
    small.save(out, format="png", optimize=True)
    return Picture(out.getvalue(), image.width, image.height, alt, label, dpi)


def check_alt(alt: str) -> str:
    """Return `alt`, or refuse a text that tells nothing to a reader who does not see the picture."""
    if not isinstance(alt, str) or not alt.strip():
        raise ParameterError(f"parameter `alt` got {alt!r}; it takes a sentence on what the picture shows")
    if _FILE_NAME.fullmatch(alt.strip()):
        raise ParameterError(
            f"parameter `alt` got the file name {alt!r}; it takes a sentence on what the picture shows"
        )
    return " ".join(alt.split())


def check_name(name: str) -> str:
    """Return `name`, or refuse one that cannot be a label such as ``fig-coverage``."""
    if not isinstance(name, str) or not _LABEL.fullmatch(name):
        raise ParameterError(
            f"parameter `name` got {name!r}; it takes 'fig-' followed by small letters, digits and hyphens"
        )
    return name


def check_caption(caption: str) -> str:
    """Return `caption`, or refuse an empty one."""
    if not isinstance(caption, str) or not caption.strip():
        raise ParameterError(f"parameter `caption` got {caption!r}; it takes the sentence below the figure")
    return " ".join(caption.split())
