"""At the end of a chapter: where a reader goes from here, who may have come from a search and know no other page."""

import re
from pathlib import Path

from chapter_source import ROOT, chapters, needs, title
from docutils import nodes
from tables import page_link

from pruneuq_helpers.chapters import CHAPTERS, Chapter

ANSWER, AUDIT = "book/answer", "10_audit_your_model"


def _numbered(path: Path) -> nodes.Node:
    return page_link(
        f"notebooks/{path.stem}", f"{path.name[:2].lstrip('0')}. {title(path.read_text(encoding='utf-8'))}"
    )


def _titled(page: str) -> nodes.Node:
    return page_link(page, title((ROOT / f"{page}.md").read_text(encoding="utf-8")))


def builds_on(number: int) -> list[Path]:
    """The chapters that need this one."""
    return [path for path in chapters() if number in needs(path.read_text(encoding="utf-8"))[0]]


def _listed(links: list[nodes.Node]) -> list[nodes.Node]:
    """The links in a line, with commas between."""
    line = []
    for place, link in enumerate(links):
        line += [nodes.Text(", "), link] if place else [link]
    return line


def ways(chapter: Chapter) -> list[tuple[str, list[nodes.Node]]]:
    """What lies ahead, and the links to it."""
    papers = sorted(set(re.findall(r"\bS\d\b", chapter.source)))
    ahead = [path for path in builds_on(int(chapter.number)) if path.stem != AUDIT]
    audit = [_numbered(path) for path in chapters() if path.stem == AUDIT and chapter.name != AUDIT]
    slides = nodes.reference("", "slides", refuri=f"../slides/{chapter.name}.html")
    found = [
        ("Builds on this chapter", [_numbered(path) for path in ahead]),
        ("Its findings at every scale", [_titled(f"book/papers/{paper}") for paper in papers]),
        ("The question of the book", [page_link(ANSWER, "what pruning does to a network's uncertainty")]),
        (
            "A network of your own",
            [*audit, page_link("book/compare", "compare two of them")],
        ),
        ("To teach it", [slides, page_link("book/teaching", "plans")]),
    ]
    return [(name, links) for name, links in found if links]


def add_ways(app, doctree) -> None:
    """Add the list behind the last section of a chapter."""
    folder, _, name = app.env.docname.partition("/")
    chapter = next((one for one in CHAPTERS if one.name == name), None)
    if folder != "notebooks" or chapter is None:
        return
    listed = nodes.bullet_list()
    for said, links in ways(chapter):
        listed += nodes.list_item("", nodes.paragraph("", "", nodes.Text(f"{said}: "), *_listed(links)))
    box = nodes.container(classes=["pruneuq-onward"])
    box += [nodes.paragraph("", "", nodes.strong("", "Go on")), listed]
    next(doctree.findall(nodes.section)).append(box)


def setup(app):
    app.connect("doctree-read", add_ways)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
