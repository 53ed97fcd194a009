"""A matplotlib figure as a small PNG with a text alternative."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass, replace

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.figures.modes import see_through, turned_photographs
from pruneuq_helpers.figures.phone import for_phone

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
    dark: bytes = b""  # where a figure shows photographs: the bytes that a dark page takes instead
    phone: Picture | None = None  # the same, laid out for a narrow page

    @property
    def css_width(self) -> int:
        """Width on the page in CSS pixels."""
        return round(self.width * CSS_DPI / self.dpi)

    @property
    def uri(self) -> str:
        """The picture as a data address."""
        return address(self.png)

    def see_through(self) -> Picture:
        """The same without a background."""
        return replace(
            self,
            png=see_through(self.png),
            dark=see_through(self.dark) if self.dark else b"",
            phone=self.phone.see_through() if self.phone else None,
        )

    @property
    def base64(self) -> str:
        """The PNG bytes as text."""
        return base64.b64encode(self.png).decode()


def address(png: bytes) -> str:
    """PNG bytes as a data address."""
    return "data:image/png;base64," + base64.b64encode(png).decode()


def take_picture(
    fig: Figure, alt: str, label: str = "", colours: int = 64, dpi: int = DPI, phone: bool = False
) -> Picture:
    """Encode a figure with few colours, which makes it about a quarter of the size, and close it."""
    if not isinstance(fig, Figure):
        raise ParameterError(f"parameter `fig` got a {type(fig).__name__}; it takes a matplotlib Figure")
    alt = check_alt(alt)
    taken = _taken(fig, alt, label, colours, dpi)
    if phone and for_phone(fig):  # where it cannot be laid out well, the one picture serves both
        taken = replace(taken, phone=_taken(fig, alt, label, colours, dpi))
    plt.close(fig)
    return taken


def _taken(fig: Figure, alt: str, label: str, colours: int, dpi: int) -> Picture:
    png, (width, height) = _encoded(fig, colours, dpi)
    with turned_photographs(fig) as any_there:
        dark = _encoded(fig, colours, dpi)[0] if any_there else b""
    return Picture(png, width, height, alt, label, dpi, dark)


def _encoded(fig: Figure, colours: int, dpi: int) -> tuple[bytes, tuple[int, int]]:
    raw, out = io.BytesIO(), io.BytesIO()
    fig.savefig(raw, format="png", dpi=dpi)
    image = Image.open(raw).convert("RGB")
    # The one pass of k-means keeps the card's colour exact, so that nothing of it is left where it is taken away.
    small = image.quantize(colours, method=Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
    small.save(out, format="png", optimize=True)
    return out.getvalue(), image.size


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
