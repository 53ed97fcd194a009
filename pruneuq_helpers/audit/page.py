"""The pieces of the report, and the page that one template makes of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.figure import Figure

from pruneuq_helpers.figures.picture import Picture as Shown
from pruneuq_helpers.figures.picture import take_picture

_PAGES = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined)
_VERDICTS = ("safe", "undecided", "not safe")


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
    rows: Iterable[Sequence]
    text: Sequence[int] = ()

    @property
    def cells(self) -> list[list[tuple[str, str]]]:
        """Each cell with its kind: a verdict, text, or nothing."""
        return [[(self._kind(place, cell), str(cell)) for place, cell in enumerate(row)] for row in self.rows]

    def _kind(self, place: int, cell) -> str:
        return str(cell).replace(" ", "-") if cell in _VERDICTS else "text" if place in self.text else ""


@dataclass(frozen=True)
class Picture:
    """A figure inside the page, with its text alternative and caption."""

    macro: ClassVar[str] = "picture"
    shown: Shown
    caption: str

    @classmethod
    def of(cls, drawn: tuple[Figure, str], caption: str, colours: int = 64) -> "Picture":
        """Of a figure and its text alternative."""
        return cls(take_picture(*drawn, colours=colours).see_through(), caption)


@dataclass(frozen=True)
class Folded:
    """Tables that are opened by who wants them."""

    macro: ClassVar[str] = "folded"
    summary: str
    blocks: Sequence[Table]


def document(title: str, sections: Sequence[tuple[str, list]]) -> str:
    """The whole report as one HTML page."""
    return _PAGES.get_template("report.html").render(title=title, sections=sections)
