"""Figures that answer 'what if': precomputed frames for the page, a recomputing widget for a live notebook."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape

from matplotlib.figure import Figure

from pruneuq_helpers import checks
from pruneuq_helpers.errors import ParameterError, bring
from pruneuq_helpers.figures import markup
from pruneuq_helpers.figures.page import PageFigure, display_in_page
from pruneuq_helpers.figures.picture import DPI, Picture, check_caption, check_name, take_picture
from pruneuq_helpers.figures.styling import style

FRAME_DPI = 110  # a page holds ten frames at once, so each is stored a little coarser than a single picture


def slider(
    draw: Callable[..., Figure],
    values: Sequence,
    *,
    name: str,
    caption: str,
    alt: Callable[..., str],
    label: str = "level",
    format: str = "{:.1f}",
    start: int = 0,
    colours: int = 32,
) -> None:
    """Show a numbered figure with a slider.

    In the published page it needs no kernel: one frame a value, drawn beforehand, all of one size and with fixed axes.
    In print, PDF and ePub the start frame stands alone. In a running notebook (see `is_live`) each value is drawn when
    it is asked for, from what the notebook holds by then.

    Parameters
    ----------
    draw : callable
        ``draw(value)`` returns a new matplotlib figure.
    values : sequence
        What the slider runs over; about ten values keep a page small.
    name, caption : str
        As for `show`.
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

    Examples
    --------
    >>> from pruneuq_helpers import figures
    >>> def draw(level):
    ...     fig = figures.new_figure()
    ...     fig.subplots().plot([0, 1], [1, 1 - level])
    ...     return fig
    >>> figures.slider(draw, [0.0, 0.5], name="fig-kept", caption="What is kept.",
    ...                alt=lambda level: f"a line from 1 to {1 - level}")
    <fig-kept: a line from 1 to 1.0>
    """
    check_name(name)
    caption = check_caption(caption)
    values = _checked(values, label, start)
    _check_functions(draw, alt)
    colours, written = checks.whole("colours", colours, 2, 256), [_written(format, value) for value in values]
    style()
    if is_live():
        box = live_box(draw, values, written, alt, label, start)
        display_in_page(_live_output(box, caption), raw=True)
        return
    frames = [
        _frame(draw, alt, v, said, colours, FRAME_DPI, phone=True) for v, said in zip(values, written, strict=True)
    ]
    if len({frame.phone and (frame.phone.width, frame.phone.height) for frame in frames}) > 1:
        frames = [replace(frame, phone=None) for frame in frames]  # the control would move under the hand
    sizes = {(f.width, f.height) for f in frames}
    if len(sizes) > 1:
        raise ParameterError(f"parameter `draw` got {len(sizes)} sizes of figure; it takes a function that keeps one")
    display_in_page(PageFigure(name, caption, frames, start, label))


def live(
    draw: Callable[..., Figure],
    values: Sequence,
    *,
    alt: Callable[..., str],
    label: str = "level",
    format: str = "{:.1f}",
    start: int = 0,
):
    """The same slider as ipywidgets: it draws each value anew when it is asked for, so `values` may be many.

    Parameters
    ----------
    draw, values, alt, label, format, start
        As for `slider`.

    Returns
    -------
    ipywidgets.VBox
        Slider, picture and the picture's text; show it as the last line of a cell.

    Examples
    --------
    >>> from pruneuq_helpers import figures
    >>> box = figures.live(lambda level: figures.new_figure(), [0.0, 0.5], alt=lambda level: f"level {level}")
    >>> box.children[0].value = 0.5
    >>> box.children[2].value
    'level 0.5'
    """
    _check_functions(draw, alt)
    values = _checked(values, label, start)
    return live_box(draw, values, [_written(format, value) for value in values], alt, label, start)


def live_box(draw, values: list, written: list[str], alt, label: str, start: int):  # of what is checked
    ipywidgets = bring("ipywidgets")
    style()
    options = list(zip(written, values, strict=True))
    control = ipywidgets.SelectionSlider(
        options=options,
        index=start,
        description=label,
        continuous_update=False,
        style={"description_width": "initial"},
    )
    picture, text = ipywidgets.Image(format="png"), ipywidgets.Label()

    def redraw(_change=None) -> None:
        frame = _frame(draw, alt, control.value, control.label)
        picture.value, picture.width, text.value = frame.png, str(frame.css_width), frame.alt

    control.observe(redraw, names="value")
    redraw()
    return ipywidgets.VBox([control, picture, text])


def is_live() -> bool:
    """Whether sliders recompute: in a notebook that JupyterLab, Colab or VS Code runs, not where a page is built."""
    if "PRUNEUQ_LIVE" in os.environ:
        return os.environ["PRUNEUQ_LIVE"] == "1"
    if os.environ.get("PRUNEUQ_QUIET") == "1":  # the book is being built, perhaps from a notebook's own shell
        return False
    from IPython import get_ipython

    shell = get_ipython()
    in_editor = shell is not None and "__vsc_ipynb_file__" in shell.user_ns
    return in_editor or "JPY_SESSION_NAME" in os.environ or "COLAB_RELEASE_TAG" in os.environ


def _live_output(box, caption: str) -> dict:
    """The widget, and for a viewer without its kernel the picture that it shows now."""
    ipywidgets = bring("ipywidgets")
    _, picture, text = box.children
    shown = base64.b64encode(picture.value).decode()
    still = f'<img src="data:image/png;base64,{shown}" alt="{escape(text.value)}" style="max-width:100%">'
    whole = ipywidgets.VBox([box, ipywidgets.HTML(markup.captioned("", caption))])
    return whole._repr_mimebundle_() | {"text/html": markup.captioned(still, caption), "text/plain": text.value}


def _checked(values: Sequence, label: str, start: int) -> list:
    values = checks.sequence("values", values, "a list of one value or more", least=1)
    if not isinstance(label, str) or not label.strip():
        raise ParameterError(f"parameter `label` got {label!r}; it takes the name of what the slider sets")
    checks.whole("start", start, 0, len(values) - 1)
    return values


def _check_functions(draw, alt) -> None:
    checks.function("draw", draw, "a function from a value to a figure")
    checks.function("alt", alt, "a function from a value to its frame's text")


def _written(format: str, value) -> str:
    takes = 'how a value is written, such as "{:.1f}"'
    try:
        return checks.text("format", format, takes).format(value).replace("%", "\N{NO-BREAK SPACE}%")
    except (LookupError, TypeError, ValueError) as error:
        if isinstance(error, ParameterError):
            raise
        raise checks.refused("format", format, takes) from error


def _frame(draw, alt, value, said: str, colours: int = 64, dpi: int = DPI, phone: bool = False) -> Picture:
    fig = draw(value)
    if not isinstance(fig, Figure):
        raise ParameterError(
            f"parameter `draw` got one that gives a {type(fig).__name__}; it takes one that gives a matplotlib Figure"
        )
    return take_picture(fig, alt(value), said, colours, dpi, phone)
