"""Reports of audits become pages of the site, as they are: the one that chapter 10 wrote, and those that are kept."""

import json
import posixpath
import shutil
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).resolve().parent.parent
LEFT = ROOT / "_build" / "results" / "quick" / "10_audit_your_model" / "example"
KEPT = ROOT / "book" / "gallery"
CHAPTER, PAGE = "notebooks/10_audit_your_model", "example_report.html"


def kept() -> dict[str, Path]:
    """The folder of each kept report, by its name."""
    return {page.parent.name: page.parent for page in sorted(KEPT.glob("*/report.html"))}


def _copy(app, error):
    if error is not None or app.builder.name != "html":
        return
    if CHAPTER in app.env.found_docs:
        shutil.copyfile(LEFT / "report.html", Path(app.outdir) / PAGE)
    for name, folder in kept().items():
        target = Path(app.outdir) / "gallery" / f"{name}.html"
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(folder / "report.html", target)


class KeptReport(SphinxDirective):
    """What a kept report found, in its own words, and where it is."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        folder = kept()[self.arguments[0]]
        self.env.note_dependency(str(folder / "audit.json"))
        record = json.loads((folder / "audit.json").read_text(encoding="utf-8"))
        said = [nodes.paragraph("", sentence) for sentence in record["words"]]
        quoted = nodes.block_quote("", *said)
        if self.env.app.builder.name != "html":
            return [quoted]
        where = posixpath.relpath(f"gallery/{folder.name}.html", posixpath.dirname(self.env.docname))
        link = nodes.reference("", "The whole report", refuri=where, internal=False)
        return [quoted, nodes.paragraph("", "", link, nodes.Text("."))]


def setup(app):
    app.add_directive("kept-report", KeptReport)
    app.connect("build-finished", _copy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
