"""What a chapter's drawing function gives back: a figure, or the frames of a slider, with all that a page needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure with its name, caption and text alternative; `show` takes it.

    Attributes
    ----------
    fig : matplotlib.figure.Figure
        The figure.
    name : str
        Its label, ``fig-`` and small letters, digits and hyphens; used once in the book.
    caption : str
        One or two sentences of MyST: formulas, roles and references work in the page.
    alt : str
        What the picture shows, in words that agree with the text beside it.
    colours : int
        Number of colours kept in the stored picture; more for a smooth surface.
    """

    fig: Figure
    name: str
    caption: str
    alt: str
    colours: int = 64


@dataclass(frozen=True, eq=False)
class Frames:
    """A figure with a slider; `show` takes it.

    Attributes
    ----------
    draw : callable
        ``draw(value)`` returns a new matplotlib figure.
    values : sequence
        What the slider runs over; about ten values keep a page small.
    name, caption : str
        As of a `Drawing`.
    alt : callable
        ``alt(value)`` returns the text alternative of the frame.
    label : str
        What the slider sets, shown and spoken with it.
    format : str
        How a value is written, such as ``"{:.0%}"``.
    start : int
        Index of the frame shown first.
    colours : int
        Number of colours kept in a frame.
    """

    draw: Callable[..., Figure]
    values: Sequence
    name: str
    caption: str
    alt: Callable[..., str]
    label: str = "level"
    format: str = "{:.1f}"
    start: int = 0
    colours: int = 32
