"""Pages made of what chapters hold: what to remember, a slider that moves by itself, when and where each one ran.

A directive leaves a place in the page; when pages are written, all chapters are read and the place is filled.
"""

import html
import re
from pathlib import Path

from chapter_source import chapters, title
from docutils import nodes
from docutils.parsers.rst import Directive, directives
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.logging import getLogger
from tables import page_link, table

LOG = getLogger(__name__)
REMEMBER, PROVENANCE = "What to remember", "pruneuq-provenance"
ROW = re.compile(r'<th scope="row">(.*?)</th><td>(.*?)</td>', re.S)
SCRIPT = (Path(__file__).parent / "moving.js").read_text(encoding="utf-8")


class Place(nodes.General, nodes.Element):
    """Where something of a chapter will stand."""


def _sections(kind: str, state) -> list[nodes.Node]:
    """A section a chapter, with a place in it."""
    made = []
    for path in chapters():
        name = title(path.read_text(encoding="utf-8"))
        section = nodes.section("", nodes.title(name, name), names=[nodes.fully_normalize_name(name)])
        state.document.note_implicit_target(section)
        section += Place(kind=kind, chapter=f"notebooks/{path.stem}")
        made.append(section)
    return made


class Remembered(Directive):
    """The section *What to remember* of every chapter."""

    def run(self):
        return _sections("remembered", self.state)


class Runs(Directive):
    """When, where and how long each chapter ran; then the provenance of each."""

    def run(self):
        return [Place(kind="runs"), *_sections("provenance", self.state)]


class MovingPicture(Directive):
    """The slider of a chapter's figure, which plays by itself: chapter and figure are named."""

    required_arguments = 2
    option_spec = {"label": directives.unchanged_required}

    def run(self):
        chapter, figure = self.arguments
        return [Place(kind="moving", chapter=chapter, figure=figure)]


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


def slider(doctree, figure: str) -> str | None:
    """The HTML of a slider, under another name."""
    for raw in doctree.findall(nodes.raw):
        if f'id="{figure}-control"' in raw.astext():
            return raw.astext().replace(f"{figure}-control", f"moving-{figure}-control")
    return None


def moving(doctree, chapter: str, figure: str) -> list[nodes.Node]:
    """The slider with a button that starts and stops it."""
    body = slider(doctree, figure)
    if body is None:
        LOG.warning("%s holds no slider `%s`", chapter, figure)
        return []
    button = '<button type="button" class="sd-btn sd-btn-outline-primary" hidden>Play</button>'
    whole = f'<div class="moving-picture">{body}{button}<script>{SCRIPT}</script></div>'
    return [nodes.raw("", whole, format="html")]


def provenance(doctree) -> tuple[dict[str, str], list[nodes.Node]]:
    """What the chapter's provenance says, and its table."""
    for raw in doctree.findall(nodes.raw):
        if PROVENANCE in raw.astext() and raw["format"] == "html":
            said = {name: html.unescape(value) for name, value in ROW.findall(raw.astext())}
            return said, [raw.deepcopy()]
    return {}, []


def runs(env) -> list[nodes.Node]:
    """One row a chapter: when it ran, for how long, on what."""
    rows = []
    for path in chapters():
        docname = f"notebooks/{path.stem}"
        said, _ = provenance(env.get_doctree(docname))
        if not said:
            LOG.warning("%s shows no provenance", docname)
            continue
        started = said["started"].replace("T", " ").split("+")[0]
        link = page_link(docname, title(path.read_text(encoding="utf-8")))
        rows.append((link, started, f"{float(said['seconds']):.0f}", f"{said['device']}; {said['platform']}"))
    return [table(("chapter", "started (UTC)", "seconds", "on"), rows)]


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
                elif place["kind"] == "moving":
                    filled = moving(doctree, place["chapter"], place["figure"])
                else:
                    filled = provenance(doctree)[1]
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
    app.add_directive("moving-picture", MovingPicture)
    app.add_post_transform(Fill)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
