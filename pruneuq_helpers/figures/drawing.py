"""What a chapter's drawing function gives back: a figure, or the frames of a slider, with all that a page needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure with its name, caption and text alternative; what each is stands at `figures.show`."""

    fig: Figure
    name: str
    caption: str
    alt: str
    colours: int = 64


@dataclass(frozen=True, eq=False)
class Frames:
    """A figure with a slider; what each of these is stands at `figures.slider`."""

    draw: Callable[..., Figure]
    values: Sequence
    name: str
    caption: str
    alt: Callable[..., str]
    label: str = "level"
    format: str = "{:.1f}"
    start: int = 0
    colours: int = 32
