"""The pieces of the report, and the page that one template makes of them."""

import base64
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.figure import Figure

from pruneuq_helpers import figures
from pruneuq_helpers.audit.gallery import Changed
from pruneuq_helpers.figures.markup import image
from pruneuq_helpers.figures.picture import Picture as Shown
from pruneuq_helpers.figures.picture import take_picture

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined,
    finalize=lambda value: value.replace(" %", "\u00a0%") if isinstance(value, str) else value,
)  # fmt: skip
_VERDICTS = ("safe", "undecided", "not safe")
_WITH_INTERVAL = re.compile(r"([+−]?[\d.]+) (\([+−]?[\d.]+ to [+−]?[\d.]+\))")
_FONTS = Path(figures.__file__).parent / "fonts"
_FACES = {400: "SourceSans3-400Regular.woff", 600: "SourceSans3-600SemiBold.woff"}


@dataclass(frozen=True)
class Text:
    """Plain sentences, a paragraph each."""

    macro: ClassVar[str] = "text"
    sentences: Sequence[str]
    kind: str = ""


@dataclass(frozen=True)
class Table:
    """Rows under headings; the columns in `text` hold words."""

    macro: ClassVar[str] = "table"
    caption: str
    columns: Sequence[str]
    rows: Collection[Sequence]
    text: Sequence[int] = ()
    long: Sequence[int] = ()

    @property
    def heads(self) -> list[tuple[str, str]]:
        """Each heading with the kind of its column: it stands where the cells below it stand."""
        verdicts = {place for row in self.rows for place, cell in enumerate(row) if cell in _VERDICTS}
        words = {0, *self.text, *self.long, *verdicts}
        return [("text" if place in words else "", name) for place, name in enumerate(self.columns)]

    @property
    def cells(self) -> list[list[tuple[str, str, str]]]:
        """Each cell with its kind (a verdict, text, long, or nothing), and the interval that goes below it."""
        return [[(self._kind(place, cell), *_in_two(str(cell))) for place, cell in enumerate(row)] for row in self.rows]

    def _kind(self, place: int, cell) -> str:
        if cell in _VERDICTS:
            return f"text {cell.replace(' ', '-')}"
        return "long" if place in self.long else "text" if place in self.text else ""


def _in_two(cell: str) -> tuple[str, str]:
    found = _WITH_INTERVAL.fullmatch(cell)
    return (found[1], found[2]) if found else (cell, "")


@dataclass(frozen=True)
class Picture:
    """A figure inside the page, with its text alternative and caption, drawn for the desk and for a phone."""

    macro: ClassVar[str] = "picture"
    shown: Shown
    caption: str

    @classmethod
    def of(cls, draw: Callable[..., tuple[Figure, str]], caption: str) -> "Picture":
        """Of what `draw` gives: a figure and its text alternative."""
        return cls(take_picture(*draw(), phone=True).see_through(), caption)

    @property
    def html(self) -> str:
        """As in the book's pages: on a phone, the picture that was laid out for it."""
        return image(self.shown)


@dataclass(frozen=True)
class Images:
    """Small images with words below each."""

    macro: ClassVar[str] = "images"
    shown: Sequence[Changed]
    caption: str


@dataclass(frozen=True)
class Folded:
    """Tables that are opened by who wants them."""

    macro: ClassVar[str] = "folded"
    summary: str
    blocks: Sequence[Table]


def _faces() -> dict[int, str]:
    """The pages' own typeface by weight, as data addresses."""
    return {
        weight: "data:font/woff;base64," + base64.b64encode((_FONTS / name).read_bytes()).decode()
        for weight, name in _FACES.items()
    }


def document(title: str, sections: Sequence[tuple[str, list]]) -> str:
    """The whole report as one HTML page."""
    return _PAGES.get_template("report.html").render(title=title, sections=sections, faces=_faces())
