"""The page of stored results, and a warning on every chapter that shows a stale one.

Both are made when the book is rendered, not when a chapter is executed: what makes a result stale shows at once.
"""

from functools import cache

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from pruneuq_helpers import results
from pruneuq_helpers.chapters import CHAPTERS
from pruneuq_helpers.freshness import Freshness, freshness
from pruneuq_helpers.log import in_time
from pruneuq_helpers.parameters import repository

FILES = {"table.csv": "table", "claims.csv": "claims", "provenance.json": "provenance"}
TITLES = {chapter.name: f"{chapter.number} {chapter.title}" for chapter in CHAPTERS}
HEAD = "| run | made | files | state |"


@cache
def found() -> list[tuple[dict, Freshness]]:
    """Every stored result, and whether it still stands: asked once a build."""
    return [(kept, freshness(kept, repository())) for kept in results.stored()]


def _begin(app):
    found.cache_clear()
    found()  # before pages are read and written in several processes


def _row(kept: dict, now: Freshness) -> str:
    chapter, profile, folder = kept["chapter"], kept["profile"], kept["folder"]
    place = folder.relative_to(repository()).as_posix()
    # An executed notebook is kept beside its tables where somebody stored it.
    names = FILES | {f"{chapter}.ipynb": "notebook"}
    files = [f"{{download}}`{word} </{place}/{name}>`" for name, word in names.items() if (folder / name).is_file()]
    what = f"[{TITLES.get(chapter, chapter)}](/notebooks/{chapter}.md), `{profile}`"
    made = [results.day(kept), f"commit {results.commit(kept)}", f"{kept['parameters']['seeds']} seeds"]
    # What the cells took, if it was written down: an earlier run may have stored some of them.
    worked = f", {in_time(kept['worked'])} of one worker" if kept.get("worked") else ""
    made += [f"{max(1, round(kept['seconds'] / 60))} min on {kept['device']}{worked}"]
    return f"| {what} | {', '.join(made)} | {', '.join(files)} | {results.in_words(now)} |"


class StoredResults(SphinxDirective):
    """A table of all results in ``book/results``: where they come from, whether they still stand, and their files."""

    def run(self) -> list[nodes.Node]:
        for kept, _ in found():
            self.env.note_dependency(str(kept["folder"] / "provenance.json"))
        rows = [_row(kept, now) for kept, now in found()]
        lines = [HEAD, "|---|---|---|---|", *rows] if rows else ["None so far."]
        page = nodes.Element()
        self.state.nested_parse(StringList(lines, source=self.env.docname), 0, page)
        return page.children


def _stale(docname: str) -> list[str]:
    """A sentence for every stale result of the chapter on this page."""
    return [
        f"Profile “{kept['profile']}”, run on {results.day(kept)}: {results.in_words(now)}."
        for kept, now in found()
        if docname == f"notebooks/{kept['chapter']}" and now.state == "stale"
    ]


def _warn(app, doctree, docname):
    said = _stale(docname)
    if not said:
        return
    words = "This page shows results of a larger run that the code of today need not give: "
    note = nodes.warning("", nodes.paragraph("", words + " ".join(said).replace("`", "")), classes=["pruneuq-stale"])
    title = next(doctree.findall(nodes.title))
    title.parent.insert(title.parent.index(title) + 1, note)


def setup(app):
    app.add_directive("stored-results", StoredResults)
    app.connect("builder-inited", _begin)
    app.connect("doctree-resolved", _warn)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
