"""The map of the chapters: what needs what, drawn as an SVG with links, and the same as a table with minutes.

Both are made from what each chapter says under *You need*; minutes are those of the list of chapters.
"""

import textwrap
from dataclasses import dataclass
from functools import partial
from html import escape

from chapter_source import chapters, needs, title
from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.transforms.post_transforms import SphinxPostTransform
from tables import page_link, table

WIDTH, HEIGHT, GAP, RISE = 112, 62, 30, 46
LANE = 5  # between arrows in one gap
COLUMNS = 3  # at most: so that the map can be read on a phone
NEEDED, HELPFUL = "needs", "is helped by"


@dataclass(frozen=True)
class Box:
    """One chapter: its number, page and title, the chapters it needs, and how many must come one after another."""

    number: int
    docname: str
    title: str
    needs: frozenset[int]
    helps: frozenset[int]
    depth: int


def boxes() -> list[Box]:
    """All chapters; a chapter is one deeper than the deepest of those that it needs or that help."""
    made: dict[int, Box] = {}
    for path in chapters():
        text, number = path.read_text(encoding="utf-8"), int(path.name[:2])
        must, helps = needs(text)
        late = {n for n in must | helps if n not in made}
        if late:
            raise ValueError(f"chapter {number} needs {sorted(late)}, which do not come before it")
        depth = 1 + max((made[n].depth for n in must | helps), default=-1)
        made[number] = Box(number, f"notebooks/{path.stem}", title(text), frozenset(must), frozenset(helps), depth)
    return list(made.values())


def rows(all_boxes: list[Box]) -> list[list[int]]:
    """The numbers that stand side by side: of one depth, not too many in a row; one that nothing builds on may wait
    for the row below."""
    built_on = {other for box in all_boxes for other in box.needs | box.helps}
    made, late = [], []
    for depth in range(1 + max(box.depth for box in all_boxes)):
        numbers = [*late, *(box.number for box in all_boxes if box.depth == depth)]
        numbers.sort(key=lambda number: (number not in built_on, number))
        late = [number for number in numbers[COLUMNS:] if number not in built_on]
        now = sorted(set(numbers) - set(late))
        made += [now[i : i + COLUMNS] for i in range(0, len(now), COLUMNS)]
    return made + [late[i : i + COLUMNS] for i in range(0, len(late), COLUMNS)]


def placed(grid: list[list[int]]) -> dict[int, tuple[float, float]]:
    """The upper left corner of each box."""
    whole = max(map(len, grid)) * (WIDTH + GAP)
    return {
        number: ((whole - len(row) * (WIDTH + GAP) + GAP) / 2 + i * (WIDTH + GAP), y * (HEIGHT + RISE))
        for y, row in enumerate(grid)
        for i, number in enumerate(row)
    }


def ports(pairs: list[tuple[int, int]], corners: dict) -> dict[tuple[int, int], tuple[float, float]]:
    """Where each arrow leaves the foot of one box and meets the head of another: side by side, in the order of the
    boxes that they join, so that no two arrows merge."""
    made = {}
    for side, other in ((0, 1), (1, 0)):
        for number in {pair[side] for pair in pairs}:
            joined = sorted((pair for pair in pairs if pair[side] == number), key=lambda pair: corners[pair[other]])
            for turn, pair in enumerate(joined, 1):
                made[pair, side] = corners[number][0] + WIDTH * turn / (len(joined) + 1)
    return {pair: (made[pair, 0], made[pair, 1]) for pair in pairs}


def ways(ends: dict[tuple[int, int], tuple], grid: list[list[int]], corners: dict) -> dict[tuple[int, int], list]:
    """The points of each arrow at the rows between its boxes: in a gap, and in a lane of its own there."""
    found, taken = {}, {}
    for pair, (x, to_x) in ends.items():
        y, to_y = corners[pair[0]][1] + HEIGHT, corners[pair[1]][1]
        points = []
        for row in grid[1 + int(y // (HEIGHT + RISE)) : round(to_y / (HEIGHT + RISE))]:
            lefts, top = [corners[number][0] for number in row], corners[row[0]][1]
            straight = x + (to_x - x) * (top - y) / (to_y - y)
            gaps = [*(left - GAP / 2 for left in lefts), lefts[-1] + WIDTH + GAP / 2]
            gap = min(gaps, key=lambda gap: abs(gap - straight))
            points.append((gap, top))
            x, y = gap, top + HEIGHT
            taken.setdefault((gap, top), []).append(pair)
        found[pair] = points
    lane = {
        (place, pair): LANE * (turn - (len(by) - 1) / 2)
        for place, by in taken.items()
        for turn, pair in enumerate(sorted(by, key=lambda pair: corners[pair[1]]))
    }
    return {pair: [(gap + lane[(gap, top), pair], top) for gap, top in points] for pair, points in found.items()}


def arrows(kinds: dict[tuple[int, int], str], grid: list[list[int]], corners: dict) -> list[str]:
    """A curve from the foot of one box to the head of another for each pair, between the boxes on its way."""
    ends, made = ports(list(kinds), corners), []
    between = ways(ends, grid, corners)
    for pair, kind in kinds.items():
        x, to_x = ends[pair]
        y, to_y = corners[pair[0]][1] + HEIGHT, corners[pair[1]][1] - 3
        path = f"M{x:g} {y:g}"
        for gap, top in between[pair]:
            path += f" C{x:g} {y + RISE / 2:g} {gap:g} {top - RISE / 2:g} {gap:g} {top:g} L{gap:g} {top + HEIGHT:g}"
            x, y = gap, top + HEIGHT
        path += f" C{x:g} {y + RISE / 2:g} {to_x:g} {to_y - RISE / 2:g} {to_x:g} {to_y:g}"
        dashed = ' class="helps"' if kind == HELPFUL else ""
        made.append(f'<path d="{path}" marker-end="url(#map-arrow)"{dashed}/>')
    return made


def drawn(box: Box, corner: tuple[float, float], link: str) -> str:
    """One box: a link that reads as number and title."""
    x, y = corner
    lines = textwrap.wrap(box.title, 17)
    words = "".join(
        f'<tspan x="{x + WIDTH / 2}" y="{y + 34 + 14 * i - 7 * (len(lines) - 2)}">{escape(line)}</tspan>'
        for i, line in enumerate(lines)
    )
    return (
        f'<a href="{escape(link)}" aria-label="Chapter {box.number}: {escape(box.title)}">'
        f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="7"/>'
        f'<text class="number" x="{x + 8}" y="{y + 15}">{box.number}</text><text>{words}</text></a>'
    )


def svg(all_boxes: list[Box], uri) -> str:
    """The whole map."""
    grid = rows(all_boxes)
    corners = placed(grid)
    width, height = max(map(len, grid)) * (WIDTH + GAP), len(grid) * (HEIGHT + RISE) - RISE
    kinds = {
        (other, box.number): kind
        for box in all_boxes
        for kind, others in ((HELPFUL, box.helps), (NEEDED, box.needs))
        for other in sorted(others)
    }
    lines = "".join(arrows(kinds, grid, corners))
    links = "".join(drawn(box, corners[box.number], uri(box.docname)) for box in all_boxes)
    head = (
        '<defs><marker id="map-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0 L8 4 L0 8 z"/></marker></defs>'
    )
    return (
        f'<svg class="chapter-map" viewBox="0 -2 {width} {height + 4}" role="group" '
        f'aria-label="Map of the chapters; the table below says the same">{head}{lines}{links}</svg>'
    )


def listing(all_boxes: list[Box]) -> nodes.table:
    """The same in a table, with the minutes."""
    from pruneuq_helpers.chapters import CHAPTERS

    minutes = {int(chapter.number): str(chapter.minutes) for chapter in CHAPTERS}
    lines = []
    for box in all_boxes:
        needed = ", ".join(map(str, sorted(box.needs))) or "nothing before it"
        helpful = f"; {', '.join(map(str, sorted(box.helps)))} helps" if box.helps else ""
        lines.append((page_link(box.docname, f"{box.number}. {box.title}"), needed + helpful, minutes[box.number]))
    return table(("chapter", "needs", "minutes to read and run"), lines)


class Map(nodes.General, nodes.Element):
    """Where the map will stand."""


class ChapterMap(Directive):
    """The map and its table."""

    def run(self):
        return [Map(), listing(boxes())]


class Draw(SphinxPostTransform):
    """Draw the map when the addresses of pages are known."""

    default_priority = 4

    def run(self):
        for place in list(self.document.findall(Map)):
            builder, here = self.app.builder, self.env.docname
            picture = svg(boxes(), partial(builder.get_relative_uri, here))
            place.replace_self(nodes.raw("", picture, format="html"))


def setup(app):
    app.add_node(Map)
    app.add_directive("chapter-map", ChapterMap)
    app.add_post_transform(Draw)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
