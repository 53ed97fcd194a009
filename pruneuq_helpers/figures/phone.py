"""A finished figure laid out again for a phone: panels below each other, words broken, the letters as large."""

from __future__ import annotations

import textwrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, MaxNLocator

WIDTH = 3.9  # inches: 374 pixels of a phone's page
_MOST_STACKED = 6  # panels; a sheet of more images stays a sheet
_NAMES = 20  # letters to a line of a row's name
_LINE = 0.22  # inches
_MAP = 2.4  # inches of a map's height, half the page wide, with its title and numbers
_EDGE = 12  # pixels kept free
_FEWEST = 10  # letters to a line of any text


def for_phone(fig: Figure) -> Figure:
    """Lay a figure out for a phone's width; it is changed itself."""
    panels = [ax for ax in fig.axes if ax.get_subplotspec() is not None]
    lines = sum(_name_rows(ax) for ax in panels) + _fit_legends(fig, panels)
    width, height = fig.get_size_inches()
    columns = max((ax.get_subplotspec().get_gridspec().ncols for ax in panels), default=1)
    if columns > 1:
        height = _stack(fig, panels, height) if _is_plain(panels) else height * WIDTH / width
    # Before the layout, which would make room for a long title by making its panel small.
    room = WIDTH * fig.dpi - min((ax.bbox.x0 for ax in panels), default=0)
    for ax in panels:
        for text in (*_titles(ax), ax.xaxis.label):
            _break(text, room)
    # What the words take more than before would be taken from the axes.
    fig.set_size_inches(WIDTH, height + _LINE * lines)
    fig.draw_without_rendering()
    lifted = sum(_lift(ax.get_legend()) for ax in panels if ax.get_legend())
    fig.set_size_inches(WIDTH, height + _LINE * (lines + lifted))
    _fit_words(fig, panels)
    return fig


def _is_plain(panels: list[Axes]) -> bool:
    """Few panels, each in a cell of its own of one grid."""
    specs = [ax.get_subplotspec() for ax in panels]
    cells = {(id(spec.get_gridspec()), spec.num1) for spec in specs if spec.num1 == spec.num2}
    return len(cells) == len(panels) <= _MOST_STACKED and len({grid for grid, _ in cells}) == 1


def _stack(fig: Figure, panels: list[Axes], height: float) -> float:
    """Panels below each other, maps of a plane in two columns; the height that they take."""
    rows = panels[0].get_subplotspec().get_gridspec().nrows
    across = 2 if any(ax.get_aspect() == 1 and not ax.images for ax in panels) else 1
    down = -(-len(panels) // across)
    widths = panels[0].get_subplotspec().get_gridspec().get_width_ratios()
    grid = GridSpec(down, across, figure=fig, height_ratios=widths if rows == across == 1 else None)
    shared = _one(ax.get_xlabel() for ax in panels), _one(ax.get_ylabel() for ax in panels)
    for place, ax in enumerate(panels):
        ax.set_subplotspec(grid[place])
        if across == 1:
            ax.tick_params(labelleft=True, labelbottom=True)
            # One label below all of them, if it is the same; in a row it stood below each, or left of the first.
            ax.set_xlabel(ax.get_xlabel() if not shared[0] else shared[0] if ax is panels[-1] else "")
            ax.set_ylabel(ax.get_ylabel() or shared[1])
    # The more there are, the lower each: a reader should not scroll far.
    return down * (min(height / rows, 1.25 + 3 / down) if across == 1 else _MAP)


def _one(labels) -> str:
    """The label that some panels share, or nothing where they differ."""
    found = {label for label in labels if label}
    return found.pop() if len(found) == 1 else ""


def _name_rows(ax: Axes) -> int:
    """Break the names of rows, which would leave no room for the axes; how many lines that adds."""
    if not isinstance(ax.yaxis.get_major_locator(), FixedLocator):
        return 0
    lines = [label.get_text().splitlines() for label in ax.get_yticklabels()]
    broken = [[part for line in name for part in textwrap.wrap(line, _NAMES)] for name in lines]
    if broken != lines:
        ax.set_yticks(ax.get_yticks(), ["\n".join(name) for name in broken])
    return sum(map(len, broken)) - sum(map(len, lines))


def _fit_legends(fig: Figure, panels: list[Axes]) -> int:
    """Take columns from each legend that is too wide, while there is still room; how many lines they take more."""
    fig.draw_without_rendering()
    lines = 0
    for legend in [*fig.legends, *(ax.get_legend() for ax in panels if ax.get_legend())]:
        left = 0 if legend.axes is None else legend.axes.bbox.x0
        names, columns, room = len(legend.get_texts()), legend._ncols, WIDTH * fig.dpi - left - _EDGE
        before = 0 if legend.axes is None else -(-names // columns)
        while columns > 1 and legend.get_window_extent().width > room:
            columns -= 1
            legend = _anew(fig, legend, columns)
            fig.draw_without_rendering()
        lines += -(-names // columns) - before
        marks = legend.get_window_extent().width - max(text.get_window_extent().width for text in legend.get_texts())
        for text in legend.get_texts():
            lines += _break(text, room - marks)
    return lines


def _lift(legend: Legend) -> int:
    """Put a legend above words beside the axes that it covers; how many lines those have."""
    ax = legend.axes
    covered = [text for text in ax.texts if text.get_window_extent().overlaps(legend.get_window_extent())]
    if not covered:
        return 0
    above = max(text.get_window_extent().y1 for text in covered)
    legend.set_bbox_to_anchor((0, ax.transAxes.inverted().transform((0, above))[1]), ax.transAxes)
    return max(text.get_text().count("\n") + 1 for text in covered)


def _anew(fig: Figure, legend: Legend, columns: int) -> Legend:
    """The same legend, where it was, with so many columns."""
    names = [text.get_text() for text in legend.get_texts()]
    drawn = {}
    for ax in fig.axes:
        drawn |= {name: handle for handle, name in zip(*ax.get_legend_handles_labels(), strict=True)}
    handles = [drawn.get(name, own) for name, own in zip(names, legend.legend_handles, strict=True)]
    words = {"ncols": columns, "handlelength": legend.handlelength, "columnspacing": legend.columnspacing}
    if legend.axes is not None:
        return legend.axes.legend(handles, names, loc="lower left", bbox_to_anchor=(0, 1), **words)
    legend.remove()
    return fig.legend(handles, names, loc="outside upper left", **words)


def _fit_words(fig: Figure, panels: list[Axes]) -> None:
    """Fewer numbers along an axis where they touch; titles and labels broken where they end."""
    fig.draw_without_rendering()
    for ax in panels:
        for parts in (4, 2):
            if _touch(ax.get_xticklabels()) and isinstance(ax.xaxis.get_major_locator(), MaxNLocator):
                ax.xaxis.set_major_locator(MaxNLocator(parts))
                fig.draw_without_rendering()
        middle, wide = ax.bbox.x0 + ax.bbox.width / 2, fig.bbox.width
        for title in _titles(ax):
            _break(title, wide - title.get_window_extent().x0)
        _break(ax.xaxis.label, 1.9 * min(middle, wide - middle))
        _break(ax.yaxis.label, ax.bbox.height, upright=True)


def _titles(ax: Axes) -> list[Text]:
    return [text for text in ax.get_children() if isinstance(text, Text) and text not in ax.texts]


def _touch(labels: list[Text]) -> bool:
    boxes = [label.get_window_extent() for label in labels if label.get_text() and label.get_visible()]
    return any(left.x1 > right.x0 for left, right in zip(boxes, boxes[1:], strict=False))


def _break(text: Text, room: float, upright: bool = False) -> int:
    """Break a text that is longer than there is room; how many lines that adds."""
    words, extent = text.get_text(), text.get_window_extent()
    taken = extent.height if upright else extent.width
    if words and taken > room:
        letters = max(_FEWEST, int(len(words) * room / taken))
        text.set_text(textwrap.fill(words.replace("\n", " "), letters))
    return text.get_text().count("\n") - words.count("\n")
