"""Pages made of what chapters hold: what to remember, a figure, when and where each one ran.

A directive leaves a place in the page; when pages are written, all chapters are read and the place is filled.
"""

import html
import re

from chapter_source import chapters, title
from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.logging import getLogger
from tables import page_link, table

LOG = getLogger(__name__)
REMEMBER, PROVENANCE = "What to remember", "pruneuq-provenance"
ROW = re.compile(r'<th scope="row">(.*?)</th><td>(.*?)</td>', re.S)


class Place(nodes.General, nodes.Element):
    """Where something of a chapter will stand."""


def _sections(state) -> list[nodes.Node]:
    """A section a chapter, with a place in it for its last words."""
    made = []
    for path in chapters():
        name = title(path.read_text(encoding="utf-8"))
        section = nodes.section("", nodes.title(name, name), names=[nodes.fully_normalize_name(name)])
        state.document.note_implicit_target(section)
        section += Place(kind="remembered", chapter=f"notebooks/{path.stem}")
        made.append(section)
    return made


class Remembered(Directive):
    """The section *What to remember* of every chapter."""

    def run(self):
        return _sections(self.state)


class Runs(Directive):
    """When, where and how long each chapter ran."""

    def run(self):
        return [Place(kind="runs")]


class ChapterFigure(Directive):
    """A figure of a chapter with its caption: chapter and figure are named."""

    required_arguments = 2

    def run(self):
        chapter, figure = self.arguments
        return [Place(kind="figure", chapter=chapter, figure=figure)]


def remembered(doctree, docname: str) -> list[nodes.Node]:
    """The text of the chapter's last words, without its code; references made independent of their page."""
    titles = [node for node in doctree.findall(nodes.title) if node.astext() == REMEMBER]
    found = [node.parent for node in titles if isinstance(node.parent, nodes.section)]
    if len(found) != 1:
        LOG.warning("%s has %s sections `%s`, and needs one", docname, len(found), REMEMBER)
        return []
    kept = [node.deepcopy() for node in found[0].children[1:] if not isinstance(node, nodes.container)]
    for node in [part for top in kept for part in top.findall(nodes.Element)]:
        node["ids"] = []
        if node.get("refdoc"):
            if node.get("reftype") == "doc" and not node["reftarget"].startswith("/"):
                node["reftarget"] = f"/{docname.rpartition('/')[0]}/{node['reftarget']}"
            node["refdoc"] = ""
    link = page_link(docname, "Read the chapter")
    return [*kept, nodes.paragraph("", "", link, nodes.Text("."))]


def figure(doctree, chapter: str, name: str) -> list[nodes.Node]:
    """The figure without its label, which only one page may bear."""
    found = [node for node in doctree.findall(nodes.figure) if name in node["ids"] or name in node["names"]]
    if len(found) != 1:
        LOG.warning("%s holds %s figures `%s`, and needs one", chapter, len(found), name)
        return []
    copy = found[0].deepcopy()
    for node in copy.findall(nodes.Element):
        node["ids"], node["names"] = [], []
    copy["ids"] = [f"shown-{name}"]  # one that has no number: the figure is counted in its chapter
    link = page_link(chapter, "In its chapter")
    copy.children[-1] += [nodes.Text(" "), link, nodes.Text(".")]
    return [copy]


def provenance(doctree) -> dict[str, str]:
    """What the chapter's provenance says."""
    for raw in doctree.findall(nodes.raw):
        if PROVENANCE in raw.astext() and raw["format"] == "html":
            return {name: html.unescape(value) for name, value in ROW.findall(raw.astext())}
    return {}


def runs(env) -> list[nodes.Node]:
    """One row a chapter: when it ran and for how long; and on what, once where it was the same for all."""
    rows, machines = [], []
    for path in chapters():
        docname = f"notebooks/{path.stem}"
        said = provenance(env.get_doctree(docname))
        if not said:
            LOG.warning("%s shows no provenance", docname)
            continue
        started = said["started"].replace("T", " ").split("+")[0]
        link = page_link(docname, title(path.read_text(encoding="utf-8")))
        rows.append((link, started, f"{float(said['seconds']):.0f}"))
        machines.append(f"{said['device']}; {said['platform']}")
    shown = [table(("chapter", "started (UTC)", "seconds"), rows)]
    return shown + [nodes.paragraph("", f"On {one}.") for one in dict.fromkeys(machines)]


class Fill(SphinxPostTransform):
    """Put into each place what belongs there, before references are resolved."""

    default_priority = 4

    def run(self):
        for place in list(self.document.findall(Place)):
            if place["kind"] == "runs":
                filled = runs(self.env)
            else:
                doctree = self.env.get_doctree(place["chapter"])
                if place["kind"] == "remembered":
                    filled = remembered(doctree, place["chapter"])
                else:
                    filled = figure(doctree, place["chapter"], place["figure"])
            for node in [part for top in filled for part in top.findall(nodes.Element)]:
                if "refdoc" in node:
                    node["refdoc"] = self.env.docname
            if any(True for top in filled for _ in top.findall(nodes.math)):
                # The page had none when it was read, and pages without formulas do not load MathJax.
                self.env.get_domain("math").data["has_equations"][self.env.docname] = True
            place.replace_self(filled)


def setup(app):
    app.add_node(Place)
    app.add_directive("remembered", Remembered)
    app.add_directive("runs", Runs)
    app.add_directive("chapter-figure", ChapterFigure)
    app.add_post_transform(Fill)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
