"""Figures and numbers of a notebook, handed to its page."""

import numpy as np

from pruneuq_helpers import checks, figures
from pruneuq_helpers.errors import ParameterError, bring
from pruneuq_helpers.figures.drawing import Drawing, Frames

_DIGITS = 'two digits, such as "03"'


def show(drawing: Drawing | Frames) -> None:
    """Show a figure, or a figure with a slider, with its number, caption and text alternative.

    Parameters
    ----------
    drawing : Drawing or Frames
        What a chapter's drawing function gives back.

    Examples
    --------
    >>> from pruneuq_helpers import figures
    >>> from pruneuq_helpers.figures.drawing import Drawing
    >>> show(Drawing(figures.new_figure(), "fig-empty", "Nothing.", "an empty figure"))
    <fig-empty: an empty figure>
    """
    if isinstance(drawing, Frames):
        figures.slider(**vars(drawing))
    elif isinstance(drawing, Drawing):
        figures.show(**vars(drawing))
    else:
        raise ParameterError(f"parameter `drawing` got a {type(drawing).__name__}; it takes a Drawing or Frames")


class Say:
    """Hands the numbers of a section to its text.

    ``say(facts.accuracy(table))`` makes each entry of the dictionary known as ``{glue:text}`chNN-name```.

    Parameters
    ----------
    chapter : str
        Two digits.

    Examples
    --------
    >>> say = Say("03")
    >>> say({"accuracy": 0.91})
    """

    def __init__(self, chapter: str):
        if len(checks.text("chapter", chapter, _DIGITS)) != 2 or not chapter.isdecimal():
            raise checks.refused("chapter", chapter, _DIGITS)
        self.chapter = chapter

    def __call__(self, values: dict) -> None:
        takes = "a dict of name to number or text"
        entries = checks.instance("values", values, dict, takes).items()
        glue = bring("myst_nb").glue
        for name, value in entries:
            checks.text("values", name, takes)
            plain = value.item() if isinstance(value, np.generic) else value  # else a page says np.float64(0.8)
            glue(f"ch{self.chapter}-{name}", plain, display=False)
