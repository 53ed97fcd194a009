"""A finished figure laid out again for a phone: panels below each other, words broken, the letters as large."""

from __future__ import annotations

import textwrap

from matplotlib.axes import Axes
from matplotlib.category import StrCategoryLocator
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, MaxNLocator

WIDTH = 3.9  # inches: 374 pixels of a phone's page
_MOST_STACKED = 6  # panels; what has more stays as it is, smaller
_LEAST = 0.28  # of the width: narrower axes show nothing, but a photograph does
_ROW_NAME = 20  # letters to a line of a row's name
_LINE = 0.22  # inches of a line's height
_MAP_HEIGHT = 2.4  # inches of a map, half the page wide, with its title and numbers
_EDGE = 12  # pixels kept free beside a legend
_FEWEST = 10  # letters to a line of any text


def for_phone(fig: Figure) -> bool:
    """Lay a figure out for a phone's width; it is changed itself. Whether that went well."""
    panels = [ax for ax in fig.axes if ax.get_subplotspec() is not None]
    columns = max((ax.get_subplotspec().get_gridspec().ncols for ax in panels), default=1)
    plain, photographs = _is_plain(fig, panels), any(ax.images for ax in panels)
    if columns > 1 and not (plain or photographs):
        return False
    if fig.get_layout_engine() is None:
        fig.set_layout_engine("constrained")
    lines = sum(_break_names(ax) for ax in panels) + _narrow_legends(fig, panels)
    width, height = fig.get_size_inches()
    if columns > 1:
        height = _stack(fig, panels, height) if plain else height * WIDTH / width
    if not _break_titles(fig, panels):
        return False
    # What the words take more than before would be taken from the axes.
    fig.set_size_inches(WIDTH, height + _LINE * lines)
    fig.draw_without_rendering()
    lifted = sum(_lift(ax.get_legend()) for ax in panels if ax.get_legend())
    fig.set_size_inches(WIDTH, height + _LINE * (lines + lifted))
    _fit_words(fig, panels)
    return _is_whole(fig) and (photographs or all(ax.get_position().width > _LEAST for ax in panels))


def _is_plain(fig: Figure, panels: list[Axes]) -> bool:
    """Few panels, each in a cell of its own of one grid, and none that only holds the scale of another."""
    scales = {drawn.colorbar.ax for ax in fig.axes for drawn in (*ax.images, *ax.collections) if drawn.colorbar}
    specs = [ax.get_subplotspec() for ax in panels]
    cells = {(id(spec.get_gridspec()), spec.num1) for spec in specs if spec.num1 == spec.num2}
    one_grid = len({grid for grid, _ in cells}) == 1
    return len(cells) == len(panels) <= _MOST_STACKED and one_grid and not scales.intersection(panels)


def _is_whole(fig: Figure) -> bool:
    """Whether all that is drawn lies within the figure."""
    fig.draw_without_rendering()
    drawn, (width, height) = fig.get_tightbbox(), fig.get_size_inches()
    return min(drawn.x0, drawn.y0) > -0.05 and drawn.x1 < width + 0.05 and drawn.y1 < height + 0.05


def _stack(fig: Figure, panels: list[Axes], height: float) -> float:
    """Panels below each other, maps of a plane in two columns; the height that they take."""
    panels = sorted(panels, key=lambda ax: ax.get_subplotspec().num1)
    before = panels[0].get_subplotspec().get_gridspec()
    across = 2 if any(ax.get_aspect() == 1 and not ax.images for ax in panels) else 1
    down = -(-len(panels) // across)
    # In one row a panel twice as wide held twice as much.
    ratios = before.get_width_ratios() if before.nrows == across == 1 else None
    grid = GridSpec(down, across, figure=fig, height_ratios=ratios)
    for place, ax in enumerate(panels):
        ax.set_subplotspec(grid[place])
    if across == 2:
        return down * _MAP_HEIGHT
    _label(panels, "x")
    _label(panels, "y")
    # The more there are, the lower each: a reader should not scroll far.
    return down * min(height / before.nrows, 1.25 + 3 / down)


def _label(panels: list[Axes], which: str) -> None:
    """Numbers at every panel. A label that all bear or share stands below the last one, or left of each."""
    axis = {ax: getattr(ax, f"{which}axis") for ax in panels}
    first = panels[0]
    joined = getattr(first, f"get_shared_{which}_axes")()
    shared = all(joined.joined(first, ax) for ax in panels)
    if shared:  # matplotlib hides the numbers of all but one
        for ax in panels:
            ax.tick_params(axis=which, **{"labelbottom" if which == "x" else "labelleft": True})
    words = {axis[ax].get_label_text() for ax in panels}
    if shared:
        words.discard("")
    if len(words) == 1:
        (label,) = words
        for ax in panels:
            axis[ax].set_label_text(label if which == "y" or ax is panels[-1] else "")


def _break_names(ax: Axes) -> int:
    """Break the names of rows, which would leave no room for the axes; how many lines that adds."""
    if not isinstance(ax.yaxis.get_major_locator(), (FixedLocator, StrCategoryLocator)):
        return 0
    names = [label.get_text() for label in ax.get_yticklabels()]
    broken = [
        "\n".join(part for line in name.splitlines() for part in textwrap.wrap(line, _ROW_NAME)) for name in names
    ]
    if broken != names:
        limits = ax.get_ylim()
        ax.set_yticks(ax.get_yticks(), broken)
        ax.set_ylim(limits)
    return sum(name.count("\n") for name in broken) - sum(name.count("\n") for name in names)


def _narrow_legends(fig: Figure, panels: list[Axes]) -> int:
    """Take columns from each legend that is too wide, then break its names; how many lines it takes more."""
    fig.draw_without_rendering()
    found = [*fig.legends, *(ax.get_legend() for ax in panels if ax.get_legend())]
    return sum(_narrow(fig, legend) for legend in found if legend.get_texts())


def _narrow(fig: Figure, legend: Legend) -> int:
    room = WIDTH * fig.dpi - _EDGE - (legend.axes.bbox.x0 if legend.axes else 0)
    names, columns = len(legend.get_texts()), legend._ncols  # there is no public name for it
    # Below each other, panels leave no room for the figure's legend; above its own axes, one has what it had.
    before = -(-names // columns) if legend.axes else 0
    while columns > 1 and legend.get_window_extent().width > room:
        columns -= 1
        legend = _in_columns(fig, legend, columns)
        fig.draw_without_rendering()
    marks = legend.get_window_extent().width - max(text.get_window_extent().width for text in legend.get_texts())
    broken = sum(_break(text, room - marks) for text in legend.get_texts())
    return -(-names // columns) - before + broken


def _in_columns(fig: Figure, legend: Legend, columns: int) -> Legend:
    """The same legend with so many columns, above what it belongs to."""
    drawn: dict = {}
    for ax in [legend.axes] if legend.axes else fig.axes:
        for handle, name in zip(*ax.get_legend_handles_labels(), strict=True):
            drawn.setdefault(name, handle)
    names = [text.get_text() for text in legend.get_texts()]
    handles = [drawn.get(name, own) for name, own in zip(names, legend.legend_handles, strict=True)]
    settings = {
        "ncols": columns, "handlelength": legend.handlelength, "columnspacing": legend.columnspacing,
        "prop": legend.prop, "title": legend.get_title().get_text() or None,
    }  # fmt: skip
    if legend.axes:
        return legend.axes.legend(handles, names, loc="lower left", bbox_to_anchor=(0, 1), **settings)
    legend.remove()
    return fig.legend(handles, names, loc="outside upper left", **settings)


def _lift(legend: Legend) -> int:
    """Put a legend that stands above its axes over the words there that it covers; how many lines those have."""
    ax, box = legend.axes, legend.get_window_extent()
    if box.y0 < ax.bbox.y1 - 1:
        return 0
    covered = [text for text in ax.texts if text.get_window_extent().overlaps(box)]
    if not covered:
        return 0
    above = max(text.get_window_extent().y1 for text in covered)
    legend.set_bbox_to_anchor((0, ax.transAxes.inverted().transform((0, above))[1]), ax.transAxes)
    return max(text.get_text().count("\n") + 1 for text in covered)


def _titles(ax: Axes) -> list[Text]:
    return [text for text in ax.get_children() if isinstance(text, Text) and text not in ax.texts]


def _break_titles(fig: Figure, panels: list[Axes]) -> bool:
    """Before the layout, which would make room for a long title by making its panel small; whether all fit."""
    page = WIDTH * fig.dpi
    room = page - min((ax.bbox.x0 for ax in panels), default=0)
    titles = [text for ax in panels for text in (*_titles(ax), ax.xaxis.label)]
    for text in titles:
        _break(text, room)
    whole = [text for text in fig.texts if not text.get_rotation()]  # such as the title of all panels
    for text in whole:
        _break(text, page - _EDGE)
    return all(text.get_window_extent().width < page for text in (*titles, *whole))


def _fit_words(fig: Figure, panels: list[Axes]) -> None:
    """Fewer numbers along an axis where they touch; titles and labels broken where they end."""
    fig.draw_without_rendering()
    for ax in panels:
        for parts in (4, 2):
            if _touch(ax.get_xticklabels()) and isinstance(ax.xaxis.get_major_locator(), MaxNLocator):
                ax.locator_params(axis="x", nbins=parts)
                fig.draw_without_rendering()
        middle, wide = ax.bbox.x0 + ax.bbox.width / 2, fig.bbox.width
        for title in _titles(ax):
            _break(title, wide - title.get_window_extent().x0)
        _break(ax.xaxis.label, 1.9 * min(middle, wide - middle))
        _break(ax.yaxis.label, ax.bbox.height, upright=True)


def _touch(labels: list[Text]) -> bool:
    boxes = [label.get_window_extent() for label in labels if label.get_text() and label.get_visible()]
    boxes.sort(key=lambda box: box.x0)
    return any(left.x1 > right.x0 for left, right in zip(boxes, boxes[1:], strict=False))


def _break(text: Text, room: float, upright: bool = False) -> int:
    """Break a text that is longer than there is room; how many lines that adds."""
    words, extent = text.get_text(), text.get_window_extent()
    taken = extent.height if upright else extent.width
    if not words or taken <= room or "$" in words:  # a formula cannot be broken
        return 0
    longest = max(map(len, words.splitlines()))
    letters = max(_FEWEST, int(longest * room / taken))
    text.set_text(textwrap.fill(words.replace("\n", " "), letters, break_long_words=False))
    return text.get_text().count("\n") - words.count("\n")
